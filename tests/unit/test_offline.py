"""The network switch: no process of ours reaches the network, whatever a library tries."""

from __future__ import annotations

import socket
import subprocess
import sys

import pytest

import engine  # noqa: F401
from engine.offline import download_allowed

OUTSIDE = "192.0.2.1"  # TEST-NET-1 (RFC 5737), which no machine has.


@pytest.mark.parametrize(
    "reach",
    [
        lambda: socket.create_connection((OUTSIDE, 80), timeout=0.1),
        lambda: socket.create_connection(("example.org", 80), timeout=0.1),
        lambda: socket.socket().connect_ex((OUTSIDE, 80)),
        lambda: socket.socket(socket.AF_INET6).connect(("2001:db8::1", 80)),
        lambda: socket.socket(type=socket.SOCK_DGRAM).sendto(b"x", (OUTSIDE, 53)),
        lambda: socket.socket(type=socket.SOCK_DGRAM).sendmsg([b"x"], [], 0, (OUTSIDE, 53)),
        lambda: socket.getaddrinfo("example.org", 443),
        lambda: socket.getaddrinfo(b"example.org", 443),
        lambda: socket.gethostbyname("example.org"),
        lambda: socket.gethostbyaddr(OUTSIDE),
        lambda: socket.getnameinfo((OUTSIDE, 80), 0),
        lambda: __import__("urllib.request").request.urlopen("http://example.org"),
    ],
)
def test_nothing_outside_is_reached_or_looked_up(reach):
    with pytest.raises(Exception, match="offline"):
        reach()


def test_this_machine_can_be_reached():
    server = socket.create_server(("127.0.0.1", 0))
    socket.create_connection(("localhost", server.getsockname()[1])).close()
    socket.socketpair()[0].close()
    assert socket.getaddrinfo("::1", 1)
    with pytest.raises(FileNotFoundError):
        socket.socket(socket.AF_UNIX).connect("/nowhere")


def test_an_allowed_download_opens_the_network_for_its_time(monkeypatch):
    from huggingface_hub import constants

    assert constants.is_offline_mode()
    with download_allowed():
        assert not constants.is_offline_mode()
        with download_allowed():
            pass
        assert not constants.is_offline_mode()
        assert socket.getnameinfo((OUTSIDE, 80), socket.NI_NUMERICHOST)[0] == OUTSIDE
    assert constants.is_offline_mode()
    with pytest.raises(OSError, match="offline"):
        socket.getnameinfo((OUTSIDE, 80), socket.NI_NUMERICHOST)


def test_libraries_see_the_switch_before_they_are_imported():
    look = (
        "import engine, os; from huggingface_hub import constants as c;"
        "print(c.is_offline_mode(), c.HF_HUB_DISABLE_TELEMETRY, os.environ['TRANSFORMERS_OFFLINE'])"
    )
    environment = {"HF_HUB_OFFLINE": "0", "PATH": "/usr/bin", "PYTHONPATH": ":".join(sys.path)}
    out = subprocess.check_output([sys.executable, "-c", look], env=environment, text=True)
    assert out == "True True 1\n"
