"""Base models on the disk: Ollama's store, other programs' folders, the Hugging Face cache."""

import hashlib
import json

import pytest
from tiny_ggufs import write_gguf

from engine.base_models import ollama, places
from engine.base_models.resolve import absolute_base, locate
from engine.errors import PanzaError
from engine.home.home import Home
from engine.models.models import base_gguf


@pytest.fixture(name="store")
def _store(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path / "user"))
    monkeypatch.setenv("OLLAMA_MODELS", str(tmp_path / "ollama"))
    for name in ("LLAMA_CACHE", "XDG_CACHE_HOME"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path / "ollama"


@pytest.fixture(name="home")
def _home(tmp_path):
    return Home(tmp_path / "home").prepare()


def pull(store, name, content=b"GGUF", **layers):
    """Put a model into the store as Ollama does. name: registry/namespace/name/tag."""
    blobs = store / "blobs"
    blobs.mkdir(parents=True, exist_ok=True)
    listed = []
    for kind, data in {"model": content, **layers}.items():
        digest = hashlib.sha256(data).hexdigest()
        (blobs / f"sha256-{digest}").write_bytes(data)
        media = f"application/vnd.ollama.image.{kind}"
        listed.append({"mediaType": media, "digest": f"sha256:{digest}", "size": len(data)})
    manifest = store / "manifests" / name
    manifest.parent.mkdir(parents=True, exist_ok=True)
    manifest.write_text(json.dumps({"schemaVersion": 2, "layers": listed}))
    return blobs / f"sha256-{hashlib.sha256(content).hexdigest()}"


def test_ollamas_models_are_found_by_the_names_that_ollama_shows(home, store):
    blobs = {
        "qwen2.5:0.5b": pull(store, "registry.ollama.ai/library/qwen2.5/0.5b", b"GGUF1"),
        "llama3:latest": pull(store, "registry.ollama.ai/library/llama3/latest", b"GGUF2"),
        "sam/own:7b": pull(store, "registry.ollama.ai/sam/own/7b", b"GGUF3"),
        "hf.co/bartowski/x-GGUF:Q4_K_M": pull(store, "hf.co/bartowski/x-GGUF/Q4_K_M", b"GGUF4"),
    }
    assert {model.name: model.gguf for model in ollama.list_models()} == blobs
    for name, blob in blobs.items():
        assert locate(home, f"ollama:{name}") == blob
        assert base_gguf(home, f"ollama:{name}") == blob
    assert locate(home, "ollama:llama3") == blobs["llama3:latest"]


def test_the_first_line_of_the_licence_is_kept(store):
    licence = b"\n  Apache License\nVersion 2.0"
    pull(store, "registry.ollama.ai/library/a/latest", license=licence)
    assert ollama.list_models()[0].licence == "Apache License"


@pytest.mark.parametrize(
    ("base", "why"),
    [
        ("ollama:nowhere", "it has: ollama:a:latest"),
        ("ollama:../../etc/passwd", "names no model"),
        ("ollama:", "names no model"),
        ("ollama:a:b:c", "names no model"),
        ("ollama:a/b/c/d", "names no model"),
    ],
)
def test_a_wrong_name_says_what_is_there(home, store, base, why):
    pull(store, "registry.ollama.ai/library/a/latest")
    with pytest.raises(PanzaError, match=why):
        locate(home, base)


@pytest.mark.parametrize(
    "manifest",
    [
        "{",
        "[]",
        "{}",
        '{"layers": 3}',
        '{"layers": [{"mediaType": "application/vnd.ollama.image.model", "digest": "../../x"}]}',
        '{"layers": [{"mediaType": "application/vnd.ollama.image.model", "digest": 5}]}',
        '{"layers": []}',
        "[" * 5000,
    ],
)
def test_a_damaged_manifest_is_one_plain_line_and_hides_no_other_model(home, store, manifest):
    pull(store, "registry.ollama.ai/library/good/latest")
    path = store / "manifests/registry.ollama.ai/library/bad/latest"
    path.parent.mkdir(parents=True)
    path.write_text(manifest)
    with pytest.raises(PanzaError, match="damaged, or names no weights"):
        locate(home, "ollama:bad")
    assert [model.name for model in ollama.list_models()] == ["good:latest"]


def test_a_missing_blob_and_an_adapter_are_said(home, store):
    pull(store, "registry.ollama.ai/library/gone/latest", b"GGUF-gone").unlink()
    with pytest.raises(PanzaError, match="pull the model again"):
        locate(home, "ollama:gone")
    pull(store, "registry.ollama.ai/library/tuned/latest", adapter=b"GGUF-lora")
    with pytest.raises(PanzaError, match="LoRA adapter"):
        locate(home, "ollama:tuned")


def touch(path):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"GGUF")
    return path


