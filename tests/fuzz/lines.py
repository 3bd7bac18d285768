"""Tell an input that reaches new lines of the program from the others."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import CodeType, FrameType
from typing import Any

_CODE = Path(__file__).resolve().parents[2]
PROGRAM = (f"{_CODE / 'engine'}/", f"{_CODE / 'panza_tui'}/")

_FOLLOWED_CALLS = 100
_FOLLOWED_LATER = 16  # one call in so many, as following takes several times as long


class Lines:
    """The lines that were reached so far. places: the beginnings of the files that are followed."""

    def __init__(self, places: tuple[str, ...] = PROGRAM) -> None:
        self.reached: set[tuple[str, int]] = set()
        self._places = places
        self._left: dict[CodeType, set[int]] = {}
        self._calls: Counter[CodeType] = Counter()

    @contextmanager
    def followed(self) -> Iterator[None]:
        """Add the lines that are reached within."""
        before = sys.gettrace()
        sys.settrace(self._call)
        try:
            yield
        finally:
            sys.settrace(before)

    def add(self, lines: Iterable[tuple[str, int]]) -> None:
        """Add what another process reached."""
        self.reached.update(lines)

    def _call(self, frame: FrameType, event: str, value: Any) -> Any:
        code = frame.f_code
        left = self._left.get(code)
        if left is None:
            ours = code.co_filename.startswith(self._places)
            left = {line for _, _, line in code.co_lines() if line} if ours else set()
            self._left[code] = left
        if not left:
            return None
        self._calls[code] += 1
        calls = self._calls[code]
        return self._line if calls < _FOLLOWED_CALLS or calls % _FOLLOWED_LATER == 0 else None

    def _line(self, frame: FrameType, event: str, value: Any) -> Any:
        left = self._left[frame.f_code]
        if frame.f_lineno in left:
            left.discard(frame.f_lineno)
            self.reached.add((frame.f_code.co_filename, frame.f_lineno))
        return self._line
