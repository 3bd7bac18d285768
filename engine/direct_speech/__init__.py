"""What an English instruction says, in direct speech: "Ask Ann to send it" -> "Could you send it?"

A small model swaps who does what; these sentences don't. They stand among its own drafts, from
which the best is chosen. An instruction that is not wholly understood has none.
"""
