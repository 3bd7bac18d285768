"""The trained models: their cards, which one is the default, and their export."""
