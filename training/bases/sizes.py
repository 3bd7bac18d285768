"""Sizes that the cost estimate uses, too. Imports nothing."""

DEQUANTISED_BYTES = 128 << 20
"""Of the rows of a quantised weight that are dequantised at once, where not all are needed."""
