"""`panza-tui serve`, asked over HTTP, with the real embedded model."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import signal
import socket
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from conftest import PANZA, Panza, add_model, copy_mails

from engine.database.database import connect
from engine.errors import PanzaError, UsageError
from engine.home.home import Home
from engine.settings import Settings, load_settings
from panza_tui.serve import drafter as drafter_module
from panza_tui.serve.access import LARGEST_BODY, is_origin
from panza_tui.serve.app import make_app
from panza_tui.serve.drafter import Drafter
from panza_tui.serve.key import key_file, load_key
from panza_tui.serve.listening import listening_path, listening_port

ORIGIN = "https://mail.example.org"
MAIL = "From: Ann Lee <ann@post.example>\nSubject: lunch\n\nLunch on Friday?\n"
KEY = "a-key-of-forty-letters-for-these-tests-xx"


def read_settings(values: dict[str, Any]) -> Settings:
    fixed = {
        "model.base": "smollm2-135m-instruct",
        "drafting.threads": 1,
        "drafting.max_tokens": 6,
        "drafting.candidates": 2,
    }
    return load_settings(None, {**fixed, **values}, environment={})


@dataclass
class Service:
    """A running service and its home."""

    home: Home
    port: int
    drafter: Drafter

    def ask(
        self, method: str, path: str, body: Any = None, *, key: str = KEY, **headers: str
    ) -> tuple[int, dict[str, str], Any]:
        """Send one request; return status, headers and the parsed answer."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        given = {"Authorization": f"Bearer {key}"} if key else {}
        given |= {name.replace("_", "-"): value for name, value in headers.items()}
        data = body if isinstance(body, bytes) or body is None else json.dumps(body)
        with contextlib.closing(connection):
            connection.request(method, path, data, given)
            answer = connection.getresponse()
            text = answer.read().decode()
        found = {name.lower(): value for name, value in answer.getheaders()}
        is_json = found.get("content-type", "").startswith("application/json")
        return answer.status, found, json.loads(text) if is_json else text

    def chat(self, *texts: str, **fields: Any) -> tuple[int, Any]:
        roles = ("user", "assistant")
        messages = [{"role": roles[i % 2], "content": text} for i, text in enumerate(texts)]
        status, _, answer = self.ask(
            "POST", "/v1/chat/completions", {"messages": messages} | fields
        )
        return status, answer

    def last_draft(self) -> tuple[str, str, str]:
        with contextlib.closing(connect(self.home.database)) as connection:
            row = connection.execute(
                "SELECT instruction, thread, draft FROM drafts ORDER BY id DESC LIMIT 1"
            ).fetchone()
        return row or ("", "", "")


@contextlib.contextmanager
def serving(home: Home, *, fast: bool = False) -> Iterator[Service]:
    drafter = Drafter(home, read_settings, fast=fast)
    app = make_app(drafter, key=KEY, origins=[ORIGIN, "moz-extension://*"])
    server = uvicorn.Server(uvicorn.Config(app, http="h11", lifespan="off", log_config=None))
    with listening_port(0) as listener:
        thread = threading.Thread(target=server.run, args=([listener],))
        thread.start()
        try:
            yield Service(home, listener.getsockname()[1], drafter)
        finally:
            server.should_exit = True
            thread.join()
            drafter.close()


