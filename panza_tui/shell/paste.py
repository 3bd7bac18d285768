"""What is pasted: with the line ends of a text, and nothing in it that is taken for keys."""

from __future__ import annotations

from collections.abc import Iterable

from textual._xterm_parser import XTermParser
from textual.drivers import linux_driver
from textual.message import Message

_ESC = "\x1b"
_BEGIN = "\x1b[200~"
_END = "\x1b[201~"


def pasted_text(text: str) -> str:
    """A paste as a text: terminals send a carriage return for each line end."""
    return text.replace("\r\n", "\n").replace("\r", "\n")


class PasteParser(XTermParser):
    """Leaves the escape character out of what is pasted.

    Textual's parser takes an escape sequence within a paste, with up to 32 characters after it,
    for keys that were pressed, Enter among them; not every terminal filters them.
    """

    def __init__(self, debug: bool = False) -> None:
        super().__init__(debug)
        self._pasting = False
        self._rest = ""  # Pasting: held back, it may begin the end. Else: handed on, its beginning.

    def feed(self, data: str) -> Iterable[Message]:
        clean = self._clean(data)
        if clean or not data:  # Nothing at all means the end of the input.
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
    """Have the terminal read with this parser; Textual has no setting for it."""
    linux_driver.XTermParser = PasteParser  # type: ignore[misc]
