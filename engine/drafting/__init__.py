"""An instruction -> past mails and prompt -> drafts -> the best of them, and the drafts kept."""
