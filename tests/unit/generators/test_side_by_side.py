"""Answers to different chats that grow side by side are those that grow alone."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import pytest
from tiny_models import tiny_model, tiny_tokenizer

from engine.errors import PanzaError
from engine.generators import Sampling, llama_batches, llama_cpp_lanes
from engine.generators.base import BaseGenerator
from engine.generators.llama_cpp_generator import LlamaCppGenerator
from engine.generators.side_by_side import (
    Answer,
    Asked,
    OneAfterAnother,
    Work,
    answers_of,
    finish_side_by_side,
    lanes_of,
)
from engine.generators.transformers_generator import TransformersGenerator
from engine.home.home import Home
from engine.models.packaged import embedded_base_gguf
from engine.prompt.prompt import Message

SAMPLINGS = [Sampling(8), Sampling(8, 0.8, 0.95, 1.1, 3)]
CHATS = [
    [Message("system", "You write short e-mails."), Message("user", text)]
    for text in (
        "Thank Ada for the figures.",
        "Ask Bo for a meeting on Friday, since the boat needs new oars before June.",
        "Refuse the invitation.",
        "What is the capital of France?",
    )
]
MORE = Message("user", "Now write it in one line.")


@pytest.fixture(scope="module")
def llama(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LlamaCppGenerator]:
    home = Home(tmp_path_factory.mktemp("home")).prepare()
    loaded = LlamaCppGenerator(embedded_base_gguf(home), 512, lambda: 1)
    yield loaded
    loaded.close()


@pytest.fixture
def decoded(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """A list that collects the number of tokens of each evaluation."""
    counts: list[int] = []
    decode = llama_batches.decode

    def counting(context: Any, vocabulary: int, tokens: Sequence[int], *others: Any) -> Any:
        counts.append(len(tokens))
        return decode(context, vocabulary, tokens, *others)

    monkeypatch.setattr(llama_batches, "decode", counting)
    return counts


@pytest.fixture
def four_lanes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(llama_cpp_lanes, "_MOST", 4)


def two_turns(
    chat: list[Message], samplings: list[Sampling]
) -> Work[tuple[str, list[Answer], list[Answer]]]:
    """Ask for answers, and after the first one for others."""
    first = yield Asked(chat, samplings)
    again = [*chat, Message("assistant", first[0].text), MORE]
    second = yield Asked(again, samplings)
    return chat[1].content, list(first), list(second)


def alone(generator: BaseGenerator, chat: list[Message]) -> tuple[list[Answer], list[Answer]]:
    first = answers_of(generator, Asked(chat, SAMPLINGS))
    again = [*chat, Message("assistant", first[0].text), MORE]
    return first, answers_of(generator, Asked(again, SAMPLINGS))


def texts(answers: Sequence[Answer]) -> list[str]:
    return [answer.text for answer in answers]


@pytest.mark.usefixtures("four_lanes")
def test_answers_side_by_side_are_those_one_after_another(llama: LlamaCppGenerator) -> None:
    expected = {chat[1].content: alone(llama, chat) for chat in CHATS}
    found = list(finish_side_by_side([two_turns(chat, SAMPLINGS) for chat in CHATS], llama))
    assert sorted(said for said, *_ in found) == sorted(expected)
    for said, *both in found:
        for answers, wanted in zip(both, expected[said], strict=True):
            assert texts(answers) == texts(wanted)
            for one, other in zip(answers, wanted, strict=True):
                assert one.ended.is_complete
                likelihood = other.ended.log_likelihood
                assert one.ended.log_likelihood == pytest.approx(likelihood, abs=0.02)


def test_with_transformers_one_grows_after_another() -> None:
    tokenizer = tiny_tokenizer()
    generator = TransformersGenerator(tiny_model(tokenizer), tokenizer, 512)
    assert isinstance(lanes_of(generator), OneAfterAnother)
    expected = [(chat[1].content, *alone(generator, chat)) for chat in CHATS[:2]]
    works = [two_turns(chat, SAMPLINGS) for chat in CHATS[:2]]
    assert list(finish_side_by_side(works, generator)) == expected


@pytest.mark.usefixtures("four_lanes")
def test_several_chats_are_evaluated_at_once(llama: LlamaCppGenerator, decoded: list[int]) -> None:
    works = [two_turns(chat, SAMPLINGS) for chat in CHATS[:2]]
    next(finish_side_by_side(works, llama))
    assert 4 in decoded


@pytest.mark.usefixtures("four_lanes")
def test_a_chat_that_goes_on_is_evaluated_from_where_it_was(
    llama: LlamaCppGenerator, decoded: list[int]
) -> None:
    lanes = lanes_of(llama)
    for chat in CHATS[:2]:
        lanes.begin(chat[1].content, Asked(chat, [Sampling(1)]))
    lanes.step()
    begun = llama.count_tokens(CHATS[1])
    again = [*CHATS[1], Message("assistant", "I am ill."), MORE]
    decoded.clear()
    lanes.begin("again", Asked(again, [Sampling(1), Sampling(1)]))
    # Also what the template writes before an answer is the same.
    assert decoded == [llama.count_tokens(again) - begun]
    lanes.close()
    lanes.close()


def test_what_does_not_fit_a_lane_is_written_without_others(
    llama: LlamaCppGenerator, monkeypatch: pytest.MonkeyPatch
) -> None:
    long = [CHATS[0][0], Message("user", "We meet at ten on Friday. " * 30)]
    chats = [CHATS[0], long, CHATS[1]]
    expected = {chat[1].content: texts(alone(llama, chat)[0]) for chat in chats}
    monkeypatch.setattr(llama_cpp_lanes, "_LENGTH", 256)
    found = finish_side_by_side([two_turns(chat, SAMPLINGS) for chat in chats], llama)
    assert {said: texts(first) for said, first, _ in found} == expected
    endless = [Message("user", "word " * 600)]
    with pytest.raises(PanzaError, match="context only 512"):
        list(finish_side_by_side([two_turns(endless, SAMPLINGS)], llama))


def test_more_answers_than_lanes_are_all_written(
    llama: LlamaCppGenerator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(llama_cpp_lanes, "_MOST", 2)
    three = [Sampling(4), Sampling(4, 0.8, seed=1), Sampling(4, 0.8, seed=2)]
    works = [two_turns(chat, three) for chat in CHATS[:2]]
    for _, first, second in finish_side_by_side(works, llama):
        assert [len(first), len(second)] == [3, 3]
        assert all(answer.text for answer in (*first, *second))


def test_without_memory_for_lanes_one_grows_after_another(
    llama: LlamaCppGenerator, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*arguments: Any) -> Any:
        raise PanzaError("no memory")

    with monkeypatch.context() as patch:
        patch.setattr(llama_cpp_lanes, "open_context", fail)
        assert isinstance(lanes_of(llama), OneAfterAnother)
    monkeypatch.setattr(llama_cpp_lanes, "_MOST_BYTES", 1 << 20)
    assert isinstance(lanes_of(llama), OneAfterAnother)


@pytest.mark.usefixtures("four_lanes")
def test_works_are_begun_only_when_there_is_room_and_not_after_a_stop(
    llama: LlamaCppGenerator,
) -> None:
    begun: list[str] = []

    def works() -> Iterator[Work[str]]:
        for chat in CHATS * 2:
            begun.append(chat[1].content)
            yield asking(chat)

    def asking(chat: list[Message]) -> Work[str]:
        yield Asked(chat, SAMPLINGS)
        return chat[1].content

    results = finish_side_by_side(works(), llama, lambda: len(begun) > 3)
    assert next(results) in begun
    assert len(begun) <= 3  # Two grow in four lanes; another one at most took a free place.
    assert len([*results]) < len(CHATS)
    assert len(begun) <= 4


def test_a_work_that_asks_nothing_has_its_result(llama: LlamaCppGenerator) -> None:
    def nothing() -> Work[int]:
        yield from ()
        return 7

    assert list(finish_side_by_side([nothing(), nothing()], llama)) == [7, 7]


@pytest.mark.parametrize(("start", "stop"), [(0, 0), (0, 1), (5, 133), (0, 129), (7, 400)])
def test_blocks_are_even_and_few(start: int, stop: int) -> None:
    blocks = list(llama_batches.even_blocks(start, stop))
    assert [n for block in blocks for n in range(*block)] == list(range(start, stop))
    lengths = [end - begin for begin, end in blocks]
    assert len(blocks) == -(-(stop - start) // 128)
    assert not lengths or max(lengths) - min(lengths) <= 1
