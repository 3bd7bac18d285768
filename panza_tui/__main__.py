"""`python -m panza_tui` is `panza-tui`."""

from panza_tui.cli import main

main()
