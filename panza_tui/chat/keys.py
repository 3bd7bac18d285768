"""The keys of the chat, and when each of them is offered."""

from __future__ import annotations

from textual.binding import Binding, BindingType

from panza_tui.chat.conversation import ChatConversation


def _key(keys: str, action: str, words: str, name: str, *, show: bool = True) -> Binding:
    return Binding(keys, action, words, priority=True, show=show, id=f"chat.{name}")


BINDINGS: list[BindingType] = [
    _key("escape", "stop", "Stop", "stop"),
    _key("ctrl+s", "accept", "Accept", "accept"),
    _key("ctrl+r", "again", "Again", "again"),
    _key("ctrl+t", "variants", "Variants", "variants"),
    _key("f7", "edit", "Edit", "edit"),
    _key("ctrl+g", "editor", "$EDITOR", "editor", show=False),
    _key("ctrl+l", "sources", "Sources", "sources"),
    _key("f8", "marks", "Marks", "marks", show=False),
    _key("ctrl+n", "new", "New", "new"),
    _key("ctrl+o", "answer", "Answer", "answer"),
    _key("f9", "history", "History", "history", show=False),
    _key("ctrl+f", "facts", "Your facts", "facts", show=False),
    _key("ctrl+y", "copy", "Copy draft", "copy", show=False),
    _key("f12", "update", "Learn", "update"),
    _key("alt+right", "choose(1)", "Next", "next_variant"),
    _key("alt+left", "choose(-1)", "Previous", "previous_variant", show=False),
    _key("pageup", "scroll_page(-1)", "Scroll up", "page_up", show=False),
    _key("pagedown", "scroll_page(1)", "Scroll down", "page_down", show=False),
]

HELP = (
    "A first line “To: anna@example.org” in the instruction names the recipient. A further "
    "message (make it Friday) changes the instruction, which is drafted anew; one on the tone "
    "alone (shorter, friendlier) or after you edited the draft changes the draft itself. A mail "
    "that is pasted is taken for the one to answer. Shift with the mouse, or the palette's mouse "
    "command, lets the terminal select. "
    "In tmux, copying needs 'set -s set-clipboard on'."
)
"""What the help says beyond its list of keys."""


def is_offered(action: str, conversation: ChatConversation, *, is_ready: bool) -> bool:
    """Whether an action does something now. is_ready: whether the model is loaded."""
    draft, current = conversation.chosen, conversation.current
    if action == "stop":
        return bool(conversation.pending)
    if action in ("again", "variants"):
        return is_ready and bool(conversation.exchanges) and not conversation.pending
    if action in ("copy", "edit", "accept", "facts"):
        return bool(draft and draft.text and draft is not conversation.writing)
    if action == "choose":
        return bool(current and len(current.drafts) > 1)
    if action == "new":
        return not conversation.is_empty
    if action in ("sources", "marks"):
        return draft is not None
    return True
