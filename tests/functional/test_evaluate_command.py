"""`panza-tui evaluate` on a home with mails; the models' answers are given."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
from conftest import Panza, bundled_messages
from safetensors.numpy import save_file
from transformers import AutoModelForCausalLM, AutoTokenizer

from engine.database import database
from engine.generators import Written
from engine.generators.loading import LoadedGenerator
from engine.home.home import Home
from engine.mail_base import MAIL_BASE
from panza_tui.jobs import contenders

PROBE = {"instruction": "Say that I come.", "kind": "role", "must": ["\\bi come\\b"]}


class Scripted:
    """A generator whose answers differ by model."""

    backend = "scripted"
    drafts = 0
    stop_after = 10**6

    def __init__(self, name: str) -> None:
        self.name = name

    def stream(self, messages, sampling, stopped=lambda: False) -> Iterator[str]:
        if Scripted.drafts >= Scripted.stop_after:
            raise KeyboardInterrupt
        Scripted.drafts += 1
        shown = "with" if "wrote before" in messages[-1].content else "without"
        yield f"Ahoy, I come. {self.name} {shown} mails."

    def stream_several(self, messages, samplings, on_piece, stopped=lambda: False):
        for number, _ in enumerate(samplings):
            for piece in self.stream(messages, None):
                on_piece(number, piece)
        return [Written(True, -1.0) for _ in samplings]

    def log_likelihood(self, messages, text) -> float:
        return -1.0

    def count_tokens(self, messages) -> int:
        return sum(len(message.content.split()) for message in messages)

    def close(self) -> None:
        """Nothing to free."""


@pytest.fixture
def judged_home(model_home: Home, tiny_base: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    """A home with the models 'lo' (rosa, the default) and 'low' (lora); two mails are held out."""
    with closing(database.connect(model_home.database)) as connection:
        ids = [number for (number,) in connection.execute("SELECT id FROM mails ORDER BY date")]
    for name, method in (("lo", "rosa"), ("low", "lora")):
        folder = model_home.model(name)
        folder.mkdir(exist_ok=True)
        (folder / "card.toml").write_text(
            f'name = "{name}"\nbase = "smollm2-135m-instruct"\nmethod = "{method}"\ncreated = 1\n'
            'state = "finished"\n[settings.training]\nseed = 3\ncanary = true\n'
        )
        weights = {"a": np.zeros((4, 5), np.float32), "mask": np.zeros(9, np.int32)}
        (folder / "adapter").mkdir()
        save_file(weights, folder / "adapter" / "adapter_model.safetensors")
        split = {"train": ids[:-2], "validation": [], "held_out": ids[-2:]}
        (folder / "split.json").write_text(json.dumps(split))
    model = AutoModelForCausalLM.from_pretrained(tiny_base).eval()
    loaded = model, AutoTokenizer.from_pretrained(tiny_base)
    monkeypatch.setattr(contenders, "load_transformers", lambda home, settings: lambda _: loaded)
    monkeypatch.setattr(
        contenders,
        "open_model",
        lambda *_, model, plain_base: LoadedGenerator(
            Scripted("base" if plain_base else model), "", ""
        ),
    )
    monkeypatch.setattr(Scripted, "drafts", 0)
    monkeypatch.setenv("PANZA_DRAFTING_CANDIDATES", "2")
    return model_home


def test_the_base_and_the_model_are_compared(judged_home: Home, panza: Panza) -> None:
    done = panza("evaluate", "--limit", "3")
    assert done.code == 0, done.err
    assert done.out.startswith("lo on smollm2-135m-instruct, 2 mails (held_out:playback)\n")
    for title in ("ROUGE-L", "telling", "attributed", "memorised", "exposure", "refusals"):
        assert title in done.out
        assert f"{title}: " in done.err
    assert "\nyour own mails" in done.out
    assert max(map(len, done.out.splitlines())) <= 92
    assert not judged_home.evaluation.exists()


def test_all_models_in_all_ways_with_probes_and_others(
    judged_home: Home, panza: Panza, tmp_path: Path
) -> None:
    probes, others = tmp_path / "probes.jsonl", tmp_path / "others.mbox"
    probes.write_text(json.dumps(PROBE))
    others.write_bytes(bundled_messages(60).replace(b"lo@finchandchain", b"bo@finchandchain"))
    options = ("evaluate", "--compare", "--probes", probes, "--others", others, "--limit", "2")
    done = panza(*options, "--json")
    assert done.code == 0, done.err
    report = json.loads(done.out)
    assert [row["row"] for row in report["rows"]] == [
        f"{model}{way}"
        for model in ("base", "lora", "rosa")
        for way in ("", ", best of 2", ", no past mails", ", no past mails, best of 2")
    ]
    assert [row["model"] for row in report["rows"]][4::4] == ["low", "lo"]
    for row in report["rows"]:
        assert row["trained_weights"] == (0 if row["method"] == "base" else 20)
        assert row["probes"] == row["probes_by_kind"]["role"] == 1
        assert 0 <= row["exposure"] <= 20
        assert row["intervals"]["loss"][0] <= row["loss"] <= row["intervals"]["loss"][1]
    drafts = report["drafts"][0]["drafts"]
    assert drafts["rosa, no past mails"] == "Ahoy, I come. lo without mails."
    assert drafts["base"] == "Ahoy, I come. base with mails."
    # Half of the others' mails are the writer's own, under another address.
    assert report["mails"].keys() >= {"attribution", "coverage", "memorised"}
    assert report["others_attributed"] is not None


def test_markdown_holds_the_tables_and_all_drafts(judged_home: Home, panza: Panza) -> None:
    done = panza("evaluate", "low", "--markdown", "--limit", "1")
    assert done.code == 0, done.err
    assert "| Sense |" in done.out
    assert "**lora**\n\n    Ahoy, I come. low with mails." in done.out


def test_compared_drafts_stand_side_by_side(
    judged_home: Home, panza: Panza, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "120")
    done = panza("evaluate", "--compare", "--limit", "1")
    assert done.code == 0, done.err
    assert any(
        line.split() == ["your", "own", "mail", "base", "base,", "best", "of", "2"]
        for line in done.out.splitlines()
    )


def test_an_interrupted_evaluation_is_resumed_by_the_same_command(
    judged_home: Home, panza: Panza, monkeypatch: pytest.MonkeyPatch
) -> None:
    options = ("evaluate", "--compare", "--limit", "2")
    whole = panza(*options)
    needed, Scripted.drafts = Scripted.drafts, 0
    monkeypatch.setattr(Scripted, "stop_after", 7)
    stopped = panza(*options)
    assert (stopped.code, stopped.out) == (130, "")
    assert "The same command goes on from there" in stopped.err
    assert judged_home.evaluation.stat().st_mode & 0o077 == 0
    monkeypatch.setattr(Scripted, "stop_after", 10**6)
    done = panza(*options)
    assert done.code == 0, done.err
    assert Scripted.drafts == needed
    assert done.out.count("lo with mails") == whole.out.count("lo with mails")
    assert not judged_home.evaluation.exists()


def test_a_forgotten_mail_is_not_in_the_unfinished_work(
    judged_home: Home, panza: Panza, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Scripted, "stop_after", 3)
    panza("evaluate")
    assert judged_home.evaluation.exists()
    assert panza("forget", "--mail", "1", "--yes").code == 0
    assert not judged_home.evaluation.exists()


def test_pairs_can_be_evaluated_before_any_training(
    judged_home: Home, panza: Panza, tmp_path: Path
) -> None:
    for name in ("lo", "low"):
        assert panza("forget", "--model", name, "--yes").code == 0
    refused = panza("evaluate")
    assert refused.code == 3
    pairs = tmp_path / "pairs.jsonl"
    pairs.write_text(json.dumps({"instruction": "Say that I come.", "mail": "Ahoy, I come."}))
    done = panza("evaluate", "--pairs", pairs, "--limit", "1", "--json")
    assert done.code == 0, done.err
    report = json.loads(done.out)
    assert (report["model"], report["split"]) == (MAIL_BASE, "pairs:pairs.jsonl")
    assert [row["row"] for row in report["rows"]] == ["base", "mail base"]


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("{", "probes.jsonl:1 is not a probe"),
        ('{"instruction": "x", "must": "one"}', "is not a probe"),
        ('{"instruction": "x", "must": ["("]}', "is not a probe"),
        ('{"instruction": "x"}', "is not a probe"),
        ("", "There are no probes"),
    ],
)
def test_invalid_probes_are_named(
    judged_home: Home, panza: Panza, tmp_path: Path, line: str, why: str
) -> None:
    probes = tmp_path / "probes.jsonl"
    probes.write_text(line)
    done = panza("evaluate", "--probes", probes)
    assert (done.code, done.out) == (2, "")
    assert why in done.err
    assert Scripted.drafts == 0


def test_others_without_mail_are_an_error_before_any_draft(
    judged_home: Home, panza: Panza, tmp_path: Path
) -> None:
    missing = panza("evaluate", "--others", tmp_path / "none.mbox")
    assert missing.code != 0
    assert missing.err.count("\n") == 1
    assert Scripted.drafts == 0
