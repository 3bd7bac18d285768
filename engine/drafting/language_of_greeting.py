"""A greeting and a closing in the draft's own language, where no past mail shows the writer's.

A small model greets and closes what it writes in other languages as in English, or with words that
are none: "Dear Frau Keller, … Big kiss, Tom".
"""

from __future__ import annotations

import re
from functools import cache

from engine.mail.greetings import Greeting
from engine.words import by_language


def greeting_in(language: str, written: Greeting) -> Greeting:
    """Return a greeting if it is one of a language, else the neutral one, with the same name.

    Languages without lists `greetings.neutral`, with a name and alone, keep all greetings.
    """
    neutral = by_language("greetings.neutral").get(language)
    known = by_language("greetings.words").get(language, ())
    if not neutral or not str(written) or not written.words or written.words.casefold() in known:
        return written
    is_named = bool(written.whom) and " or " not in written.whom and "@" not in written.whom
    if not written.says_nothing and is_named:
        return written
    named, alone = neutral[0], neutral[-1]
    return Greeting(named, written.whom, ",") if is_named else Greeting(alone, "", ",")


def closing_in(language: str, written: str, name: str) -> str:
    """Return a closing if it is one of a language, else the neutral one with the writer's name.

    A draft without a closing gets that one, too.
    """
    neutral = by_language("closings.neutral").get(language)
    if not neutral or (written and written.casefold().strip() == name.casefold()):
        return written
    first = re.sub(r"[\s,;.!–-]+$", "", written.partition("\n")[0].casefold())
    first = re.sub(rf"[\s,;.!–-]+{re.escape(name.casefold())}$", "", first) if name else first
    if _phrases(language).fullmatch(first):
        return written
    return f"{neutral[0]}\n{name}".strip()


@cache
def _phrases(language: str) -> re.Pattern[str]:
    return re.compile("|".join(by_language("closings.phrases").get(language, ("(?!)",))))
