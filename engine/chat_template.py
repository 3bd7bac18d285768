"""Chat messages -> a model's own prompt text, with mail text kept apart from control tokens.

A mail may hold `<|im_end|>` literally. The template is therefore rendered with a marker in place
of each content, and the pieces around the markers are returned apart, so that a tokenizer reads
control tokens in the template's pieces only.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from engine.errors import PanzaError
from engine.prompt import Message


@dataclass(frozen=True)
class Piece:
    """A stretch of the prompt; `control`: the template's own, its special tokens are meant."""

    text: str
    control: bool


# Private-use characters: no template holds or alters them, and mail text never becomes a marker.
_MARKER = re.compile("\ue000(\\d+)\ue001")


def render(
    template: str,
    messages: Sequence[Message],
    *,
    bos_token: str = "",
    eos_token: str = "",
    add_generation_prompt: bool = True,
) -> list[Piece]:
    """The prompt as pieces, in order; joining their texts gives the rendered template.

    template: the model's Jinja chat template (run in a sandbox: a model file is not trusted).
    A template that knows no system role, or drops it, gets it at the head of the first user turn.
    Raises PanzaError for a template that fails.
    """
    arguments = {
        "bos_token": bos_token,
        "eos_token": eos_token,
        "add_generation_prompt": add_generation_prompt,
    }
    marked = _run(template, messages, arguments)
    if marked is None or not _holds_all(marked, len(messages)):
        messages = _fold_system(messages)
        marked = _run(template, messages, arguments)
    if marked is None or not _holds_all(marked, len(messages)):
        raise PanzaError("The model's chat template can't be used; choose another base model.")
    pieces: list[Piece] = []
    end = 0
    for match in _MARKER.finditer(marked):
        pieces.append(Piece(marked[end : match.start()], True))
        pieces.append(Piece(messages[int(match[1])].content.strip(), False))
        end = match.end()
    pieces.append(Piece(marked[end:], True))
    return [piece for piece in pieces if piece.text]


def _run(template: str, messages: Sequence[Message], arguments: dict[str, Any]) -> str | None:
    marked = [
        {"role": message.role, "content": f"\ue000{index}\ue001"}
        for index, message in enumerate(messages)
    ]
    try:
        return _compile(template).render(messages=marked, **arguments)
    except Exception:  # Whatever a foreign template does: the caller tells it in one line.
        return None


@functools.lru_cache(maxsize=8)
def _compile(template: str) -> Any:
    from datetime import datetime

    from jinja2 import TemplateError
    from jinja2.ext import loopcontrols
    from jinja2.sandbox import ImmutableSandboxedEnvironment

    def raise_exception(message: str) -> None:
        raise TemplateError(message)

    environment = ImmutableSandboxedEnvironment(
        trim_blocks=True, lstrip_blocks=True, extensions=[loopcontrols]
    )
    environment.globals["raise_exception"] = raise_exception
    environment.globals["strftime_now"] = lambda form: datetime.now().strftime(form)
    return environment.from_string(template)


def _holds_all(marked: str, count: int) -> bool:
    return [int(match[1]) for match in _MARKER.finditer(marked)] == list(range(count))


def _fold_system(messages: Sequence[Message]) -> list[Message]:
    system = "\n\n".join(m.content for m in messages if m.role == "system")
    rest = [m for m in messages if m.role != "system"]
    if not rest or not system:
        return rest
    return [Message(rest[0].role, f"{system}\n\n{rest[0].content}"), *rest[1:]]
