"""Put a follow-up ("make it Friday", "leave out the invoice") into the instruction it changes.

A small model writes a whole mail from one instruction far better than it revises a draft. So the
changed instruction is drafted anew. It is made by rules from both texts, never generated: what the
follow-up does not touch stays word for word.
"""
