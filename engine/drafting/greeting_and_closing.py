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

from engine.checking.lexicon import language_of_notes
from engine.drafting.closing_lines import ClosingLines, as_signed, folded, may_be_signed
from engine.drafting.language_of_greeting import closing_in, greeting_in
from engine.mail.greetings import Greeting, read_greeting
from engine.mail.mail_parts import split_mail
from engine.mail.own_words.closings import is_closing
from engine.mail.own_words.endings import POSTSCRIPT
from engine.mail.own_words.language import guess_language

_READ = 1000
"""Characters from either end of a past mail that are read: a long one has 100,000."""

# Chosen by hand.
_MIN_MAILS = 5
"""Of fewer past mails nothing is concluded."""
_MIN_TIMES, _MIN_SHARE = 3, 0.2
"""How often a greeting or closing must occur to replace one that never does."""
_RARE = 0.05
"""The share of mails without a closing below which a draft gets one, too.

The least share of mails with a last line that is taken for the writer's name.
"""
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
        language = guess_language(said) or guess_language(asked) or self._only_language
        if language not in self._by_language:
            past = [mail for mail in self._past if mail.language == language]
            self._by_language[language] = _Habits(past, self._own_name, language)
        return self._by_language[language].applied_to(draft, names, asked)

    @cached_property
    def _only_language(self) -> str:
        known = Counter(mail.language for mail in self._past if mail.language)
        enough = _ONE_LANGUAGE * sum(known.values())
        return next((it for it, times in known.most_common(1) if times >= enough), "")


@dataclass(frozen=True)
class _Framed:
    """A mail's greeting, text and closing, and the white space between them.

    postscript: what stands below the closing, with the white space above it.
    """

    greeting: Greeting
    text: str
    closing: str
    gap_above: str
    gap_below: str
    postscript: str

    @property
    def closing_form(self) -> tuple[str, ...]:
        return tuple(folded(self.closing).split())


