"""`panza-tui serve`: drafts for other programs of this machine."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from engine.errors import Interrupted, PanzaError, UsageError
from engine.settings import Settings
from panza_tui.commands.session import Session
from panza_tui.terminal.narration import say, show, show_path
from panza_tui.terminal.signals import stoppable

DEFAULT_PORT = 8642

_MISSING = (
    "panza-tui serve needs the packages starlette and uvicorn, which are not installed: "
    "pip install 'panza-tui[serve]'"
)


def serve(
    session: Session, *, port: int | None, path: Path | None, origins: Sequence[str], fast: bool
) -> None:
    """Serve until Ctrl-C; the address is printed on stdout."""
    if port is not None and path is not None:
        raise UsageError("--port and --socket contradict each other; use only one of them.")
    port = DEFAULT_PORT if port is None else port
    try:
        from panza_tui.serve import access, server
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] not in ("starlette", "uvicorn"):
            raise
        raise PanzaError(_MISSING) from error
    from panza_tui.serve.drafter import Drafter
    from panza_tui.serve.key import key_file, load_key
    from panza_tui.serve.listening import ADDRESS, listening_path, listening_port

    for origin in origins:
        if not access.is_origin(origin):
            raise UsageError(
                f"--origin {origin!r} is not an origin: write it as the browser sends it, like "
                "https://mail.example.org, or moz-extension://* for Thunderbird's add-ons."
            )

    def read_settings(values: dict[str, Any]) -> Settings:
        return session.settings(**{key.replace(".", "__"): value for key, value in values.items()})

    home = session.home.require()
    key = load_key(home)
    with stoppable(), contextlib.ExitStack() as stack:
        try:
            drafter = Drafter(home, read_settings, fast=fast)
            stack.callback(drafter.close)
            name = drafter.load()
            listener = stack.enter_context(
                listening_path(path.absolute()) if path else listening_port(port)
            )
            number = None if path else listener.getsockname()[1]
            if path:
                show_path(path.absolute())
            else:
                show(f"http://{ADDRESS}:{number}/v1")
            say(f"Drafting with {name}. The key is in {key_file(home)}; Ctrl-C stops.")
            server.run_service(drafter, listener, key=key, origins=origins)
        except KeyboardInterrupt as interrupt:
            raise Interrupted("Stopped; the drafts that were finished are in the history.") from (
                interrupt
            )
