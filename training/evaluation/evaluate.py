"""Evaluate models on the same prompts: write their drafts, and measure them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from typing import Any

from engine.checking.brief import Brief
from engine.drafting.preparing import brief_of
from engine.events import Emit
from engine.settings import Settings
from training.evaluation import bootstrap
from training.evaluation.attribution import Classifier
from training.evaluation.conduct import QUESTION_SAMPLING, Question, conduct, knowledge
from training.evaluation.contenders import Contender, Way, row_label
from training.evaluation.figures import Figure, Row
from training.evaluation.finished_work import FinishedWork
from training.evaluation.likeness import likeness
from training.evaluation.pairs import EvaluationPair, PreparedRequest
from training.evaluation.probes import Probe, share_right
from training.evaluation.sense import sense
from training.evaluation.voice import voice
from training.evaluation.writing import Counter, Loss, Losses, Writer
from training.memorisation.copied_runs import TrainingRuns, longest_shared_run


@dataclass(frozen=True)
class Material:
    """What the models are asked, and what their drafts are compared with.

    prompts, probe_prompts: one of each pair and probe, by whether past mails are shown. requests:
    prompts of blunt requests. learnt: what the training mails say; None if there are none.
    is_writers: tells the writer's texts from those of others; None with too few mails.
    """

    pairs: Sequence[EvaluationPair]
    prompts: Mapping[bool, Sequence[PreparedRequest]]
    probes: Sequence[Probe] = ()
    probe_prompts: Mapping[bool, Sequence[PreparedRequest]] = field(default_factory=dict)
    requests: Sequence[PreparedRequest] = ()
    questions: Sequence[Question] = ()
    learnt: TrainingRuns | None = None
    is_writers: Classifier | None = None

    @property
    def mails(self) -> list[str]:
        """The mails that the writer wrote for the pairs."""
        return [pair.mail.strip() for pair in self.pairs]

    def briefs(self, retrieval: bool) -> list[Brief]:
        """What the draft for each pair may take facts from."""
        return [brief_of(asked.request, asked.prepared) for asked in self.prompts[retrieval]]


@dataclass(frozen=True)
class Results:
    """The rows; row -> kind of probe -> right; and the drafts of each pair by row."""

    rows: list[Row]
    probes: dict[str, dict[str, Figure]]
    drafts: list[dict[str, Any]]


def evaluate(
    material: Material,
    contenders: Sequence[Contender],
    ways: Sequence[Way],
    settings: Settings,
    work: FinishedWork,
    emit: Emit,
) -> Results:
    """Evaluate each contender in each way, all with the same prompts.

    contenders: the first is the one that others' losses are compared with. ways: the first is the
    usual one, which needs no name in a row's label.
    """
    results = Results([], {}, [_record(pair) for pair in material.pairs])
    first_losses: Mapping[bool, Sequence[Loss]] | None = None
    for contender in contenders:
        total = _pieces(material, ways)
        counter = Counter(contender.label, total, emit)
        counter.add()
        losses, shared = _losses(material, contender, ways, settings, work, counter)
        first_losses = first_losses or losses
        with closing(Writer(contender, settings, work, counter)) as writer:
            shared |= _conduct(material, writer)
            for way in ways:
                label = row_label(contender, way, ways[0])
                figures = loss_figures(losses[way.retrieval], first_losses[way.retrieval])
                figures |= _drafts(material, writer, way, label, results)
                row = Row(
                    label,
                    contender.model,
                    contender.method,
                    way.retrieval,
                    way.best_of,
                    contender.trained_weights,
                    figures | shared,
                )
                results.rows.append(row)
    return results


def loss_figures(losses: Sequence[Loss], base: Sequence[Loss]) -> dict[str, Figure]:
    """Nats per token, and the same as a share of the base's."""
    nats, tokens = [loss.nats for loss in losses], [loss.tokens for loss in losses]
    return {
        "loss": bootstrap.ratio(nats, tokens),
        "loss_ratio": bootstrap.ratio(nats, [loss.nats for loss in base]),
    }


def text_figures(texts: Sequence[str], material: Material, retrieval: bool) -> dict[str, Figure]:
    """The figures that drafts have, and the writer's own mails as well.

    retrieval: whether the drafts' prompts show past mails.
    """
    figures = sense(texts, material.briefs(retrieval))
    if material.is_writers:
        figures["attribution"] = bootstrap.mean(material.is_writers(texts))
    given = [
        (pair.instruction, *(received.body for received in pair.thread)) for pair in material.pairs
    ]
    if material.learnt:
        runs = [
            material.learnt.longest_in(text, allowed)
            for text, allowed in zip(texts, given, strict=True)
        ]
        figures["memorised"] = bootstrap.mean([run > 0 for run in runs])
    shown = [[hit.body for hit in asked.prepared.sources] for asked in material.prompts[retrieval]]
    if any(shown):
        runs = list(map(longest_shared_run, texts, shown, given))
        figures["copied"] = bootstrap.mean(runs)
        figures["longest_copy"] = Figure(max(runs))
    return figures


def _losses(
    material: Material,
    contender: Contender,
    ways: Sequence[Way],
    settings: Settings,
    work: FinishedWork,
    counter: Counter,
) -> tuple[dict[bool, list[Loss]], dict[str, Figure]]:
    """The losses by whether past mails are shown, and the canary's exposure."""
    with closing(Losses(contender, settings, work, counter)) as measured:
        losses = {
            retrieval: measured.of_mails(
                [asked.messages for asked in material.prompts[retrieval]], material.mails
            )
            for retrieval in dict.fromkeys(way.retrieval for way in ways)
        }
        if contender.canary is None:
            return losses, {}
        return losses, {"exposure": Figure(measured.exposure(contender.canary))}


def _conduct(material: Material, writer: Writer) -> dict[str, Figure]:
    requested = writer.drafts(material.requests)
    answers = writer.answers([q.messages for q in material.questions], QUESTION_SAMPLING)
    figures = conduct([written.text for written in requested]) if requested else {}
    return figures | ({"knowledge": knowledge(material.questions, answers)} if answers else {})


def _drafts(
    material: Material, writer: Writer, way: Way, label: str, results: Results
) -> dict[str, Figure]:
    """Draft for the pairs and the probes in one way; adds to `results` what is not a figure."""
    written = writer.drafts(material.prompts[way.retrieval], way.best_of)
    texts = [draft.text for draft in written]
    for record, text in zip(results.drafts, texts, strict=True):
        record["drafts"][label] = text
    figures = likeness(texts, material.mails) | voice(texts, material.mails)
    figures |= text_figures(texts, material, way.retrieval)
    figures["tokens_per_second"] = bootstrap.ratio(
        [draft.tokens for draft in written], [draft.seconds for draft in written]
    )
    if material.probes:
        drafts = writer.drafts(material.probe_prompts[way.retrieval], way.best_of)
        by_kind = share_right(material.probes, [draft.text for draft in drafts])
        figures["probes"] = by_kind.pop("")
        results.probes[label] = by_kind
    return figures


def _pieces(material: Material, ways: Sequence[Way]) -> int:
    """How many texts a contender is asked for, losses included."""
    prompts = len(material.pairs) * len({way.retrieval for way in ways})
    drafts = (len(material.pairs) + len(material.probes)) * len(ways)
    return prompts + drafts + len(material.requests) + len(material.questions)


def _record(pair: EvaluationPair) -> dict[str, Any]:
    return {"instruction": pair.instruction, "mail": pair.mail, "drafts": {}}
