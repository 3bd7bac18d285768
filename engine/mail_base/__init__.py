"""The mail base: the embedded model with an adapter that knows what an instruction is.

The adapter is part of the package; `training.mail_base` trains it on the written corpus. It is
merged into the embedded model once, and the merged GGUF is kept in the home's cache.
"""

MAIL_BASE = "mail-base-5"
"""Its name as a base model. The number goes up with each other adapter: models trained on one mail
base do not fit another."""
