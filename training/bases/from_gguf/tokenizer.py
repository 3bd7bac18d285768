"""Make transformers' tokenizer of the one in a GGUF, with llama.cpp's token ids.

Two kinds are known, which nearly all models have: byte-level BPE ("gpt2") and the BPE of
SentencePiece ("llama"). What a token is (special, added, stripping blanks) is asked of llama.cpp,
which corrects some files.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from engine.generators.gguf_tokenizer import GgufTokenizer
from engine.generators.llama_library import library, open_vocabulary
from engine.gguf_files.reading import metadata, open_gguf
from training.bases.from_gguf.fields import NotTrainableError
from training.bases.from_gguf.pre_tokenizers import rules_named
from training.bases.tokenizer_probes import PROBES

_WORD_START = "▁"


def tokenizer_from_gguf(path: Path) -> Any:
    """The tokenizer of the GGUF at `path`. Raises NotTrainableError, or PanzaError."""
    values = metadata(open_gguf(path))
    with open_vocabulary(path) as model:
        vocabulary = GgufTokenizer(model)
        made = _make(values, vocabulary)
        _check(made, vocabulary)
        return made


def check_same_tokens(path: Path, tokenizer: Any) -> None:
    """Raise NotTrainableError for a text that llama.cpp encodes otherwise."""
    with open_vocabulary(path) as model:
        _check(tokenizer, GgufTokenizer(model))


def end_tokens(path: Path) -> list[int]:
    """The tokens that end a text or a turn, as llama.cpp knows them."""
    with open_vocabulary(path) as model:
        vocabulary = GgufTokenizer(model)
        return [token for token in range(len(vocabulary)) if vocabulary.ends_text(token)]


def _check(tokenizer: Any, vocabulary: GgufTokenizer) -> None:
    from engine.generators.hugging_face_tokenizer import HuggingFaceTokenizer

    made = HuggingFaceTokenizer(tokenizer)
    same = made.adds_bos == vocabulary.adds_bos and made.bos_id == vocabulary.bos_id
    for text in (*PROBES, vocabulary.chat_template or ""):
        for special in (False, True):
            expected = vocabulary.encode(text, parse_special=special)
            same = same and made.encode(text, parse_special=special) == expected
    if not same:
        raise NotTrainableError(
            "its tokenizer can't be rebuilt: some texts would get other tokens than in llama.cpp"
        )


def _make(values: dict[str, Any], vocabulary: GgufTokenizer) -> Any:
    from tokenizers import Tokenizer, processors
    from transformers import PreTrainedTokenizerFast

    tokens = values["tokenizer.ggml.tokens"]
    ids = {token: index for index, token in enumerate(tokens)}
    if len(ids) < len(tokens):
        raise NotTrainableError("several of its tokens have the same text")
    kind = values["tokenizer.ggml.model"]
    if kind == "gpt2":
        backend: Tokenizer = _byte_level(values, ids)
    elif kind == "llama":
        backend = _sentence_piece(values, ids)
    else:
        raise NotTrainableError(f"its tokenizer, of the kind {kind!a}, is unknown")
    _add_tokens(backend, tokens, vocabulary)
    if vocabulary.adds_bos and vocabulary.bos_id is not None:
        bos = (vocabulary.bos_token, vocabulary.bos_id)
        backend.post_processor = processors.TemplateProcessing(
            single=[bos[0], "$A"], special_tokens=[bos]
        )
    known = {
        f"{role}_token": tokens[index]
        for role, key in (("unk", "unknown"), ("pad", "padding"))
        if (index := values.get(f"tokenizer.ggml.{key}_token_id", len(tokens))) < len(tokens)
    }
    return PreTrainedTokenizerFast(
        tokenizer_object=backend,
        bos_token=vocabulary.bos_token or None,
        eos_token=vocabulary.eos_token or None,
        **known,
        model_max_length=int(values[f"{values['general.architecture']}.context_length"]),
        clean_up_tokenization_spaces=False,
        chat_template=vocabulary.chat_template,
    )


def _byte_level(values: dict[str, Any], ids: dict[str, int]) -> Any:
    from tokenizers import Regex, Tokenizer, decoders, pre_tokenizers
    from tokenizers.models import BPE

    name = values.get("tokenizer.ggml.pre", "default")
    rules = rules_named(name)
    if rules is None:
        raise NotTrainableError(f"how its tokenizer splits texts ({name!a}) is unknown")
    merges = [tuple(merge.split(" ")) for merge in values["tokenizer.ggml.merges"]]
    backend = Tokenizer(BPE(ids, merges, ignore_merges=rules.whole_words))
    backend.pre_tokenizer = pre_tokenizers.Sequence(
        [
            *(pre_tokenizers.Split(Regex(pattern), "isolated") for pattern in rules.split),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
        ]
    )
    backend.decoder = decoders.ByteLevel()
    return backend


def _sentence_piece(values: dict[str, Any], ids: dict[str, int]) -> Any:
    from tokenizers import Tokenizer, decoders, normalizers
    from tokenizers.models import BPE

    tokens, scores = values["tokenizer.ggml.tokens"], values["tokenizer.ggml.scores"]
    unknown = values.get("tokenizer.ggml.unknown_token_id", 0)
    backend = Tokenizer(
        BPE(
            ids,
            _merges(ids, scores),
            unk_token=tokens[unknown],
            fuse_unk=True,
            byte_fallback=True,
        )
    )
    prefix = values.get("tokenizer.ggml.add_space_prefix", True)
    steps = [normalizers.Prepend(_WORD_START)] if prefix else []
    backend.normalizer = normalizers.Sequence([*steps, normalizers.Replace(" ", _WORD_START)])
    strip = [decoders.Strip(" ", 1, 0)] if prefix else []
    backend.decoder = decoders.Sequence(
        [decoders.Replace(_WORD_START, " "), decoders.ByteFallback(), decoders.Fuse(), *strip]
    )
    return backend


def _merges(ids: dict[str, int], scores: list[float]) -> list[tuple[str, str]]:
    """All pairs of tokens that make another one, the best score first.

    SentencePiece joins the two neighbours whose joined token has the best score; the leftmost of
    equals.
    """
    found: list[tuple[float, int, str, str]] = []
    for token, index in ids.items():
        for cut in range(1, len(token)):
            left, right = token[:cut], token[cut:]
            if left in ids and right in ids:
                found.append((-scores[index], index, left, right))
    found.sort(key=lambda pair: (pair[0], pair[1], ids[pair[2]], ids[pair[3]]))
    return [(left, right) for _, _, left, right in found]


def _add_tokens(backend: Any, tokens: list[str], vocabulary: GgufTokenizer) -> None:
    """Register the special tokens, and those that are cut out of a text before anything else."""
    from tokenizers import AddedToken

    llama = library()
    added = []
    for index, token in enumerate(tokens):
        kind = vocabulary.attributes(index)
        special = vocabulary.is_special(index)
        if token and (special or kind & llama.LLAMA_TOKEN_ATTR_USER_DEFINED):
            added.append(
                AddedToken(
                    token,
                    special=special,
                    normalized=False,
                    lstrip=bool(kind & llama.LLAMA_TOKEN_ATTR_LSTRIP),
                    rstrip=bool(kind & llama.LLAMA_TOKEN_ATTR_RSTRIP),
                )
            )
    backend.add_tokens(added)
