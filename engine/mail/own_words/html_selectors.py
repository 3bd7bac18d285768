"""Match the selectors of HTML's styles (CSS) with elements."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from lxml import etree  # type: ignore[import-untyped]

_IDENTIFIER = r"(?:[\w-]|[^\x00-\x7f])+"
_PART = re.compile(
    rf"(?P<sign>[.#])(?P<name>{_IDENTIFIER})"
    r"|\[\s*(?P<attribute>[\w-]+)\s*(?:(?P<how>[~|*^$]?)=\s*(?:\"(?P<double>[^\"]*)\"|'(?P<single>[^']*)'"
    r"|(?P<plain>[^\]\s]+))\s*[is]?\s*)?\]"
    r"|:(?P<pseudo>[a-z-]+)(?:\((?P<given>(?:[^()]|\([^()]*\))*)\))?"
)
_TAG = re.compile(r"\*|[a-z][a-z0-9-]*")
_NTH = re.compile(
    r"(?P<odd>odd)|(?P<even>even)|(?P<step>[-+]?\d*)n\s*(?P<plus>[-+]\s*\d+)?|(?P<number>\d+)"
)
_ANY_OF = ("is", "where", "matches", "-webkit-any", "-moz-any")
_PLACES = {
    "first-child": ("nth-child", "1"),
    "last-child": ("nth-last-child", "1"),
    "first-of-type": ("nth-of-type", "1"),
    "last-of-type": ("nth-last-of-type", "1"),
}
_NTHS = ("nth-child", "nth-last-child", "nth-of-type", "nth-last-of-type")
_NEVER = frozenset(
    ("hover", "active", "focus", "visited", "focus-within", "focus-visible", "target", "checked")
)
"""Pseudo-classes of what a reader does; a mail is read without."""

_MOST_SIBLINGS = 200  # that are counted
_DEEPEST = 3  # selectors in selectors
_MOST_COMPOUNDS = 20
_LONGEST = 1000  # characters

Compound = tuple[str, "_Compound"]
"""A combinator (space, >, + or ~) and what stands before it, seen from the element."""


class Work:
    """How many elements may still be looked at; a hostile mail asks for too many."""

    def __init__(self, steps: int) -> None:
        self.left = steps

    def is_done(self) -> bool:
        """Take a step, and return whether there were too many."""
        self.left -= 1
        return self.left < 0


class NeverMatchesError(Exception):
    """A selector is of no element as a mail is shown."""


class UnreadSelectorError(Exception):
    """A selector is not understood."""


@dataclass(frozen=True)
class _Compound:
    """A part of a selector without combinators: `p.note#first`. others: attributes and the like."""

    tag: str
    classes: frozenset[str]
    identifier: str
    attributes: tuple[tuple[str, str, str], ...]
    places: tuple[tuple[str, int, int], ...]
    any_of: tuple[tuple[bool, tuple[Selector, ...]], ...]
    is_root: bool

    def matches(self, element: etree._Element, work: Work) -> bool:
        get = element.get
        return (
            not work.is_done()
            and (not self.tag or element.tag == self.tag)
            and (not self.identifier or (get("id") or "").lower() == self.identifier)
            and (not self.classes or self.classes <= set((get("class") or "").lower().split()))
            and (not self.is_root or element.getparent() is None)
            and all(_has_attribute(element, *asked) for asked in self.attributes)
            and all(_is_at(element, work, *place) for place in self.places)
            and all(
                any(one.matches(element, work) for one in some) is wanted
                for wanted, some in self.any_of
            )
        )

    @property
    def weight(self) -> tuple[int, int, int]:
        inner = [max((one.weight for one in some), default=(0, 0, 0)) for _, some in self.any_of]
        own = bool(self.identifier), len(self.classes) + len(self.attributes) + len(self.places)
        ids, classes, tags = (sum(weight[index] for weight in inner) for index in range(3))
        return own[0] + ids, own[1] + self.is_root + classes, bool(self.tag) + tags


@dataclass(frozen=True)
class Selector:
    """last: what the element itself is. before: what it is in or after, the nearest first."""

    last: _Compound
    before: tuple[Compound, ...]

    @property
    def weight(self) -> tuple[int, int, int]:
        """How much it counts in the cascade."""
        weights = [self.last.weight, *(compound.weight for _, compound in self.before)]
        ids, classes, tags = (sum(weight[index] for weight in weights) for index in range(3))
        return ids, classes, tags

    @property
    def key(self) -> str:
        """An id, class or tag that each element has which it matches; "*" if there is none."""
        last = self.last
        return last.identifier or next(iter(sorted(last.classes)), "") or last.tag or "*"

    def matches(self, element: etree._Element, work: Work) -> bool:
        return self.last.matches(element, work) and _are_before(element, self.before, work)


def parse_selector(text: str, depth: int = 0) -> Selector:
    """Return a selector in lower case. Raises UnreadSelectorError or NeverMatchesError."""
    if len(text) > _LONGEST or depth > _DEEPEST:
        raise UnreadSelectorError
    compounds: list[Compound] = []
    combinator = ""
    for part in _split(text):
        if part in (" ", ">", "+", "~"):
            combinator = part if part != " " or not combinator else combinator
        else:
            compounds.append((combinator, _parse_compound(part, depth)))
            combinator = ""
    if not compounds or compounds[0][0] or combinator.strip() or len(compounds) > _MOST_COMPOUNDS:
        raise UnreadSelectorError
    # From the element outwards: each combinator stands behind what is before it.
    pairs = zip(compounds[:0:-1], compounds[-2::-1], strict=True)
    before = tuple((right[0], left[1]) for right, left in pairs)
    return Selector(compounds[-1][1], before)


def split_list(text: str) -> Iterator[str]:
    """Yield the selectors between the commas of a list."""
    start = depth = 0
    for found in re.finditer(r"[\[(]|[\])]|,", text):
        depth += (found[0] in "[(") - (found[0] in "])")
        if found[0] == "," and depth <= 0:
            yield text[start : found.start()].strip()
            start = found.end()
    yield text[start:].strip()


def _split(text: str) -> Iterator[str]:
    """Yield compounds and the combinators between them."""
    start = depth = 0
    text = text.strip()
    for place, letter in enumerate(text):
        depth += (letter in "[(") - (letter in "])")
        if not depth and (letter.isspace() or letter in ">+~"):
            if text[start:place]:
                yield text[start:place]
            yield " " if letter.isspace() else letter
            start = place + 1
    if text[start:]:
        yield text[start:]


def _parse_compound(text: str, depth: int) -> _Compound:
    found = _TAG.match(text)
    place = found.end() if found else 0
    tag = "" if found is None or found[0] == "*" else found[0]
    classes: set[str] = set()
    identifier, is_root = "", False
    attributes: list[tuple[str, str, str]] = []
    places: list[tuple[str, int, int]] = []
    any_of: list[tuple[bool, tuple[Selector, ...]]] = []
    while place < len(text):
        part = _PART.match(text, place)
        if part is None:
            if text.startswith("::", place):
                raise NeverMatchesError
            raise UnreadSelectorError
        place = part.end()
        pseudo, given = part["pseudo"], part["given"] or ""
        if part["sign"] == ".":
            classes.add(part["name"])
        elif part["sign"]:
            identifier = part["name"]
        elif part["attribute"]:
            value = part["double"] or part["single"] or part["plain"] or ""
            how = "" if part["how"] is None else f"{part['how']}="
            attributes.append((part["attribute"], how, value))
        elif pseudo in _NEVER or pseudo in ("before", "after", "first-line", "first-letter"):
            raise NeverMatchesError
        elif pseudo in ("root", "scope"):
            is_root = True
        elif pseudo in ("link", "any-link"):
            attributes.append(("href", "", ""))
        elif pseudo == "only-child":
            places += [("nth-child", 0, 1), ("nth-last-child", 0, 1)]
        elif pseudo in _PLACES or pseudo in _NTHS:
            name, formula = _PLACES.get(pseudo, (pseudo, given))
            places.append((name, *_parse_nth(formula)))
        elif pseudo in _ANY_OF or pseudo == "not":
            any_of.append((pseudo != "not", _parse_inner(given, depth, pseudo)))
        else:
            raise UnreadSelectorError
    return _Compound(
        tag,
        frozenset(classes),
        identifier,
        tuple(attributes),
        tuple(places),
        tuple(any_of),
        is_root,
    )


def _parse_inner(given: str, depth: int, pseudo: str) -> tuple[Selector, ...]:
    inner = []
    for text in split_list(given):
        try:
            inner.append(parse_selector(text, depth + 1))
        except NeverMatchesError:
            continue
    return tuple(inner)


def _parse_nth(formula: str) -> tuple[int, int]:
    """Return (a, b) of an+b."""
    found = _NTH.fullmatch(formula.strip())
    if found is None:
        raise UnreadSelectorError
    if found["odd"] or found["even"]:
        return 2, 1 if found["odd"] else 0
    if found["number"]:
        return 0, int(found["number"][:6])
    step = found["step"]
    number = int((found["plus"] or "0").replace(" ", "")[:7])
    return (int(step[:7]) if step not in ("", "+", "-") else int(f"{step}1")), number


def _are_before(element: etree._Element, before: tuple[Compound, ...], work: Work) -> bool:
    """Return whether an element stands in or after others; the nearest of each kind is taken."""
    for combinator, compound in before:
        following: etree._Element | None
        if combinator in (">", "+"):
            following = element.getparent() if combinator == ">" else element.getprevious()
            if following is None or not compound.matches(following, work):
                return False
        else:
            around, earlier = element.iterancestors(), _siblings(element, work, preceding=True)
            others = around if combinator == " " else earlier
            following = next((one for one in others if compound.matches(one, work)), None)
            if following is None:
                return False
        element = following
    return True


def _siblings(element: etree._Element, work: Work, *, preceding: bool) -> Iterator[etree._Element]:
    for count, other in enumerate(element.itersiblings(preceding=preceding)):
        if count >= _MOST_SIBLINGS or work.is_done():
            return
        if isinstance(other.tag, str):
            yield other


def _is_at(element: etree._Element, work: Work, name: str, step: int, start: int) -> bool:
    others = _siblings(element, work, preceding="last" not in name)
    if name.endswith("type"):
        number = 1 + sum(other.tag == element.tag for other in others)
    else:
        number = 1 + sum(1 for _ in others)
    if step == 0:
        return number == start
    return (number - start) % step == 0 and (number - start) // step >= 0


def _has_attribute(element: etree._Element, name: str, how: str, wanted: str) -> bool:
    value = element.get(name)
    if value is None or not how:
        return value is not None
    value = value.lower()
    if how == "=":
        return value.strip() == wanted
    if how == "~=":
        return wanted in value.split()
    if how == "|=":
        return value == wanted or value.startswith(f"{wanted}-")
    if not wanted:
        return False
    if how == "^=":
        return value.startswith(wanted)
    return value.endswith(wanted) if how == "$=" else wanted in value
