"""Hasty spellings in full."""

from __future__ import annotations

import re
from functools import lru_cache

from engine.checking.lexicon import Lexicon, alternatives

_COUNTED = r"\b(?:\d+|half|half an|per|each|every)\s|\d"


@lru_cache(maxsize=512)  # Each text is read by several rules and compared with others.
def in_full(text: str, words: Lexicon) -> str:
    """Return a text with hasty spellings in full: "cant" -> "can't", "pls" -> "please"."""
    text = re.sub(r"\bw/o(?:ut)?\b", "without", text)
    text = re.sub(r"\bw/\s*", "with ", text)
    text = re.sub(r"(?<=[^\W\d_]\s)(?:&|n)(?=\s(?-i:[a-zß-ÿ]))", "and", text)
    text = _replaced(text, words.pairs("direct.spelling"))
    for short, full in words.pairs("direct.spelling_of_times").items():
        text = re.sub(rf"({_COUNTED}){short}(?![\w'-])", rf"\1{full}", text)
    subjects = "|".join(map(re.escape, words.words("reported.subjects")))
    # "Sat at 7", but "she sat", "I've sat" and "the sun".
    kept = rf"(?:(?:{subjects}|\w+'\w+|have|has|had)\s+sat|the\s+sun|sat\s+(?:nav|phone))|"
    text = _replaced(text, words.pairs("direct.days"), kept)
    # "Cause I'm ill", but "the cause I support".
    cause = r"(?<!the )(?<!a )(?<!good )(?<!this )(?<!that )(?<!and )(?<!my )(?<!our )(?<=\w )cause"
    subjects = alternatives(words.words("direct.subjects", "roles.first_possessive"))
    text = re.sub(rf"{cause}(?=\s{subjects}\s)", "because", text, flags=re.IGNORECASE)
    titles = alternatives(words.words("names.titles"))
    text = re.sub(rf"(?<!\w)({titles})\.(?=\s)", r"\1", text, flags=re.IGNORECASE)
    its = alternatives(words.words("direct.behind_its"))
    text = re.sub(rf"(?<!\w)its(?=\s(?:{its}|\w+ed)(?!\w))", "it's", text, flags=re.IGNORECASE)
    people = alternatives(words.words("roles.people", "direct.male", "direct.female"))
    text = re.sub(rf"(?<!\w)({people})s(?=\sgot\s)", r"\1's", text, flags=re.IGNORECASE)
    verbs = alternatives(words.words("reported.imperatives"))
    return re.sub(rf"(?<!\w)ill(?=\s{verbs}(?!\w))", "I'll", text, flags=re.IGNORECASE)


def _replaced(text: str, spelling: dict[str, str], kept: str = "") -> str:
    """Return a text with words replaced, besides where `kept` matches."""
    pattern = rf"(?<![\w'-])(?:{kept}{alternatives(spelling)})(?![\w'-])"
    return re.sub(
        pattern, lambda match: spelling.get(match[0].lower(), match[0]), text, flags=re.IGNORECASE
    )
