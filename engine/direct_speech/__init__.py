"""What an instruction says, in direct speech: "Ask Ann to send it" -> "Could you send it?"

English clauses are put into order again (`sentences.py`); German and Dutch ones, whose verbs stand
last, are kept (`kept.py`).

A small model swaps who does what; these sentences don't. They stand among its own drafts, from
which the best is chosen. An instruction that is not wholly understood has none.
"""
