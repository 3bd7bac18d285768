"""Evaluate a personal model, its base, and with `compare` all models on that base."""

from __future__ import annotations

import contextlib
import dataclasses
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import apsw

from engine.database import database
from engine.drafting.types import DraftRequest
from engine.errors import Interrupted, NotReadyError
from engine.events import Emit, Warn
from engine.generators import Generator
from engine.home.home import Home
from engine.home.locks import hold
from engine.mail.stored.people import known_addresses
from engine.mail.stored.store import kept_mails
from engine.models.models import ModelCard, default_model, read_card
from engine.settings import Settings
from panza_tui.jobs.contenders import compared_models, contenders
from panza_tui.jobs.other_writers import others_mails
from panza_tui.jobs.past_mails import evaluated_ways, past_mails_note, with_choice
from training.evaluation import attribution, bootstrap
from training.evaluation.conduct import blunt_requests, questions
from training.evaluation.contenders import Way, all_ways
from training.evaluation.evaluate import Material, text_figures
from training.evaluation.evaluate import evaluate as measure
from training.evaluation.figures import Figure, Report
from training.evaluation.finished_work import FinishedWork
from training.evaluation.pairs import (
    EvaluationPair,
    PreparedRequest,
    build_prompts,
    held_out_pairs,
    read_pairs,
)
from training.evaluation.probes import Probe, read_probes
from training.memorisation.copied_runs import TrainingRuns
from training.runs.past_mails import hidden_mails


@dataclass(frozen=True)
class Asked:
    """What to evaluate.

    name: the model; None for the default one. pairs: a file of pairs to evaluate on, else the mails
    that the model's run held out. compare: all models on the same base, in all ways of drafting.
    others: archives of other writers. probes: a file of sense probes. limit: the maximum number of
    pairs, of probes, of blunt requests and of questions.
    """

    name: str | None = None
    pairs: Path | None = None
    compare: bool = False
    others: Sequence[Path] = ()
    probes: Path | None = None
    limit: int | None = None


def evaluate(home: Home, settings: Settings, asked: Asked, emit: Emit) -> Report:
    """Evaluate a model. An interrupted evaluation goes on where it was when it is asked for again.

    Without a model, the base is evaluated on a file of pairs. Raises NotReadyError if there is
    neither, UsageError for a file without pairs or probes, PanzaError if no mails were held out,
    Interrupted on Ctrl-C.
    """
    # What needs no model comes first: a mistake is told before hours of work.
    pairs = read_pairs(asked.pairs) if asked.pairs else None
    probes = read_probes(asked.probes)[: asked.limit] if asked.probes else []
    with closing(database.connect_to_read(home.database)) as connection:
        card = _model(home, connection, asked)
        with _finished_work(home, emit) as work:
            return _evaluate(home, connection, settings, asked, card, pairs, probes, work, emit)


@contextlib.contextmanager
def _finished_work(home: Home, emit: Emit) -> Iterator[FinishedWork]:
    """Hold the home's evaluation, with what was finished before; remove that at the end."""
    if not home.root.exists() or home.is_read_only:
        if home.root.exists():
            emit(Warn("The home can't be written; if interrupted, the evaluation starts anew."))
        yield FinishedWork(None)
        return
    home.prepare()
    with (
        hold(home.evaluation.with_suffix(".lock"), "panza-tui evaluate"),
        closing(FinishedWork(home.evaluation)) as work,
    ):
        try:
            yield work
        except KeyboardInterrupt as interrupt:
            raise Interrupted(
                "Interrupted; the finished drafts are kept. The same command goes on from there."
            ) from interrupt
        work.discard()