def test_ggufs_are_found_in_the_folders_of_other_programs(store, tmp_path, monkeypatch):
    user = tmp_path / "user"
    wanted = [
        touch(user / ".lmstudio/models/lmstudio-community/Qwen/q.gguf"),
        touch(user / ".cache/lm-studio/models/a/b/old.gguf"),
        touch(user / ".local/share/nomic.ai/GPT4All/orca.gguf"),
        touch(user / ".cache/llama.cpp/cached.gguf"),
        touch(user / ".local/share/Jan/data/llamacpp/models/j/model.gguf"),
        touch(tmp_path / "llama-cache" / "own.gguf"),
        touch(user / ".lmstudio/models/x/big-00001-of-00002.gguf"),
    ]
    touch(user / ".lmstudio/models/x/big-00002-of-00002.gguf")
    touch(user / ".lmstudio/models/x/notes.txt")
    outside = touch(tmp_path / "outside" / "secret.gguf")
    (user / ".lmstudio/models/link.gguf").symlink_to(outside)
    (user / ".lmstudio/models/folder").symlink_to(outside.parent)
    monkeypatch.setenv("LLAMA_CACHE", str(tmp_path / "llama-cache"))
    monkeypatch.setattr(places, "_hub_cache", lambda: tmp_path / "no-hub")
    assert sorted(places.gguf_files()) == sorted(wanted)


def hub_model(cache, repository, files):
    """Put files into the Hugging Face cache, as links from the snapshot to the blobs."""
    folder = cache / f"models--{repository.replace('/', '--')}"
    snapshot = folder / "snapshots" / ("0" * 40)
    snapshot.mkdir(parents=True)
    (folder / "blobs").mkdir()
    for number, name in enumerate(files):
        blob = folder / "blobs" / f"{number:064}"
        blob.write_bytes(b"GGUF")
        (snapshot / name).symlink_to(blob)
    return snapshot


def test_the_hugging_face_cache_has_folders_and_ggufs(store, tmp_path, monkeypatch):
    cache = tmp_path / "hub"
    monkeypatch.setattr(places, "_hub_cache", lambda: cache)
    whole = hub_model(cache, "Qwen/Qwen2.5-0.5B", ["config.json", "model.safetensors"])
    ggufs = hub_model(cache, "Qwen/Qwen2.5-GGUF", ["q4.gguf", "README.md"])
    (ggufs / "elsewhere.gguf").symlink_to(touch(tmp_path / "elsewhere.gguf"))
    assert places.hub_ids() == {"Qwen/Qwen2.5-0.5B": whole}
    assert places.gguf_files() == [ggufs / "q4.gguf"]


def test_a_path_is_a_gguf_or_a_folder(home, tmp_path, monkeypatch):
    (tmp_path / "models").mkdir()
    path = write_gguf(tmp_path / "models" / "a.gguf")
    assert locate(home, str(path)) == path
    monkeypatch.chdir(tmp_path)
    assert locate(home, "models/a.gguf") == path
    assert absolute_base("models/a.gguf") == str(path)
    assert absolute_base("Qwen/Qwen2.5") == "Qwen/Qwen2.5"
    assert locate(home, "models") == path  # Its only model.
    touch(tmp_path / "models" / "mmproj-a.gguf")
    assert locate(home, "models") == path
    touch(tmp_path / "models" / "b.gguf")
    with pytest.raises(PanzaError, match=r"a\.gguf, b\.gguf"):
        locate(home, "models")
    (tmp_path / "models" / "config.json").write_text("{}")
    assert locate(home, "models") == tmp_path / "models"
    (tmp_path / "models" / "b.gguf").unlink()
    (tmp_path / "models" / "config.json").unlink()
    (tmp_path / "models" / "work").mkdir()
    monkeypatch.chdir(tmp_path / "models" / "work")
    for base in ("..", "../", "./..", "../..", "work/.."):
        with pytest.raises(PanzaError, match="names no base model"):
            locate(home, base)
        with pytest.raises(PanzaError, match="names no base model"):
            absolute_base(base)
    assert locate(home, "../a.gguf") is not None
    for base in ("", "no/such", "no.gguf", "a\0b", "~nobody-here/x", "x" * 300):
        assert locate(home, base) is None
