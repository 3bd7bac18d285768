"""Put the values of CSS's own properties (--name) in the places that use them."""

from __future__ import annotations

import re

_DECLARED = re.compile(r"(--[\w-]+)\s*:\s*([^;{}\"'<>]{1,200})")
_USED = re.compile(r"var\(\s*(--[\w-]+)\s*(?:,((?:[^()]|\([^()]*\))*))?\)")
_ROUNDS = 3  # a value may use others
_LONGEST = 100_000  # characters


class Variables(dict[str, str]):
    """Name -> value; each name has one value in the whole mail, the last."""

    def put_in(self, style: str) -> str:
        """Return a style with values instead of names, or what it has for names without one."""
        for _ in range(_ROUNDS):
            if "var(" not in style or len(style) > _LONGEST:
                break
            style = _USED.sub(lambda used: self.get(used[1], used[2] or ""), style)
        return style


def declared_in(html: str) -> Variables:
    """Return the properties that a mail declares. html: in lower case."""
    found = _DECLARED.findall(html)
    return Variables((name, value.partition("!")[0].strip()) for name, value in found)
