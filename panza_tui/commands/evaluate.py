"""`panza-tui evaluate`: held-out figures of the base and the personal model, side by side."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from pathlib import Path

import apsw

from engine import database
from engine.drafting import DraftRequest, prepare
from engine.errors import NotReadyError, PanzaError
from engine.home import Home
from engine.models import ModelCard, default_model, read_card
from engine.prompt import Message
from engine.settings import Settings
from panza_tui.commands.session import Session
from panza_tui.jobs.generators import load_transformers
from panza_tui.terminal.json_output import print_json
from panza_tui.terminal.narration import narrated, say
from training.evaluate import Contender, Pair, Report, Row, read_pairs
from training.evaluate import evaluate as judge
from training.runs.run_folder import played_mails, read_split


def evaluate(
    session: Session, name: str | None, pairs: Path | None, limit: int | None, as_json: bool
) -> None:
    """Judge model `name`, or the default one, and the base model on the same mails."""
    home = session.home.prepare()
    settings = session.settings()
    connection = database.connect(home.database)
    card = read_card(home, name) if name else default_model(home, connection)
    if card is None or card.state != "finished":
        raise NotReadyError("There is no finished model yet; run 'panza-tui train' first.")
    # Everything is judged as drafts on this model's base, whatever base the settings name today.
    settings = dataclasses.replace(
        settings, model=dataclasses.replace(settings.model, base=card.base)
    )
    judged = read_pairs(pairs) if pairs else _held_out(home, connection, card)
    judged = judged[:limit]
    requests = _prompts(judged, home, connection, settings, card)
    contenders = [
        _contender("base", card, home, connection, settings, plain_base=True),
        _contender(card.method, card, home, connection, settings, plain_base=False),
    ]
    with narrated() as emit:
        rows, drafts = judge(judged, requests, contenders, settings, emit)
    split = f"pairs:{pairs.name}" if pairs else "held_out:playback"
    report = Report(card.name, card.base, split, len(judged), rows, drafts)
    if as_json:
        print_json(dataclasses.asdict(report))
    else:
        _show(report)


def _held_out(home: Home, connection: apsw.Connection, card: ModelCard) -> list[Pair]:
    """The mails that the model's run held out, with the instructions of playback."""
    wanted = set(read_split(home, card.name).held_out)
    held_out = [played for played in played_mails(connection) if played.mail.id in wanted]
    if not held_out:
        raise PanzaError(f"The run of '{card.name}' held out no mails; give --pairs FILE.")
    return [
        Pair(
            played.instruction,
            played.mail.body,
            thread=(played.mail.answered,) if played.mail.answered else (),
            mail_id=played.mail.id,
        )
        for played in held_out
    ]


def _prompts(
    pairs: Sequence[Pair],
    home: Home,
    connection: apsw.Connection,
    settings: Settings,
    card: ModelCard,
) -> list[Sequence[Message]]:
    """The prompts that drafting would build, with none of the judged mails among the sources."""
    from engine.generators.loading import open_generator

    counter = open_generator(
        home,
        connection,
        settings,
        model=None,
        plain_base=True,
        backend="auto",
        load_transformers=load_transformers(home, settings),
    ).generator
    learnt = set(read_split(home, card.name).train)
    hidden = frozenset(key for (key,) in connection.execute("SELECT id FROM mails")) - learnt
    prompts: list[Sequence[Message]] = []
    for pair in pairs:
        request = DraftRequest(
            pair.instruction, thread=pair.thread, recipient=pair.recipient, exclude=hidden
        )
        prepared = prepare(request, connection, home, settings, counter.count_tokens)
        prompts.append(prepared.messages)
    counter.close()
    return prompts


def _contender(
    method: str,
    card: ModelCard,
    home: Home,
    connection: apsw.Connection,
    settings: Settings,
    *,
    plain_base: bool,
) -> Contender:
    from engine.generators.loading import open_generator

    load = load_transformers(home, settings)
    return Contender(
        method,
        lambda: (
            open_generator(
                home,
                connection,
                settings,
                model=None if plain_base else card.name,
                plain_base=plain_base,
                backend=settings.drafting.backend,
                load_transformers=load,
            ).generator
        ),
        lambda: load(None if plain_base else card),
    )


def _show(report: Report) -> None:
    print(f"{report.model} on {report.base}, {report.n} mails ({report.split})")
    print(f"{'':10}{'loss':>8}{'BLEU':>8}{'ROUGE-L':>9}{'chrF':>8}{'length':>8}")
    for row in report.rows:
        print(_line(row))
    say("loss: nats a token of the real mail, given the prompt; length: draft words per mail word.")


def _line(row: Row) -> str:
    return (
        f"{row.method:10}{row.loss:8.3f}{row.bleu:8.1f}{row.rougeL:9.3f}{row.chrf:8.1f}"
        f"{row.length_ratio:8.2f}"
    )
