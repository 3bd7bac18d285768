"""Yes or no, question or statement: what an instruction wants and what a draft says."""

from __future__ import annotations

import re

from engine.checking.brief import Brief
from engine.checking.lexicon import Lexicon, fold, lexicon_of, straight
from engine.checking.telling import telling_words

_SENTENCE = re.compile(r"[^.!?\n]+[.!?]*")
_WORDS_AFTER_ASKING = 5


def says_the_opposite(draft: str, brief: Brief) -> bool | None:
    """Whether a no became a yes, or the other way round; None where it can't be told."""
    words, instruction = brief.words, straight(brief.instruction)
    denies = _denies(instruction, words)
    if denies == (words.phrases("answers.yes").search(instruction) is not None):
        return None
    drafted, in_draft = straight(draft), lexicon_of(draft, words.language)
    if not denies:
        return _denies(drafted, in_draft)
    keys = ("answers.no", "answers.refusals", "answers.denials")
    return not any(in_draft.phrases(key).search(drafted) for key in keys)


def asks_wrongly(draft: str, brief: Brief) -> bool | None:
    """Whether a question became a statement, or the other way round; None if it can't be told."""
    wanted = wants_question(brief)
    if wanted is None:
        return None
    text = straight(draft)
    if wanted:
        asked = lexicon_of(draft, brief.words.language).phrases("instructions.asked")
        return "?" not in text and asked.search(text) is None
    told = {brief.words.stem(word) for word in telling_words(brief)[0]}
    in_questions = in_statements = 0
    for sentence in _SENTENCE.findall(text):
        held = len(told & {brief.words.stem(word) for word in re.findall(r"[\w'-]+", sentence)})
        if sentence.rstrip().endswith("?"):
            in_questions += held
        else:
            in_statements += held
    return in_questions > in_statements


def wants_question(brief: Brief) -> bool | None:
    """Whether the mail is to ask something; None if it can't be told, as for a request."""
    text, words = straight(brief.instruction), brief.words
    if "?" in text:
        return True
    asking = words.phrases("instructions.asking").search(text)
    if not asking:
        return False
    if asking[0].lower() in words.words("instructions.interrogatives"):
        return True  # "whether" on its own
    following = [word.lower() for word in re.findall(r"[\w'-]+", text[asking.end() :])]
    following = [word for word in following if fold(word) not in brief.addressee]
    for word in following[:_WORDS_AFTER_ASKING]:
        if word in words.words("instructions.interrogatives"):
            return True
        if word in words.words("instructions.requests"):
            return None
    return None


def _denies(text: str, words: Lexicon) -> bool:
    rest = words.phrases("answers.neither").sub(" ", text)
    key = "answers.denials" if words.words("answers.denials") else "answers.no"
    return words.phrases(key).search(rest) is not None
