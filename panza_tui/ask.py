"""One-shot drafting: the mail to answer comes in, the body of the draft goes out."""

from __future__ import annotations

import sys
import time
from typing import Any

from engine.errors import UsageError
from panza_tui.json_output import print_json
from panza_tui.narration import say
from panza_tui.sanitise import safe_text
from panza_tui.session import Session
from panza_tui.stdin import read_stdin


def ask(
    session: Session,
    *,
    instruction: str,
    to: str,
    max_tokens: int | None,
    temperature: float | None,
    seed: int | None,
    backend: str | None,
    model: str | None,
    no_retrieval: bool,
    plain_base: bool,
    as_json: bool,
    stdin: str | None,
) -> None:
    """Draft one mail on stdout."""
    asked = time.monotonic()
    if not instruction.strip():
        raise UsageError("--ask takes a text: what the mail shall say.")
    if plain_base and model:
        raise UsageError("--plain-base and --model contradict each other; give one of them.")
    settings = session.settings(
        drafting__max_tokens=max_tokens,
        drafting__temperature=temperature,
        drafting__seed=seed,
        drafting__backend=backend,
    )
    from engine import database
    from engine.drafting import DraftRequest, draft
    from engine.generators.loading import open_generator
    from engine.mail.pasted import parse_stdin
    from panza_tui.backends import load_transformers

    home = session.home.prepare()
    pasted = parse_stdin(read_stdin(insist=stdin == "-"))
    connection = database.connect(home.database)
    loaded = open_generator(
        home,
        connection,
        settings,
        model=model,
        plain_base=plain_base,
        backend=settings.drafting.backend,
        load_transformers=load_transformers(home, settings),
    )
    request = DraftRequest(
        instruction,
        thread=pasted.thread,
        recipient=to or pasted.recipient,
        retrieval=not no_retrieval,
    )
    # Text goes out as it is made, unless it must be whole first.
    streamed = not as_json and sys.stdout.isatty()
    made = draft(
        request,
        connection,
        home,
        settings,
        loaded,
        asked=asked,
        on_text=_write if streamed else lambda text: None,
    )
    if as_json:
        print_json(_as_json(made))
    else:
        print("" if streamed else safe_text(made.text).rstrip("\n"))
    if made.id is None:
        say("This draft could not be kept in the history; is the disk full?")


def _write(text: str) -> None:
    sys.stdout.write(safe_text(text))
    sys.stdout.flush()


def _as_json(made: Any) -> dict[str, Any]:
    return {
        "draft": made.text,
        "instruction": made.request.instruction,
        "prompt": [
            {"role": message.role, "content": message.content} for message in made.prepared.messages
        ],
        "sources": [
            {
                "id": hit.id,
                "date": hit.date,
                "to": [address for _, address in hit.recipients],
                "subject": hit.subject,
                "score": round(hit.score, 4),
                "why": hit.why,
            }
            for hit in made.prepared.sources
        ],
        "model": made.model,
        "base": made.base,
        "backend": made.backend,
        "seed": made.seed,
        "tokens": {"prompt": made.tokens.prompt, "draft": made.tokens.draft},
        "seconds": {
            name: round(getattr(made.seconds, name), 3)
            for name in ("start", "retrieve", "first_token", "total")
        },
    }
