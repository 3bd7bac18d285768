"""Greet and close as the writer does: in the words, and with the blank lines, of past mails.

A small model, above all one that was not trained on the writer's mails, greets and closes with what
is usual in its training data. What the writer has never written is replaced by what the writer
writes most often; what was written to the same name counts first.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Hashable, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TypeVar

from engine.mail.greetings import MARKS, Greeting, read_greeting
from engine.mail.mail_parts import split_mail
from engine.mail.own_words.closings import is_closing
from engine.mail.own_words.language import guess_language

_MAX_CLOSING_WORDS = 4  # of a line; "With kind regards from"
_MAX_NAME_WORDS = 3

# Chosen by hand.
_MIN_MAILS = 5
"""Of fewer past mails nothing is concluded."""
_MIN_TIMES, _MIN_SHARE = 3, 0.2
"""How often a greeting or closing must occur to replace one that never does."""
_RARE = 0.05
"""The share of mails without a closing below which a draft gets one, too."""
_USUAL_GAP = 0.8
"""The share of mails with a blank line (or none) that a draft follows."""
_FIRST_NAMES = 0.8
"""The share of greetings with one word of a name above which a draft has one, too."""
_ONE_LANGUAGE = 0.9
"""The share of mails in one language above which a draft too short to tell is in it, too."""

_Form = TypeVar("_Form", bound=Hashable)


@dataclass(frozen=True)
class PastMail:
    """A writer's mail. names: the words of its recipients' names, case-folded.

    language: as ISO 639-1, '' if it is unknown.
    """

    body: str
    names: frozenset[str] = frozenset()
    language: str = ""


class Habits:
    """How a writer greets and closes, by language. own_name: the writer's, '' if it is unknown."""

    def __init__(self, past: Sequence[PastMail] = (), own_name: str = "") -> None:
        self._past = past
        self._own_name = own_name
        self._by_language: dict[str, _Habits] = {}

    def applied_to(self, draft: str, names: Collection[str] = (), asked: str = "") -> str:
        """Return a draft with a greeting, a closing and blank lines as the writer's.

        names: the words of the recipient's name, case-folded. asked: the instruction; a greeting or
        closing that it has stays, as does one that the writer has written before. All stays where
        too few mails in that language are known.
        """
        if not draft.strip():
            return draft
        said = " ".join(split_mail(draft).sentences)
        language = guess_language(said) or self._only_language
        if language not in self._by_language:
            past = [mail for mail in self._past if mail.language == language]
            self._by_language[language] = _Habits(past, self._own_name)
        return self._by_language[language].applied_to(
            draft, names, set(re.findall(r"[\w'’]+", asked.casefold()))
        )

    @cached_property
    def _only_language(self) -> str:
        known = Counter(mail.language for mail in self._past if mail.language)
        enough = _ONE_LANGUAGE * sum(known.values())
        return next((it for it, times in known.most_common(1) if times >= enough), "")


@dataclass(frozen=True)
class _Framed:
    """A mail's greeting, text and closing, and the white space between them."""

    greeting: Greeting
    text: str
    closing: str
    gap_above: str
    gap_below: str

    @property
    def closing_form(self) -> tuple[str, ...]:
        return tuple(_folded(self.closing).split())


