"""Tokenizers of real models, rebuilt from GGUFs: the token ids are llama.cpp's.

Tried where the environment variable GGUF_VOCABULARIES names a folder with the ggml-vocab-*.gguf
files of llama-cpp-python's source package (vendor/llama.cpp/models).
"""

import os
from pathlib import Path

import pytest
from test_base_model import unicode_texts
from tiny_ggufs import write_gguf

from engine.generators.gguf_tokenizer import GgufTokenizer
from engine.generators.hugging_face_tokenizer import HuggingFaceTokenizer
from engine.generators.llama_library import open_vocabulary
from training.bases.from_gguf.pre_tokenizers import all_rules, rules_named
from training.bases.from_gguf.tokenizer import tokenizer_from_gguf

NAMES = ("llama-bpe", "llama-spm", "phi-3", "qwen2", "gpt-2", "refact", "starcoder", "command-r")


def differing(path):
    """The texts that the rebuilt tokenizer and llama.cpp encode differently."""
    rebuilt = HuggingFaceTokenizer(tokenizer_from_gguf(path))
    with open_vocabulary(path) as model:
        original = GgufTokenizer(model)
        return [
            text
            for text in unicode_texts()
            for special in (False, True)
            if rebuilt.encode(text, parse_special=special)
            != original.encode(text, parse_special=special)
        ]


@pytest.mark.skipif("GGUF_VOCABULARIES" not in os.environ, reason="needs vocabularies")
@pytest.mark.parametrize("name", NAMES)
def test_a_real_tokenizer_gives_llama_cpps_token_ids(name):
    path = Path(os.environ["GGUF_VOCABULARIES"]) / f"ggml-vocab-{name}.gguf"
    assert differing(path) == []


@pytest.mark.parametrize("pre", [rules.names[0] for rules in all_rules()])
def test_each_way_of_splitting_gives_llama_cpps_token_ids(tmp_path, pre):
    assert rules_named(pre) is not None
    assert differing(write_gguf(tmp_path / "a.gguf", pre_tokenizer=pre)) == []
