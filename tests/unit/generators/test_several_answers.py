"""Several answers at once and the likelihood of an answer, with llama.cpp and transformers."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from tiny_models import tiny_model, tiny_tokenizer

from engine.errors import PanzaError
from engine.generators import Sampling, decoding, llama_cpp_generator
from engine.generators.base import BaseGenerator
from engine.generators.llama_cpp_generator import MOST_BRANCHES, LlamaCppGenerator
from engine.generators.transformers_generator import TransformersGenerator
from engine.home.home import Home
from engine.models.packaged import embedded_base_gguf
from engine.prompt.prompt import Message
from engine.prompt.tokens import answer_token_ids, prompt_token_ids

CHAT = [
    Message("system", "You write short e-mails."),
    Message("user", "Instruction: Thank Ada for the figures and ask to meet on Friday."),
]
SAMPLINGS = [Sampling(12, 0.8, 0.95, 1.1, seed) for seed in (1, 2, 3)]


@pytest.fixture(scope="module", params=["llama-cpp", "transformers"])
def generator(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[BaseGenerator]:
    loaded: BaseGenerator
    if request.param == "llama-cpp":
        home = Home(tmp_path_factory.mktemp("home")).prepare()
        loaded = LlamaCppGenerator(embedded_base_gguf(home), 512, lambda: 1)
    else:
        tokenizer = tiny_tokenizer()
        loaded = TransformersGenerator(tiny_model(tokenizer), tokenizer, 512)
    yield loaded
    loaded.close()


def together(generator: BaseGenerator, samplings: list[Sampling], **given: Any) -> dict[int, str]:
    texts: dict[int, str] = defaultdict(str)

    def grow(index: int, piece: str) -> bool:
        texts[index] += piece
        return True

    generator.stream_several(CHAT, samplings, given.pop("on_text", grow), **given)
    return dict(texts)


def test_answers_that_grow_together_are_those_that_grow_alone(generator: BaseGenerator) -> None:
    alone = ["".join(generator.stream(CHAT, sampling)) for sampling in SAMPLINGS]
    found = together(generator, [*SAMPLINGS, Sampling(12)])
    assert [found.get(index, "") for index in range(3)] == alone
    assert found.get(3, "") == "".join(generator.stream(CHAT, Sampling(12)))
    assert len(set(alone)) > 1


def test_the_prompt_is_evaluated_once_and_stays(
    generator: BaseGenerator, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = "".join(generator.stream(CHAT, Sampling(4)))
    generator.log_likelihood([Message("user", "Anything else?")], "No.")

    def fail(tokens: Any) -> None:
        raise AssertionError("the prompt was evaluated again")

    with monkeypatch.context() as patch:
        patch.setattr(generator, "_evaluate", fail)
        together(generator, SAMPLINGS)
        assert together(generator, SAMPLINGS)
    assert "".join(generator.stream(CHAT, Sampling(4))) == before


def test_one_answer_can_be_ended_while_others_go_on(generator: BaseGenerator) -> None:
    pieces: dict[int, int] = defaultdict(int)

    def on_text(index: int, piece: str) -> bool:
        pieces[index] += 1
        return index != 1

    written = generator.stream_several(CHAT, SAMPLINGS, on_text)
    assert [one.is_complete for one in written] == [True, True, True]
    assert pieces[1] == 1
    assert pieces[0] > 1


def test_all_answers_can_be_stopped(generator: BaseGenerator) -> None:
    seen: list[str] = []

    def on_text(index: int, piece: str) -> bool:
        seen.append(piece)
        return True

    written = generator.stream_several(CHAT, SAMPLINGS, on_text, lambda: len(seen) > 3)
    assert not any(one.is_complete for one in written)
    assert len(seen) <= 6
    assert generator.stream_several(CHAT, [], on_text) == []


def test_the_likelihood_of_an_answer_is_told_with_it(generator: BaseGenerator) -> None:
    logits = generator._read_prompt(prompt_token_ids(generator._tokenizer, CHAT), lambda: False)
    expected = []
    for _ in range(5):
        assert logits is not None
        likeliest = int(logits.argmax())
        expected.append(decoding.mean_log_likelihood(logits[np.newaxis], [likeliest]))
        logits = generator._evaluate([likeliest])
    hot = Sampling(5, 1.5, seed=3)
    greedy, sampled = generator.stream_several(CHAT, [Sampling(5), hot], lambda *_: True)
    assert greedy.log_likelihood == pytest.approx(np.mean(expected), abs=0.02)
    assert sampled.log_likelihood < 0


def test_answers_that_cant_grow_together_follow_each_other(
    generator: BaseGenerator, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = together(generator, SAMPLINGS)
    monkeypatch.setattr(generator, "_fork", lambda count: False)
    assert together(generator, SAMPLINGS) == expected


def test_a_prompt_without_room_is_a_one_line_error(generator: BaseGenerator) -> None:
    long = [Message("user", "again and again " * 600)]
    with pytest.raises(PanzaError, match="context"):
        generator.stream_several(long, SAMPLINGS, lambda index, piece: True)
    with pytest.raises(PanzaError, match="context"):
        generator.log_likelihood(CHAT, "again and again " * 600)


def test_the_likelihood_is_that_of_the_answers_tokens_one_by_one(generator: BaseGenerator) -> None:
    answer = "Dear Ada, thank you for the figures."
    tokens = answer_token_ids(generator._tokenizer, CHAT, answer)
    generator._clear_cache()
    generator._prompt = []
    logits = generator._evaluate(prompt_token_ids(generator._tokenizer, CHAT))
    found = []
    for token in tokens:
        assert logits is not None
        row = logits.astype(np.float64)
        found.append(row[token] - np.log(np.exp(row - row.max()).sum()) - row.max())
        logits = generator._evaluate([token])
    generator._clear_cache()
    expected = float(np.mean(found))
    assert generator.log_likelihood(CHAT, answer) == pytest.approx(expected, abs=0.02)
    # The same with a reused beginning, and after another prompt.
    generator.log_likelihood(CHAT, "Something else.")
    assert generator.log_likelihood(CHAT, f"  {answer}\n") == pytest.approx(expected, abs=0.02)
    assert tokens[-1] in _ends(generator)


def test_a_likely_answer_is_likelier(tmp_path: Any) -> None:
    home = Home(tmp_path).prepare()
    generator = LlamaCppGenerator(embedded_base_gguf(home), 512, lambda: 1)
    try:
        chat = [Message("user", "What is the capital of France?")]
        right = generator.log_likelihood(chat, "The capital of France is Paris.")
        assert right > generator.log_likelihood(chat, "Paris France the is of capital.")
        assert right < 0
    finally:
        generator.close()


def test_answers_for_which_there_is_no_room_end(
    tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = Home(tmp_path).prepare()
    generator = LlamaCppGenerator(embedded_base_gguf(home), 512, lambda: 1)
    many = [Sampling(8, 1.0, seed=seed) for seed in range(MOST_BRANCHES + 2)]
    lengths: dict[int, int] = defaultdict(int)

    def on_text(index: int, piece: str) -> bool:
        lengths[index] += 1
        return True

    try:
        assert all(one.is_complete for one in generator.stream_several(CHAT, many, on_text))
        room = 20 - generator._context_length + generator.count_tokens(CHAT)
        monkeypatch.setattr(llama_cpp_generator, "_BRANCH_CELLS", room)
        lengths.clear()
        complete = generator.stream_several(CHAT, many[:6], on_text)
        assert complete[0].is_complete
        assert not complete[-1].is_complete
        assert lengths[0] > lengths[5]  # The first go on with the room of the last.
    finally:
        generator.close()


def test_the_nucleus_is_the_same_however_it_is_found() -> None:
    random = np.random.default_rng(0)
    for _ in range(20):
        logits = random.normal(size=3000) * random.choice([0.1, 1, 4])
        weights = np.exp(logits - logits.max())
        slow = np.argsort(-weights, kind="stable")
        fast = decoding._likeliest(weights, 0.95)
        shares = np.cumsum(weights[slow]) / weights.sum()
        nucleus = int(np.searchsorted(shares, 0.95)) + 1
        assert list(fast[:nucleus]) == list(slow[:nucleus])


def _ends(generator: BaseGenerator) -> list[int]:
    return [token for token in range(50_000) if token < 49_152 and generator._ends_text(token)]
