"""The chat: an instruction in, a draft streaming out as plain text."""
