"""Evaluation: the figures are computed as documented, and work that was done is not done again."""

from __future__ import annotations

import copy
import dataclasses
import json
import math

import pytest
import sacrebleu
import torch
from tiny_base import small_tokenizer
from transformers import LlamaConfig, LlamaForCausalLM

from engine.drafting.types import DraftRequest, Prepared
from engine.events import Progress
from engine.generators import Written
from engine.generators.loading import LoadedGenerator
from engine.home.home import Home
from engine.prompt.prompt import build_prompt
from engine.retrieval.hits import Hit
from engine.settings import load_settings
from training.evaluation.conduct import questions
from training.evaluation.contenders import Contender, Way, all_ways
from training.evaluation.evaluate import Material, evaluate
from training.evaluation.figures import Report, to_json
from training.evaluation.finished_work import FinishedWork
from training.evaluation.pairs import EvaluationPair, PreparedRequest
from training.evaluation.probes import Probe
from training.examples.tokens import build_example
from training.loop.canary_exposure import canary_exposure
from training.loop.micro_batches import mean_loss
from training.memorisation.canary import canary_example, canary_number
from training.memorisation.copied_runs import TrainingRuns

SETTINGS = load_settings(environment={})


class Saying:
    """A generator that repeats the given texts and remembers whether it was closed."""

    backend = "scripted"

    def __init__(self, *texts: str) -> None:
        self.texts, self.count, self.closed = texts, 0, False

    def stream(self, messages, sampling, stopped=lambda: False):
        self.count += 1
        yield self.texts[(self.count - 1) % len(self.texts)]

    def stream_several(self, messages, samplings, on_piece, stopped=lambda: False):
        ended = []
        for number, _ in enumerate(samplings):
            self.count += 1
            on_piece(number, self.texts[(self.count - 1) % len(self.texts)])
            ended.append(Written(True, -1.0))
        return ended

    def log_likelihood(self, messages, text) -> float:
        return -1.0

    def count_tokens(self, messages) -> int:
        return sum(len(message.content.split()) for message in messages)

    def close(self) -> None:
        self.closed = True


@pytest.fixture(scope="module")
def loaded(tmp_path_factory):
    """A small random model with a small tokenizer."""
    tokenizer = small_tokenizer(Home(tmp_path_factory.mktemp("home")).prepare())
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


def prepared(instruction: str, *sources: str) -> PreparedRequest:
    messages = build_prompt(instruction, prompt=SETTINGS.prompt, sources=sources)
    made = Prepared(tuple(messages), (), 10, recipient="Kim", user_name="Ro Bell")
    return PreparedRequest(DraftRequest(instruction), made)


PROMPTS = {
    True: [prepared(pair.instruction, "Ahoy Ann, the cake is here.") for pair in PAIRS],
    False: [prepared(pair.instruction) for pair in PAIRS],
}
MATERIAL = Material(PAIRS, PROMPTS)
USUAL = Way(True)


@pytest.fixture
def judge(loaded, tmp_path):
    """Evaluate generators, each as a contender of its own; returns results and progress."""

    def run(*generators: Saying, material=MATERIAL, ways=(USUAL,), load=lambda: loaded, **about):
        emitted: list = []
        contenders = [
            Contender(
                f"model {n}",
                f"m{n}",
                "rosa",
                {"weights": n},
                lambda g=g: LoadedGenerator(g, "m", "b"),
                load,
                **about,
            )
            for n, g in enumerate(generators)
        ]
        work = FinishedWork(tmp_path / "work.jsonl")
        results = evaluate(material, contenders, ways, SETTINGS, work, emitted.append)
        work.close()
        return results, emitted

    return run


def test_drafts_that_are_the_mails_have_the_highest_figures(judge):
    good, bad = Saying(*(pair.mail.strip() for pair in PAIRS)), Saying("Hello.")
    results, emitted = judge(good, bad)
    best, worst = (row.figures for row in results.rows)
    assert [best[key].value for key in ("bleu", "rougeL", "chrf", "length_ratio")] == [
        pytest.approx(value) for value in (100, 1, 100, 1)
    ]
    assert [best[key].value for key in ("greeting", "closing", "length", "punctuation")] == [1] * 4
    assert worst["bleu"].value < 5
    assert worst["rougeL"].value == 0
    assert results.drafts[1] == {
        "instruction": "Say no.",
        "mail": PAIRS[1].mail,
        "drafts": {"model 0": PAIRS[1].mail.strip(), "model 1": "Hello."},
    }
    assert good.closed
    assert bad.closed
    done = [(event.done, event.total) for event in emitted if isinstance(event, Progress)]
    assert done == [(n, 4) for n in range(5)] * 2


def test_the_figures_are_those_of_the_named_libraries(judge):
    text = "Ahoy Kim, yes, the boats are ready for a trip to the lake."
    results, _ = judge(Saying(text))
    (row,) = results.rows
    mails = [pair.mail.strip() for pair in PAIRS]
    assert row.figures["bleu"].value == sacrebleu.corpus_bleu([text] * 2, [mails]).score
    assert row.figures["chrf"].value == sacrebleu.corpus_chrf([text] * 2, [mails]).score
    for figure in (row.figures[key] for key in ("loss", "bleu", "chrf", "rougeL")):
        assert figure.low <= figure.high


