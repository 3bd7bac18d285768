"""Run the web service until it is stopped."""

from __future__ import annotations

import logging
import socket
from collections.abc import Sequence
from types import FrameType

import uvicorn

from panza_tui.serve.app import make_app
from panza_tui.serve.drafter import Drafter

_SECONDS_TO_STOP = 5
_MOST_CONNECTIONS = 64
_LONGEST_HEADER = 32 << 10


class _Server(uvicorn.Server):
    """A server that ends its drafts when it is stopped, as their readers keep it running."""

    def __init__(self, config: uvicorn.Config, drafter: Drafter) -> None:
        super().__init__(config)
        self._drafter = drafter

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        self._drafter.stop_all()
        super().handle_exit(sig, frame)


def run_service(
    drafter: Drafter, listener: socket.socket, *, key: str, origins: Sequence[str]
) -> None:
    """Serve on a socket until Ctrl-C or SIGTERM; then KeyboardInterrupt is raised."""
    app = make_app(drafter, key=key, origins=origins)
    # Errors are answers; what uvicorn logs besides are broken connections.
    logging.getLogger("uvicorn").addHandler(logging.NullHandler())
    logging.getLogger("uvicorn").propagate = False
    config = uvicorn.Config(
        app,
        http="h11",
        ws="none",
        loop="asyncio",
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        limit_concurrency=_MOST_CONNECTIONS,
        timeout_graceful_shutdown=_SECONDS_TO_STOP,
        h11_max_incomplete_event_size=_LONGEST_HEADER,
    )
    _Server(config, drafter).run(sockets=[listener])
    raise KeyboardInterrupt  # Where the signal is ignored, as in a script's background.
