"""The mailbox: every mail with its text, its instruction, and whether it is used for training."""
