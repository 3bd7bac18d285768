"""The state of a large model after the beginning that its prompts share, kept in the cache."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
from open_ggufs import open_gguf
from tiny_ggufs import HEAD, write_gguf

from engine.database.database import connect
from engine.forgetting.forget import forget_model
from engine.generators import Sampling, llama_cpp_generator, saved_beginnings
from engine.generators.llama_cpp_generator import LlamaCppGenerator
from engine.generators.saved_beginnings import SavedBeginnings
from engine.home.home import Home
from engine.home.names import HOME, kind_of
from engine.prompt.prompt import Message
from engine.prompt.tokens import prompt_token_ids
from engine.settings import load_settings

SYSTEM = Message("system", "Write the user's e-mail as the user would. The user is Ida Moss.")
GEMMA = {"attention.key_length": HEAD, "attention.value_length": HEAD}
THANKS = [SYSTEM, Message("user", "Instruction: Thank Ada for the figures. " * 6)]
MEETING = [SYSTEM, Message("user", "Instruction: Ask Kim to meet on Friday.")]

Open = Callable[..., LlamaCppGenerator]


@pytest.fixture
def gguf(tmp_path: Path) -> Path:
    return write_gguf(tmp_path / "tiny.gguf")


@pytest.fixture
def open_large(gguf: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Open]:
    """Opens a tiny model as if it were large, with states in tmp_path."""
    monkeypatch.setattr(llama_cpp_generator, "_LARGE", 0)
    opened = []

    def open_large(
        context_tokens: int = 512, cache: Path | None = tmp_path, path: Path = gguf
    ) -> LlamaCppGenerator:
        opened.append(LlamaCppGenerator(path, context_tokens, lambda: 1, cache=cache))
        return opened[-1]

    yield open_large
    for generator in opened:
        generator.close()


def draft(generator: LlamaCppGenerator, chat: list[Message]) -> tuple[tuple, int]:
    """A draft and the logits after its prompt, and how many tokens of that were evaluated."""
    counts: list[int] = []
    evaluate = generator._evaluate

    def counting(tokens):
        counts.append(len(tokens))
        return evaluate(tokens)

    generator._evaluate = counting  # type: ignore[method-assign]
    try:
        text = "".join(generator.stream(chat, Sampling(8)))
    finally:
        del generator._evaluate
    assert generator._logits_after_prompt is not None
    logits = tuple(generator._logits_after_prompt.tolist())
    return (text, logits), sum(count for count in counts if count > 1)


def beginning(generator: LlamaCppGenerator, chat: list[Message]) -> int:
    length = generator._beginning(chat, prompt_token_ids(generator._tokenizer, chat))
    assert length > len(SYSTEM.content) / 2
    return length


def states(folder: Path) -> list[Path]:
    return sorted(folder.glob("*.state"))


def test_a_later_process_evaluates_only_what_follows_and_drafts_the_same(open_large, tmp_path):
    first, all_tokens = draft(open_large(), MEETING)
    assert all_tokens == open_large().count_tokens(MEETING)
    assert len(states(tmp_path)) == 1
    assert {path.stat().st_mode & 0o777 for path in states(tmp_path)} == {0o600}
    later, tokens = draft(open_large(), MEETING)
    assert later == first
    assert tokens == all_tokens - beginning(open_large(), MEETING)
    unsaved, tokens = draft(open_large(cache=None), MEETING)
    assert (unsaved, tokens) == (first, all_tokens)


@pytest.mark.parametrize(
    ("architecture", "fields"),
    [("qwen2", {}), ("phi3", {}), ("gemma3", {**GEMMA, "attention.sliding_window": 8})],
)
def test_all_kinds_of_models_go_on_as_if_they_had_evaluated_it(
    open_large, tmp_path, architecture, fields
):
    path = write_gguf(tmp_path / f"{architecture}.gguf", architecture, fields, layers=6, tied=True)
    first, all_tokens = draft(open_large(path=path), MEETING)
    later, tokens = draft(open_large(path=path), MEETING)
    assert later == first
    assert tokens == all_tokens - beginning(open_large(path=path), MEETING)


def test_another_prompt_of_a_session_evaluates_only_what_follows(open_large):
    fresh, all_tokens = draft(open_large(cache=None), MEETING)
    generator = open_large(cache=None)
    draft(generator, THANKS)
    after, tokens = draft(generator, MEETING)
    assert after == fresh
    assert tokens == all_tokens - beginning(generator, MEETING)
    again, tokens = draft(generator, THANKS)
    assert again == draft(open_large(cache=None), THANKS)[0]
    # Other system texts share none of it.
    other = [Message("system", SYSTEM.content + " Be brief, and use no long words."), MEETING[1]]
    assert draft(generator, other)[1] == generator.count_tokens(other)


def damaged(content: bytes) -> list[bytes]:
    turned = bytearray(content)
    turned[len(turned) // 2] ^= 1
    return [bytes(turned), content[:-1], content + b"x", content[:20], b""]


def test_a_damaged_state_is_written_again(open_large, tmp_path):
    first, all_tokens = draft(open_large(), MEETING)
    [path] = states(tmp_path)
    written = path.read_bytes()
    for content in damaged(written):
        path.write_bytes(content)
        assert draft(open_large(), MEETING) == (first, all_tokens)
        assert path.read_bytes() == written


def test_a_link_is_not_followed(open_large, tmp_path):
    first, all_tokens = draft(open_large(), MEETING)
    [path] = states(tmp_path)
    moved = path.rename(tmp_path / "elsewhere")
    content = moved.read_bytes()
    path.symlink_to(moved)
    assert draft(open_large(), MEETING) == (first, all_tokens)
    assert not path.is_symlink()
    assert moved.read_bytes() == content


def test_another_context_or_model_has_its_own(open_large, gguf, tmp_path):
    first, all_tokens = draft(open_large(), MEETING)
    assert draft(open_large(256), MEETING)[1] == all_tokens
    other = write_gguf(tmp_path / "other.gguf", seed=1)
    assert draft(open_large(path=other), MEETING)[1] == all_tokens
    assert len(states(tmp_path)) == 3
    other.replace(gguf)  # As an export does that is made again.
    assert draft(open_large(), MEETING)[0] != first


def test_a_state_under_another_name_is_not_taken(tmp_path):
    saved = SavedBeginnings(tmp_path, ["a model"])
    saved.write([1, 2], b"state")
    assert saved.read([1, 2]) == b"state"
    [path] = states(tmp_path)
    for elsewhere, tokens in ((saved, [1, 3]), (SavedBeginnings(tmp_path, ["other"]), [1, 2])):
        assert elsewhere.read(tokens) is None
        elsewhere._path(elsewhere._key(tokens)).write_bytes(path.read_bytes())
        assert elsewhere.read(tokens) is None


def test_the_oldest_go_and_a_large_one_is_not_kept(tmp_path, monkeypatch):
    saved = SavedBeginnings(tmp_path, [])
    monkeypatch.setattr(saved_beginnings, "_MOST_BYTES", 1 << 10)
    for number in range(6):
        saved.write([number], b"state")
    saved.write([6], bytes(1 << 10))
    assert [saved.read([number]) is not None for number in range(7)] == [
        *[False] * 2,
        *[True] * 4,
        False,
    ]
    assert all(kind_of("cache", HOME) and kind_of(p.name, HOME["cache"]) for p in states(tmp_path))


def test_a_folder_that_can_not_be_written_does_no_harm(open_large, tmp_path):
    assert draft(open_large(cache=tmp_path / "missing"), MEETING)[0]


def test_a_small_model_keeps_none(gguf, tmp_path):
    generator = LlamaCppGenerator(gguf, 512, lambda: 1, cache=tmp_path)
    with closing(generator):
        draft(generator, MEETING)
    assert states(tmp_path) == []


@pytest.mark.parametrize("is_encrypted", [False, True])
def test_only_a_plain_home_keeps_them_and_forgets_them_with_a_model(
    gguf, tmp_path, monkeypatch, is_encrypted
):
    monkeypatch.setattr(llama_cpp_generator, "_LARGE", 0)
    home = Home(tmp_path / "home").prepare()
    with closing(connect(home.database)) as connection:
        settings = load_settings(environment={"PANZA_MODEL_BASE": str(gguf)})
        if is_encrypted:
            monkeypatch.setattr("engine.generators.loading.is_encrypted", lambda path: True)
        with closing(open_gguf(home, connection, settings, plain_base=True)) as loaded:
            draft(loaded.generator, MEETING)
        assert len(states(home.cache)) == (0 if is_encrypted else 1)
        home.model("lo").mkdir()
        forget_model(home, connection, "lo")
    assert states(home.cache) == []
