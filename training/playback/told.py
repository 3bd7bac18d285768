"""One sentence of a mail as it is told or asked: "Could you send it?" -> "ask them to send it"."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

from engine.checking.lexicon import Lexicon, alternatives
from engine.direct_speech.wording import auxiliaries
from training.playback.third_person import THEM, swapped, with_you

ITEM = re.compile(r"\s*(?:[-*•–—]|\d{1,2}[.)])\s")
_OPENINGS = (
    "told_beginnings",
    "orders",
    "requests",
    "denials",
    "telling",
    "thanks",
    "proposals",
    "imperatives",
)

_MOST_CHEERED = 3
"""Words of a cheer, such as "Go Bruins!"."""

_SMILEY = re.compile(r"(?<!\w)[:;=]-?[()DPp](?!\w)|\bx+\s*$")


def told(sentence: str, words: Lexicon, *, is_note: bool) -> str:
    """Return one sentence as it is told or asked, without its full stop; '' if nothing is left."""
    is_item = ITEM.match(sentence) is not None
    forms = _forms(words)
    text = _without_fillers(with_you(sentence, words), forms)
    has_mark = text.endswith("?")
    text = text.rstrip(" .!?;:,")
    text = text if has_mark else _with_subject(text, words)
    if not re.search(r"\w", text):
        return ""
    for pattern, said, is_asked in forms.openings:
        match = pattern.match(text)
        if match and is_asked in (None, has_mark):
            return _passed_on(said, text[match.end() :], words)
    if has_mark or forms.unmarked_question.match(text):
        return _asked(text, forms, words, keeps_order=is_note)
    first = words.first_word(text)
    is_cheer = first.lower() in words.words("reported.cheers") and _is_exclaimed(sentence)
    if first.lower() in words.words("reported.imperatives") and not (is_item or is_cheer):
        small = len(first) if first.isupper() else 1
        return f"ask {THEM} to {swapped(text[:small].lower() + text[small:], words)}"
    return swapped(uncapitalised(text, words), words)


def _is_exclaimed(sentence: str) -> bool:
    return sentence.rstrip().endswith("!") and len(sentence.split()) <= _MOST_CHEERED


def uncapitalised(text: str, words: Lexicon) -> str:
    """Return a text that begins with a small letter if its first word is known to be no name."""
    first = words.first_word(text)
    keys = ("function_words.list", "answers.yes", "answers.no", "reported.auxiliaries")
    known = words.words(*keys)
    is_known = first.lower() in known and first.split("'")[0] != "I" and not first[1:].isupper()
    return text[:1].lower() + text[1:] if is_known else text


def _passed_on(said: str, rest: str, words: Lexicon) -> str:
    """Return what is said in place of an opening, with what follows it: "thank them for it"."""
    after = words.first_word(rest).lower()
    sentences = words.words("reported.told_beginnings", "reported.subjects")
    is_sentence = "thank" in said and after in sentences
    mark = "," if rest.startswith((",", ".", "!")) or is_sentence else ""
    return f"{said}{mark} {swapped(rest.lstrip(' ,.!'), words)}".rstrip(" ,")


def _asked(question: str, forms: _Forms, words: Lexicon, *, keeps_order: bool) -> str:
    """Return a question, without its mark, as one that is passed on."""
    match = forms.inverted.match(question)
    if match and keeps_order:  # "Have you" has no object, as "I have you" does.
        rest = swapped(question[match.end() :], words)
        return f"ask {THEM}: {match['auxiliary'].lower()} {swapped(match['subject'], words)}{rest}?"
    if not match:
        return f"ask {THEM}: {swapped(uncapitalised(question, words), words)}?"
    auxiliary, subject = match["auxiliary"].lower(), match["subject"]
    verb = "" if auxiliary in words.words("reported.helpers") else f" {auxiliary}"
    subject = subject if subject == "I" else subject.lower()
    return f"ask {THEM} whether {swapped(f'{subject}{verb}{question[match.end() :]}', words)}"


def _with_subject(text: str, words: Lexicon) -> str:
    """Return a statement with the I that it leaves out: "Hope it works" -> "I hope it works"."""
    for beginning, full in words.pairs("reported.without_i").items():
        if re.match(rf"{re.escape(beginning)}(?!\w)", text, re.IGNORECASE):
            return full + text[len(beginning) :]
    return text


def _without_fillers(sentence: str, forms: _Forms) -> str:
    text = _SMILEY.sub(" ", forms.fillers.sub(" ", sentence))
    text = re.sub(r"\s+([,.;:!?])", r"\1", " ".join(text.split()))
    text = re.sub(r"^[-–—*,.;:!\s]+|,\s*(?=[,.!?])", "", text)
    return forms.beginning.sub("", text, count=1)


@dataclass(frozen=True)
class _Forms:
    """The patterns of a language.

    fillers: what is left out. beginning: what is, at a sentence's beginning. openings: how a
    sentence begins, what is said in its place, and whether that is for questions or for others;
    None for both. inverted: the beginning of a question, "are you", "did he". unmarked_question:
    that of a question that needs no mark to be one.
    """

    fillers: re.Pattern[str]
    beginning: re.Pattern[str]
    openings: tuple[tuple[re.Pattern[str], str, bool | None], ...]
    inverted: re.Pattern[str]
    unmarked_question: re.Pattern[str]


@cache
def _forms(words: Lexicon) -> _Forms:
    def listed(*keys: str) -> str:
        return alternatives(words.words(*(f"reported.{key}" for key in keys)))

    def beginning(entries: str, behind: str = "") -> re.Pattern[str]:
        return re.compile(rf"{entries}(?!\w){behind}", re.IGNORECASE)

    verbs, subjects = alternatives(auxiliaries(words)), listed("subjects")
    asking = alternatives(words.words("instructions.interrogatives"))
    what_follows = alternatives((subjects, verbs, asking, listed(*_OPENINGS)), escape=False)
    wishes = words.pairs("reported.wishes").items()
    return _Forms(
        re.compile(rf"(?<![\w'-]){listed('fillers')}(?![\w'-]),?", re.IGNORECASE),
        re.compile(
            rf"^(?:{listed('greetings')}[\s,]+|{listed('beginnings')}(?:,\s*|\s+(?={what_follows}"
            r"(?!\w))))(?=\w)",
            re.IGNORECASE,
        ),
        (
            (beginning(listed("denials")), f"ask {THEM} not to", False),
            (beginning(listed("requests")), f"ask {THEM} to", None),
            (beginning(listed("orders"), r"(?=\s)"), f"ask {THEM} to", False),
            (beginning(listed("telling")), f"ask {THEM} to let me know", False),
            (beginning(listed("thanks"), r"(?!\s+to\b)"), f"thank {THEM}", None),
            (beginning(listed("proposals")), f"suggest to {THEM} that we", None),
            (
                beginning(listed("apologies"), rf"(?=\s+{listed('apologised_for')}\s)"),
                f"apologise to {THEM}",
                None,
            ),
            (beginning(listed("congratulations")), f"congratulate {THEM}", None),
            *((beginning(re.escape(one)), f"wish {THEM} {said}", False) for one, said in wishes),
        ),
        beginning(rf"(?P<auxiliary>{listed('auxiliaries', 'helpers')})\s+(?P<subject>{subjects})"),
        beginning(
            rf"(?:{asking}\s+(?:\w+\s+){{0,2}})?(?!{listed('conditional')}\s){verbs}\s+"
            rf"{subjects}|{listed('contracted')}\s+{alternatives(words.words('roles.second_possessive'))}"
        ),
    )
