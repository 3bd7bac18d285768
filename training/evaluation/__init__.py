"""Evaluate models: figures with intervals, of drafts beside the mails that their writer wrote."""
