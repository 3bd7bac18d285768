"""llama.cpp and sentence-transformers give the same embedding."""

import stat
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from engine.home.home import Home
from engine.retrieval import embedder
from engine.retrieval.embedder_gguf import embedder_gguf

TEXTS = {
    "short": "Can we meet on Friday?",
    "longer than the embedder reads": "The figures of the third quarter are in the annex. " * 90,
    "Greek": "Καλημέρα Άννα, ευχαριστώ πολύ για το βιβλίο. Τα λέμε την Παρασκευή!",
    "Hindi": "नमस्ते, कल की बैठक के बारे में लिख रहा हूँ। धन्यवाद।",
    "Japanese": "明日の会議は十時からです。よろしくお願いします。",
    "a literal separator": "first [SEP] second [CLS] third [PAD]",
    "a word of 300 letters": "x" * 300 + " and more",
    "marks": "Straße — naïve café; 50% off!!! 🙂\tok\n\n-- \nTom",
    "control characters": "a\x00b\x07c",
    "white space": " \n ",
    "empty": "",
}


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    return Home(tmp_path_factory.mktemp("home")).prepare()


@pytest.fixture(scope="module")
def bulk(home: Home) -> dict[str, np.ndarray]:
    vectors = embedder.load_bulk_embedder(home)(list(TEXTS.values()))
    return dict(zip(TEXTS, vectors, strict=True))


@pytest.mark.parametrize("kind", TEXTS)
def test_both_ways_give_the_same_vector(home: Home, bulk: dict[str, np.ndarray], kind: str) -> None:
    query = embedder.embed_query(TEXTS[kind], home)
    assert query.shape == (embedder.DIMENSIONS,)
    assert query.dtype == np.float32
    assert np.linalg.norm(query) == pytest.approx(1.0, abs=1e-5)
    assert float(query @ bulk[kind]) >= 0.999


def test_different_texts_lie_apart(bulk: dict[str, np.ndarray]) -> None:
    assert float(bulk["short"] @ bulk["a word of 300 letters"]) < 0.5


def test_text_with_lone_surrogates_is_embedded(home: Home) -> None:
    # An argument with stray bytes reaches Python as lone surrogates.
    assert np.isfinite(embedder.embed_query("caf\udce9", home)).all()


def test_the_file_is_made_once_and_private(home: Home) -> None:
    path = embedder_gguf(home)
    made = path.stat()
    assert stat.S_IMODE(made.st_mode) == 0o600
    assert embedder_gguf(home).stat().st_mtime_ns == made.st_mtime_ns
    assert list(home.cache.glob("*.gguf")) == [path]


def test_a_damaged_file_is_rebuilt(home: Home, tmp_path: Path) -> None:
    other = Home(tmp_path).prepare()
    (other.cache / embedder_gguf(home).name).write_bytes(b"GGUF, torn")
    expected = embedder.embed_query("hello", home)
    assert np.array_equal(embedder.embed_query("hello", other), expected)


def test_embedding_a_query_imports_no_torch(home: Home) -> None:
    code = (
        "import sys; from pathlib import Path; from engine.home.home import Home\n"
        "from engine.retrieval.embedder import embed_query\n"
        f"embed_query('hello', Home(Path({str(home.root)!r})))\n"
        "sys.exit(bool({'torch', 'transformers'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")
