"""Check a draft against what it was asked to say, by rules: no model, no database."""
