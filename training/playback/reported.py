"""A mail in reported speech, as its instruction: "Could you send it?" -> "Ask Ann to send it."

Nothing of the mail is lost but fillers, and nobody's part is changed: the writer stays I, and the
reader, whom the mail calls you, is named once and is they, he or she from then on. It stands in for
a model's instruction that says something else than its mail. For languages with lists `reported`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

from engine.checking.lexicon import Lexicon, alternatives, capitalised, lexicon_of, straight
from engine.mail.mail_parts import MailParts, split_mail
from engine.mail.stored.store import StoredMail
from engine.prompt.prompt import InstructionKind
from training.playback.reader import addressee
from training.playback.third_person import THEM, without_marks
from training.playback.told import ITEM, told, uncapitalised

_MOST_WORDS = 220
"""Of a mail. A longer one in reported speech is nothing that anybody would type."""

_LEAST_WORDS = 4
"""Of a sentence behind "say that": a shorter one may have no verb."""

_LINK = re.compile(r"\w+://")


def reported(
    mail: StoredMail, kind: InstructionKind, pronoun: str = "they", user_name: str = ""
) -> str | None:
    """Return a mail in reported speech.

    pronoun: of its reader; "he" or "she", where it is known. user_name: of its writer. None if it
    is long, nothing is left of it, or its language has no lists for it.
    """
    text = straight(mail.body)
    words = lexicon_of(text)
    if not words.words("reported.fillers") or len(text.split()) > _MOST_WORDS:
        return None
    name = addressee(mail)
    sentences = _sentences(split_mail(_with_paragraphs(text, words)), name, user_name, words)
    said = [told(sentence, words, is_note=kind == "terse") for sentence in sentences]
    said = [sentence for sentence in said if sentence]
    return _put(said, name, kind, pronoun, words) if said else None


def _sentences(parts: MailParts, name: str, user_name: str, words: Lexicon) -> list[str]:
    """The sentences of a mail, also one that stands in place of a greeting: "Thanks, got it!"."""
    greets = alternatives({*words.words("reported.greetings"), *([name.lower()] if name else [])})
    greeting = re.compile(rf"(?:\w+\s+)?{greets}(?!\w)|.*,$", re.IGNORECASE)
    said = [] if not parts.greeting or greeting.match(parts.greeting) else [parts.greeting]
    first_name = user_name.partition(" ")[0]
    closings = {*words.words("closings.phrases"), user_name.lower(), first_name.lower()}
    said += [one for one in parts.sentences if one.lower().strip(" .,!-–—") not in closings]
    sentences = [" ".join(one.split()) for one in said]
    if sentences and name:
        called = re.compile(rf"(?:\w+\s+)?{re.escape(name)}(?:\s*[,.!:—–-]+\s*|$)", re.IGNORECASE)
        sentences[0] = called.sub("", sentences[0], count=1)
        called = re.compile(rf",\s*{re.escape(name)}(?=[\s.?!]*$)", re.IGNORECASE)
        sentences = [called.sub("", one) for one in sentences]
    return sentences


def _with_paragraphs(text: str, words: Lexicon) -> str:
    """Return a text with a blank line at each line end that is no wrapping.

    The next word would have fitted into the line, and begins a sentence as the others do: with a
    capital, unless the writer uses none. No sentence ends with an article.
    """
    unended = words.words("reported.articles")
    lines = text.splitlines()
    longest = max(map(len, lines), default=0)
    writes_small = not any(line.lstrip()[:1].isupper() for line in lines)
    made = lines[:1]
    for above, line in pairwise(lines):
        word = next(iter(line.split()), "")
        begins = writes_small or word[:1].isupper() or ITEM.match(line) is not None
        begins = begins and above.rpartition(" ")[2].lower() not in unended
        made += [""] if begins and len(above.rstrip()) + 1 + len(word) < longest else []
        made.append(line)
    return "\n".join(made)


def _put(said: list[str], name: str, kind: InstructionKind, pronoun: str, words: Lexicon) -> str:
    """Return the sentences as an instruction of a kind."""
    if kind == "terse":
        said = without_marks([_as_note(one, words) for one in said], pronoun, words)
        notes = _joined(said)
        return f"{name.lower()}: {notes}" if name else notes
    first, rest = said[0], said[1:]
    if _is_to_reader(first):
        first = first.replace(THEM, name or THEM, 1)
    else:
        mark = ":" if first[:1].isupper() and not re.match(r"I\b", first) else ""
        that = " that" if _can_follow_that(first, words) and len(first.split()) % 2 else ""
        first = f"tell {name or THEM}{mark}{that} {first}"
    said = without_marks([first, *(_said(one, words) for one in rest)], pronoun, words)
    if kind == "spoken":
        return _joined(said)
    ended = (one if re.search(r"\?$|^\(.*\)$", one) else f"{one}." for one in said)
    return " ".join(one if _LINK.match(one) else capitalised(one) for one in ended)


def _joined(said: Sequence[str]) -> str:
    return re.sub(r"\S+", _lowered, ", ".join(said).replace("?,", "?"))


def _lowered(word: re.Match[str]) -> str:
    """A word in small letters, but not a link or a code, which would be another then."""
    return word[0] if re.search(r"://|\d", word[0]) else word[0].lower()


def _said(sentence: str, words: Lexicon) -> str:
    """Return a later sentence, now and then with "say that" before it.

    People give several orders in an instruction, and a model that was trained on none but the first
    copies the others into the mail. Its number of words draws which, so that a text is always
    reported alike.
    """
    sayings = ("", *sorted(words.words("reported.sayings")))
    saying = sayings[len(sentence.split()) % len(sayings)]
    if not saying or not _can_follow_that(sentence, words):
        return sentence
    return f"{saying} {uncapitalised(sentence, words)}"


def _can_follow_that(sentence: str, words: Lexicon) -> bool:
    return (
        sentence[0].isalnum()
        and len(words.find_words(sentence)) >= _LEAST_WORDS
        and words.first_word(sentence).lower() in words.words("reported.told_beginnings")
    )


def _as_note(sentence: str, words: Lexicon) -> str:
    """Return a sentence as notes have it: without articles, and without whom it is told."""
    text = re.sub(rf"^ask {THEM}:\s+", "", sentence)
    text = re.sub(rf"^ask {THEM} (not )?to ", r"pls \1", text)
    text = re.sub(rf"^thank {THEM}", "thx", text)
    text = re.sub(rf"^apologise to {THEM}", "sorry", text)
    text = re.sub(rf"^suggest to {THEM} that we", "let's", text)
    text = re.sub(rf"^wish {THEM}\s", "", text)
    articles = alternatives(words.words("reported.articles"))
    text = re.sub(rf"(?<!\w){articles}\s+(?=\w)", "", text, flags=re.IGNORECASE)
    return text


def _is_to_reader(sentence: str) -> bool:
    verbs = "ask|thank|congratulate|wish|apologise to|suggest to"
    return re.match(rf"(?:{verbs}) {THEM}(?!\w)", sentence) is not None
