"""One setting as a row of the form: name, editor, help, and where its value comes from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.markup import escape
from textual.message import Message
from textual.widget import Widget
from textual.widgets import Checkbox, Input, Select, Static, TextArea

from engine.settings.file import Setting
from engine.settings.values import format_value
from panza_tui.shell.line_input import LineInput
from panza_tui.terminal.sanitise import safe_line

_ORIGINS = {"default": "", "environment": "! set by an environment variable"}


class SettingRow(Vertical):
    """A setting and its editor."""

    @dataclass
    class Changed(Message):
        """Another value was typed or chosen."""

        key: str
        text: str

    def __init__(self, setting: Setting, choices: Sequence[str] = ()) -> None:
        super().__init__()
        self.setting = setting
        self._choices = list(choices or setting.record.choices)
        self._origin = Static("", classes="origin", markup=False)
        self._error = Static("", classes="error", markup=False)

    def compose(self) -> ComposeResult:
        with Horizontal(classes="line"):
            yield Static(self.key.partition(".")[2], classes="name", markup=False)
            yield self._editor()
            yield self._origin
        yield Static(self.setting.record.help, classes="about", markup=False)
        yield self._error

    def on_mount(self) -> None:
        self._error.display = False
        self._show_origin()

    def show(self, setting: Setting, typed: str | None = None) -> None:
        """Show a setting that was saved or reset.

        typed: what was saved; what the user typed since then stays in the editor.
        """
        self.setting = setting
        self._error.display = False
        self._show_origin()
        editor, text = self.query_one(".editor"), self._text
        if typed is not None and self._typed not in (None, typed):
            return
        with self.prevent(Input.Changed, Select.Changed, Checkbox.Changed):
            if isinstance(editor, Checkbox):
                editor.value = bool(setting.value)
            elif isinstance(editor, TextArea):
                editor.text = text
            elif isinstance(editor, Select | Input):
                editor.value = text

    def show_error(self, line: str) -> None:
        """Say why what was typed was not saved."""
        self._error.update(f"! {safe_line(line)}")
        self._error.display = True

    def _editor(self) -> Widget:
        value, text = self.setting.value, self._text
        if isinstance(value, bool):
            return Checkbox("on", value, compact=True, classes="editor")
        if self._choices:
            names = list(dict.fromkeys([*self._choices, text]))
            options = [(escape(name), name) for name in names]  # A list reads markup.
            return Select(options, value=text, allow_blank=False, compact=True, classes="editor")
        if "\n" in text or len(text) > 100:
            return LongText(text)
        return LineInput(text, compact=True, classes="editor")

    @property
    def key(self) -> str:
        return self.setting.record.key

    @property
    def unsaved(self) -> str | None:
        """What was typed and not saved; None if there is nothing."""
        typed = self._typed
        return None if typed is None or typed.strip() == self._text.strip() else typed

    @property
    def _typed(self) -> str | None:
        editor = self.query_one(".editor")
        if isinstance(editor, Input):
            return editor.value
        return editor.text if isinstance(editor, TextArea) else None

    @property
    def _text(self) -> str:
        return format_value(self.key, self.setting.value)

    def _show_origin(self) -> None:
        origin = self.setting.origin
        default = format_value(self.key, self.setting.record.default)
        note = _ORIGINS.get(origin, f"● yours; default: {default or 'empty'}")
        self._origin.update(safe_line(note if len(note) < 60 else "● yours"))

    @on(Input.Submitted)
    def _submit(self, event: Input.Submitted) -> None:
        event.stop()
        self._post(event.value)

    @on(Input.Blurred)
    def _leave(self, event: Input.Blurred) -> None:
        event.stop()
        self._post(event.value)

    @on(Select.Changed)
    def _choose(self, event: Select.Changed) -> None:
        event.stop()
        self._post(str(event.value))

    @on(Checkbox.Changed)
    def _toggle(self, event: Checkbox.Changed) -> None:
        event.stop()
        self._post(format_value(self.key, event.value))

    def on_long_text_left(self, event: LongText.Left) -> None:
        event.stop()
        self._post(event.text)

    def _post(self, text: str) -> None:
        if text.strip() != self._text.strip():
            self.post_message(self.Changed(self.key, text))
        else:
            self._error.display = False


class LongText(TextArea):
    """A multi-line editor that saves when it loses the focus."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "app.focus_next", "Done", show=False),
    ]

    @dataclass
    class Left(Message):
        """The editor lost the focus."""

        text: str

    def __init__(self, text: str) -> None:
        super().__init__(text, compact=True, classes="editor")

    def _on_blur(self, event: events.Blur) -> None:
        super()._on_blur(event)
        self.post_message(self.Left(self.text))