@pytest.fixture(scope="module")
def service(imported: Home, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    home = copy_mails(imported, Home(tmp_path_factory.mktemp("serve") / "home"))
    add_model(home, created=7)
    with serving(home) as running:
        yield running


def test_the_default_model_is_listed_first(service: Service) -> None:
    status, _, answer = service.ask("GET", "/v1/models")
    assert status == 200
    assert [model["id"] for model in answer["data"]] == ["panza-tui", "lo", "smollm2-135m-instruct"]
    assert service.ask("GET", "/v1/models/lo")[2]["created"] == 7
    assert service.ask("GET", "/v1/models/nobody")[0] == 404


def test_a_draft_with_past_mails_its_checks_and_tokens(service: Service) -> None:
    status, answer = service.chat("Ask Nils for spokes", model="lo")
    assert status == 200
    [choice] = answer["choices"]
    instruction, _, draft = service.last_draft()
    assert instruction == "Ask Nils for spokes"
    assert choice["message"]["content"] == draft
    assert choice["message"]["role"] == "assistant"
    record = choice["panza_tui"]
    assert record["sources"]
    assert record["model"] == answer["model"] == "lo"
    assert record["missing"] is not None
    assert "prompt" not in record
    assert answer["usage"]["prompt_tokens"] == record["tokens"]["prompt"] > 50
    assert choice["finish_reason"] in ("stop", "length")


def test_the_mail_to_answer_and_follow_ups_reach_the_draft(service: Service) -> None:
    status, _ = service.chat(f"Say no\n\n{MAIL}", "Hi Ann, no. Lo", "Kinder")
    instruction, thread, _ = service.last_draft()
    assert (status, instruction) == (200, "Kinder")
    assert json.loads(thread)[0]["body"] == "Lunch on Friday?"


def test_several_drafts(service: Service) -> None:
    status, answer = service.chat("Say hello", n=2, max_tokens=3)
    assert status == 200
    assert [choice["index"] for choice in answer["choices"]] == [0, 1]


def read_as_thunderai(text: str) -> tuple[str, list[dict[str, Any]]]:
    """Read a stream as the add-on does: line by line, without the prefix."""
    lines = [line.removeprefix("data: ").strip() for line in text.split("\n")]
    parsed = [json.loads(line) for line in lines if line not in ("", "[DONE]")]
    deltas = [one["choices"][0]["delta"] for one in parsed if one.get("choices")]
    return "".join(delta.get("content") or "" for delta in deltas), parsed


def test_a_request_of_thunderai(service: Service) -> None:
    prompt = (
        "Reply to the following email. Sign the message as Lo. Reply in the same language. "
        '"Hi Lo, the 29" wheel is done. Shall I bring it on Monday or on Tuesday? Ann" '
        "Reply with only the needed text."
    )
    status, headers, text = service.ask(
        "POST",
        "/v1/chat/completions",
        {"model": "lo", "messages": [{"role": "user", "content": prompt}], "stream": True},
        Content_Type="application/json",
        Origin="moz-extension://0b1c2d3e-1111-2222-3333-444455556666",
    )
    assert status == 200
    assert headers["access-control-allow-origin"].startswith("moz-extension://0b1c")
    assert headers["content-type"].startswith("text/event-stream")
    written, parsed = read_as_thunderai(text)
    instruction, thread, draft = service.last_draft()
    assert written == draft.rstrip("\n")
    assert instruction.startswith("Reply to the following email.")
    assert json.loads(thread)[0]["body"].startswith('Hi Lo, the 29" wheel')
    assert parsed[-1]["choices"][0]["finish_reason"] in ("stop", "length")
    assert text.endswith("data: [DONE]\n\n")


def test_the_first_draft_is_streamed_as_it_is_written(service: Service) -> None:
    with serving(service.home, fast=True) as fast:
        _, _, text = fast.ask(
            "POST",
            "/v1/chat/completions",
            {
                "messages": [{"role": "user", "content": "Say hello to Ann"}],
                "stream": True,
                "stream_options": {"include_usage": True},
            },
        )
    written, parsed = read_as_thunderai(text)
    assert written == service.last_draft()[2].rstrip("\n")
    assert len([one for one in parsed if one["choices"] and one["choices"][0]["delta"]]) > 3
    assert parsed[-1]["usage"]["completion_tokens"] > 0


@pytest.mark.parametrize("key", ["", "wrong", KEY[:-1], KEY + "x", "ü"])
def test_without_the_key_nothing_is_told(service: Service, key: str) -> None:
    header = {"Authorization": f"Bearer {key}".encode().decode("latin-1")} if key else {}
    for method, path in (("GET", "/v1/models"), ("POST", "/v1/chat/completions"), ("GET", "/")):
        status, _, answer = service.ask(method, path, key="", **header)
        assert status == 401
        assert list(answer) == ["error"]


@pytest.mark.parametrize(
    "host", ["evil.example", "127.0.0.1.evil.example", "localhost.evil.example:80", "", "[::2]"]
)
def test_a_name_that_was_bound_to_this_machine_is_refused(service: Service, host: str) -> None:
    assert service.ask("GET", "/v1/models", Host=host)[0] == 403


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST:1", "[::1]:8642", "127.0.0.1:9"])
def test_this_machine_has_several_names(service: Service, host: str) -> None:
    assert service.ask("GET", "/v1/models", Host=host)[0] == 200


def test_only_named_origins_may_ask(service: Service) -> None:
    preflight = {
        "Access_Control_Request_Method": "POST",
        "Access_Control_Request_Headers": "authorization, x-stainless-os",
    }
    path = "/v1/chat/completions"
    status, headers, _ = service.ask("OPTIONS", path, key="", Origin=ORIGIN, **preflight)
    assert status == 204
    assert headers["access-control-allow-origin"] == ORIGIN
    assert headers["access-control-allow-headers"] == "authorization, x-stainless-os"
    for origin in ("https://evil.example", f"{ORIGIN}.evil.example", "null", "http://127.0.0.1"):
        status, headers, answer = service.ask("OPTIONS", path, key="", Origin=origin, **preflight)
        assert (status, headers.get("access-control-allow-origin")) == (403, None)
        assert "--origin" in answer["error"]["message"]
        assert service.ask("GET", "/v1/models", Origin=origin)[0] == 403
    assert service.ask("GET", "/v1/models", Origin=ORIGIN)[1]["vary"] == "Origin"


def test_an_origin_is_named_whole() -> None:
    assert is_origin("http://localhost:3000")
    assert is_origin("moz-extension://*")
    for text in ("*", "https://*", "mail.example.org", "https://a.example/x", "https://*.example"):
        assert not is_origin(text)


def test_what_can_not_be_answered_is_said_in_one_line(service: Service) -> None:
    for body, status in (
        (b"no json", 400),
        ({"messages": [{"role": "user", "content": MAIL}]}, 400),
        ({"messages": [{"role": "user", "content": "x"}], "model": "gpt-4"}, 404),
        ({"messages": [{"role": "user", "content": "word " * 5000}]}, 400),
        (b"x" * (LARGEST_BODY + 1), 413),
    ):
        found, _, answer = service.ask("POST", "/v1/chat/completions", body)
        assert found == status
        assert "\n" not in answer["error"]["message"]
    assert service.ask("GET", "/v1/chat/completions")[0] == 405
    assert service.ask("GET", "/etc/passwd")[0] == 404


def test_a_body_of_unannounced_length_is_limited(service: Service) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", service.port, timeout=60)
    pieces = (b"x" * (1 << 20) for _ in range(6))
    headers = {"Authorization": f"Bearer {KEY}"}
    with contextlib.closing(connection):
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            connection.request("POST", "/v1/chat/completions", pieces, headers, encode_chunked=True)
        assert connection.getresponse().status == 413


@contextlib.contextmanager
def busy(service: Service) -> Iterator[None]:
    """Keep the thread that drafts busy in a `with` block."""
    done = threading.Event()
    service.drafter._thread.submit(done.wait)
    try:
        yield
    finally:
        done.set()


def open_request(service: Service, text: str) -> http.client.HTTPConnection:
    connection = http.client.HTTPConnection("127.0.0.1", service.port, timeout=60)
    body = json.dumps({"messages": [{"role": "user", "content": text}], "max_tokens": 2})
    connection.request("POST", "/v1/chat/completions", body, {"Authorization": f"Bearer {KEY}"})
    return connection


def wait_until_waiting(service: Service, count: int) -> None:
    deadline = time.monotonic() + 30
    while len(service.drafter._jobs) != count and time.monotonic() < deadline:
        time.sleep(0.01)
    assert len(service.drafter._jobs) == count


def test_requests_wait_for_each_other_up_to_a_limit(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(drafter_module, "MOST_WAITING", 1)
    with busy(service):
        waiting = [open_request(service, "Say hello") for _ in range(2)]
        wait_until_waiting(service, 2)
        body = {"messages": [{"role": "user", "content": "Say hello"}]}
        status, headers, answer = service.ask("POST", "/v1/chat/completions", body)
        assert (status, headers["retry-after"]) == (503, "10")
        assert "waiting" in answer["error"]["message"]
    for connection in waiting:
        assert connection.getresponse().status == 200
        connection.close()


def test_nothing_is_drafted_for_a_client_that_left(service: Service) -> None:
    before = service.last_draft()
    with busy(service):
        open_request(service, "Nobody reads this").close()
        wait_until_waiting(service, 1)
        job = service.drafter._jobs[0]
        assert job.stop.wait(30)
    wait_until_waiting(service, 0)
    assert service.last_draft() == before


def test_the_key_is_kept_and_is_the_users_alone(home: Home) -> None:
    home.prepare()
    key = load_key(home)
    assert len(key) > 40
    assert load_key(home) == key
    assert stat.S_IMODE(key_file(home).stat().st_mode) == 0o600
    key_file(home).write_text("short")
    with pytest.raises(PanzaError, match="remove it"):
        load_key(home)
    key_file(home).unlink()
    key_file(home).symlink_to(home.root / "elsewhere")
    (home.root / "elsewhere").write_text(key)
    with pytest.raises(PanzaError, match="link"):
        load_key(home)


def test_a_unix_socket_is_the_users_alone(tmp_path: Path) -> None:
    path = tmp_path / "s"
    with listening_path(path):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        with pytest.raises(PanzaError, match="Another program"), listening_path(path):
            pass
        assert path.exists()
    assert not path.exists()
    with contextlib.closing(socket.socket(socket.AF_UNIX)) as abandoned:
        abandoned.bind(str(path))
    with listening_path(path):
        pass
    path.write_text("precious")
    with pytest.raises(UsageError, match="no socket"), listening_path(path):
        pass
    assert path.read_text() == "precious"
    with pytest.raises(UsageError), listening_path(tmp_path / ("long" * 60)):
        pass


def test_a_port_in_use_is_said_to_be() -> None:
    with listening_port(0) as listener:
        assert listener.getsockname()[0] == "127.0.0.1"
        port = listener.getsockname()[1]
        with pytest.raises(PanzaError, match="is in use"), listening_port(port):
            pass


def test_it_serves_until_it_is_stopped(model_home: Home, tmp_path: Path) -> None:
    path = tmp_path / "socket"
    process = subprocess.Popen(
        [*PANZA, "serve", "--socket", str(path)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    with process:
        assert process.stdout is not None
        assert process.stdout.readline() == f"{path}\n"
        client = socket.socket(socket.AF_UNIX)
        client.connect(str(path))
        with contextlib.closing(client):
            request = (
                "GET /v1/models HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
                f"Authorization: Bearer {load_key(model_home)}\r\n\r\n"
            )
            client.sendall(request.encode())
            assert client.makefile().readline() == "HTTP/1.1 200 OK\n"
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=60)
    assert (process.returncode, out) == (130, "")
    assert "Drafting with lo." in err
    assert "Stopped" in err
    assert "Traceback" not in err
    assert not path.exists()


def test_what_is_missing_is_said_in_one_line(home: Home, panza: Panza) -> None:
    assert panza("serve").code == 3
    assert panza("serve", "--host", "0.0.0.0").code == 2
    assert panza("serve", "--port", "1", "--socket", "x").code == 2
    assert panza("serve", "--origin", "*").code == 2
    program = (
        "import sys; sys.modules['uvicorn'] = None; from panza_tui.cli import run; "
        "sys.exit(run(['serve']))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, env={**os.environ}
    )
    assert done.returncode == 1
    assert "pip install 'panza-tui[serve]'" in done.stderr
    assert done.stderr.count("\n") == 1
