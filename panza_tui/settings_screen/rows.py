"""One setting as a row of the form: its name, its editor, what it does and where it comes from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.message import Message
from textual.widget import Widget
from textual.widgets import Checkbox, Input, Select, Static, TextArea

from engine.settings.file import Setting
from engine.settings.values import format_value
from panza_tui.shell.line_input import LineInput
from panza_tui.terminal.sanitise import safe_line

_ORIGINS = {"default": "", "environment": "! set by the environment, which wins"}


class SettingRow(Vertical):
    """A setting and its editor. Posts `Changed` when something else was put in."""

    @dataclass
    class Changed(Message):
        """What was put into a row, to be saved."""

        row: SettingRow
        text: str

    def __init__(self, setting: Setting, choices: Sequence[str] = ()) -> None:
        super().__init__()
        self.setting = setting
        self._choices = list(choices or setting.record.choices)
        self._origin = Static("", classes="origin", markup=False)
        self._error = Static("", classes="error", markup=False)

    def compose(self) -> ComposeResult:
        with Horizontal(classes="line"):
            yield Static(self._key.partition(".")[2], classes="name", markup=False)
            yield self._editor()
            yield self._origin
        yield Static(self.setting.record.help, classes="about", markup=False)
        yield self._error

    def on_mount(self) -> None:
        self._error.display = False
        self._show_origin()

    def show(self, setting: Setting) -> None:
        """Show the setting as it holds now."""
        self.setting = setting
        self._error.display = False
        self._show_origin()
        editor, text = self.query_one(".editor"), self._text
        with self.prevent(Input.Changed, Select.Changed, Checkbox.Changed):
            if isinstance(editor, Checkbox):
                editor.value = bool(setting.value)
            elif isinstance(editor, TextArea):
                editor.text = text
            elif isinstance(editor, Select | Input):
                editor.value = text

    def refuse(self, line: str) -> None:
        """Say why what was put in was not saved."""
        self._error.update(f"! {safe_line(line)}")
        self._error.display = True

    def _editor(self) -> Widget:
        value, text = self.setting.value, self._text
        if isinstance(value, bool):
            return Checkbox("on", value, compact=True, classes="editor")
        if self._choices:
            names = list(dict.fromkeys([*self._choices, text]))
            options = [(name, name) for name in names]
            return Select(options, value=text, allow_blank=False, compact=True, classes="editor")
        if "\n" in text or len(text) > 100:
            return LongText(text)
        return LineInput(text, compact=True, classes="editor")

    @property
    def _key(self) -> str:
        return self.setting.record.key

    @property
    def _text(self) -> str:
        return format_value(self._key, self.setting.value)

    def _show_origin(self) -> None:
        origin = self.setting.origin
        default = format_value(self._key, self.setting.record.default)
        note = _ORIGINS.get(origin, f"● yours; default: {default or 'empty'}")
        self._origin.update(safe_line(note if len(note) < 60 else "● yours"))

    @on(Input.Submitted)
    def _submit(self, event: Input.Submitted) -> None:
        event.stop()
        self._put(event.value)

    @on(Input.Blurred)
    def _leave(self, event: Input.Blurred) -> None:
        event.stop()
        self._put(event.value)

    @on(Select.Changed)
    def _choose(self, event: Select.Changed) -> None:
        event.stop()
        self._put(str(event.value))

    @on(Checkbox.Changed)
    def _toggle(self, event: Checkbox.Changed) -> None:
        event.stop()
        self._put(format_value(self._key, event.value))

    def on_long_text_left(self, event: LongText.Left) -> None:
        event.stop()
        self._put(event.text)

    def _put(self, text: str) -> None:
        if text.strip() != self._text.strip():
            self.post_message(self.Changed(self, text))
        else:
            self._error.display = False


class LongText(TextArea):
    """An editor of several lines; what it holds is put in when it is left."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "app.focus_next", "Done", show=False),
    ]

    @dataclass
    class Left(Message):
        """The editor was left, holding `text`."""

        text: str

    def __init__(self, text: str) -> None:
        super().__init__(text, compact=True, classes="editor")

    def _on_blur(self, event: events.Blur) -> None:
        super()._on_blur(event)
        self.post_message(self.Left(self.text))
