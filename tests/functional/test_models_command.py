"""`panza-tui models`: what is on the disk and what it can do here; listing changes nothing."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest
from conftest import Panza
from tiny_ggufs import write_gguf

from engine.base_models import places
from engine.home.home import Home
from engine.mail_base import MAIL_BASE
from engine.models.packaged import EMBEDDED_BASE
from training.cost.machine import Machine


@pytest.fixture(autouse=True)
def _machine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A machine that was measured, whose user has a few models."""
    user = tmp_path / "user"
    user.mkdir()
    monkeypatch.setenv("HOME", str(user))
    monkeypatch.setenv("OLLAMA_MODELS", str(user / "ollama"))
    monkeypatch.setattr(places, "_hub_cache", lambda: user / "hub")
    machine = Machine("cpu", 100.0, 4, 6.0)
    monkeypatch.setattr("training.cost.estimate.measure_machine", lambda *sizes: machine)


def in_lm_studio(name: str, *arguments: object, **options: object) -> Path:
    path = Path.home() / ".lmstudio" / "models" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    return write_gguf(path, *arguments, **options)  # type: ignore[arg-type]


def in_ollama(name: str, gguf: Path) -> Path:
    store = Path.home() / "ollama"
    digest = hashlib.sha256(gguf.read_bytes()).hexdigest()
    blob = store / "blobs" / f"sha256-{digest}"
    blob.parent.mkdir(parents=True)
    gguf.rename(blob)
    layer = {"mediaType": "application/vnd.ollama.image.model", "digest": f"sha256:{digest}"}
    manifest = store / "manifests/registry.ollama.ai/library" / name / "latest"
    manifest.parent.mkdir(parents=True)
    manifest.write_text(json.dumps({"layers": [layer]}))
    return blob


def test_each_kind_of_model_is_listed_with_what_it_can_do(mails_home: Home, panza: Panza) -> None:
    good = in_lm_studio("a/good.gguf", "qwen2", general={"general.license": "mit"})
    strange = in_lm_studio("a/strange.gguf", "rwkv6")
    bare = in_lm_studio("a/bare.gguf", "llama", template=None)
    cut = in_lm_studio("a/cut.gguf", "llama")
    cut.write_bytes(cut.read_bytes()[:5000])
    projector = in_lm_studio("a/mmproj.gguf", "clip")
    blob = in_ollama("pulled", in_lm_studio("pulled.gguf", "gemma2", seed=7))

    done = panza("models", "--json")
    assert done.code == 0
    found = {entry["base"]: entry for entry in json.loads(done.out)["bases"]}
    assert list(found)[:2] == [MAIL_BASE, EMBEDDED_BASE]
    assert set(found) == {
        MAIL_BASE,
        EMBEDDED_BASE,
        "ollama:pulled:latest",
        *map(str, (good, strange, bare, cut, projector)),
    }
    entry = found[str(good)]
    facts = ("kind", "architecture", "licence", "bytes", "files", "chat_template", "training")
    assert [entry[fact] for fact in facts] == [
        "GGUF",
        "qwen2",
        "mit",
        good.stat().st_size,
        1,
        True,
        "fits",
    ]
    assert entry["minutes"] > 0 < entry["memory_gib"] < entry["free_gib"] == 6.0
    assert entry["cant_draft"] == entry["cant_train"] == entry["cant_export"] == ""
    assert found["ollama:pulled:latest"]["path"] == str(blob)
    assert found["ollama:pulled:latest"]["training"] == "fits"
    assert found[str(strange)]["cant_draft"] == ""
    assert "only draft here" in found[str(strange)]["cant_train"]
    for path, why in ((bare, "chat template"), (cut, "cut short"), (projector, "mmproj")):
        assert why in found[str(path)]["cant_draft"]
        assert found[str(path)]["training"] == "no"

    listed = panza("models").out
    assert "~/.lmstudio/models/a/good.gguf" in listed
    assert "licence mit" in listed
    assert "trains: fits: about" in listed
    assert "can't be used: " in listed
    assert not list(mails_home.cache.glob("base-*"))


def test_a_base_that_is_too_large_says_what_fits(
    mails_home: Home, panza: Panza, monkeypatch: pytest.MonkeyPatch
) -> None:
    machine = Machine("cpu", 100.0, 4, 0.1)
    monkeypatch.setattr("training.cost.estimate.measure_machine", lambda *sizes: machine)
    first = json.loads(panza("models", "--json").out)["bases"][0]
    assert first["training"] == "won't fit"
    assert "GiB are free" in first["trouble"]


def test_without_a_home_the_bases_are_listed_and_nothing_is_made(home: Home, panza: Panza) -> None:
    in_lm_studio("good.gguf", "qwen3", {"attention.key_length": 16, "attention.value_length": 16})
    done = panza("models")
    assert done.code == 0
    assert "none yet" in done.out
    assert "good.gguf" in done.out
    assert "known once there is mail" in done.out
    assert not home.root.exists()


def test_a_control_character_in_a_file_s_name_or_licence_is_not_printed(
    home: Home, panza: Panza
) -> None:
    in_lm_studio("a\x1b[31mb.gguf", general={"general.license": "mit\x1b]0;x\x07"})
    out = panza("models").out
    assert "\x1b" not in out
    assert "\x07" not in out