def _evaluate(
    home: Home,
    connection: apsw.Connection,
    settings: Settings,
    asked: Asked,
    card: ModelCard | None,
    pairs: Sequence[EvaluationPair] | None,
    probes: Sequence[Probe],
    work: FinishedWork,
    emit: Emit,
) -> Report:
    cards = []
    if card:
        cards = [*(compared_models(home, card) if asked.compare else ()), card]
        # All are evaluated on this model's base, even if the settings name another one now.
        settings = dataclasses.replace(
            settings, model=dataclasses.replace(settings.model, base=card.base)
        )
    if pairs is None:
        assert card is not None
        pairs = held_out_pairs(home, connection, card, cards[:-1])
    pairs = pairs[: asked.limit]
    compared = contenders(home, connection, settings, cards)
    card = with_choice(home, settings, card)
    notes = past_mails_note(settings, card)
    settings, past_mails = evaluated_ways(settings, card)
    ways = all_ways(past_mails, settings.drafting.candidates)
    if not asked.compare:
        ways = [Way(past_mails[0])]
    hidden = hidden_mails(home, connection, card)
    learnt = _learnt(connection, hidden, pairs)
    is_writers, others = _classifier(home, connection, settings, learnt, asked, notes, emit)
    with closing(compared[0].open()) as counter:
        material = _material(
            home, connection, settings, hidden, pairs, probes, ways, counter.generator, asked.limit
        )
    material = dataclasses.replace(material, learnt=TrainingRuns(learnt), is_writers=is_writers)
    results = measure(material, compared, ways, settings, work, emit)
    return Report(
        card.name if card else settings.model.base,
        settings.model.base,
        f"pairs:{asked.pairs.name}" if asked.pairs else "held_out:playback",
        len(pairs),
        results.rows,
        text_figures(material.mails, material, ways[0].retrieval),
        others,
        results.probes,
        results.drafts,
        notes,
    )


def _model(home: Home, connection: apsw.Connection, asked: Asked) -> ModelCard | None:
    card = read_card(home, asked.name) if asked.name else default_model(home, connection)
    if card is None and asked.pairs:
        return None
    if card is None or card.state != "finished":
        raise NotReadyError(
            "There is no finished model yet; run 'panza-tui train' first, or evaluate the base "
            "with --pairs FILE."
        )
    return card


def _material(
    home: Home,
    connection: apsw.Connection,
    settings: Settings,
    hidden: frozenset[int],
    pairs: Sequence[EvaluationPair],
    probes: Sequence[Probe],
    ways: Sequence[Way],
    counter: Generator,
    limit: int | None,
) -> Material:
    """Build all prompts. counter: a generator that counts their tokens."""

    def prompts(requests: Sequence[DraftRequest], retrieval: bool) -> list[PreparedRequest]:
        asked = [dataclasses.replace(request, retrieval=retrieval) for request in requests]
        return build_prompts(asked, home, connection, settings, counter.count_tokens)

    blunt = [DraftRequest(request) for request in blunt_requests()[:limit]]
    sides = {way.retrieval for way in ways}
    return Material(
        pairs=pairs,
        prompts={side: prompts([pair.request(hidden) for pair in pairs], side) for side in sides},
        probes=probes,
        probe_prompts={
            side: prompts([probe.request(hidden) for probe in probes], side) for side in sides
        },
        requests=prompts(blunt, False),
        questions=questions()[:limit],
    )


def _learnt(
    connection: apsw.Connection, hidden: frozenset[int], pairs: Sequence[EvaluationPair]
) -> list[str]:
    """The mails that the model was trained on, oldest first, without those that it is judged by."""
    judged = {pair.mail.strip() for pair in pairs}
    mails = (mail for mail in kept_mails(connection) if mail.id not in hidden)
    return [mail.body for mail in mails if mail.body.strip() not in judged]


def _classifier(
    home: Home,
    connection: apsw.Connection,
    settings: Settings,
    learnt: Sequence[str],
    asked: Asked,
    notes: list[str],
    emit: Emit,
) -> tuple[attribution.Classifier | None, Figure | None]:
    """The classifier, and the share of others' held-out mails that it takes for the writer's."""
    if len(learnt) < attribution.FEWEST_MAILS:
        notes.append(
            f"Attribution needs at least {attribution.FEWEST_MAILS} training mails; there are "
            f"{len(learnt)}."
        )
        return None, None
    own = [*settings.user.addresses, *known_addresses(connection)]
    theirs = [*attribution.corpus_mails(), *others_mails(home, asked.others, own, emit)]
    known, unknown = attribution.hold_out(theirs)
    is_writers = attribution.train_classifier(learnt, known)
    return is_writers, bootstrap.mean(is_writers(unknown))
