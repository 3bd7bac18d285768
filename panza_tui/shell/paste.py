"""Make pasted text safe: usual line ends, and nothing that is taken for a key press."""

from __future__ import annotations

from collections.abc import Iterable

from textual._xterm_parser import XTermParser
from textual.drivers import linux_driver
from textual.message import Message

_ESC = "\x1b"
_BEGIN = "\x1b[200~"
_END = "\x1b[201~"


def pasted_text(text: str) -> str:
    """Return a paste with usual line ends; terminals send a carriage return for each."""
    return text.replace("\r\n", "\n").replace("\r", "\n")


class PasteParser(XTermParser):
    """Drops escape characters from pastes.

    Textual's parser takes an escape sequence in a paste, and up to 32 characters after it, for key
    presses, including Enter. Not every terminal filters them out.
    """

    def __init__(self, debug: bool = False) -> None:
        super().__init__(debug)
        self._pasting = False
        # In a paste: text held back that may be the start of _END. Else: text already passed on
        # that may be the start of _BEGIN.
        self._rest = ""

    def feed(self, data: str) -> Iterable[Message]:
        clean = self._clean(data)
        if clean or not data:  # Empty input means its end.
            yield from super().feed(clean)

    def _clean(self, data: str) -> str:
        done = ""
        while data:
            if self._pasting:
                text, end, data = (self._rest + data).partition(_END)
                self._rest = ""
                self._pasting = not end
                place = text.rfind(_ESC)
                if not end and place >= 0 and _END.startswith(text[place:]):
                    text, self._rest = text[:place], text[place:]
                done += text.replace(_ESC, "") + end
                continue
            place = (self._rest + data).find(_BEGIN)
            if place < 0:
                self._rest = (self._rest + data)[1 - len(_BEGIN) :]
                return done + data
            begun = place + len(_BEGIN) - len(self._rest)
            done, data = done + data[:begun], data[begun:]
            self._rest = ""
            self._pasting = True
        return done


def install() -> None:
    """Make Textual use this parser, for which it has no setting."""
    linux_driver.XTermParser = PasteParser  # type: ignore[misc]