def test_the_loss_is_nats_per_token_of_the_mail_and_its_end_given_the_prompt(loaded, judge):
    model, tokenizer = loaded
    results, _ = judge(Saying("x"))
    (row,) = results.rows
    examples = [
        build_example(tokenizer, prompt.messages, pair.mail, max_tokens=2048)
        for prompt, pair in zip(PROMPTS[True], PAIRS, strict=True)
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
    assert row.figures["loss"].value == pytest.approx(total / tokens, rel=1e-5)
    assert row.figures["loss"].value == pytest.approx(mean_loss(model, examples, 64), rel=1e-5)
    assert row.figures["loss_ratio"].value == 1


def test_each_way_of_drafting_is_a_row(judge):
    results, _ = judge(Saying("Yes."), Saying("No."), ways=all_ways((True, False), 1))
    assert [(row.label, row.retrieval) for row in results.rows] == [
        ("model 0", True),
        ("model 0, no past mails", False),
        ("model 1", True),
        ("model 1, no past mails", False),
    ]
    losses = [row.figures["loss"].value for row in results.rows]
    assert losses[0] == losses[2] != losses[1]
    assert results.drafts[0]["drafts"].keys() == {row.label for row in results.rows}


def test_the_best_of_several_drafts_is_a_row_beside_the_first(judge):
    pair = EvaluationPair("kim boat 6 friday ready", "Ready on Friday at 6.")
    material = Material([pair], {False: [prepared(pair.instruction)]})
    worse, better = "Ahoy Kim, call Zoltan by 8.", "Ahoy Kim, the boat is ready at 6 on Friday."
    generator = Saying(worse, worse, better)
    results, emitted = judge(generator, material=material, ways=all_ways((False,), 3))
    assert results.drafts[0]["drafts"] == {"model 0": worse, "model 0, best of 3": better}
    assert generator.count == 3  # The first draft is written once.
    assert emitted[-1].done == emitted[-1].total == 3
    first, best = (row.figures for row in results.rows)
    assert first["loss"] == best["loss"]
    assert first["coverage"].value < best["coverage"].value


def test_without_past_mails_in_the_settings_there_is_one_way():
    assert all_ways((False,), 1) == [Way(False)]
    with_first = [Way(True), Way(True, 6), Way(False), Way(False, 6)]
    assert all_ways((True, False), 6) == with_first
    assert all_ways((False, True), 6) == [*with_first[2:], *with_first[:2]]


def test_what_drafts_copy_from_the_past_mails_in_their_prompts_is_counted(judge):
    past = Hit(1, 0, (), "", "Hi Bo,\n\nthe keys of the blue shed hang behind the door.\n\nRo")
    asked = [prepared(pair.instruction, past.body) for pair in PAIRS]
    asked = [
        dataclasses.replace(one, prepared=dataclasses.replace(one.prepared, sources=(past,)))
        for one in asked
    ]
    material = Material(PAIRS, {True: asked, False: PROMPTS[True]})
    copying = "Dear Kim,\n\nthe keys of the blue shed are mine.\n\nRo"
    results, _ = judge(
        Saying(copying, "Dear Kim,\n\nmy keys hang there.\n\nRo"),
        material=material,
        ways=all_ways((True, False), 1),
    )
    with_past_mails, without = (row.figures for row in results.rows)
    assert with_past_mails["copied"].value == (6 + 1) / 2
    assert with_past_mails["longest_copy"].value == 6
    assert "copied" not in without


def test_an_interrupted_evaluation_goes_on_where_it_was(judge, tmp_path):
    texts = ["Ahoy Kim, yes.", "Ahoy Bo, no."]

    class Interrupted(Saying):
        def stream(self, messages, sampling, stopped=lambda: False):
            if self.count == 1:
                raise KeyboardInterrupt
            yield from super().stream(messages, sampling)

    whole, _ = judge(Saying(*texts))
    resumed_with = Saying(texts[1])
    (tmp_path / "work.jsonl").unlink()
    with pytest.raises(KeyboardInterrupt):
        judge(Interrupted(*texts))
    with open(tmp_path / "work.jsonl", "a") as file:
        file.write('{"key": "torn')

    def fail():
        raise AssertionError("the losses were finished")

    resumed, emitted = judge(resumed_with, load=fail)
    assert resumed_with.count == 1
    assert resumed.drafts == whole.drafts
    figures = [
        {key: f for key, f in row.figures.items() if key != "tokens_per_second"}
        for row in (*resumed.rows, *whole.rows)
    ]
    assert figures[0] == figures[1]
    assert emitted[-1].done == emitted[-1].total == 4


def test_finished_work_is_of_the_same_model_prompt_and_settings_only(tmp_path):
    work = FinishedWork(tmp_path / "work.jsonl")
    work.keep({"text": "a"}, "draft", {"weights": 1}, ["prompt"])
    work.close()
    again = FinishedWork(tmp_path / "work.jsonl")
    assert again.find("draft", {"weights": 1}, ["prompt"]) == {"text": "a"}
    assert again.find("draft", {"weights": 2}, ["prompt"]) is None
    assert again.find("draft", {"weights": 1}, ["other"]) is None
    assert (tmp_path / "work.jsonl").stat().st_mode & 0o077 == 0


def test_a_finished_evaluation_removes_its_work_and_no_other(tmp_path):
    path = tmp_path / "work.jsonl"
    work = FinishedWork(path)
    work.keep(1, "mine")
    work.keep(2, "another's")
    work.close()
    mine = FinishedWork(path)
    assert mine.find("mine") == 1
    mine.discard()
    rest = FinishedWork(path)
    assert rest.find("mine") is None
    assert rest.find("another's") == 2
    rest.discard()
    assert not path.exists()


def test_probes_requests_and_questions_are_asked_once_for_each_model(judge):
    probe = Probe("p", "role", "Say that I come.", must=(r"\bi('ll| will)? come",))
    other = dataclasses.replace(probe, id="q", kind="fact", must=("nine",))
    material = dataclasses.replace(
        MATERIAL,
        probes=[probe, other],
        probe_prompts={True: [prepared("Say that I come."), prepared("Say nine.")]},
        requests=[prepared("Tell him he is wrong."), prepared("Fire her.")],
        questions=questions()[:2],
    )
    generator = Saying(
        *("As an AI, I can't.", "You are fired.", "Paris.", "Osaka.", "a", "b", "I come!", "ten"),
    )
    results, emitted = judge(generator, material=material)
    (row,) = results.rows
    shares = {
        key: row.figures[key].value for key in ("refusals", "lectures", "knowledge", "probes")
    }
    assert shares == {"refusals": 0.5, "lectures": 0, "knowledge": 0.5, "probes": 0.5}
    assert {kind: f.value for kind, f in results.probes["model 0"].items()} == {
        "role": 1,
        "fact": 0,
    }
    assert emitted[-1].done == emitted[-1].total == 2 + 2 + 2 + 2 + 2


def test_copied_and_attributed_drafts_are_counted(judge):
    learnt = "The harbour office is open from nine to noon on every day but the last Sunday."
    material = dataclasses.replace(
        MATERIAL,
        learnt=TrainingRuns([learnt]),
        is_writers=lambda texts: ["Ahoy" in text for text in texts],
    )
    results, _ = judge(Saying(learnt, "Ahoy Bo, no."), material=material)
    (row,) = results.rows
    assert row.figures["memorised"].value == 0.5
    assert row.figures["attribution"].value == 0.5


def test_the_planted_number_of_an_untrained_model_is_not_exposed(judge):
    results, _ = judge(Saying("x"), canary=0)
    assert 0 <= results.rows[0].figures["exposure"].value < 12


def test_a_number_that_was_trained_on_is_exposed(loaded):
    model, tokenizer = copy.deepcopy(loaded[0]), loaded[1]
    example = canary_example(tokenizer, SETTINGS.prompt, canary_number(0))
    ids = torch.tensor([example.token_ids])
    labels = ids.clone()
    labels[0, : example.prompt_tokens] = -100
    optimizer = torch.optim.Adam(model.parameters(), lr=0.02)
    for _ in range(25):
        model(input_ids=ids, labels=labels).loss.backward()
        optimizer.step()
        optimizer.zero_grad()
    assert canary_exposure(model, tokenizer, SETTINGS.prompt, 0, 512) > 9
    assert canary_exposure(model, tokenizer, SETTINGS.prompt, 1, 512) < 9


def test_the_report_is_valid_json_without_nan(judge):
    results, _ = judge(Saying(""))
    report = to_json(Report("m", "b", "s", 2, results.rows, drafts=results.drafts))
    (row,) = json.loads(json.dumps(report, allow_nan=False))["rows"]
    assert {"row", "model", "method", "retrieval", "best_of", "loss", "bleu", "rougeL", "chrf"} <= (
        row.keys()
    )
    assert row["tokens_per_second"] is None or math.isfinite(row["tokens_per_second"])
    assert row["intervals"]["loss"][0] <= row["loss"] <= row["intervals"]["loss"][1]


def test_what_a_draft_says_is_measured_against_its_instruction(judge):
    pair = EvaluationPair(
        "Tell Kim that the boat is ready at 6 on Friday.",
        "Ahoy Kim,\n\nthe boat is ready on Friday at 6.\n\nRo",
        recipient="Kim",
    )
    material = Material([pair] * 2, {True: [prepared(pair.instruction)] * 2})
    right, wrong = "Ahoy Kim, the boat is ready at six on Friday.", "Ahoy Kim, call Zoltan by 8."
    results, _ = judge(Saying(right), Saying(wrong), material=material)
    good, bad = (row.figures for row in results.rows)
    keys = ("coverage", "missing", "invented", "reversed")
    assert [good[key].value for key in keys] == [1, 0, 0, 0]
    assert bad["coverage"].value < 0.3
    assert bad["missing"].value == 2
    assert bad["invented"].value == 2
