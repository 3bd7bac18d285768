"""The jobs that panza-tui does: a module for each. Nothing here prints or draws.

A job takes typed arguments, reports progress through an `emit` callback (engine.events), and
returns a dataclass. Commands and screens call jobs.
"""
