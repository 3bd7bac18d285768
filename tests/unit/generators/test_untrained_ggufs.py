"""An untrained GGUF drafts; what is no language model is refused by a line that says what it is."""

import os

import pytest
from open_ggufs import open_gguf
from tiny_ggufs import write_gguf

from engine.database.database import connect
from engine.errors import PanzaError
from engine.generators import Sampling
from engine.home.home import Home
from engine.prompt.prompt import Message
from engine.settings import load_settings


@pytest.fixture(name="home")
def _home(tmp_path):
    return Home(tmp_path / "home").prepare()


@pytest.mark.parametrize(
    ("architecture", "options", "why"),
    [
        ("clip", {}, "mmproj"),
        ("llama", {"general": {"general.type": "adapter"}, "without": "ffn"}, "LoRA adapter"),
        ("llama", {"without": "token_embd"}, "no weights of a language model"),
        ("warpdrive", {}, "'warpdrive', is unknown"),
    ],
)
def test_a_base_that_is_no_language_model_says_what_it_is(
    home, tmp_path, architecture, options, why
):
    path = write_gguf(tmp_path / "a.gguf", architecture, **options)
    with pytest.raises(PanzaError, match=why) as raised:
        draft_with(home, path)
    assert "\n" not in str(raised.value)


def test_a_truncated_base_says_so(home, tmp_path):
    path = write_gguf(tmp_path / "a.gguf")
    os.truncate(path, path.stat().st_size // 2)
    with pytest.raises(PanzaError, match="cut short"):
        draft_with(home, path)


def test_any_gguf_drafts_untrained(home, tmp_path):
    for architecture in ("llama", "qwen2"):
        path = write_gguf(tmp_path / f"{architecture}.gguf", architecture)
        loaded = draft_with(home, path)
        assert (loaded.base, loaded.generator.backend) == (str(path), "llama-cpp")
        assert list(loaded.generator.stream([Message("user", "Hello.")], Sampling(4))) is not None
        loaded.close()


def draft_with(home, base):
    """Open the untrained base at a path."""
    settings = load_settings(None, {"model.base": str(base)}, environment={})
    return open_gguf(home, connect(home.database), settings, plain_base=True)
