"""Write drafts with a trained model or a base model, for the command line and the chat."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from contextlib import closing

import apsw

from engine.database import database
from engine.drafting.drafting import draft, next_best, variant_settings
from engine.drafting.types import Draft, DraftRequest
from engine.generators.loading import LoadedGenerator
from engine.home.home import Home
from engine.mail.stored.people import address_of, own_address, own_addresses
from engine.mail.types import Address, Pasted
from engine.settings import Settings
from panza_tui.jobs.generators import open_model


def write_drafts(
    home: Home,
    settings: Settings,
    request: DraftRequest,
    count: int = 1,
    *,
    model: str | None = None,
    plain_base: bool = False,
    asked: float | None = None,
    on_start: Callable[[], None] = lambda: None,
    on_text: Callable[[str], None] = lambda text: None,
    on_draft: Callable[[Draft], None] = lambda made: None,
) -> tuple[Draft, ...]:
    """Load a model, and write `count` drafts for one request, the best first.

    Args:
        model: a trained model; None for the default one.
        plain_base: whether to draft with the settings' base model instead.
        asked: when the user asked for the first draft, by time.monotonic(); None for now.
        on_start: called before each draft.
        on_text: gets the text of a draft in pieces, as they are generated.
        on_draft: gets each finished draft.

    Raises NotReadyError if there is no such model, PanzaError if the instruction is too long.
    """
    asked = time.monotonic() if asked is None else asked
    drafts = []
    with (
        closing(database.connect(home.database)) as connection,
        closing(
            open_model(home, connection, settings, model=model, plain_base=plain_base)
        ) as loaded,
    ):
        made: Draft | None = None
        for attempt in range(count):
            on_start()
            # The first attempt chose among several; the next ones are those that came next.
            made = write_draft(
                home,
                connection,
                settings,
                loaded,
                request,
                attempt,
                previous=made,
                asked=asked,
                on_text=on_text,
            )
            on_draft(made)
            drafts.append(made)
            asked = time.monotonic()
    return tuple(drafts)


def write_draft(
    home: Home,
    connection: apsw.Connection,
    settings: Settings,
    loaded: LoadedGenerator,
    request: DraftRequest,
    attempt: int,
    *,
    previous: Draft | None = None,
    asked: float | None = None,
    on_text: Callable[[str], None] = lambda text: None,
    on_written: Callable[[], None] = lambda: None,
    stopped: Callable[[], bool] = lambda: False,
) -> Draft:
    """Write draft number `attempt` for a request, counted from 0, with a loaded model.

    previous: an earlier draft of this request; the next best of those written with it comes before
    a new one. Further arguments and errors are those of engine.drafting.drafting.draft.
    """
    if previous and (other := next_best(previous, connection)):
        on_text(other.text)
        return other
    return draft(
        request,
        connection,
        home,
        variant_settings(settings, attempt),
        loaded,
        asked=asked,
        on_text=on_text,
        on_written=on_written,
        stopped=stopped,
    )


def sender_address(home: Home, settings: Settings, addressed: Sequence[str]) -> Address:
    """Return the user's (name, address) to answer a mail from. addressed: its To and Cc."""
    with closing(database.connect(home.database)) as connection:
        return own_address(connection, settings.user, addressed)


def user_addresses(home: Home, settings: Settings) -> frozenset[str]:
    """Return all addresses of the user, canonical."""
    with closing(database.connect(home.database)) as connection:
        return own_addresses(connection, settings.user)


def read_answered(home: Home, settings: Settings, data: bytes) -> Pasted:
    """Read the mail to answer, in any of the forms that programs pass it on stdin."""
    if not data:
        return Pasted(kind="empty")  # What reads mail takes as long to import as a short draft.
    from engine.mail.replies.pasted import read_mail_to_answer

    with closing(database.connect(home.database)) as connection:
        return read_mail_to_answer(connection, settings.user, data)


def find_address(home: Home, name: str) -> str:
    """Return the address of a person whom the user wrote to, by name; '' if there is none."""
    with closing(database.connect(home.database)) as connection:
        return address_of(connection, name)
