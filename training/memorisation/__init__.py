"""How much of its training mails a model repeats: copied runs of words, and a planted canary."""