class _Habits:
    """Those in one language."""

    def __init__(self, past: Sequence[PastMail], own_name: str) -> None:
        self._past = past
        self._own = {word.casefold() for word in own_name.split()}

    def applied_to(self, draft: str, names: Collection[str], asked: set[str]) -> str:
        if len(self._past) < _MIN_MAILS:
            return draft
        mail = self._split(draft, names)
        greeting, closing = self._by_first_name(mail.greeting, names), mail.closing
        if not greeting.words or not asked.issuperset(_folded(greeting.words).split()):
            greeting = self._greeting(greeting)
        if not (said := set(mail.closing_form) - self._own) or not asked.issuperset(said):
            closing = self._closing(mail)
        above = _usual_gap([it.gap_above for it in self._mails], mail.gap_above)
        below = _usual_gap([it.gap_below for it in self._mails if it.closing], mail.gap_below)
        beginning = f"{greeting}{above}" if str(greeting) else ""
        return f"{beginning}{mail.text}{below if closing else ''}{closing}"

    @cached_property
    def _mails(self) -> list[_Framed]:
        return [self._split(mail.body, mail.names) for mail in self._past]

    @cached_property
    def _last_lines(self) -> frozenset[str]:
        """Last lines that come again and again: the writer's name as it is signed."""
        last = Counter(_folded(mail.body.strip().rpartition("\n")[2]) for mail in self._past)
        return frozenset(line for line, times in last.items() if times >= _MIN_TIMES)

    def _split(self, body: str, names: Collection[str]) -> _Framed:
        parts = split_mail(body)
        greeting = read_greeting(parts.greeting, names)
        above = parts.gaps[0] if str(greeting) else ""
        text = body.strip()[len(parts.greeting) if above else 0 :].lstrip()
        closing = self._closing_of(text)
        text = text[: len(text) - len(closing)]
        return _Framed(greeting, text.rstrip(), closing, above, text[len(text.rstrip()) :])

    def _closing_of(self, text: str) -> str:
        """Return the last lines that are a closing for certain, below at least one other line.

        A closing phrase with or without a name below it, the writer's name, both on one line, and a
        short line right above the writer's name.
        """
        lines = text.splitlines(keepends=True)
        start = len(lines)
        below = ""
        while start > 1:
            line = lines[start - 1].strip()
            is_closing_line = (
                is_closing(line)
                or self._is_name(line)
                or self._closes_with_name(line)
                or (self._is_name(below) and _may_stand_above_name(line))
                or (start == len(lines) and _may_be_name(line) and is_closing(lines[start - 2]))
            )
            if line and not is_closing_line:
                break
            below = line
            start -= 1
        return "".join(lines[start:]).lstrip()

    def _closes_with_name(self, line: str) -> bool:
        """Whether a line is "À plus, Ann Lee" or "Cheers Ann"."""
        words = line.split()
        while words and words[-1].strip(MARKS).casefold() in self._own:
            words.pop()
        rest = " ".join(words)
        if not rest or len(rest) == len(line) or len(words) > _MAX_CLOSING_WORDS:
            return False
        return rest.endswith(",") or is_closing(rest)

    def _is_name(self, line: str) -> bool:
        folded = _folded(line)
        return bool(folded) and (folded in self._last_lines or set(folded.split()) <= self._own)

    def _by_first_name(self, written: Greeting, names: Collection[str]) -> Greeting:
        """Return "Hi Ann," for "Hi Ann Lee," if the writer greets by first names."""
        whom = written.whom.split()
        if len(whom) < 2 or written.has_title or not set(map(str.casefold, whom)) <= set(names):
            return written
        to_names = [it.greeting.whom for it in self._mails if it.greeting.whom]
        by_one = sum(len(it.split()) == 1 for it in to_names)
        if by_one < max(_MIN_TIMES, _FIRST_NAMES * len(to_names)):
            return written
        return replace(written, whom=whom[0])

    def _greeting(self, written: Greeting) -> Greeting:
        anyone = [mail.greeting for mail in self._mails]
        if "@" in written.whom:  # A model greets an address whose owner has no known name.
            nameless = [it.form for it in anyone if len(it.words.split()) < 2 and not it.whom]
            return _made_like(Greeting(), anyone, _usual(nameless))
        name = written.whom.casefold()
        to_them = [it for it in anyone if name and it.whom.casefold() == name]
        for known in (to_them, anyone):
            if any(it.form == written.form for it in known):
                return _spelled_like(written, known)
            # "Dear Dr Bell," does not become "Hi Dr Bell," where nobody was greeted with a title.
            if written.has_title and not any(it.has_title for it in known):
                continue
            usual = _usual([it.form for it in known])
            named = [form for form in usual if form[1] and name]
            if named or Greeting().form in usual[:1]:
                return _made_like(written, known, named)
        return written

    def _closing(self, mail: _Framed) -> str:
        forms = [it.closing_form for it in self._mails]
        form = mail.closing_form
        if forms.count(form) <= (0 if form else _RARE * len(forms)):
            usual = _usual(forms)
            said = [it for it in usual if it]
            if not said and not (form and usual):
                return mail.closing
            form = said[0] if said else ()
        return _most_frequent(it.closing for it in self._mails if it.closing_form == form)


def _made_like(
    written: Greeting, known: Iterable[Greeting], forms: Sequence[tuple[str, bool, str]]
) -> Greeting:
    """Return a greeting in the first of `forms`, with a name as it is written; none without one."""
    if not forms:
        return Greeting()
    usual = next(it for it in known if it.form == forms[0])
    return Greeting(usual.words, written.whom, usual.mark)


def _spelled_like(written: Greeting, known: Iterable[Greeting]) -> Greeting:
    """Return a greeting with capitals as the writer's mails with the same words have them."""
    spelled = _most_frequent(it.words for it in known if it.form == written.form)
    return Greeting(spelled, written.whom, written.mark)


def _usual(forms: Sequence[_Form]) -> list[_Form]:
    """Return the forms that are frequent enough to be usual, the most frequent first."""
    enough = max(_MIN_TIMES, _MIN_SHARE * len(forms))
    return [form for form, times in Counter(forms).most_common() if times >= enough]


def _most_frequent(texts: Iterable[str]) -> str:
    return Counter(texts).most_common(1)[0][0]


def _usual_gap(gaps: Iterable[str], written: str) -> str:
    """Return the white space that nearly all mails have at a place, else that of the draft."""
    blank = [gap.count("\n") > 1 for gap in gaps if "\n" in gap]
    if len(blank) >= _MIN_MAILS:
        share = sum(blank) / len(blank)
        if share >= _USUAL_GAP:
            return "\n\n"
        if 1 - share >= _USUAL_GAP:
            return "\n"
    return written if "\n" in written else "\n\n"


def _may_stand_above_name(line: str) -> bool:
    is_said = line.endswith((".", "?", "!")) or "://" in line or any(map(str.isdigit, line))
    longest = _MAX_CLOSING_WORDS * (2 if line.endswith(",") else 1)
    return bool(line) and not is_said and len(line.split()) <= longest


def _may_be_name(line: str) -> bool:
    parts = line.split()
    return len(parts) <= _MAX_NAME_WORDS and all(part[0].isupper() for part in parts)


def _folded(text: str) -> str:
    return " ".join(word.strip(MARKS) for word in text.casefold().split()).strip()
