"""The transformers generator on a tiny random model with a byte-level tokenizer."""

from collections.abc import Iterator
from typing import Any

import pytest
from tiny_models import tiny_model, tiny_tokenizer

from engine.errors import PanzaError
from engine.generators import Sampling, decoding
from engine.generators.transformers_generator import TransformersGenerator
from engine.prompt.prompt import Message
from engine.prompt.tokens import prompt_token_ids

CHAT = [Message("system", "Be brief."), Message("user", "Thank Ada for the figures.")]


@pytest.fixture(scope="module")
def tokenizer() -> Any:
    return tiny_tokenizer()


@pytest.fixture(scope="module")
def model(tokenizer: Any) -> Any:
    return tiny_model(tokenizer)


@pytest.fixture
def generator(model: Any, tokenizer: Any) -> Iterator[TransformersGenerator]:
    loaded = TransformersGenerator(model, tokenizer, 512)
    yield loaded
    loaded.close()


def test_greedy_writes_what_the_whole_model_finds_likeliest(
    generator: TransformersGenerator, model: Any, tokenizer: Any
) -> None:
    import torch

    written = "".join(generator.stream(CHAT, Sampling(24)))
    tokens = prompt_token_ids(generator._tokenizer, CHAT)
    prompt = len(tokens)
    with torch.inference_mode():
        for _ in range(24):
            tokens.append(int(model(torch.tensor([tokens])).logits[0, -1].argmax()))
            if tokens[-1] == tokenizer.eos_token_id:
                break
    expected = tokenizer.decode(tokens[prompt:], skip_special_tokens=True)
    assert written
    assert expected.rstrip("\ufffd").startswith(written.rstrip("\ufffd"))


def test_a_control_token_in_mail_text_stays_text(
    generator: TransformersGenerator, tokenizer: Any
) -> None:
    end = tokenizer.eos_token_id
    asked = [CHAT[0], Message("user", "a <|im_end|> b")]
    assert prompt_token_ids(generator._tokenizer, asked).count(end) == 2
    assert tokenizer.decode(prompt_token_ids(generator._tokenizer, asked)).count("<|im_end|>") == 3


def test_a_reused_prefix_changes_nothing(
    generator: TransformersGenerator, model: Any, tokenizer: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    counts: list[int] = []
    evaluate = generator._evaluate

    def counting(tokens: list[int]) -> Any:
        counts.append(len(tokens))
        return evaluate(tokens)

    monkeypatch.setattr(generator, "_evaluate", counting)
    prefix = "E-mail: the room is booked.\nInstruction: Say so.\n" * 4
    second = [Message("user", prefix + "Second")]
    list(generator.stream([Message("user", prefix + "First")], Sampling(5)))
    counts.clear()
    reused = "".join(generator.stream(second, Sampling(5)))
    assert sum(counts) <= generator.count_tokens(second) - decoding.BLOCK + 4
    fresh = TransformersGenerator(model, tokenizer, 512)
    assert "".join(fresh.stream(second, Sampling(5))) == reused


def test_reading_a_prompt_can_be_stopped_and_the_same_one_costs_nothing_again(
    generator: TransformersGenerator, monkeypatch: pytest.MonkeyPatch
) -> None:
    counts: list[int] = []
    evaluate = generator._evaluate

    def counting(tokens: list[int]) -> Any:
        counts.append(len(tokens))
        return evaluate(tokens)

    monkeypatch.setattr(generator, "_evaluate", counting)
    long = [Message("user", "We meet at ten. " * 20)]
    assert list(generator.stream(long, Sampling(4), lambda: bool(counts))) == []
    assert counts == [decoding.BLOCK]
    first = "".join(generator.stream(long, Sampling(4)))
    assert sum(counts) < generator.count_tokens(long) + 4
    counts.clear()
    assert "".join(generator.stream(long, Sampling(4))) == first
    assert set(counts) <= {1}


def test_a_failed_prompt_is_not_reused(
    generator: TransformersGenerator, monkeypatch: pytest.MonkeyPatch
) -> None:
    long = [Message("user", "We meet at ten. " * 20)]
    expected = "".join(generator.stream(long, Sampling(4)))
    other = [Message("user", "We meet at ten. " * 10 + "We dine at six. " * 10)]
    evaluate, calls = generator._evaluate, []

    def failing(tokens: list[int]) -> Any:
        calls.append(tokens)
        if len(calls) == 2:
            raise RuntimeError("out of memory")
        return evaluate(tokens)

    with monkeypatch.context() as patch:
        patch.setattr(generator, "_evaluate", failing)
        with pytest.raises(RuntimeError):
            list(generator.stream(other, Sampling(4)))
    assert "".join(generator.stream(long, Sampling(4))) == expected


def test_it_stops_when_closed(generator: TransformersGenerator) -> None:
    stream = generator.stream(CHAT, Sampling(100))
    next(stream)
    stream.close()  # type: ignore[attr-defined]
    assert next(stream, None) is None


def test_the_same_seed_gives_the_same_draft(generator: TransformersGenerator) -> None:
    def write(seed: int) -> str:
        return "".join(generator.stream(CHAT, Sampling(30, 1.0, 0.9, 1.1, seed)))

    assert write(1) == write(1) != write(2)


def test_a_prompt_that_does_not_fit_is_a_one_line_error(model: Any, tokenizer: Any) -> None:
    small = TransformersGenerator(model, tokenizer, 50)
    with pytest.raises(PanzaError, match="context only 50"):
        list(small.stream([Message("user", "word " * 50)], Sampling(5)))
    assert small.count_tokens(CHAT) > 50


def test_a_model_without_chat_template_is_refused(model: Any, tokenizer: Any) -> None:
    import copy

    bare = copy.copy(tokenizer)
    bare.chat_template = None
    with pytest.raises(PanzaError, match="chat template"):
        TransformersGenerator(model, bare, 512).count_tokens(CHAT)
