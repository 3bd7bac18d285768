"""Why an instruction can't be drafted now, as a line for the user."""

from __future__ import annotations

from panza_tui.chat.conversation import ChatConversation
from panza_tui.chat.drafter import ModelState


def refusal(conversation: ChatConversation, state: ModelState) -> str:
    """Return why no draft can be requested now; '' if one can."""
    if conversation.pending:
        return "A draft is being written; Esc stops it."
    if state == "missing":
        is_guided = conversation.is_empty
        where = "the steps are above" if is_guided else "F5 shows models, F4 trains one"
        return f"There is no model to draft with; {where}."
    if state == "checking":
        return "Still starting; press Enter again in a moment."
    return ""
