"""Every setting: its key, type, default, limits or choices, and a line of help.

The field `name` of the dataclass `Section` is the setting `section.name`. The shipped panza.toml
has the same defaults and help (a test compares them); the settings form and error messages use
these records.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal, get_type_hints

from engine.mail_base import MAIL_BASE

NumberOrAuto = int | Literal["auto"]


@dataclass(frozen=True)
class Record:
    """The definition of a setting.

    limits: the lowest and highest allowed number. choices: the allowed words. If both are empty,
    any value of the type is allowed. assignments: whether the entries of a list have the form
    `name = value`, in which the value may contain commas.
    """

    key: str
    kind: Any
    default: Any
    help: str
    limits: tuple[float, float] | tuple[()] = ()
    choices: tuple[str, ...] = ()
    assignments: bool = False


def _setting(
    default: Any,
    help: str,
    *,
    limits: tuple[float, float] | tuple[()] = (),
    choices: tuple[str, ...] = (),
    assignments: bool = False,
) -> Any:
    metadata = {"help": help, "limits": limits, "choices": choices, "assignments": assignments}
    return dataclasses.field(default=default, metadata=metadata)


_SEED = (0, 2**31 - 1)
_SHARE = (0, 1)
_MOST_TOKENS = 1_000_000
_MOST_WORDS = 100_000


@dataclass(frozen=True)
class User:
    name: str = _setting("", "your name as you sign; empty: the most common From name at import")
    addresses: tuple[str, ...] = _setting(
        (), "your addresses; those given or confirmed at import are added"
    )


@dataclass(frozen=True)
class Model:
    base: str = _setting(
        MAIL_BASE,
        "the bundled mail base, smollm2-135m-instruct, a GGUF, ollama:NAME, a Hugging Face id, or "
        "a folder",
    )
    allow_download: bool = _setting(
        False, "download a base model that is not on disk (the only use of the network)"
    )


@dataclass(frozen=True)
class Prompt:
    preamble: str = _setting(
        "Write the user's e-mail as the user would: same words, tone, language and length. Only the"
        " mail itself: no lecture, no refusal, no disclaimer, no stock phrase.",
        "the system text of every prompt",
    )
    thread_words: int = _setting(
        120,
        "words of the answered mail shown to the model; its newest part",
        limits=(0, _MOST_WORDS),
    )
    source_words: int = _setting(
        60, "words shown of each similar past mail", limits=(1, _MOST_WORDS)
    )


@dataclass(frozen=True)
class Retrieval:
    sources: int | Literal["auto"] = _setting(
        "auto",
        "maximum number of past mails shown to the model; auto: as many as helped it on its"
        " validation mails",
        limits=(0, 50),
    )
    min_similarity: float = _setting(
        0.3,
        "minimum similarity of a past mail, 0 to 1: mean of meaning and shared words",
        limits=(-1, 1),
    )


@dataclass(frozen=True)
class Drafting:
    backend: str = _setting(
        "auto",
        "auto (the GGUF if there is one), llama-cpp or transformers",
        choices=("auto", "llama-cpp", "transformers"),
    )
    candidates: int = _setting(
        6, "drafts written to choose the best from; 1: only the first", limits=(1, 17)
    )
    max_tokens: int = _setting(400, "maximum length of a draft", limits=(1, 100_000))
    temperature: float = _setting(
        0.0, "0: always the likeliest token; higher: more varied", limits=(0, 5)
    )
    top_p: float = _setting(
        0.95, "nucleus sampling: total probability of the tokens to draw from", limits=_SHARE
    )
    repeat_penalty: float = _setting(
        1.1, "over 1: tokens already used become less likely", limits=(0.1, 10)
    )
    seed: int = _setting(0, "the same seed gives the same draft", limits=_SEED)
    threads: int = _setting(
        0,
        "llama.cpp threads; 0: all physical cores, or one during training",
        limits=(0, 1024),
    )
    gpu_layers: int = _setting(
        -1,
        "layers on the GPU, if llama.cpp was built with one; -1: all, 0: none",
        limits=(-1, 1000),
    )
    context_tokens: int = _setting(
        2048, "maximum length of prompt and draft together", limits=(256, _MOST_TOKENS)
    )


@dataclass(frozen=True)
class Playback:
    model: str = _setting(
        MAIL_BASE, "who writes the instructions: the bundled mail base, or as model.base"
    )
    max_tokens: int = _setting(160, "maximum length of an instruction", limits=(8, 1000))
    mail_words: int = _setting(
        250,
        "words read of each mail; of longer mails, the beginning and the end",
        limits=(20, _MOST_WORDS),
    )
    attempts: int = _setting(
        3, "instructions written of each kind, of which the best is kept", limits=(1, 20)
    )


@dataclass(frozen=True)
class Training:
    held_out: float = _setting(
        0.2, "share of the mails held out for evaluation, the newest", limits=(0, 0.9)
    )
    validation: float = _setting(
        0.1, "share of the rest for choosing the best epoch, the newest", limits=(0, 0.9)
    )
    epochs: int = _setting(3, "maximum number of passes over the training mails", limits=(1, 1000))
    batch_size: int = _setting(8, "mails per optimizer step", limits=(1, 4096))
    micro_batch_tokens: int = _setting(
        512, "maximum tokens per forward pass; memory grows with it", limits=(32, _MOST_TOKENS)
    )
    max_tokens: int = _setting(
        512, "maximum length of an example; longer mails lose their end", limits=(32, _MOST_TOKENS)
    )
    learning_rate: float = _setting(
        5e-4, "peak, for the low-rank part; method full uses a tenth of it", limits=(0, 1)
    )
    sparse_learning_rate: float = _setting(2.5e-4, "peak, for RoSA's sparse part", limits=(0, 1))
    warmup_ratio: float = _setting(
        0.1, "share of the steps in which the learning rate rises", limits=_SHARE
    )
    weight_decay: float = _setting(0.0, "AdamW's weight decay", limits=(0, 1))
    max_grad_norm: float = _setting(1.0, "gradients are clipped to this norm", limits=(0, 1000))
    retrieval_share: float = _setting(
        0.6,
        "share of the examples that show past mails; with 0, set retrieval.sources = 0 too:"
        " a small model that never saw past mails in training copies them in its drafts",
        limits=_SHARE,
    )
    replay_share: float = _setting(
        0.5,
        "share of the examples taken from the written corpus, so that the model doesn't forget"
        " what an instruction is",
        limits=(0, 0.95),
    )
    recipient_share: float = _setting(
        0.5, "share of the examples that name the recipient", limits=_SHARE
    )
    canary: bool = _setting(
        True, "plant a made-up mail with a random number, to measure memorisation"
    )
    seed: int = _setting(0, "for shuffling, dropout and initial weights", limits=_SEED)


@dataclass(frozen=True)
class Rosa:
    r: int = _setting(8, "rank of the low-rank part; 0: sparse only", limits=(0, 4096))
    d: float = _setting(0.01, "density of the sparse part; 0: low-rank only", limits=_SHARE)
    alpha: float = _setting(16.0, "the low-rank part is scaled by alpha / r", limits=(0, 100_000))
    dropout: float = _setting(0.0, "on the low-rank part's input", limits=(0, 0.95))
    mask_warmup_steps: int = _setting(
        8, "steps of the low-rank part alone before the mask is made", limits=(0, 100_000)
    )
    mask_batches: int = _setting(1, "batches whose gradients choose the mask", limits=(1, 100_000))
    mask_gradient: str = _setting(
        "mean_squared",
        "mean_squared (diagonal of the empirical Fisher) or mean",
        choices=("mean_squared", "mean"),
    )
    keep_warmup: bool = _setting(True, "false: reset the low-rank part when the mask is made")
    mask_memory_mib: int = _setting(
        1024,
        "memory for the gradients that choose the mask; with less, more passes",
        limits=(1, 10_000_000),
    )
    target_modules: tuple[str, ...] = _setting(
        ("all-linear",),
        'adapted layers by name; "all-linear": all but the output head',
    )


@dataclass(frozen=True)
class Export:
    quantize: str = _setting(
        "auto",
        "auto (F16 below 300M weights, Q8_0 below 1B, else Q4_K_M), Q4_K_M, Q5_K_M, Q8_0, F16",
        choices=("auto", "Q4_K_M", "Q5_K_M", "Q8_0", "F16"),
    )


@dataclass(frozen=True)
class App:
    theme: str = _setting(
        "panza", "panza, panza-light, high-contrast, no-colour, or one of Textual's themes"
    )
    mouse: bool = _setting(
        True, "false: leave the mouse to the terminal, to select text; every action has a key"
    )
    keymap: tuple[str, ...] = _setting(
        (),
        'your own keys, like "chat.stop = ctrl+x"; the names are in the help (F1)',
        assignments=True,
    )


@dataclass(frozen=True)
class Store:
    encrypt: bool = _setting(
        False, "true: import no mail into a home that is not encrypted (panza-tui encrypt on)"
    )


@dataclass(frozen=True)
class Settings:
    """Every setting, one field per section of panza.toml."""

    user: User = User()
    model: Model = Model()
    prompt: Prompt = Prompt()
    retrieval: Retrieval = Retrieval()
    drafting: Drafting = Drafting()
    playback: Playback = Playback()
    training: Training = Training()
    rosa: Rosa = Rosa()
    export: Export = Export()
    app: App = App()
    store: Store = Store()


@cache
def sections() -> dict[str, Any]:
    """Return section name -> its dataclass, in the order of panza.toml."""
    return get_type_hints(Settings)


@cache
def records() -> dict[str, Record]:
    """Return key (`section.name`) -> its record, in the order of panza.toml."""
    return {
        f"{section}.{field.name}": Record(
            f"{section}.{field.name}", kinds[field.name], field.default, **field.metadata
        )
        for section, table in sections().items()
        for kinds in (get_type_hints(table),)
        for field in dataclasses.fields(table)
    }
