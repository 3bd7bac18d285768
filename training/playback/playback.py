"""Data playback: for each mail, the instruction that would have produced it (arXiv 2407.10994).

A base model continues a text of worked examples (`E-mail: … Instruction: Write to Ann and`) up to
the line's end: on small models this gives usable instructions where a request in a chat does not.
Each one is checked against its mail. A mail for which no try is true to it gets terse notes of
itself as instruction, so that no mail is lost and none is trained on with something made up.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import apsw

from engine import events
from engine.events import Emit
from engine.generators import Generator, Sampling
from engine.mail.stored.store import StoredMail, kept_mails
from engine.settings import Playback
from training.playback.instruction_check import flaw
from training.playback.notes import addressee, common_words, lead, notes
from training.playback.worked_examples import WORKED_EXAMPLES


@dataclass(frozen=True)
class Played:
    """An instruction, and its origin: playback or notes."""

    text: str
    origin: str


@dataclass(frozen=True)
class PlaybackReport:
    """How many mails were given an instruction, and how."""

    written: int
    from_notes: int


def play_back_all(
    mails: Sequence[StoredMail],
    connection: apsw.Connection,
    generator: Generator,
    settings: Playback,
    *,
    model: str,
    emit: Emit,
    over_hand: bool = False,
    should_stop: Callable[[], bool] = lambda: False,
) -> PlaybackReport:
    """Write an instruction for each mail; each is stored at once, so a stop loses none.

    over_hand: whether one written by hand is replaced, too. A mail that was forgotten meanwhile
    is passed over.
    """
    common = common_words(kept_mails(connection))
    started = time.monotonic()
    written = from_notes = 0
    for mail in mails:
        if should_stop():
            break
        played = play_back(mail, generator, settings, common)
        _store(connection, mail.id, played, model, over_hand)
        written += 1
        from_notes += played.origin == "notes"
        rate = written / max(time.monotonic() - started, 1e-6)
        emit(events.Progress("playback", written, len(mails), "mails", rate))
    return PlaybackReport(written, from_notes)


def play_back(
    mail: StoredMail, generator: Generator, settings: Playback, common: frozenset[str]
) -> Played:
    """The instruction for one mail: the first try that is true to it, else notes of it."""
    beginning = f"{lead(addressee(mail))} and"
    prompt = _WORKED + _block(_head_and_tail(mail.body, settings.mail_words), beginning)
    for attempt in range(settings.attempts):
        sampling = Sampling(
            max_tokens=settings.max_tokens,
            temperature=0.0 if attempt == 0 else 0.8,
            top_p=0.9,
            seed=attempt,
            stop=("\n",),
        )
        rest = " ".join("".join(generator.complete(prompt, sampling)).split())
        text = f"{beginning} {rest}"
        if rest and flaw(text, mail, common) is None:
            return Played(text, "playback")
    return Played(notes(mail, common), "notes")


def _block(mail: str, beginning: str) -> str:
    return f"E-mail: {mail}\nInstruction: {beginning}"


_WORKED = "".join(
    f"{_block(e.mail, lead(e.name))} and {e.instruction}\n\n" for e in WORKED_EXAMPLES
)


def _head_and_tail(body: str, words: int) -> str:
    """The body on one line; of a long one the first three quarters and last quarter of `words`."""
    said = body.split()
    if len(said) <= words:
        return " ".join(said)
    return " ".join([*said[: words * 3 // 4], "…", *said[-(words // 4) :]])


def _store(
    connection: apsw.Connection, mail_id: int, played: Played, model: str, over_hand: bool
) -> None:
    # The mailbox's hand may have changed or forgotten the mail while its instruction was written.
    connection.execute(
        "INSERT INTO instructions SELECT id, :text, :origin, :model, :now FROM mails "
        "WHERE id = :mail ON CONFLICT (mail_id) DO UPDATE SET text = excluded.text, "
        "origin = excluded.origin, model = excluded.model, created = excluded.created "
        "WHERE instructions.origin <> 'hand' OR :over_hand",
        {
            "mail": mail_id,
            "text": played.text,
            "origin": played.origin,
            "model": model if played.origin == "playback" else "",
            "now": int(time.time()),
            "over_hand": over_hand,
        },
    )
