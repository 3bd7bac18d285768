"""The trained models: their cards, which of them drafts, and their export."""
