"""Sizes of the training loop that its cost estimate uses, too. Imports nothing."""

LOGIT_CHUNK = 128
"""Positions whose logits are held at once: enough for the products to be as fast as for all."""

SAMPLE_DRAFT_TOKENS = 48
"""Of a sample draft at most: enough for a greeting, a sentence or two and often the closing."""
