"""What other programs may send to the web service: every answer is OpenAI's, and none is a 500."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from typing import Any

import pytest

from engine.drafting.types import Draft, DraftRequest, Prepared, Seconds, Tokens
from engine.home.home import Home
from engine.settings import load_settings
from panza_tui.serve.access import is_origin
from panza_tui.serve.answers import completion
from panza_tui.serve.app import make_app
from panza_tui.serve.chat_request import read_chat_request
from panza_tui.serve.drafter import Drafter, Job, Order
from panza_tui.serve.errors import RequestError
from panza_tui.serve.json_answer import JSONAnswer

KEY = "a-key-of-forty-letters-for-these-tests-xx"
CHAT = "/v1/chat/completions"
HALF = "\ud83d"
"""The first half of an emoji, as JavaScript's slice leaves it."""


class ReadOnly(Drafter):
    """A drafter that reads requests, and has no model to answer them with."""

    def _write(self, job: Job, put: Any) -> None:
        raise RequestError(f"Read: {job.order.request.instruction}")


@pytest.fixture(scope="module")
def drafter(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Drafter]:
    home = Home(tmp_path_factory.mktemp("serve") / "home").prepare()
    drafter = ReadOnly(home, lambda values: load_settings(None, values, environment={}))
    yield drafter
    drafter.close()


def ask(
    drafter: Drafter, path: str, body: bytes = b"", method: str = "POST", **more: Any
) -> tuple[int, str]:
    """Send one request to the app; return the status and the error's message."""
    app = make_app(drafter, key=KEY)
    headers = [(b"host", b"localhost"), (b"authorization", f"Bearer {KEY}".encode())]
    scope = {
        "type": "http",
        "method": method,
        "path": path,
        "query_string": b"",
        "root_path": "",
        "headers": [*headers, *more.get("headers", ())],
    }
    pieces = [{"type": "http.request", "body": body, "more_body": False}]
    sent: list[Any] = []

    async def receive() -> Any:
        if not pieces:
            await asyncio.sleep(60)
        return pieces.pop()

    async def send(message: Any) -> None:
        sent.append(message)

    asyncio.run(app(scope, receive, send))
    content = b"".join(message.get("body", b"") for message in sent).decode()
    if content.startswith("data: "):
        content = content.split("data: ")[2]
    return sent[0]["status"], json.loads(content)["error"]["message"]


def chat(content: Any = "Thank Ann", **fields: Any) -> bytes:
    return json.dumps({"messages": [{"role": "user", "content": content}], **fields}).encode()


@pytest.mark.parametrize(
    "content", [f"Thank Ann {HALF}", [{"type": "text", "text": f"Thank Ann {HALF}"}]]
)
@pytest.mark.parametrize("stream", [False, True])
def test_half_an_emoji_in_a_text_is_read_as_an_unknown_character(
    drafter: Drafter, content: Any, stream: bool
) -> None:
    status, message = ask(drafter, CHAT, chat(content, stream=stream))
    assert (status, message) == (200 if stream else 400, "Read: Thank Ann \ufffd")


def test_half_an_emoji_that_is_no_escape_is_read_too() -> None:
    body = chat("Thank Ann ?").replace(b"?", HALF.encode("utf-8", "surrogatepass"))
    assert read_chat_request(body).messages == (("user", "Thank Ann \ufffd"),)


def test_two_halves_are_one_emoji() -> None:
    assert read_chat_request(chat("Hi \U0001f600")).messages == (("user", "Hi \U0001f600"),)


def test_half_an_emoji_in_a_models_name_is_no_model(drafter: Drafter) -> None:
    for stream in (False, True):
        status, message = ask(drafter, CHAT, chat(model=HALF, stream=stream))
        assert (status, "no model '\ufffd'" in message) == (404, True)
    status, message = ask(drafter, f"/v1/models/{HALF}", method="GET")
    assert (status, message) == (404, "There is no model '?'.")


@pytest.mark.parametrize(
    "body",
    [
        chat(temperature=float("nan")),
        chat(temperature=float("-inf")),
        chat(temperature=10**400),
        chat(temperature=-(10**400)),
        chat(seed=10**4000),
        chat(max_tokens=True),
        chat(top_p=HALF),
        chat(temperature=[["x"] * 10_000]),
        chat(temperature={"a": {}}),
        chat(model=["a"]),
        chat(n=1.0),
        chat(n=10**400),
        chat(stream="yes"),
        chat(stream=True, stream_options={"include_usage": 1}),
        chat({"text": "hi"}),
        chat([["hi"]]),
        chat([{"type": "text", "text": ["hi"]}]),
        chat([{"type": "image_url", "image_url": {"url": "x"}}]),
        chat(""),
        chat([]),
        chat(None),
        b'{"messages": [{"role": ["user"], "content": "x"}]}',
        b'{"messages": [{"role": {"a": 1}, "content": "x"}]}',
        b'{"messages": [null]}',
        b'{"messages": {}}',
        b'{"messages": [{"role": "user", "content": "x"}], "messages": []}',
        b'{"seed": 1' + b"0" * 5000 + b"}",
        b"[" * 100_000,
        b'{"messages":' * 50_000,
        b"\xff\xfe{\x00}\x00",
        b"\x00",
        b"",
        b"null",
    ],
    ids=lambda body: body[:60].decode("latin-1") + f" {len(body)}",
)
def test_what_can_not_be_read_is_one_short_line(drafter: Drafter, body: bytes) -> None:
    status, message = ask(drafter, CHAT, body)
    assert status == 400
    assert not message.startswith("Read:")
    assert "Unexpected" not in message
    assert "\n" not in message
    assert len(message) < 500


def test_a_finished_draft_is_answered_whatever_its_texts_hold() -> None:
    request = DraftRequest(f"Thank Ann {HALF}")
    draft = Draft(
        text=f"Thanks {HALF}",
        recipient="",
        subject="",
        request=request,
        prepared=Prepared(messages=(), sources=(), tokens=1),
        model=f"m{HALF}",
        base="b",
        backend="llama-cpp",
        seed=1,
        tokens=Tokens(1, 2),
        seconds=Seconds(0, 0, 0, 0),
        id=None,
        checks=None,
    )
    order = Order(read_chat_request(chat()), request, load_settings(None, environment={}), {})
    answer = json.loads(bytes(JSONAnswer(completion(Job(order), [draft])).body))
    assert answer["choices"][0]["message"]["content"] == "Thanks \ufffd"


@pytest.mark.parametrize(
    "text",
    [
        "https://a\x1b]0;x\x07",
        "https://a\x00",
        "https://a\x7f",
        "https://a\x9b",
        "https://é.example",
        "https://a b",
        "https://a\n",
        "https://a\u202e",
    ],
)
def test_an_origin_has_no_characters_that_no_browser_sends(text: str) -> None:
    assert not is_origin(text)


def test_an_origin_in_another_script_is_refused_as_a_header(drafter: Drafter) -> None:
    status, message = ask(drafter, CHAT, chat(), headers=[(b"origin", b"https://\xff\xe9")])
    assert (status, "may not ask" in message) == (403, True)
