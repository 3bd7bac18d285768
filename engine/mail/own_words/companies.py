"""Recognise a line with a company's name by its legal form, in any language."""

from __future__ import annotations

import re

from engine.words import pattern_of, words

_MAX_WORDS, _MAX_LOWER_CASE_WORDS, _LONGEST = 8, 1, 60
_MAX_UNSPACED_WORDS = 3
_BEFORE = tuple(f"{form} " for form in words("organisations.before"))
_AFTER = tuple(f" {form}" for form in words("organisations.after"))
_UNSPACED = re.compile(pattern_of("organisations.unspaced"))
_AROUND = " .,«»„“”\"'"


def names_company(text: str) -> bool:
    """Return whether a line is a company's name: "ООО «Мельница»", "Mølla AS", "株式会社水車"."""
    if not text or len(text) > _LONGEST:
        return False
    if not text.isascii() and _UNSPACED.search(text):
        return len(text.split()) <= _MAX_UNSPACED_WORDS
    name = text.strip(_AROUND)
    lowered = name.lower()
    if len(lowered) != len(name):  # letters that change their length
        return False
    if lowered.startswith(_BEFORE):
        end = next(len(form) for form in _BEFORE if lowered.startswith(form))
        form, others = name[:end].strip(), name[end:].split()
        is_form = form == form.upper() or (" " in form and form[0].isupper())
    elif lowered.endswith(_AFTER):
        end = max(len(form) for form in _AFTER if lowered.endswith(form))
        form, others = name[-end:].strip(), name[:-end].split()
        is_form = "." in form or "/" in form or form[0].isupper()
    else:
        return False
    lower_case = sum(word[0].islower() for word in others)
    return is_form and 0 < len(others) <= _MAX_WORDS and lower_case <= _MAX_LOWER_CASE_WORDS
