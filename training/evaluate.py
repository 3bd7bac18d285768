"""Evaluate models on mails that their writer wrote: loss, and drafts compared with the mails."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from typing import Any

from engine import events
from engine.drafting import write_body
from engine.events import Emit
from engine.generators import Generator
from engine.prompt import Message
from engine.settings import Settings
from training.evaluation_pairs import EvaluationPair
from training.examples.tokens import build_example


@dataclass(frozen=True)
class Row:
    """The metrics of one model. loss: nats per token of the mail, end of turn included.

    bleu, chrf: sacrebleu's corpus scores, 0..100. rougeL: mean F with stemming, 0..1.
    length_ratio: words of the drafts per word of the mails.
    """

    method: str
    retrieval: bool
    loss: float
    bleu: float
    rougeL: float
    chrf: float
    length_ratio: float


@dataclass(frozen=True)
class Report:
    """What `evaluate --json` prints."""

    model: str
    base: str
    split: str
    n: int
    rows: list[Row]
    drafts: list[dict[str, Any]] = field(default_factory=list)


@dataclass(frozen=True)
class Contender:
    """A model to evaluate.

    open: loads it to write drafts. load: loads (model, tokenizer) for the loss.
    """

    method: str
    open: Callable[[], Generator]
    load: Callable[[], tuple[Any, Any]]


def evaluate(
    pairs: Sequence[EvaluationPair],
    prompts: Sequence[Sequence[Message]],
    contenders: Sequence[Contender],
    settings: Settings,
    emit: Emit,
) -> tuple[list[Row], list[dict[str, Any]]]:
    """Evaluate each contender on each pair, all with the same prompts.

    Returns the rows, and for each pair its drafts by method.
    """
    retrieval = settings.retrieval.sources > 0
    drafts: list[dict[str, Any]] = [
        {"instruction": pair.instruction, "mail": pair.mail, "drafts": {}} for pair in pairs
    ]
    rows = []
    for contender in contenders:
        texts = []
        with closing(contender.open()) as generator:
            for index, prompt in enumerate(prompts):
                text = write_body(generator, prompt, settings.drafting)
                drafts[index]["drafts"][contender.method] = text
                texts.append(text)
                stage = f"{contender.method} drafts"
                emit(events.Progress(stage, index + 1, len(prompts), "drafts"))
        loss = _loss(contender, pairs, prompts, settings)
        rows.append(Row(contender.method, retrieval, loss, **_compare(texts, pairs)))
    return rows, drafts


def _loss(
    contender: Contender,
    pairs: Sequence[EvaluationPair],
    prompts: Sequence[Sequence[Message]],
    settings: Settings,
) -> float:
    from training.loop.micro_batches import mean_loss

    model, tokenizer = contender.load()
    # With sources a prompt may be longer than in training; the limit is the context.
    examples = [
        build_example(
            tokenizer, prompt, pair.mail, max_tokens=settings.drafting.context_tokens, mail_id=index
        )
        for index, (pair, prompt) in enumerate(zip(pairs, prompts, strict=True))
    ]
    return mean_loss(
        model, [e for e in examples if e is not None], settings.training.micro_batch_tokens
    )


def _compare(drafts: Sequence[str], pairs: Sequence[EvaluationPair]) -> Mapping[str, float]:
    import sacrebleu
    from rouge_score.rouge_scorer import RougeScorer

    mails = [pair.mail.strip() for pair in pairs]
    scorer = RougeScorer(["rougeL"], use_stemmer=True)
    rouge = [
        scorer.score(mail, draft)["rougeL"].fmeasure
        for mail, draft in zip(mails, drafts, strict=True)
    ]
    words = sum(len(mail.split()) for mail in mails)
    return {
        "bleu": sacrebleu.corpus_bleu(list(drafts), [mails]).score,
        "rougeL": sum(rouge) / len(rouge),
        "chrf": sacrebleu.corpus_chrf(list(drafts), [mails]).score,
        "length_ratio": sum(len(draft.split()) for draft in drafts) / max(words, 1),
    }
