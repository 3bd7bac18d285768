"""What the writer of a mail wrote, and nothing else of it."""

from engine.mail.own_words.extract import own_words as own_words