class _Habits:
    """Those in one language."""

    def __init__(self, past: Sequence[PastMail], own_name: str, language: str) -> None:
        self._past = past
        self._language = language
        self._first_name = own_name.partition(" ")[0]
        self._own = {word.casefold() for word in own_name.split()}

    def applied_to(self, draft: str, names: Collection[str], asked: str) -> str:
        draft = _without_blank_lines(draft)
        if self._is_all_greeting(draft, names):
            return draft
        if len(self._past) < _MIN_MAILS:
            # A short draft's language is a guess; the instruction has to be in it, too.
            is_sure = language_of_notes(asked) == self._language
            return self._in_language(draft, names) if is_sure else draft
        asked_words = set(re.findall(r"[\w'’]+", asked.casefold()))
        mail = self._split(draft, names)
        if self._is_all_closing(mail):
            return draft
        greeting, closing = self._by_first_name(mail.greeting, names), mail.closing
        if not greeting.words or not asked_words.issuperset(folded(greeting.words).split()):
            greeting = self._greeting(greeting)
        if not (said := set(mail.closing_form) - self._own) or not asked_words.issuperset(said):
            mail = self._with_said_lines(mail, asked)
            closing = (
                self._below_phrase(mail) if self._lines.closes(mail.text) else self._closing(mail)
            )
        above = _usual_gap([it.gap_above for it in self._mails], mail.gap_above)
        below = _usual_gap([it.gap_below for it in self._mails if it.closing], mail.gap_below)
        beginning = f"{greeting}{above}" if str(greeting) else ""
        return f"{beginning}{mail.text}{below if closing else ''}{closing}{mail.postscript}"

    def _in_language(self, draft: str, names: Collection[str]) -> str:
        """Return a draft without a greeting or closing of another language."""
        mail = self._split(draft, names)
        greeting = greeting_in(self._language, mail.greeting)
        closing = closing_in(self._language, mail.closing, self._first_name)
        if (greeting, closing) == (mail.greeting, mail.closing):
            return draft
        beginning = f"{greeting}{mail.gap_above}" if str(greeting) else ""
        below = mail.gap_below if mail.closing else "\n\n"
        return f"{beginning}{mail.text}{below}{closing}{mail.postscript}"

    def _is_all_greeting(self, draft: str, names: Collection[str]) -> bool:
        return len(draft.splitlines()) == 1 and bool(str(read_greeting(draft, names)))

    def _is_all_closing(self, mail: _Framed) -> bool:
        """Whether what is taken for the text is the phrase above the name, and nothing is said."""
        form = tuple(folded(f"{mail.text} {mail.closing}").split())
        return any(it.closing_form == form for it in self._mails) or (
            is_closing(mail.text) and not any(map(is_closing, mail.closing.splitlines()))
        )

    @cached_property
    def _mails(self) -> list[_Framed]:
        return [
            self._split(body, mail.names) for body, mail in zip(self._ends, self._past, strict=True)
        ]

    @cached_property
    def _ends(self) -> list[str]:
        """The past mails with their beginnings and ends alone."""
        bodies = [mail.body.strip() for mail in self._past]
        return [
            body if len(body) <= 2 * _READ else f"{body[:_READ]}\n\n{body[-_READ:]}"
            for body in bodies
        ]

    @cached_property
    def _lines(self) -> ClosingLines:
        lines = [body.rpartition("\n")[::2] for body in self._ends]
        last = Counter(
            as_signed(line) for above, line in lines if above and may_be_signed(line, self._own)
        )
        enough = max(_MIN_TIMES, _RARE * len(lines))
        signed = frozenset(line for line, times in last.items() if times >= enough)
        return ClosingLines(self._own, signed)

    def _split(self, body: str, names: Collection[str]) -> _Framed:
        parts = split_mail(body)
        greeting = read_greeting(parts.greeting, names)
        above, text = "", _without_blank_lines(body)
        if str(greeting):
            rest = text.lstrip()[len(parts.greeting) :]
            text = _without_blank_lines(rest)
            above = rest[: len(rest) - len(text)]
        postscript = ""
        closing = self._lines.closing_of(text)
        if not closing and (start := _postscript_start(text)):
            postscript = text[len(text[:start].rstrip()) :]
            text = text[:start].rstrip()
            closing = self._lines.closing_of(text)
        text = text[: len(text) - len(closing)]
        gap = text[len(text.rstrip()) :]
        return _Framed(greeting, text.rstrip(), closing, above, gap, postscript)

    def _with_said_lines(self, mail: _Framed, asked: str) -> _Framed:
        """Return a mail of which a closing that the writer has never written says nothing.

        Its lines that say something, and what is above them, are the end of the text.
        """
        if any(it.closing_form == mail.closing_form for it in self._mails):
            return mail
        said = self._lines.said_in(mail.closing, mail.text, asked)
        if not said:
            return mail
        closing = mail.closing[len(said) :].lstrip()
        gap = mail.closing[len(said.rstrip()) : len(mail.closing) - len(closing)]
        text = f"{mail.text}{mail.gap_below}{said.rstrip()}"
        return replace(mail, text=text, closing=closing, gap_below=gap if closing else "")

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
        if not written.says_nothing:
            return written
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

    def _below_phrase(self, mail: _Framed) -> str:
        """Return what stands below a text that has a closing: the writer's name, if any name."""
        if not mail.closing or any(map(self._lines.is_name, mail.closing.splitlines())):
            return mail.closing
        usual = self._closing(mail).splitlines()
        return "\n".join(filter(self._lines.is_name, usual)) or mail.closing

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


def _without_blank_lines(text: str) -> str:
    """Return a text from its first line on, which stays as far to the right as it is."""
    text = text.rstrip()
    space = text[: len(text) - len(text.lstrip())]
    return text[space.rfind("\n") + 1 :]


def _postscript_start(text: str) -> int:
    """Return where the first line with "P.S." starts, 0 without one below the first line."""
    start = 0
    for line in text.splitlines(keepends=True):
        if start and POSTSCRIPT.match(line):
            return start
        start += len(line)
    return 0
