"""What an importance matrix of the user's mails gains in a quantised export of a trained model.

    python -m tests.bench.bench_importance HOME NAME [--threads N] [--cases N]

The matrix is of mails that model NAME was trained on, the losses are of its validation and held-out
mails after their own instructions. "even" is a matrix of equal numbers: with any, llama.cpp
searches longer for the steps of a block. Two losses: of llama.cpp, which also rounds what it
multiplies the weights with, and of PyTorch with the file's weights. For each: nats per token, the
difference to the same kind without a matrix with its interval over the choice of mails, and how far
a token's loss is from the trained model's on average.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np

from engine.database import database
from engine.events import silent
from engine.gguf_files.patching import patch_gguf
from engine.gguf_files.stored import open_stored
from engine.home.home import Home
from engine.models.models import read_card, trained_weights
from engine.settings import from_toml_values
from training.bases.base_model import load_tokenizer, resolve_base_of
from training.evaluation import bootstrap
from training.examples.make_examples import make_examples
from training.examples.training_pairs import training_pairs
from training.export import verify
from training.export.base_file import base_gguf
from training.export.base_weights import GgufWeights
from training.export.importance import importance_matrix
from training.export.placing import place_weights
from training.export.quantise import tensor_kinds
from training.export.streaming import StreamedModel
from training.export.trained import TrainedWeights, load_trained
from training.runs.run_folder import read_split

_TOKENS = 2000
_CASES: tuple[tuple[str, str, dict[str, str]], ...] = (
    ("Q4_K_M", "none", {}),
    ("Q4_K_M", f"{_TOKENS} tokens", {}),
    ("Q4_K_M", "even", {}),
    ("Q4_K_M", "all training mails", {}),
    ("Q4_K_M", "the judged mails", {}),
    ("Q4_K_M, rows of 576 in Q4_0", "none", {"Q5_0": "Q4_0"}),
    ("Q4_K_M, rows of 576 in Q4_0", f"{_TOKENS} tokens", {"Q5_0": "Q4_0"}),
    ("Q4_K_M, rows of 576 in Q4_0", "even", {"Q5_0": "Q4_0"}),
    ("Q5_K_M", "none", {}),
    ("Q5_K_M", f"{_TOKENS} tokens", {}),
)
"""Name, matrix, and kinds that are replaced by others."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("home", type=Path)
    parser.add_argument("name")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--cases", type=int, default=len(_CASES))
    arguments = parser.parse_args()
    home = Home(arguments.home)
    with tempfile.TemporaryDirectory() as folder:
        compare(home, arguments.name, Path(folder), arguments.threads, arguments.cases)


def windows_of(home: Home, name: str, tokenizer: Any) -> tuple[list[str], list[verify.Window]]:
    """The mails to make a matrix of, newest first, and those to judge as windows."""
    settings = from_toml_values(read_card(home, name).settings, "the card")
    split = read_split(home, name)
    with closing(database.connect_to_read(home.database)) as connection:
        pairs = {pair.mail.id: pair for pair in training_pairs(connection)}
        others = [pairs[key] for key in (*split.validation, *split.held_out) if key in pairs]
        examples = make_examples(others, {}, connection, settings, tokenizer, silent)
    known = [pairs[key] for key in split.train if key in pairs]
    known.sort(key=lambda pair: (pair.mail.date, pair.mail.id), reverse=True)
    windows = [(list(example.token_ids), example.prompt_tokens) for example in examples]
    return [pair.mail.body for pair in known], windows


def squares_of(
    texts: list[str], tokens: int, tokenizer: Any, base: Path, weights: TrainedWeights
) -> dict[str, np.ndarray]:
    verify.ENOUGH_TOKENS = tokens
    model = StreamedModel(base, weights)
    windows = verify.cut_windows(tokenizer, texts)
    model.losses(windows, lambda done: None)
    print(f"a matrix of {verify.predicted_tokens(windows)} tokens of mails")
    return model.column_squares


def compare(home: Home, name: str, folder: Path, threads: int, cases: int) -> None:
    card = read_card(home, name)
    base = resolve_base_of(home, card, allow_download=False, unpacked=False)
    tokenizer = load_tokenizer(base)
    weights = load_trained(card, trained_weights(home, card), base)
    source = open_stored(
        base_gguf(home, card, base, weights, tokenizer, folder, lambda done, total: None)
    )
    places = place_weights(weights, source)
    changes = {name: place.change(weights.rows) for name, place in places.items()}
    texts, judged = windows_of(home, name, tokenizer)
    sizes = np.array([len(ids) - start for ids, start in judged])

    def by_mail(losses: np.ndarray) -> np.ndarray:
        return np.array([part.sum() for part in np.split(losses, np.cumsum(sizes)[:-1])])

    model = StreamedModel(base, weights)
    exact = model.losses(judged, lambda done: None)
    print(f"{len(judged)} mails, {sizes.sum()} tokens; loss {exact.mean():.4f}", flush=True)
    squares = {"none": {}, "the judged mails": model.column_squares}
    without: list[np.ndarray] = []
    for kind, matrix, replaced in _CASES[:cases]:
        if matrix not in squares and matrix != "even":
            tokens = _TOKENS if matrix == f"{_TOKENS} tokens" else 1_000_000
            squares[matrix] = squares_of(texts, tokens, tokenizer, base, weights)
        if matrix == "even":
            known = squares[f"{_TOKENS} tokens"]
            squares[matrix] = {weight: np.ones_like(square) for weight, square in known.items()}
        named = tensor_kinds(source, set(places), kind.partition(",")[0], folder)
        kinds = {tensor: replaced.get(stored, stored) for tensor, stored in named.items()}
        importance = importance_matrix(squares[matrix], source, kinds)
        path = folder / "a.gguf"
        began = time.monotonic()
        patch_gguf(source, path, changes, kinds, importance=importance, threads=threads)
        seconds = time.monotonic() - began
        stored_weights = TrainedWeights(GgufWeights(base, path), None, None)
        losses = [
            verify.gguf_losses(path, judged, threads=threads, progress=lambda done: None),
            StreamedModel(base, stored_weights).losses(judged, lambda done: None),
        ]
        if matrix == "none":
            without = losses
        columns = []
        for found, other in zip(losses, without, strict=True):
            change = bootstrap.ratio(by_mail(found - other).tolist(), sizes.tolist())
            interval = f"{change.value:+.4f} ({change.low:+.4f} to {change.high:+.4f})"
            columns += [f"{found.mean():.4f}", interval, f"{np.abs(found - exact).mean():.4f}"]
        size = path.stat().st_size / 1e6
        print(
            f"| {kind} | {matrix} | {' | '.join(columns)} | {seconds:.0f} | {size:.0f} |",
            flush=True,
        )


if __name__ == "__main__":
    main()
