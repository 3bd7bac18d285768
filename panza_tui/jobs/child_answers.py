"""Answer the app's questions in its child process (child_process.py).

`python -m panza_tui.jobs.child_answers QUESTION ARGUMENT...` prints JSON lines on stdout: events
(engine.events), then {"answer": ...} lines, or {"error": ...}.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

from engine.errors import explain
from engine.events import Event, to_json
from engine.home.home import Home


def main(question: str, *arguments: str) -> None:
    """Answer one question on stdout; an error is printed as a line, too."""
    try:
        for answer in _answers(question, arguments):
            print(json.dumps({"answer": answer}), flush=True)
    except Exception as error:
        print(json.dumps({"error": explain(error)}), flush=True)


def _answers(question: str, arguments: tuple[str, ...]) -> Iterator[Any]:
    match question:
        case "addresses":
            from panza_tui.jobs.import_mail import find_owners

            yield find_owners([Path(argument) for argument in arguments], _emit)
        case "bases":
            from panza_tui.jobs.bases import base_choices

            home, *config = map(Path, arguments)
            yield from map(asdict, base_choices(Home(home), config[0] if config else None))
        case "embed":
            from panza_tui.jobs.embed import embed_missing

            yield embed_missing(Home(Path(arguments[0])), _emit, arguments[1])


def _emit(event: Event) -> None:
    print(to_json(event), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
