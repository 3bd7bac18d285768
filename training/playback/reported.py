"""A mail in reported speech, as its instruction: "Could you send it?" -> "Ask Ann to send it."

Nothing of the mail is lost but fillers, and nobody's part is changed: the writer stays I, and the
reader, whom the mail calls you, is named once and is they from then on. It stands in for a model's
instruction that says something else than its mail. For languages with the lists `reported`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

from engine.checking.lexicon import Lexicon, alternatives, lexicon, lexicon_of, straight
from engine.mail.stored.store import StoredMail
from engine.prompt import InstructionKind
from training.playback.mail_parts import MailParts, split_mail
from training.playback.reader import addressee

_MOST_WORDS = 160
"""Of a mail. A longer one in reported speech is nothing that anybody would type."""

_THEM = "them"
_ITEM = re.compile(r"\s*(?:[-*•–—]|\d{1,2}[.)])\s")
_LINK = re.compile(r"\w+://")
_SMILEY = re.compile(r"(?<!\w)[:;=]-?[()DPp](?!\w)|\bx+\s*$")


def reported(mail: StoredMail, kind: InstructionKind) -> str | None:
    """Return a mail in reported speech.

    None if it is long, nothing is left of it, or its language has no lists for it.
    """
    text = straight(mail.body)
    words = lexicon_of(text)
    if not words.words("reported.fillers") or len(text.split()) > _MOST_WORDS:
        return None
    name = addressee(mail)
    said = _sentences(split_mail(text), name, words)
    told = [_told(sentence, words, is_note=kind == "terse") for sentence in said]
    told = [sentence for sentence in told if sentence]
    return _put(told, name, kind, words) if told else None


def _sentences(parts: MailParts, name: str, words: Lexicon) -> list[str]:
    """The sentences of a mail, also one that stands in place of a greeting: "Thanks, got it!"."""
    greets = alternatives({*words.words("reported.greetings"), *([name.lower()] if name else [])})
    greeting = re.compile(rf"(?:\w+\s+)?{greets}(?!\w)|.*,$", re.IGNORECASE)
    said = [] if not parts.greeting or greeting.match(parts.greeting) else [parts.greeting]
    closings = words.words("closings.phrases")
    said += [one for one in parts.sentences if one.lower().strip(" .,!") not in closings]
    sentences = [" ".join(one.split()) for one in said]
    if sentences and name:
        called = re.compile(rf"(?:\w+\s+)?{re.escape(name)}(?:\s*[,.!:—–-]+\s*|$)", re.IGNORECASE)
        sentences[0] = called.sub("", sentences[0], count=1)
    return sentences


def _put(told: list[str], name: str, kind: InstructionKind, words: Lexicon) -> str:
    """Return the sentences as an instruction of a kind."""
    if kind == "terse":
        notes = re.sub(r"\?,", "?", ", ".join(_as_note(one, words) for one in told))
        return f"{name.lower()}: {notes}" if name else notes
    first, rest = told[0], told[1:]
    if _is_to_reader(first):
        first = first.replace(_THEM, name or _THEM, 1)
    else:
        mark = ":" if first[:1].isupper() and not re.match(r"I\b", first) else ""
        that = " that" if _can_follow_that(first, words) and len(first) % 2 else ""
        first = f"tell {name or _THEM}{mark}{that} {first}"
    rest = [_said(one, words) for one in rest]
    if kind == "spoken":
        return ", ".join(one.lower() for one in (first, *rest))
    ended = (one if re.search(r"\?$|^\(.*\)$", one) else f"{one}." for one in (first, *rest))
    return " ".join(one if _LINK.match(one) else one[:1].upper() + one[1:] for one in ended)


def _said(told: str, words: Lexicon) -> str:
    """Return a later sentence, now and then with "say that" before it.

    People give several orders in an instruction, and a model that was trained on none but the first
    copies the others into the mail. Its length draws which; a text is always reported alike.
    """
    sayings = ("", *sorted(words.words("reported.sayings")))
    saying = sayings[len(told) % len(sayings)]
    if not saying or not _can_follow_that(told, words):
        return told
    return f"{saying} {_uncapitalised(told, words)}"


def _can_follow_that(told: str, words: Lexicon) -> bool:
    first = next(iter(words.find_words(told)), "").lower()
    return first in words.words("reported.told_beginnings")


def _told(sentence: str, words: Lexicon, *, is_note: bool) -> str:
    """Return one sentence as it is told or asked, without its full stop; '' if nothing is left."""
    is_item = _ITEM.match(sentence) is not None
    forms = _forms(words.language)
    text = _without_fillers(sentence, forms)
    is_question = text.endswith("?")
    text = text.rstrip(" .!?;:,")
    if not re.search(r"\w", text):
        return ""
    for pattern, said, is_asked in forms.openings:
        match = pattern.match(text)
        if match and is_asked in (None, is_question):
            rest = text[match.end() :]
            mark = "," if rest.startswith((",", ".", "!")) else ""
            return f"{said}{mark} {_swapped(rest.lstrip(' ,.!'), words)}".rstrip(" ,")
    if is_question:
        return _asked(text, words, keeps_order=is_note)
    first = next(iter(words.find_words(text)), "").lower()
    if first in words.words("reported.imperatives") and not is_item:
        return f"ask {_THEM} to {_swapped(text[:1].lower() + text[1:], words)}"
    return _swapped(_uncapitalised(text, words), words)


def _asked(question: str, words: Lexicon, *, keeps_order: bool) -> str:
    """Return a question, without its mark, as one that is passed on."""
    match = _inverted(words.language).match(question)
    if not match or keeps_order:
        return f"ask {_THEM}: {_swapped(_uncapitalised(question, words), words)}?"
    auxiliary, subject = match["auxiliary"].lower(), match["subject"]
    verb = "" if auxiliary in words.words("reported.helpers") else f" {auxiliary}"
    subject = subject if subject == "I" else subject.lower()
    return f"ask {_THEM} whether {_swapped(f'{subject}{verb}{question[match.end() :]}', words)}"


def _swapped(text: str, words: Lexicon) -> str:
    """Return a text with the reader as they, them, their."""
    swaps = words.pairs("reported.swaps")
    found = list(words.match_words(text))
    made, end = "", 0
    for place, word in enumerate(found):
        other = swaps.get(word[0].lower())
        if other:
            is_object = other == "they" and _is_object(text, found, place, words)
            made += text[end : word.start()] + (_THEM if is_object else other)
            end = word.end()
    return made + text[end:]


def _is_object(text: str, found: list[re.Match[str]], place: int, words: Lexicon) -> bool:
    """Whether something is done to the word: "call you", but not "if you"."""
    if place == 0 or not text[found[place - 1].end() : found[place].start()].isspace():
        return False
    before = found[place - 1][0].lower()
    if before in words.words("reported.before_objects"):
        return True
    if before in words.words("reported.before_subjects"):
        return False
    is_last = place + 1 == len(found) or not text[found[place].end()].isspace()
    return is_last or found[place + 1][0].lower() in words.words("reported.behind_objects")


def _without_fillers(sentence: str, forms: _Forms) -> str:
    text = _SMILEY.sub(" ", forms.fillers.sub(" ", sentence))
    text = re.sub(r"\s+([,.;:!?])", r"\1", " ".join(text.split()))
    return re.sub(r"^[-–—*,.;:!\s]+|,\s*(?=[,.!?])", "", text)


def _uncapitalised(text: str, words: Lexicon) -> str:
    """Return a text that begins with a small letter if its first word is known to be no name."""
    first = next(iter(words.find_words(text)), "")
    keys = ("function_words.list", "answers.yes", "answers.no", "reported.auxiliaries")
    known = frozenset().union(*map(words.words, keys))
    is_known = first.lower() in known and first.split("'")[0] != "I" and not first[1:].isupper()
    return text[:1].lower() + text[1:] if is_known else text


def _as_note(told: str, words: Lexicon) -> str:
    """Return a sentence as notes have it: without articles, and without whom it is told."""
    text = re.sub(rf"^ask {_THEM}:\s+", "", told)
    text = re.sub(rf"^ask {_THEM} (not )?to ", r"pls \1", text)
    text = re.sub(rf"^thank {_THEM}", "thx", text)
    text = re.sub(rf"^apologise to {_THEM}", "sorry", text)
    text = re.sub(rf"^suggest to {_THEM} that we", "let's", text)
    articles = alternatives(words.words("reported.articles"))
    text = re.sub(rf"(?<!\w){articles}\s+(?=\w)", "", text, flags=re.IGNORECASE)
    return text.lower()


def _is_to_reader(told: str) -> bool:
    verbs = "ask|thank|congratulate|apologise to|suggest to"
    return re.match(rf"(?:{verbs}) {_THEM}(?!\w)", told) is not None


@dataclass(frozen=True)
class _Forms:
    """The patterns of a language.

    fillers: what is left out. openings: how a sentence begins, what is said in its place, and
    whether that is for questions or for others; None for both.
    """

    fillers: re.Pattern[str]
    openings: tuple[tuple[re.Pattern[str], str, bool | None], ...]


@cache
def _forms(language: str) -> _Forms:
    words = lexicon(language)

    def beginning(key: str, behind: str = "") -> re.Pattern[str]:
        entries = alternatives(words.words(f"reported.{key}"))
        return re.compile(rf"{entries}(?!\w){behind}", re.IGNORECASE)

    fillers = alternatives(words.words("reported.fillers"))
    what_for = alternatives(words.words("reported.apologised_for"))
    return _Forms(
        re.compile(rf"(?<![\w'-]){fillers}(?![\w'-]),?", re.IGNORECASE),
        (
            (beginning("denials"), f"ask {_THEM} not to", False),
            (beginning("requests"), f"ask {_THEM} to", True),
            (beginning("orders", r"(?=\s)"), f"ask {_THEM} to", False),
            (beginning("telling"), f"ask {_THEM} to let me know", False),
            (beginning("thanks", r"(?!\s+to\b)"), f"thank {_THEM}", None),
            (beginning("proposals"), f"suggest to {_THEM} that we", None),
            (beginning("apologies", rf"(?=\s+{what_for}\s)"), f"apologise to {_THEM}", None),
            (beginning("congratulations"), f"congratulate {_THEM}", None),
        ),
    )


@cache
def _inverted(language: str) -> re.Pattern[str]:
    """Match the beginning of a question: "are you", "did he"."""
    words = lexicon(language)
    keys = words.words("reported.auxiliaries") | words.words("reported.helpers")
    subjects = alternatives(words.words("reported.subjects"))
    return re.compile(
        rf"(?P<auxiliary>{alternatives(keys)})\s+(?P<subject>{subjects})(?!\w)", re.IGNORECASE
    )
