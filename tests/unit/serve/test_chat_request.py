"""What is drafted for a chat of an OpenAI client."""

from __future__ import annotations

import json
from typing import Any

import pytest

from engine.drafting.types import DraftRequest
from engine.prompt.prompt import Turn
from panza_tui.serve.chat_request import draft_request, read_chat_request
from panza_tui.serve.errors import RequestError

MAIL = "From: Ann Lee <ann@post.example>\nSubject: lunch\n\nLunch on Friday?\n"


def said(*messages: tuple[str, Any]) -> DraftRequest:
    body = {"messages": [{"role": role, "content": content} for role, content in messages]}
    return draft_request(read_chat_request(json.dumps(body).encode()), [], fast=False)


def test_a_text_is_an_instruction() -> None:
    request = said(("system", "You are a helpful assistant."), ("user", "Thank Ann"))
    assert (request.instruction, request.thread, request.turns) == ("Thank Ann", (), ())


def test_a_mail_with_the_instruction_is_answered() -> None:
    request = said(("user", f"Say no\n\n{MAIL}"))
    assert (request.instruction, request.recipient) == ("Say no", "ann@post.example")
    assert [mail.body for mail in request.thread] == ["Lunch on Friday?"]
    assert request.subject == ""  # The engine adds "Re:".


@pytest.mark.parametrize("role", ["system", "developer"])
def test_the_system_text_is_the_instruction_for_a_mail_alone(role: str) -> None:
    request = said((role, "Say no"), ("user", MAIL))
    assert request.instruction == "Say no"
    assert len(request.thread) == 1


def test_a_mail_in_the_system_text_is_answered() -> None:
    request = said(("system", f"The user reads this mail:\n\n{MAIL}"), ("user", "Say no"))
    assert (request.instruction, len(request.thread)) == ("Say no", 1)


def test_earlier_rounds_are_follow_ups() -> None:
    request = said(
        ("user", f"Say no\n\n{MAIL}"),
        ("assistant", "Hi Ann, no. Lo"),
        ("user", "Kinder"),
        ("assistant", "Dear Ann, sadly no. Lo"),
        ("user", "Shorter"),
    )
    assert request.instruction == "Shorter"
    assert request.turns == (
        Turn("Say no", "Hi Ann, no. Lo"),
        Turn("Kinder", "Dear Ann, sadly no. Lo"),
    )
    assert len(request.thread) == 1


def test_the_system_text_is_the_instruction_of_the_first_round_only() -> None:
    request = said(
        ("system", "Say no"), ("user", MAIL), ("assistant", "No. Lo"), ("user", "Kinder")
    )
    assert (request.instruction, request.turns) == ("Kinder", (Turn("Say no", "No. Lo"),))


def test_mail_and_instruction_may_be_messages_of_their_own() -> None:
    request = said(("user", MAIL), ("user", "Say no"))
    assert (request.instruction, len(request.thread)) == ("Say no", 1)


def test_parts_of_a_text_are_joined() -> None:
    parts = [{"type": "text", "text": "Say no"}, {"type": "text", "text": MAIL}]
    assert said(("user", parts)).instruction == "Say no"


def test_an_answer_before_any_question_is_a_greeting() -> None:
    assert said(("assistant", "How can I help?"), ("user", "Thank Ann")).turns == ()


def test_the_recipient_of_a_new_mail() -> None:
    request = said(("user", "To: ann@post.example\nSubject: parcel\n\nThank her"))
    assert (request.instruction, request.recipient) == ("Thank her", "ann@post.example")
    assert request.subject == "parcel"


@pytest.mark.parametrize(
    ("body", "param"),
    [
        (b"", ""),
        (b"[]", ""),
        (b"\xff{}", ""),
        (b"[" * 100_000, ""),
        ({}, "messages"),
        ({"messages": []}, "messages"),
        ({"messages": ["x"]}, "messages[0]"),
        ({"messages": [{"role": "tool", "content": "x"}]}, "messages[0].role"),
        ({"messages": [{"role": "user", "content": 3}]}, "messages[0].content"),
        (
            {"messages": [{"role": "user", "content": [{"type": "image_url", "image_url": {}}]}]},
            "messages[0].content",
        ),
        ({"n": 0}, "n"),
        ({"n": True}, "n"),
        ({"n": 9}, "n"),
        ({"stream": "yes"}, "stream"),
        ({"model": 1}, "model"),
        ({"temperature": "hot"}, "temperature"),
        ({"temperature": float("nan")}, "temperature"),
        ({"max_tokens": 0}, "max_tokens"),
        ({"seed": 1.5}, "seed"),
    ],
)
def test_a_bad_request_names_its_field(body: Any, param: str) -> None:
    if isinstance(body, dict) and "messages" not in body and body:
        body = {"messages": [{"role": "user", "content": "x"}], **body}
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    with pytest.raises(RequestError) as error:
        read_chat_request(data)
    assert (error.value.status, error.value.param) == (400, param)


@pytest.mark.parametrize(
    "messages",
    [
        [("system", "x")],
        [("user", " ")],
        [("user", "x"), ("assistant", "y")],
        [("user", MAIL)],
    ],
)
def test_a_chat_without_an_instruction(messages: list[tuple[str, str]]) -> None:
    with pytest.raises(RequestError) as error:
        said(*messages)
    assert error.value.status == 400


def test_settings_of_a_request() -> None:
    body = {
        "messages": [{"role": "user", "content": "x"}],
        "max_completion_tokens": 5,
        "temperature": 1,
        "top_p": None,
        "stop": ["\n"],
        "user": "me",
    }
    asked = read_chat_request(json.dumps(body).encode())
    assert asked.settings == {"drafting.max_tokens": 5, "drafting.temperature": 1.0}
