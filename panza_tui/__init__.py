"""The user interface of panza-tui: the command line and the full-screen app."""

__version__ = "0.1.0"
