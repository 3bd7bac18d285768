"""What an importance matrix from the user's mails gains at Q4_K_M, with the embedded model.

    python -m tests.bench.bench_importance [--tokens N]

The matrix is of mails of the written corpus; the losses are of others, and are compared with the
PyTorch model's.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from pathlib import Path

from engine.gguf_files.patching import patch_gguf
from engine.gguf_files.stored import open_stored
from engine.home import Home
from engine.packaged_models import EMBEDDED_BASE, embedded_base_gguf
from training.bases.base_model import load_tokenizer, resolve_base
from training.export import verify
from training.export.placing import Placement, place_weights, tensor_name
from training.export.quantise import tensor_kinds
from training.export.safetensors_rows import FolderWeights
from training.export.streaming import StreamedModel
from training.export.trained import TrainedWeights

_CORPUS = Path(__file__).parents[2] / "training" / "corpus"


def mails() -> list[str]:
    """The corpus's mails, those of different files by turns."""
    files = [path.read_text(encoding="utf-8").splitlines() for path in _CORPUS.glob("*.jsonl")]
    lines = [line for group in zip(*files, strict=False) for line in group]
    return [json.loads(line)["mail"] for line in lines]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tokens", type=int, default=4000)
    verify.ENOUGH_TOKENS = parser.parse_args().tokens
    with tempfile.TemporaryDirectory() as folder:
        compare(Path(folder))


def compare(folder: Path) -> None:
    home = Home(folder / "home").prepare()
    base = resolve_base(home, EMBEDDED_BASE, allow_download=False)
    tokenizer = load_tokenizer(base)
    stored = FolderWeights(base)
    weights = TrainedWeights(stored, stored, None)
    source = open_stored(embedded_base_gguf(home))
    places: dict[str, Placement] = place_weights(weights, source)
    texts = mails()
    half = len(texts) // 2
    own, others = (verify.cut_windows(tokenizer, t) for t in (texts[:half], texts[half:]))
    model = StreamedModel(base, weights)
    expected = model.losses(others, lambda done: None)
    measured = StreamedModel(base, weights)
    measured.losses(own, lambda done: None)
    importance = {tensor_name(n, source): s for n, s in measured.column_squares.items()}
    changes = {name: place.change(weights.rows) for name, place in places.items()}
    for kind in ("Q8_0", "Q5_K_M", "Q4_K_M"):
        kinds = tensor_kinds(source, set(places), kind, folder)
        for name, matrix in (("without", {}), ("with", importance)):
            path = folder / "a.gguf"
            patch_gguf(source, path, changes, kinds, importance=matrix)
            losses = verify.gguf_losses(path, others, threads=1, progress=lambda done: None)
            result = verify.compare(expected, losses)
            print(kind, name, result, f"{result.change:.4f}", flush=True)


if __name__ == "__main__":
    main()
