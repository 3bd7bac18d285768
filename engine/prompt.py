"""Build the prompt for training and drafting. No other module knows its wording."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from engine.mail.types import Received
from engine.settings import Prompt


@dataclass(frozen=True)
class Message:
    """One turn of a chat."""

    role: Literal["system", "user", "assistant"]
    content: str


@dataclass(frozen=True)
class Turn:
    """An earlier round of a conversation: its instruction, and the mail as the user left it."""

    instruction: str
    text: str


def build_prompt(
    instruction: str,
    *,
    prompt: Prompt,
    user_name: str = "",
    recipient: str = "",
    thread: Sequence[Received] = (),
    sources: Sequence[str] = (),
    turns: Sequence[Turn] = (),
    facts: Sequence[str] = (),
) -> list[Message]:
    """Build the chat messages that ask for one mail.

    instruction: what the mail should say. recipient: a name or address; '' when unknown.
    thread: the mails to answer, oldest first; cut to prompt.thread_words from the oldest.
    sources: bodies of similar past mails of the user, best first.
    turns: earlier rounds, oldest first; `instruction` then says how to change the last one's mail.
    facts: the user's phone number or the like, where the instruction asks for it.
    The instruction comes last, since small models follow the end of a prompt best.
    """
    system = prompt.preamble.strip()
    if user_name:
        system += f" The user is {user_name}."
    parts: list[str] = []
    if sources:
        mails = "\n\n".join(f"---\n{_first_words(body, prompt.source_words)}" for body in sources)
        parts.append(f"Mails the user wrote before:\n\n{mails}\n---")
    received = _newest_words(thread, prompt.thread_words)
    if received:
        parts.append(f"The mail to answer:\n\n---\n{received}\n---")
    if turns:
        # The first instruction is separate from the change, because a small model that gets both
        # together copies the draft.
        asked = "; ".join(turn.instruction.strip() for turn in turns)
        parts.append(f"Instruction: {asked}")
        parts.append(f"The draft so far:\n\n---\n{turns[-1].text.strip()}\n---")
        instruction = _sentence(instruction)
    if facts:
        # Anywhere else in the prompt, a small model invents a number instead.
        instruction = f"{instruction.strip().rstrip('.')} ({'; '.join(facts)})."
    if recipient:
        parts.append(f"To: {recipient}")
    parts.append(f"Instruction: {instruction.strip()}")
    return [Message("system", system), Message("user", "\n\n".join(parts))]


def _sentence(text: str) -> str:
    """Turn "shorter" into "Shorter.", the form that small models follow best."""
    text = text.strip()
    return text[:1].upper() + text[1:] + ("" if text.endswith((".", "!", "?")) else ".")


def _first_words(text: str, words: int) -> str:
    """Return the first `words` words of a text, with its line breaks."""
    seen, lines = 0, []
    for line in text.strip().splitlines():
        row = line.split()
        if seen + len(row) > words:
            lines.append(" ".join(row[: words - seen]) + " …")
            break
        seen += len(row)
        lines.append(line.rstrip())
    return "\n".join(lines)


def _newest_words(thread: Sequence[Received], words: int) -> str:
    """Return the newest mails of a thread, oldest first and cut, that fit into `words`."""
    chosen: list[str] = []
    for mail in reversed(thread):
        if words <= 0:
            break
        body = _first_words(mail.body, words)
        if not body:
            continue
        words -= len(body.split())
        chosen.append(f"From: {mail.sender}\n{body}" if mail.sender else body)
    return "\n\n".join(reversed(chosen))
