"""How long a training will take here, and whether its base fits into memory; nothing is loaded.

The work of a run is counted in matrix products (forward 2, backward 2 a weight and token, 2 more
where all weights are trained) and divided by the speed that this machine reaches in them. The
shares below were fitted to real runs of the embedded base on two cores.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import apsw

from engine.errors import PanzaError
from engine.home import Home
from engine.mail.stored.store import StoredMail, kept_mails
from engine.models import Method
from engine.settings import Settings
from training.bases.base_model import check_base, resolve_base
from training.bases.base_shape import BaseShape, read_shape
from training.cost.machine import Machine, free_gib, measure_machine
from training.examples.split import split_by_date
from training.examples.training_pairs import training_pairs
from training.loop.sizes import LOGIT_CHUNK, SAMPLE_DRAFT_TOKENS

if TYPE_CHECKING:
    import torch

_SHARE_OF_SPEED = 0.6
"""Of the speed of bare products: norms, attention, softmax and the adapter take the rest."""

_SECONDS_TO_START = 20.0
_GIB_OF_LIBRARIES = 0.75
_FLOATS_A_TOKEN = 30
"""Kept for the backward pass, in widths of the residual stream, by each layer for each token."""

LOGITS_AT_ONCE = 3 * LOGIT_CHUNK
"""Positions of a piece in response_head.py, for logits, their softmax and what products copy."""


_INSTRUCTION_TOKENS = 30
_TEMPLATE_TOKENS = 20
_TOKENS_A_WORD = 1.5
_DOUBT = 0.2
"""Share by which an estimate of memory may be too high: a run within it is not refused."""


@dataclass(frozen=True)
class Estimate:
    """minutes: of a run through all its epochs; it often ends earlier.

    memory_gib: the most it will hold. free_gib: what is free for it. why: a plain line that says
    what would fit; '' when this does.
    """

    minutes: float
    memory_gib: float
    free_gib: float
    fits: bool
    why: str


@dataclass(frozen=True)
class _Tokens:
    """Of one pass over the mails of each side: all of them, and the labelled ones."""

    train: int
    train_labelled: int
    validation: int
    validation_labelled: int
    held_out: int
    held_out_labelled: int


def estimate(
    home: Home,
    connection: apsw.Connection,
    settings: Settings,
    base: str,
    method: Method = "rosa",
) -> Estimate:
    """Estimate a run of `base` on the home's mails; some seconds, most of them a measurement.

    Works before the mails have instructions, too. Fetches nothing: raises PanzaError for a base
    that is not on this disk.
    """
    check_base(home, base, allow_download=False)
    folder = resolve_base(home, base, allow_download=False)
    shape = read_shape(folder)
    machine = measure_machine(shape.hidden, shape.inner)
    tokens = _count_tokens(folder, connection, settings)
    needs = memory_gib(shape, settings, method)
    fits = needs <= machine.free_gib
    why = "" if fits else _what_fits(shape, settings, method, needs, machine)
    minutes = seconds(shape, tokens, settings, method, machine) / 60
    return Estimate(minutes, needs, machine.free_gib, fits, why)


def check_memory(
    home: Home,
    settings: Settings,
    base: str,
    method: Method,
    device: torch.device,
    dtype: torch.dtype,
) -> str:
    """Before a base is loaded: '' when the run fits, a warning when it may not.

    Raises PanzaError when it will not, as far as estimates go.
    """
    check_base(home, base, allow_download=settings.model.allow_download)
    shape = read_shape(resolve_base(home, base, allow_download=settings.model.allow_download))
    machine = Machine(device.type, 0.0, free_gib(device.type))
    needs = memory_gib(shape, settings, method, dtype.itemsize)
    why = "" if needs <= machine.free_gib else _what_fits(shape, settings, method, needs, machine)
    if needs * (1 - _DOUBT) > machine.free_gib:
        raise PanzaError(f"{why} Nothing was loaded; model.base names another one.")
    return why


def seconds(
    shape: BaseShape, tokens: _Tokens, settings: Settings, method: Method, machine: Machine
) -> float:
    """Seconds of a whole run, its evaluations and sample drafts included."""
    training = settings.training
    backward = 2 if method == "full" else 1
    learning = (1 + backward) * _products(shape, tokens.train, tokens.train_labelled)
    choosing = _products(shape, tokens.validation, tokens.validation_labelled)
    judging = 2 * _products(shape, tokens.held_out, tokens.held_out_labelled)
    speed = machine.gflops * 1e9 * _SHARE_OF_SPEED
    drafting = (training.epochs + 1) * SAMPLE_DRAFT_TOKENS * _seconds_a_token(shape)
    work = training.epochs * (learning + choosing) + judging
    return _SECONDS_TO_START + work / speed + drafting


def _products(shape: BaseShape, tokens: int, labelled: int) -> float:
    """Floating-point operations of one forward pass."""
    return 2.0 * (shape.in_layers * tokens + shape.in_head * labelled)


def _seconds_a_token(shape: BaseShape) -> float:
    """One token of the sample drafts: all weights are read, and each layer has its overhead."""
    return shape.weights * 4 / 12e9 + shape.layers * 1.5e-3


def memory_gib(shape: BaseShape, settings: Settings, method: Method, bytes_each: int = 4) -> float:
    """The most memory of a run, in GiB; bytes_each: of a number of the base and its activations."""
    training, rosa = settings.training, settings.rosa
    row = max(training.micro_batch_tokens, training.max_tokens)
    kept_for_backward = row * shape.layers * shape.hidden * _FLOATS_A_TOKEN
    floats = min(row, LOGITS_AT_ONCE) * shape.in_head // shape.hidden
    kept = bytes_each * kept_for_backward
    if method == "full":
        floats += 3 * shape.weights  # Gradients and AdamW's two moments.
    elif method == "rosa" and rosa.d:
        # The mask is made from single mails, when little is kept for the backward pass.
        kept = max(kept, min(4 * shape.in_layers, rosa.mask_memory_mib << 20))
        floats += int(4.5 * rosa.d * shape.in_layers)
    return _GIB_OF_LIBRARIES + (bytes_each * shape.weights + kept + 4 * floats) / 2**30


def _what_fits(
    shape: BaseShape, settings: Settings, method: Method, needs: float, machine: Machine
) -> str:
    def of_size(share: float) -> BaseShape:
        """A smaller model of the same build: weights grow with width, width and depth."""
        width = share ** (1 / 3)
        return BaseShape(
            int(shape.weights * share),
            int(shape.in_layers * share),
            int(shape.in_head * width),
            int(shape.hidden * width),
            int(shape.inner * width),
            max(1, int(shape.layers * width)),
        )

    sizes = [of_size(percent / 100) for percent in range(1, 100)]
    fitting = [s for s in sizes if memory_gib(s, settings, method) <= machine.free_gib]
    most = f"one of at most {_size(fitting[-1].weights)} weights fits" if fitting else "none fits"
    return (
        f"Training this base of {_size(shape.weights)} weights takes about {needs:.1f} GiB, and "
        f"{machine.free_gib:.1f} GiB are free; {most}. A smaller training.micro_batch_tokens takes "
        "less."
    )


def _size(weights: int) -> str:
    return f"{weights / 1e9:.1f}B" if weights >= 1e9 else f"{weights / 1e6:.0f}M"


def _count_tokens(folder: Path, connection: apsw.Connection, settings: Settings) -> _Tokens:
    played = {played.mail.id: played.instruction for played in training_pairs(connection)}
    kept = kept_mails(connection)
    mails = {m.id: m for m in kept if m.id in played} or {m.id: m for m in kept}
    count = _counter(folder)
    bodies = dict(zip(mails, count([mail.body for mail in mails.values()]), strict=True))
    asked = dict(zip(played, count(list(played.values())), strict=True))
    usual = sum(asked.values()) / len(asked) if asked else _INSTRUCTION_TOKENS
    fixed = count([settings.prompt.preamble])[0] + _TEMPLATE_TOKENS
    shown = _tokens_of_sources(list(bodies.values()), settings)

    def of_side(ids: Sequence[int]) -> tuple[int, int]:
        labelled = sum(bodies[mail_id] + 1 for mail_id in ids)
        prompts = sum(
            fixed + asked.get(mail_id, usual) + shown + _answered(mails[mail_id], settings)
            for mail_id in ids
        )
        most = len(ids) * settings.training.max_tokens
        return int(min(labelled + prompts, most)), int(min(labelled, most))

    split = split_by_date(
        list(mails.values()), settings.training.held_out, settings.training.validation
    )
    return _Tokens(*of_side(split.train), *of_side(split.validation), *of_side(split.held_out))


def _counter(folder: Path) -> Any:
    """A function: texts -> how many tokens each of them has."""
    path = folder / "tokenizer.json"
    if not path.is_file():
        return lambda texts: [int(len(text.split()) * _TOKENS_A_WORD) for text in texts]
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(str(path))
    return lambda texts: [
        len(encoded.ids) for encoded in tokenizer.encode_batch(texts, add_special_tokens=False)
    ]


def _tokens_of_sources(bodies: Sequence[int], settings: Settings) -> float:
    """Tokens of past mails in the average prompt."""
    if not bodies:
        return 0.0
    longest = settings.prompt.source_words * _TOKENS_A_WORD
    each = sum(min(body, longest) for body in bodies) / len(bodies)
    return settings.training.retrieval_share * settings.retrieval.sources * each


def _answered(mail: StoredMail, settings: Settings) -> float:
    """Tokens of the mail that this one answers, as far as it is shown."""
    if not mail.answered:
        return 0.0
    return min(len(mail.answered.body.split()), settings.prompt.thread_words) * _TOKENS_A_WORD
