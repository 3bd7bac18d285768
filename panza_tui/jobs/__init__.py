"""What panza-tui does: a module and a function for each job. Nothing here prints or draws.

A job takes typed arguments, says how it goes through an `emit` callback (engine.events) and returns
a dataclass. Commands and screens call jobs.
"""
