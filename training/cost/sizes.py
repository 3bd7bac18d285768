"""Sizes of the training loop that its cost estimate uses, too. Imports nothing."""

LOGIT_CHUNK = 128
"""Positions whose logits are held at once: enough for the products to be as fast as for all."""

QUANTISED_LOGIT_CHUNK = 512
"""The same for a head that is quantised: it is dequantised twice for each chunk."""

SAMPLE_DRAFT_TOKENS = 48
"""Of a sample draft at most: enough for a greeting, a sentence or two and often the closing."""
