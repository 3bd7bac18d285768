"""All commands in turn on the embedded model, with as few steps as possible."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
import torch
from conftest import WRITER, Panza, short_messages
from training_run.runs import start

from engine.database import database
from engine.events import Finished, Metric, Started, read_events
from engine.generators.hugging_face_tokenizer import HuggingFaceTokenizer
from engine.gguf_files.reading import metadata, open_gguf
from engine.home.home import Home
from engine.models.models import read_card
from engine.prompt.tokens import prompt_token_ids
from engine.settings import load_settings
from training.evaluation.pairs import build_prompts, held_out_pairs
from training.examples.tokens import build_example
from training.export.quantise import FILE_TYPES
from training.loop import samples
from training.loop.micro_batches import mean_loss
from training.personal_model import load_personal
from training.runs.past_mails import hidden_mails


@pytest.fixture(autouse=True)
def one_thread(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Use one thread: spinning threads waste most of the time on a busy machine."""
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def losses_of(home: Home, name: str, count: int) -> dict[str, float]:
    """Return nats per token of the first held-out mails, with the run's adapter and without."""
    settings, card = load_settings(), read_card(home, name)
    model, tokenizer = load_personal(home, card, settings, dtype=torch.float32)
    with closing(database.connect(home.database)) as connection:
        pairs = held_out_pairs(home, connection, card)[:count]
        hidden = hidden_mails(home, connection, card)
        prompts = build_prompts(
            [pair.request(hidden) for pair in pairs],
            home,
            connection,
            settings,
            lambda messages: len(prompt_token_ids(HuggingFaceTokenizer(tokenizer), messages)),
        )
    examples = [
        build_example(tokenizer, prompt.messages, pair.mail, max_tokens=4096)
        for pair, prompt in zip(pairs, prompts, strict=True)
    ]
    adapted = mean_loss(model, examples, 512)
    with model.disable_adapter():
        return {"adapted": adapted, "base": mean_loss(model, examples, 512)}


def write_instructions(home: Home, left: int) -> None:
    """Give all mails but the last few an instruction by hand: the model takes seconds for each."""
    with closing(database.connect(home.database)) as connection:
        connection.execute(
            "INSERT INTO instructions "
            "SELECT id, 'Say that the ' || subject || ' is ready.', 'hand', '', 0, '', '' "
            "FROM mails ORDER BY id LIMIT (SELECT count(*) - ? FROM mails)",
            (left,),
        )


def test_from_an_mbox_to_a_draft(
    home: Home,
    imported: Home,
    tmp_path: Path,
    panza: Panza,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # The mail base is there already; the tests of its merging make it anew.
    home.root.mkdir()
    home.cache.symlink_to(imported.cache)
    # Few and short mails, few steps, few tries, drafts of a few words; and the run is a copy of
    # this process. The app's own test has one that is started anew, with sample drafts at length.
    monkeypatch.setattr("training.runs.process.start_run", start)
    # The losses are compared with those in float32, whatever this processor is faster in.
    monkeypatch.setattr("training.personal_model.choose_dtype", lambda home, device: torch.float32)
    monkeypatch.setattr(samples, "SAMPLE_DRAFT_TOKENS", 8)
    monkeypatch.setattr("training.loop.canary_exposure.OTHERS", 16)
    monkeypatch.setenv("PANZA_PLAYBACK_ATTEMPTS", "1")
    monkeypatch.setenv("PANZA_PLAYBACK_MAIL_WORDS", "40")
    monkeypatch.setenv("PANZA_PLAYBACK_MAX_TOKENS", "12")
    monkeypatch.setenv("PANZA_ROSA_MASK_WARMUP_STEPS", "1")
    monkeypatch.setenv("PANZA_TRAINING_BATCH_SIZE", "4")
    monkeypatch.setenv("PANZA_TRAINING_HELD_OUT", "0.1")
    monkeypatch.setenv("PANZA_TRAINING_MAX_TOKENS", "128")
    monkeypatch.setenv("PANZA_DRAFTING_MAX_TOKENS", "12")
    archive = tmp_path / "sent.mbox"
    archive.write_bytes(short_messages())

    imported = panza("import", archive, "--me", WRITER)
    assert imported.code == 0, imported.err
    assert imported.err.endswith("Next: panza-tui playback\n")

    write_instructions(home, left=3)
    played = panza("playback")
    assert played.code == 0, played.err
    assert played.err.endswith("Next: panza-tui train\n")

    trained = panza("train", "--max-steps", "2", "--json")
    assert trained.code == 0, trained.err
    emitted = [json.loads(line)["event"] for line in trained.out.splitlines()]
    assert (emitted[0], emitted[-1]) == ("started", "finished")
    name = "mail-base-5-rosa"
    logged = read_events(home.model(name) / "events.jsonl")
    assert isinstance(logged[0], Started)
    assert isinstance(logged[-1], Finished)
    losses = [e.values["loss"] for e in logged if isinstance(e, Metric) and "loss" in e.values]
    assert len(losses) == 2
    assert trained.err.endswith(f"Next: panza-tui export {name}\n")

    exported = panza("export", "--ollama")
    assert exported.code == 0, exported.err
    gguf = home.model(name) / f"{name}-F16.gguf"
    assert exported.out == f"{gguf.with_name('Modelfile')}\n"
    assert f"FROM ./{gguf.name}\n" in gguf.with_name("Modelfile").read_text()
    values = metadata(open_gguf(gguf))
    assert values["general.name"] == name
    assert values["general.file_type"] == FILE_TYPES["F16"]

    drafts = {}
    for backend in ("auto", "transformers"):
        asked = panza("--ask", "Tell Ines that the wheel is ready", "--backend", backend, "--json")
        assert asked.code == 0, asked.err
        drafts[backend] = json.loads(asked.out)
        assert drafts[backend]["draft"].strip()
        assert drafts[backend]["sources"]
        assert drafts[backend]["model"] == name
    assert drafts["auto"]["backend"] == "llama-cpp"
    assert drafts["transformers"]["backend"] == "transformers"
    assert drafts["auto"]["prompt"] == drafts["transformers"]["prompt"]
    assert drafts["auto"]["tokens"]["prompt"] == drafts["transformers"]["tokens"]["prompt"]

    judged = panza("evaluate", "--limit", "2", "--json")
    assert judged.code == 0, judged.err
    report = json.loads(judged.out)
    assert {"model", "base", "split", "n", "rows", "drafts"} <= report.keys()
    assert report["n"] == 2
    _, base, personal = report["rows"]
    assert (base["method"], personal["method"]) == ("mail base", "rosa")
    for row in report["rows"]:
        assert {"method", "retrieval", "loss", "bleu", "rougeL", "chrf"} <= row.keys()
    expected = losses_of(home, name, count=2)
    assert personal["loss"] == pytest.approx(expected["adapted"], rel=1e-4)
    assert base["loss"] == pytest.approx(expected["base"], rel=1e-4)
    assert abs(expected["adapted"] - expected["base"]) > 1e-3  # Else the rows could be swapped.
    for record in report["drafts"]:
        assert record.keys() == {"instruction", "mail", "drafts"}

    status = json.loads(panza("status", "--json").out)
    assert status["default_model"] == name
    assert status["models"][0]["gguf"] == gguf.name
    assert status["models"][0]["state"] == "finished"
    assert status["mails"] == status["instructions"] == status["indexed"]
    assert status["next"].startswith("panza-tui --ask")
