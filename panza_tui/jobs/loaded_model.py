"""The model that a long-running program drafts with, loaded again when it has changed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.database import database
from engine.home.home import Home
from engine.settings import Settings

if TYPE_CHECKING:
    import apsw

    from engine.generators.loading import LoadedGenerator, ModelIdentity


class LoadedModel:
    """A home's database and one model, both opened when they are needed. Not thread-safe.

    loaded: None until `load`.
    """

    def __init__(self, home: Home) -> None:
        self.loaded: LoadedGenerator | None = None
        self._home = home
        self._connection: apsw.Connection | None = None
        self._loaded_from: ModelIdentity | None = None

    @property
    def is_open(self) -> bool:
        """Whether the database is open."""
        return self._connection is not None

    @property
    def connection(self) -> apsw.Connection:
        if self._connection is None:
            self._connection = database.connect(self._home.database)
        return self._connection

    def is_loaded(
        self, settings: Settings, *, model: str | None = None, plain_base: bool = False
    ) -> bool:
        """Return whether this model is loaded as its files and the settings are now.

        The arguments and errors are those of `panza_tui.jobs.generators.open_model`.
        """
        if self.loaded is None:
            return False
        return self._loaded_from == self._identify(settings, model, plain_base)

    def load(
        self, settings: Settings, *, model: str | None = None, plain_base: bool = False
    ) -> LoadedGenerator:
        """Load a model in place of the one before, unless it is loaded."""
        from panza_tui.jobs.generators import open_model

        identity = self._identify(settings, model, plain_base)
        if self.loaded is not None and self._loaded_from == identity:
            return self.loaded
        self.unload()
        self.loaded = open_model(
            self._home, self.connection, settings, model=model, plain_base=plain_base
        )
        self._loaded_from = identity
        return self.loaded

    def unload(self) -> None:
        """Free the model's memory."""
        if self.loaded is not None:
            self.loaded.close()
            self.loaded = None

    def close(self) -> None:
        """Free the model's memory, and close the database."""
        self.unload()
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _identify(self, settings: Settings, model: str | None, plain_base: bool) -> ModelIdentity:
        from engine.generators.loading import identify_model

        return identify_model(
            self._home,
            self.connection,
            settings,
            model=model,
            plain_base=plain_base,
            backend=settings.drafting.backend,
        )
