"""Render chat messages with a model's chat template, keeping the messages' text apart.

A mail may contain `<|im_end|>` literally. The template is therefore rendered with a marker in place
of each message's text, and split at the markers, so that special tokens are parsed only in the
template's own pieces.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from engine.errors import PanzaError
from engine.prompt.prompt import Message
from engine.prompt.template_process import Request, render_limited


@dataclass(frozen=True)
class Piece:
    """A piece of the prompt. control: it comes from the template, so special tokens are parsed."""

    text: str
    control: bool


# Private-use characters, which no template contains or changes. Mail text is put in afterwards.
_MARKER = re.compile("\ue000(\\d+)\ue001")


def render(
    template: str,
    messages: Sequence[Message],
    *,
    bos_token: str = "",
    eos_token: str = "",
    add_generation_prompt: bool = True,
) -> list[Piece]:
    """Return the prompt as pieces in order, whose concatenation is the rendered template.

    template: the model's Jinja chat template; rendered in a sandbox with limits, as models are not
    trusted. If it rejects or ignores the system role, the system text is put before that of the
    first user turn. Raises PanzaError for a template that fails or goes beyond a limit.
    """
    tokens = (bos_token, eos_token, add_generation_prompt)
    marked = _render_markers(template, messages, tokens)
    if marked is None:
        messages = _fold_system(messages)
        marked = _render_markers(template, messages, tokens)
    if marked is None:
        raise PanzaError("The model's chat template can't be used; choose another base model.")
    pieces: list[Piece] = []
    end = 0
    for match in _MARKER.finditer(marked):
        pieces.append(Piece(marked[end : match.start()], True))
        pieces.append(Piece(messages[int(match[1])].content.strip(), False))
        end = match.end()
    pieces.append(Piece(marked[end:], True))
    return [piece for piece in pieces if piece.text]


def _render_markers(
    template: str, messages: Sequence[Message], tokens: tuple[str, str, bool]
) -> str | None:
    """Render the template with a marker for each message; None if it fails or loses one."""
    roles = tuple(message.role for message in messages)
    markers = tuple(f"\ue000{index}\ue001" for index in range(len(messages)))
    rendered = render_limited(Request(template, roles, markers, *tokens))
    if rendered is None:
        return None
    found = [int(match[1]) for match in _MARKER.finditer(rendered)]
    return rendered if found == list(range(len(messages))) else None


def _fold_system(messages: Sequence[Message]) -> list[Message]:
    """Return the messages with the system text moved to the start of the first other one."""
    system = "\n\n".join(m.content for m in messages if m.role == "system")
    rest = [m for m in messages if m.role != "system"]
    if not rest or not system:
        return rest
    return [Message(rest[0].role, f"{system}\n\n{rest[0].content}"), *rest[1:]]
