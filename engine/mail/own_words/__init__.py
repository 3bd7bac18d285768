"""Extract a writer's own words from a mail."""

from engine.mail.own_words.extract import own_words as own_words
