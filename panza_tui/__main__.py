"""Run panza-tui as `python -m panza_tui`."""

from panza_tui.cli import main

main()
