"""Evaluation: the figures are computed as documented."""

from __future__ import annotations

import pytest
import sacrebleu
import torch
from transformers import LlamaConfig, LlamaForCausalLM

from engine.events import Progress
from engine.home import Home
from engine.models import embedded_base_gguf
from engine.prompt import build_prompt
from engine.settings import load_settings
from training.bases.embedded_base import tokenizer_from_gguf
from training.bases.gguf_reading import metadata, open_gguf
from training.evaluate import Contender, evaluate
from training.evaluation_pairs import EvaluationPair
from training.examples.tokens import build_example
from training.loop.micro_batches import mean_loss

SETTINGS = load_settings(environment={})


class Saying:
    """A generator that repeats the given texts and remembers whether it was closed."""

    backend = "scripted"

    def __init__(self, *texts: str) -> None:
        self.texts, self.count, self.closed = texts, 0, False

    def stream(self, messages, sampling, stopped):
        self.count += 1
        yield self.texts[(self.count - 1) % len(self.texts)]

    def count_tokens(self, messages) -> int:
        return 10

    def close(self) -> None:
        self.closed = True


@pytest.fixture(scope="module")
def loaded(tmp_path_factory):
    """A small random model with the embedded base's tokenizer."""
    home = Home(tmp_path_factory.mktemp("home")).prepare()
    tokenizer = tokenizer_from_gguf(metadata(open_gguf(embedded_base_gguf(home))))
    torch.manual_seed(0)
    config = LlamaConfig(
        vocab_size=len(tokenizer),
        hidden_size=16,
        intermediate_size=16,
        num_hidden_layers=1,
        num_attention_heads=2,
    )
    return LlamaForCausalLM(config).eval(), tokenizer


PAIRS = [
    EvaluationPair("Say yes.", "Ahoy Kim, yes, the boat is ready for the long trip to the lake.\n"),
    EvaluationPair(
        "Say no.", "Ahoy Bo, no, the roof is not yet done and it will take another week."
    ),
]
PROMPTS = [build_prompt(pair.instruction, prompt=SETTINGS.prompt) for pair in PAIRS]


def judge(loaded, *generators: Saying):
    emitted = []
    contenders = [
        Contender(f"model {number}", lambda g=generator: g, lambda: loaded)
        for number, generator in enumerate(generators)
    ]
    rows, drafts = evaluate(PAIRS, PROMPTS, contenders, SETTINGS, emitted.append)
    return rows, drafts, emitted


def test_drafts_that_are_the_mails_have_the_highest_figures(loaded):
    good, bad = Saying(*(pair.mail.strip() for pair in PAIRS)), Saying("Hello.")
    rows, drafts, emitted = judge(loaded, good, bad)
    assert (rows[0].bleu, rows[0].rougeL, rows[0].length_ratio) == (
        pytest.approx(100),
        pytest.approx(1),
        1.0,
    )
    assert rows[1].bleu < 5
    assert rows[1].rougeL == 0
    assert drafts[1] == {
        "instruction": "Say no.",
        "mail": PAIRS[1].mail,
        "drafts": {"model 0": PAIRS[1].mail.strip(), "model 1": "Hello."},
    }
    assert good.closed
    assert bad.closed
    assert [event.done for event in emitted if isinstance(event, Progress)] == [1, 2, 1, 2]


def test_the_figures_are_those_of_the_named_libraries(loaded):
    text = "Ahoy Kim, yes, the boats are ready for a trip to the lake."
    ((row,), _, _) = judge(loaded, Saying(text))
    mails = [pair.mail.strip() for pair in PAIRS]
    assert row.bleu == sacrebleu.corpus_bleu([text] * 2, [mails]).score
    assert row.chrf == sacrebleu.corpus_chrf([text] * 2, [mails]).score
    assert row.retrieval == (SETTINGS.retrieval.sources > 0)


def test_the_loss_is_nats_per_token_of_the_mail_and_its_end_given_the_prompt(loaded):
    model, tokenizer = loaded
    ((row,), _, _) = judge(loaded, Saying("x"))
    examples = [
        build_example(tokenizer, prompt, pair.mail, max_tokens=2048)
        for prompt, pair in zip(PROMPTS, PAIRS, strict=True)
    ]
    # One at a time, by transformers' own labels.
    total = tokens = 0.0
    for example in examples:
        ids = torch.tensor([example.token_ids])
        labels = ids.clone()
        labels[0, : example.prompt_tokens] = -100
        with torch.no_grad():
            total += model(input_ids=ids, labels=labels).loss.item() * example.labelled_tokens
        tokens += example.labelled_tokens
    assert row.loss == pytest.approx(total / tokens, rel=1e-5)
    assert row.loss == pytest.approx(mean_loss(model, examples, 64), rel=1e-5)
