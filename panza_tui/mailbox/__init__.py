"""The mailbox: every mail with its words, its instruction, and whether it is learnt from."""
