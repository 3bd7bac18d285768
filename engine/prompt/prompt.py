"""Build the prompts for drafting, revision and playback. No other module knows their wording."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, get_args

from engine.mail.types import Received
from engine.prompt.quoting import quoted, quoted_name
from engine.settings import Prompt


@dataclass(frozen=True)
class Message:
    """One turn of a chat."""

    role: Literal["system", "user", "assistant"]
    content: str


InstructionKind = Literal["plain", "terse", "spoken"]
"""In full sentences, as notes, or as it is typed in a hurry."""

INSTRUCTION_KINDS: tuple[InstructionKind, ...] = get_args(InstructionKind)

_PLAYBACK_SYSTEM = "Read the user's e-mail and write the instruction that asks for it."
_ASK_FOR_KIND: dict[InstructionKind, str] = {
    "plain": "Write the instruction in full sentences.",
    "terse": "Write the instruction as notes.",
    "spoken": "Write the instruction as it is typed in a hurry.",
}
_WRITE_THIS = "Write this: "
_ASK_FOR_CHANGE = "Write the instruction that asks for the change."


@dataclass(frozen=True)
class Turn:
    """An earlier round of a conversation: its instruction, and the mail as the user left it.

    is_edited: whether the user changed the mail by hand.
    """

    instruction: str
    text: str
    is_edited: bool = False


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
    parts: list[str] = []
    if sources:
        mails = "\n\n".join(
            f"---\n{quoted(_first_words(body, prompt.source_words))}" for body in sources
        )
        parts.append(f"Mails the user wrote before:\n\n{mails}\n---")
    parts += _context(thread, recipient, prompt.thread_words)
    asked = [turn.instruction.strip() for turn in turns] + [instruction.strip()]
    if facts:
        # Anywhere else in the prompt, a small model invents a number instead.
        asked[-1] = f"{asked[-1].rstrip('.')} ({'; '.join(facts)})."
    parts.append(f"Instruction: {asked[0]}")
    messages = [
        Message("system", system_text(prompt.preamble, user_name)),
        Message("user", "\n\n".join(parts)),
    ]
    for turn, change in zip(turns, asked[1:], strict=True):
        messages.append(Message("assistant", turn.text.strip()))
        messages.append(Message("user", f"Change: {change}"))
    return messages


def build_playback_prompt(
    mail: str,
    *,
    kind: InstructionKind,
    prompt: Prompt,
    user_name: str = "",
    recipient: str = "",
    thread: Sequence[Received] = (),
) -> list[Message]:
    """Build the chat messages that ask for the instruction of a mail (arXiv 2407.10994, 4.1).

    The other arguments are those of `build_prompt`.
    """
    parts = _context(thread, recipient, prompt.thread_words)
    parts.append(f"The user's mail:\n\n---\n{quoted(mail.strip())}\n---")
    parts.append(ask_for_instruction(kind))
    return [
        Message("system", system_text(_PLAYBACK_SYSTEM, user_name)),
        Message("user", "\n\n".join(parts)),
    ]


def build_change_playback_prompt(before: str, after: str, *, user_name: str = "") -> list[Message]:
    """Build the chat messages that ask for the follow-up which led from one draft to the next."""
    parts = [
        f"The user's mail:\n\n---\n{quoted(before)}\n---",
        f"The changed mail:\n\n---\n{quoted(after)}\n---",
        _ASK_FOR_CHANGE,
    ]
    return [
        Message("system", system_text(_PLAYBACK_SYSTEM, user_name)),
        Message("user", "\n\n".join(parts)),
    ]


def write_this(text: str) -> str:
    """The instruction for a mail that says a text, which is in the words of the mail already.

    text: in direct speech ("I can't come. Do you have the key?"), perhaps clumsy or in haste.
    """
    return f"{_WRITE_THIS}{' '.join(text.split())}"


def ask_for_instruction(kind: InstructionKind) -> str:
    """The turn that asks for an instruction of a kind, also for a further one of the same mail."""
    return _ASK_FOR_KIND[kind]


def system_text(text: str, user_name: str) -> str:
    """Return the system text of a prompt. user_name: '' if it is unknown."""
    return text.strip() + (f" The user is {quoted_name(user_name)}." if user_name else "")


def _context(thread: Sequence[Received], recipient: str, thread_words: int) -> list[str]:
    """The mail to answer, and to whom."""
    parts = []
    received = _newest_words(thread, thread_words)
    if received:
        parts.append(f"The mail to answer:\n\n---\n{received}\n---")
    if name := quoted_name(recipient):
        parts.append(f"To: {name}")
    return parts


_BYTES_PER_WORD = 16
"""Bytes in UTF-8 that count as one more word: a text without spaces can't fill the context."""


def _first_words(text: str, words: int) -> str:
    """Return the first `words` words of a text, with its line breaks."""
    text = text.strip()
    beginning = text.encode("utf-8", "replace")[: words * _BYTES_PER_WORD].decode("utf-8", "ignore")
    is_cut = len(beginning) < len(text)
    text = beginning if is_cut else text
    seen, lines = 0, []
    for line in text.splitlines():
        row = line.split()
        if seen + len(row) > words:
            lines.append(" ".join(row[: words - seen]) + " …")
            break
        seen += len(row)
        lines.append(line.rstrip())
    else:
        if is_cut and lines:
            lines[-1] += " …"
    return "\n".join(lines)


def _newest_words(thread: Sequence[Received], words: int) -> str:
    """Return the newest mails of a thread, oldest first and cut, that fit into `words`."""
    chosen: list[str] = []
    for mail in reversed(thread):
        if words <= 0:
            break
        body = quoted(_first_words(mail.body, words))
        if not body:
            continue
        sender = quoted_name(mail.sender)
        shown = f"From: {sender}\n{body}" if sender else body
        words -= max(len(body.split()), len(shown.encode("utf-8", "replace")) // _BYTES_PER_WORD)
        chosen.append(shown)
    return "\n\n".join(reversed(chosen))
