"""Check everything in a home against what was written, and repair what can be."""
