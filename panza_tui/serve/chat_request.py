"""Read a chat request as OpenAI's clients send it, and find in it what is to be drafted.

The model has a system text of its own, so a client's is not shown to it. A user's text is the
instruction, the mail to answer, or both; an assistant's is the draft that the next text changes.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from engine.drafting.types import DraftRequest
from engine.errors import UsageError
from engine.mail.replies.asked import Asked, mail_in, split_asked
from engine.mail.types import Received
from engine.prompt.prompt import Turn
from engine.settings.values import check_value
from panza_tui.serve.errors import RequestError

MOST_DRAFTS = 8
"""The largest `n`."""

_MOST_MESSAGES = 200
_SETTINGS = {
    "max_tokens": "drafting.max_tokens",
    "max_completion_tokens": "drafting.max_tokens",
    "temperature": "drafting.temperature",
    "top_p": "drafting.top_p",
    "seed": "drafting.seed",
}
"""Field of a request -> the setting that it replaces. Other fields are ignored, like `stop`."""

_SYSTEM, _USER, _DRAFT = ("system", "developer"), ("user",), ("assistant",)


@dataclass(frozen=True)
class ChatRequest:
    """A checked request.

    messages: (role, text). model: '' for the default one. count: how many drafts. stream: whether
    the answer is sent as events; wants_usage: with the tokens at their end. settings: by key.
    """

    messages: tuple[tuple[str, str], ...]
    model: str = ""
    count: int = 1
    stream: bool = False
    wants_usage: bool = False
    settings: dict[str, Any] = field(default_factory=dict)


def read_chat_request(data: bytes) -> ChatRequest:
    """Parse and check a request's body. Raises RequestError."""
    try:
        body = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise RequestError("The request is not JSON.") from error
    if not isinstance(body, dict):
        raise RequestError("The request is not a JSON object.")
    messages = body.get("messages")
    if not isinstance(messages, list) or not messages:
        raise RequestError("'messages' must be a list with a user's text.", param="messages")
    if len(messages) > _MOST_MESSAGES:
        raise RequestError(
            f"There are more than {_MOST_MESSAGES} messages; begin a new chat.", param="messages"
        )
    options = body.get("stream_options")
    return ChatRequest(
        messages=tuple(_read_message(message, number) for number, message in enumerate(messages)),
        model=_text(body, "model"),
        count=_count(body),
        stream=_flag(body, "stream"),
        wants_usage=isinstance(options, dict) and _flag(options, "include_usage"),
        settings=_read_settings(body),
    )


def draft_request(asked: ChatRequest, owners: Collection[str], *, fast: bool) -> DraftRequest:
    """Return what is to be drafted. owners: the user's canonical addresses.

    Raises RequestError if the last text has no instruction.
    """
    rounds: list[_Round] = [_Round()]
    system = ""
    thread: list[Received] = []
    for role, text in asked.messages:
        if role in _SYSTEM:
            thread += mail_in(text, owners).thread
            system = system or text.strip()
        elif role in _USER:
            part = split_asked(text, owners)
            thread += part.thread
            rounds[-1].add(part)
        elif rounds[-1].is_asked:
            rounds[-1].answer = text
            rounds.append(_Round())
    *earlier, last = rounds
    if not last.is_asked:
        raise RequestError("The last message must be the user's.", param="messages")
    # As in `llm -s "say no" < mail`: the system text is the only instruction.
    first = rounds[0]
    if not first.instruction and system and first.is_asked:
        first.instructions = [system]
    if not last.instruction:
        raise RequestError(
            "There is a mail to answer, but no instruction; write what the answer should say above "
            "the mail.",
            param="messages",
        )
    return DraftRequest(
        last.instruction,
        thread=tuple(thread),
        recipient=next((one.recipient for one in reversed(rounds) if one.recipient), ""),
        subject=next((one.subject for one in reversed(rounds) if one.subject), ""),
        turns=tuple(Turn(one.instruction, one.answer) for one in earlier),
        fast=fast,
    )


class _Round:
    """What a user wrote before an answer, and the answer."""

    def __init__(self) -> None:
        self.instructions: list[str] = []
        self.recipient = self.subject = self.answer = ""
        self.is_asked = False

    @property
    def instruction(self) -> str:
        return "\n".join(self.instructions)

    def add(self, part: Asked) -> None:
        self.is_asked = self.is_asked or bool(part.instruction or part.thread)
        if part.instruction:
            self.instructions.append(part.instruction)
        self.recipient = part.recipient or self.recipient
        if not part.thread:  # The subject of a mail to answer gets its "Re:" later.
            self.subject = part.subject or self.subject


def _read_message(message: Any, number: int) -> tuple[str, str]:
    param = f"messages[{number}]"
    if not isinstance(message, dict):
        raise RequestError("A message must be an object.", param=param)
    role = message.get("role")
    if role not in (*_SYSTEM, *_USER, *_DRAFT):
        raise RequestError(
            "A message's role must be system, developer, user or assistant.", param=f"{param}.role"
        )
    return role, _read_content(message.get("content"), f"{param}.content")


def _read_content(content: Any, param: str) -> str:
    if content is None:
        return ""
    if isinstance(content, str):
        return _whole(content)
    if not isinstance(content, list):
        raise RequestError("A message's content must be a text.", param=param)
    texts = []
    for part in content:
        text = part.get("text") if isinstance(part, dict) and part.get("type") == "text" else None
        if not isinstance(text, str):
            raise RequestError("Only text can be read, no images, sounds or files.", param=param)
        texts.append(_whole(text))
    return "\n".join(texts)


def _read_settings(body: Mapping[str, Any]) -> dict[str, Any]:
    values = {}
    for name, key in _SETTINGS.items():
        if body.get(name) is not None:
            try:
                values[key] = check_value(key, body[name], name)
            except UsageError as error:
                raise RequestError(str(error), param=name) from error
    return values


def _count(body: Mapping[str, Any]) -> int:
    count = body.get("n")
    if count is None:
        return 1
    if not isinstance(count, int) or isinstance(count, bool) or not 1 <= count <= MOST_DRAFTS:
        raise RequestError(f"'n' must be 1 to {MOST_DRAFTS}.", param="n")
    return count


def _flag(body: Mapping[str, Any], name: str) -> bool:
    value = body.get(name)
    if value is not None and not isinstance(value, bool):
        raise RequestError(f"'{name}' must be true or false.", param=name)
    return bool(value)


def _text(body: Mapping[str, Any], name: str) -> str:
    value = body.get(name, "")
    if not isinstance(value, str):
        raise RequestError(f"'{name}' must be a text.", param=name)
    return _whole(value)


def _whole(text: str) -> str:
    """Replace halves of characters, as JavaScript sends of an emoji that was cut in two."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
