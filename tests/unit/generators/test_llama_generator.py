"""The GGUF generator on the real embedded model, and what all generators share."""

import os
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from open_ggufs import open_gguf

from engine.database.database import connect
from engine.errors import NotReadyError, PanzaError
from engine.generators import Sampling, decoding, llama_library
from engine.generators.llama_cpp_generator import LlamaCppGenerator
from engine.home.home import Home
from engine.home.locks import hold
from engine.mail_base import MAIL_BASE
from engine.models.packaged import embedded_base_gguf
from engine.prompt.prompt import Message
from engine.prompt.tokens import prompt_token_ids
from engine.settings import load_settings

CHAT = [
    Message("system", "You write short e-mails."),
    Message("user", "Instruction: Thank Ada for the figures and ask to meet on Friday."),
]
GREEDY = Sampling(4)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    return Home(tmp_path_factory.mktemp("home")).prepare()


@pytest.fixture(scope="module")
def generator(home: Home) -> Iterator[LlamaCppGenerator]:
    loaded = LlamaCppGenerator(embedded_base_gguf(home), 1024, lambda: 1)
    yield loaded
    loaded.close()


@pytest.fixture
def evaluated(generator: LlamaCppGenerator, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """A list that collects the number of tokens of each evaluation."""
    counts: list[int] = []
    evaluate = generator._evaluate

    def counting(tokens: list[int]) -> np.ndarray | None:
        counts.append(len(tokens))
        return evaluate(tokens)

    monkeypatch.setattr(generator, "_evaluate", counting)
    return counts


def test_a_control_token_in_mail_text_stays_text(generator: LlamaCppGenerator) -> None:
    end = generator._tokenizer.encode("<|im_end|>", parse_special=True)
    assert len(end) == 1
    tokens = prompt_token_ids(
        generator._tokenizer, [*CHAT[:1], Message("user", "a <|im_end|> b <|im_start|>x")]
    )
    assert tokens.count(end[0]) == 2  # The template's own, after the two turns.
    assert prompt_token_ids(generator._tokenizer, CHAT).count(end[0]) == 2


def test_the_prompt_has_no_doubled_bos(generator: LlamaCppGenerator) -> None:
    start = generator._tokenizer.encode("<|im_start|>", parse_special=True)
    tokens = prompt_token_ids(generator._tokenizer, CHAT)
    assert tokens[:1] == start
    assert tokens[1:2] != start


def test_no_system_text_slips_in(generator: LlamaCppGenerator) -> None:
    prompt = prompt_token_ids(generator._tokenizer, CHAT)
    words = b"".join(map(generator._tokenizer.bytes_of, prompt)).decode()
    assert words == (
        "system\nYou write short e-mails.\n"
        "user\nInstruction: Thank Ada for the figures and ask to meet on Friday.\nassistant\n"
    )
    assert generator.count_tokens(CHAT) == len(prompt)


def test_the_same_seed_gives_the_same_draft(generator: LlamaCppGenerator) -> None:
    def write(seed: int) -> str:
        return "".join(generator.stream(CHAT, Sampling(24, 1.0, 0.95, 1.1, seed)))

    first = write(1)
    assert first
    assert write(2) != first
    assert write(1) == first


def test_greedy_drafts_agree_with_and_without_a_reused_prefix(
    generator: LlamaCppGenerator, evaluated: list[int]
) -> None:
    long = [CHAT[0], Message("user", "We meet at ten on Friday. " * 30 + CHAT[1].content)]
    generator._prompt = []
    fresh = "".join(generator.stream(long, Sampling(16)))
    evaluated.clear()
    again = "".join(generator.stream(long, Sampling(16)))
    assert again == fresh
    assert sum(evaluated[:1]) <= decoding.BLOCK


def test_the_same_prompt_again_costs_nothing(
    generator: LlamaCppGenerator, evaluated: list[int]
) -> None:
    greedy = Sampling(6)
    first = "".join(generator.stream(CHAT, greedy))
    evaluated.clear()
    list(generator.stream(CHAT, Sampling(6, 1.0, seed=5)))
    assert "".join(generator.stream(CHAT, greedy)) == first
    assert set(evaluated) == {1}


def test_reading_a_prompt_can_be_stopped_and_leaves_no_harm(
    generator: LlamaCppGenerator, evaluated: list[int]
) -> None:
    long = [CHAT[0], Message("user", "We meet at ten on Friday. " * 60 + CHAT[1].content)]
    generator._prompt = []
    fresh = "".join(generator.stream(long, Sampling(8)))
    generator._prompt = []
    evaluated.clear()
    asked: list[bool] = []

    def stopped() -> bool:
        asked.append(True)
        return len(asked) > 700  # Of some five hundred times a block.

    assert list(generator.stream(long, Sampling(8), stopped)) == []
    assert 1 <= len(evaluated) < generator.count_tokens(long) // decoding.BLOCK
    assert "".join(generator.stream(long, Sampling(8))) == fresh


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_while_a_prompt_is_evaluated_is_not_lost(
    generator: LlamaCppGenerator,
    number: signal.Signals,
    capfd: pytest.CaptureFixture[str],
) -> None:
    asked: list[int] = []

    def interrupt() -> bool:  # llama.cpp asks whether to stop.
        asked.append(len(asked))
        if len(asked) == 3:
            os.kill(os.getpid(), number)
        return False

    before = signal.signal(number, signal.default_int_handler)
    try:
        with pytest.raises(KeyboardInterrupt):
            list(generator.stream([*CHAT[:1], Message("user", "word " * 600)], GREEDY, interrupt))
        assert signal.getsignal(number) is signal.default_int_handler
    finally:
        signal.signal(number, before)
    assert len(asked) < 10
    assert capfd.readouterr() == ("", "")
    assert "".join(generator.stream(CHAT, GREEDY))


def test_a_known_prefix_is_not_evaluated_again(
    generator: LlamaCppGenerator, evaluated: list[int]
) -> None:
    long = "We meet at ten on Friday. " * 60
    list(generator.stream([CHAT[0], Message("user", long + "Thank Ada.")], Sampling(1)))
    evaluated.clear()
    other = [CHAT[0], Message("user", long + "Ask Bo.")]
    list(generator.stream(other, Sampling(1)))
    assert sum(evaluated) < 2 * decoding.BLOCK < generator.count_tokens(other)


def test_it_streams_whole_characters(generator: LlamaCppGenerator) -> None:
    text = "🙂🙃🙂🙃"
    decode = generator._text_decoder()
    pieces = [decode(token) for token in generator._tokenizer.encode(text, parse_special=False)]
    assert "".join(pieces) == text
    assert "" in pieces  # A character is several tokens.


def test_closing_the_iterator_stops_the_work(
    generator: LlamaCppGenerator, evaluated: list[int]
) -> None:
    stream = generator.stream(CHAT, Sampling(200))
    next(stream)
    stream.close()  # type: ignore[attr-defined]
    before = len(evaluated)
    assert next(stream, None) is None
    assert len(evaluated) == before


def test_a_prompt_that_does_not_fit_is_a_one_line_error(generator: LlamaCppGenerator) -> None:
    with pytest.raises(PanzaError, match="context only 1024") as caught:
        list(generator.stream([Message("user", "word " * 2000)], Sampling(5)))
    assert "\n" not in str(caught.value)


def test_a_draft_ends_where_the_context_does(home: Home) -> None:
    small = LlamaCppGenerator(embedded_base_gguf(home), 256, lambda: 1)
    words = 254 - small.count_tokens([Message("user", "")])
    asked = [Message("user", "la " * words)]
    assert 0 < 256 - small.count_tokens(asked) <= 4
    list(small.stream(asked, Sampling(100)))
    assert len(list(small.stream(asked, Sampling(100)))) <= 4
    small.close()
    small.close()


@pytest.mark.parametrize("kept", [0, 4, 1000, 2_000_000])
def test_a_broken_gguf_is_a_one_line_error(home: Home, tmp_path: Path, kept: int) -> None:
    path = tmp_path / "torn.gguf"
    with open(embedded_base_gguf(home), "rb") as whole:
        path.write_bytes(whole.read(kept))
    with pytest.raises(PanzaError, match="damaged"):
        LlamaCppGenerator(path, 256, lambda: 1)


def test_loading_and_failing_write_nothing_to_the_terminal(
    home: Home, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    LlamaCppGenerator(embedded_base_gguf(home), 256, lambda: 1).close()
    broken = tmp_path / "x.gguf"
    broken.write_bytes(b"GGUF, or not")
    with pytest.raises(PanzaError):
        LlamaCppGenerator(broken, 256, lambda: 1)
    assert capfd.readouterr() == ("", "")


def test_threads_are_never_more_than_the_cores(home: Home) -> None:
    cores = llama_library.physical_cores()
    assert 1 <= cores <= (os.cpu_count() or 1)
    assert llama_library.thread_count(1, home) == 1
    assert llama_library.thread_count(1000, home) == cores


def test_threads_leave_room_for_others(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(llama_library, "physical_cores", lambda: 4)
    monkeypatch.setattr(os, "cpu_count", lambda: 4)
    for busy, free in ((0, 4), (1, 3), (9, 1)):
        monkeypatch.setattr(llama_library, "_busy_processors", lambda busy=busy: busy)
        assert llama_library.thread_count(0, home) == free
    monkeypatch.setattr(llama_library, "_busy_processors", lambda: 0)
    run = home.model("mine")
    run.mkdir(parents=True)
    with hold(run / "run.lock", "panza-tui train"):
        assert llama_library.thread_count(0, home) == 1
        (run / "paused").touch()
        assert llama_library.thread_count(0, home) == 4
    assert llama_library.thread_count(0, home) == 4
    (run / "run.lock").unlink()


def test_amx_repacking_is_off_where_it_is_compiled_in() -> None:
    llama = llama_library.library()
    compiled_in = b"AMX_INT8 = 1" in llama.llama_print_system_info()
    default = llama.llama_model_default_params().use_extra_bufts
    assert llama_library.model_params().use_extra_bufts == (default and not compiled_in)


def test_greedy_takes_the_likeliest_and_the_penalty_moves_it() -> None:
    logits = np.array([1.0, 3.0, 2.9], dtype=np.float32)
    random = np.random.default_rng(0)
    assert decoding.choose(logits, [], Sampling(1), random) == 1
    assert decoding.choose(logits, [1], Sampling(1, repeat_penalty=1.1), random) == 2
    negative = np.array([-1.0, -1.05], dtype=np.float32)
    assert decoding.choose(negative, [0], Sampling(1, repeat_penalty=1.1), random) == 1


def test_greedy_is_that_of_penalised_logits_in_float64() -> None:
    random = np.random.default_rng(1)
    for _ in range(200):
        # Few values, so that many are equal.
        logits = random.integers(-4, 5, 40).astype(np.float32) / 10
        recent = random.integers(0, 40, 12).tolist()
        penalty = float(random.choice([1.0, 1.1, 2.0]))
        expected = logits.astype(np.float64)
        for token in set(recent):
            old = expected[token]
            expected[token] = old / penalty if old > 0 else old * penalty
        sampling = Sampling(1, repeat_penalty=penalty)
        assert decoding.choose(logits, recent, sampling, random) == int(np.argmax(expected))


def test_layers_are_put_on_the_gpu_as_the_setting_says(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    llama = llama_library.library()
    load, tried = llama.llama_model_load_from_file, []

    def load_without_room_on_the_gpu(path: bytes, params: Any) -> Any:
        tried.append(params.n_gpu_layers)
        return load(path, params) if params.n_gpu_layers == 0 else None

    monkeypatch.setattr(llama, "llama_model_load_from_file", load_without_room_on_the_gpu)
    monkeypatch.setattr(llama, "llama_supports_gpu_offload", lambda: True)
    model = llama_library.open_model(embedded_base_gguf(home), vocabulary_only=True, gpu_layers=7)
    llama.llama_model_free(model)
    assert tried == [7, 0]


def test_the_nucleus_is_the_smallest_set_of_tokens_that_reaches_top_p() -> None:
    logits = np.log(np.array([0.1, 0.5, 0.4], dtype=np.float32))
    random = np.random.default_rng(0)
    drawn = [decoding.choose(logits, [], Sampling(1, 1.0, 0.8), random) for _ in range(300)]
    assert set(drawn) == {1, 2}
    assert drawn.count(1) == pytest.approx(300 * 5 / 9, abs=30)
    everything = [decoding.choose(logits, [], Sampling(1, 1.0, 1.0), random) for _ in range(300)]
    assert set(everything) == {0, 1, 2}
    assert decoding.choose(logits, [], Sampling(1, 1.0, 0.0), random) == 1


def test_a_flat_distribution_has_a_large_nucleus() -> None:
    logits = np.zeros(5000, dtype=np.float32)
    logits[4999] = 20.0
    random = np.random.default_rng(0)
    hot = [decoding.choose(logits, [], Sampling(1, 50.0, 0.9), random) for _ in range(300)]
    assert len(set(hot)) > 200
    assert max(set(hot) - {4999}) < 4500  # Of equal tokens, the first ones are the nucleus.


def test_the_log_likelihood_is_that_of_float64() -> None:
    random = np.random.default_rng(0)
    logits = random.normal(scale=6, size=(3, 4000)).astype(np.float32)
    exact = logits.astype(np.float64)
    exact -= np.log(np.exp(exact).sum(axis=1, keepdims=True))
    tokens = [5, 0, 3999]
    expected = exact[[0, 1, 2], tokens].mean()
    assert decoding.mean_log_likelihood(logits, tokens) == pytest.approx(expected, abs=1e-5)


def test_only_whole_blocks_and_never_the_last_token_are_reused() -> None:
    tokens = list(range(10))
    assert decoding.reusable(tokens, tokens, 1) == 9
    assert decoding.reusable(tokens, tokens, 4) == 8
    assert decoding.reusable(tokens, [0, 1, 2, 99, 4], 1) == 3
    assert decoding.reusable([], tokens, 1) == 0


def test_without_a_model_or_a_mail_the_line_says_what_to_run(home: Home) -> None:
    settings = load_settings(environment={})
    connection = connect(home.database)
    with pytest.raises(NotReadyError, match="panza-tui import"):
        open_gguf(home, connection, settings)
    with pytest.raises(NotReadyError, match="no model 'ada'"):
        open_gguf(home, connection, settings, model="ada")
    loaded = open_gguf(home, connection, settings, plain_base=True)
    assert (loaded.model_name, loaded.base) == (MAIL_BASE, MAIL_BASE)
    assert loaded.generator.backend == "llama-cpp"
    loaded.generator.close()
