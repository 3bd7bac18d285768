"""The network switch: off, except in a download that the user allowed.

It is turned when `engine` is imported, so no command, child process or library can miss it. The
variables stop the libraries that read them; the audit hook stops every connection and every name
lookup made in Python, whatever library asks for it. This machine itself (loopback, Unix sockets)
can be reached.
"""

from __future__ import annotations

import contextlib
import errno
import os
import sys
from collections.abc import Iterator
from typing import Any

_VARIABLES = {
    "HF_HUB_OFFLINE": "1",
    "TRANSFORMERS_OFFLINE": "1",
    "HF_DATASETS_OFFLINE": "1",
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "DO_NOT_TRACK": "1",
    "WANDB_MODE": "disabled",
}

_CONNECTING = frozenset(["socket.connect", "socket.sendto", "socket.sendmsg"])
"""Audit events of Python whose second argument is an address; that of a Unix socket is a path."""

_ASKING = frozenset(
    ["socket.getaddrinfo", "socket.gethostbyname", "socket.gethostbyaddr", "socket.getnameinfo"]
)
"""Audit events whose first argument is a host's name, or an address."""

_downloads = 0


def switch_off() -> None:
    """Take this process and the ones that it starts off the network, for good."""
    os.environ.update(_VARIABLES)
    if "huggingface_hub.constants" in sys.modules:  # It read the variables before.
        _set_hub_offline(True)
    sys.addaudithook(_refuse)


@contextlib.contextmanager
def download_allowed() -> Iterator[None]:
    """Let this process reach the network in a `with` block."""
    global _downloads
    _downloads += 1
    _set_hub_offline(False)
    try:
        yield
    finally:
        _downloads -= 1
        _set_hub_offline(not _downloads)


def _set_hub_offline(offline: bool) -> None:
    from huggingface_hub import constants

    constants.HF_HUB_OFFLINE = offline


def _refuse(event: str, arguments: tuple[Any, ...]) -> None:
    if event in _CONNECTING:
        host = arguments[1][0] if isinstance(arguments[1], tuple) else None
    elif event in _ASKING:
        host = arguments[0][0] if isinstance(arguments[0], tuple) else arguments[0]
    else:
        return
    if isinstance(host, str | bytes) and not _downloads and not _is_this_machine(host):
        raise OSError(errno.ENETUNREACH, "panza-tui is offline, as no download was allowed")


def _is_this_machine(host: str | bytes) -> bool:
    import ipaddress

    name = host.decode("ascii", "replace") if isinstance(host, bytes) else host
    if name in ("", "localhost"):
        return True
    try:
        return ipaddress.ip_address(name.partition("%")[0]).is_loopback
    except ValueError:
        return False
