"""A training run: finished, stopped, killed and resumed, with every method, on a tiny model."""

from __future__ import annotations

import dataclasses
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from conftest import write_tiny_base
from safetensors.torch import load_file

import training.run
from engine import database, settings
from engine.errors import NotReadyError, PanzaError, UsageError
from engine.events import EventLog, Failed, Finished, Metric, Progress, Started, follow, read_events
from engine.home import Home
from engine.mail.store import insert_mail
from engine.mail.types import Mail
from engine.models import read_card
from training.cards import write_card
from training.micro_batches import mean_loss
from training.personal_model import load_merged, load_personal
from training.rosa import masks_made
from training.run_folder import create_run, last_checkpoint, read_split

MAILS = 24
TOPICS = ["the boat", "your invoice", "the garden", "our trip", "the violin", "a new roof"]
SMALL = {
    "training.epochs": 2,
    "training.batch_size": 4,
    "training.micro_batch_tokens": 128,
    "training.retrieval_share": 0.0,
    "rosa.r": 4,
    "rosa.d": 0.02,
    "rosa.dropout": 0.1,
    "rosa.mask_warmup_steps": 4,
}


def a_mail(number: int) -> Mail:
    topic = TOPICS[number % len(TOPICS)]
    body = f"Ahoy Kim,\n\n{topic} is ready, number {number}. Shall we meet at {number % 12}?\n\nRo"
    return Mail(
        fingerprint=f"mail {number}",
        message_id=None,
        thread=f"thread {number}",
        date=1_700_000_000 + number * 86_400,
        date_known=True,
        sender="ro@example.org",
        recipients=(("Kim Lee", "kim@example.org"),),
        subject=topic,
        body=body,
        original=body,
        language="en",
        answered=None,
        left_out=None,
        source="made up",
    )


def defaults() -> settings.Settings:
    return settings.load_settings(environment={})


def fill(home: Home, count: int = MAILS) -> None:
    connection = database.connect(home.database)
    for number in range(count):
        insert_mail(connection, a_mail(number))
    connection.execute(
        "INSERT INTO instructions SELECT id, 'Say that ' || subject || ' is ready.', 'hand', '', 0 "
        "FROM mails"
    )
    connection.close()


@pytest.fixture(scope="module", autouse=True)
def _alone():
    """No settings file of this machine's user, and the signals as they were."""
    patch = pytest.MonkeyPatch()
    patch.setattr(settings, "user_config", lambda: Path("none such"))
    numbers = (signal.SIGINT, signal.SIGTERM)
    before = [signal.getsignal(number) for number in numbers]
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)
    for number, handler in zip(numbers, before, strict=True):
        signal.signal(number, handler)
    patch.undo()


@pytest.fixture(scope="module")
def base(tmp_path_factory) -> Path:
    home = Home(tmp_path_factory.mktemp("embedded")).prepare()
    return write_tiny_base(home, tmp_path_factory.mktemp("base") / "tiny", initializer_range=0.2)


@pytest.fixture(scope="module")
def home(tmp_path_factory) -> Home:
    home = Home(tmp_path_factory.mktemp("home")).prepare()
    fill(home)
    return home


@pytest.fixture
def begin(home, base):
    """(name, method, settings) -> the folder of a new run."""

    def make(name, method="rosa", max_steps=None, **changes):
        overrides = SMALL | {key.replace("__", "."): value for key, value in changes.items()}
        chosen = settings.load_settings(None, overrides | {"model.base": str(base)}, environment={})
        connection = database.connect(home.database)
        create_run(home, connection, chosen, method=method, name=name, max_steps=max_steps)
        connection.close()
        return home.model(name)

    return make


class Interrupting(EventLog):
    """Sends this process SIGINT as soon as a step is told of."""

    at: int = 0

    def __call__(self, event):
        super().__call__(event)
        if isinstance(event, Progress) and event.stage == "train" and event.done == self.at > 0:
            os.kill(os.getpid(), signal.SIGINT)


@pytest.fixture
def stop_after(home, monkeypatch):
    """Run a name in this process, with SIGINT in the middle of step `step`; gives the exit code."""

    def run(name: str, step: int) -> int:
        with monkeypatch.context() as patch:
            patch.setattr(training.run, "EventLog", Interrupting)
            patch.setattr(Interrupting, "at", step)
            return training.run.run(home, name)

    return run


def metrics(folder: Path) -> dict[tuple[int, str], float]:
    """(step, name of a figure) -> the figure; one that was told twice must be the same."""
    found: dict[tuple[int, str], float] = {}
    for event in read_events(folder / "events.jsonl"):
        if isinstance(event, Metric):
            for name, value in event.values.items():
                assert found.setdefault((event.step, name), value) == value
    return found


def adapter(folder: Path) -> dict[str, torch.Tensor]:
    return load_file(folder / "adapter" / "adapter_model.safetensors")


def lasting_figures(home: Home, name: str) -> dict[str, float]:
    figures = read_card(home, name).figures
    return {k: v for k, v in figures.items() if k not in ("seconds", "peak_memory_gib")}


def examples_of(home: Home, name: str, tokenizer):
    card = read_card(home, name)
    chosen = settings.from_toml_values(card.settings, "card")
    connection = database.connect(home.database)
    log = EventLog(Path(os.devnull))
    return training.run._load_data(home, connection, name, chosen, tokenizer, log)


@pytest.fixture(scope="module")
def whole_runs():
    """Names of uninterrupted runs that tests compare with, made once."""
    return set()


@pytest.fixture
def whole(home, begin, whole_runs):
    """The folder of a RoSA run that went through without a stop."""
    if "whole" not in whole_runs:
        begin("whole")
        assert training.run.run(home, "whole") == 0
        whole_runs.add("whole")
    return home.model("whole")


# --- one process, from start to end


def test_a_run_in_its_own_process_finishes_without_network(home, begin, tmp_path, base):
    (tmp_path / "sitecustomize.py").write_text(
        "import sys\n"
        "def audit(event, arguments):\n"
        "    if event in ('socket.connect', 'socket.getaddrinfo'):\n"
        "        raise RuntimeError(f'network: {event} {arguments}')\n"
        "sys.addaudithook(audit)\n"
    )
    folder = begin("own-process", "rosa")
    done = subprocess.run(
        # A relative home, as a person may type it.
        [sys.executable, "-m", "training.run", "--home", home.root.name, "own-process"],
        cwd=home.root.parent,
        env=os.environ | {"PYTHONPATH": str(tmp_path), "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    card = read_card(home, "own-process")
    assert card.state == "finished"
    assert {"train", "validation", "held_out"} <= set(card.data)
    assert card.figures["steps"] == 10
    assert card.figures["held_out_loss"] < card.figures["held_out_loss_base"]
    assert not (folder / "checkpoints").exists()
    told = read_events(folder / "events.jsonl")
    assert isinstance(told[0], Started)
    assert isinstance(told[-1], Finished)
    assert told[-1].result == card.figures
    steps = [event.done for event in told if isinstance(event, Progress)]
    assert steps == list(range(11))
    model, _ = load_personal(home, card, defaults(), dtype=torch.float32)
    assert masks_made(model)
    assert all(not path.stat().st_mode & 0o077 for path in folder.rglob("*"))


# --- figures


def test_two_epochs_that_are_no_better_end_a_run_and_the_best_is_kept(home, begin):
    # With this rate the loss rises again.
    folder = begin("best", training__epochs=30, training__learning_rate=0.3)
    assert training.run.run(home, "best") == 0
    card = read_card(home, "best")
    losses = [v for (_, name), v in metrics(folder).items() if name == "validation_loss"]
    assert len(losses) == losses.index(min(losses)) + 3 < 30
    model, tokenizer = load_personal(home, card, defaults(), dtype=torch.float32)
    data = examples_of(home, "best", tokenizer)
    assert card.figures["validation_loss"] == min(losses)
    assert mean_loss(model, data.validation, 512) == pytest.approx(min(losses), abs=1e-4)
    assert mean_loss(model, data.held_out, 512) == pytest.approx(
        card.figures["held_out_loss"], abs=1e-4
    )


# --- stopping and resuming


@pytest.mark.parametrize("step", [2, 4, 5, 7])
def test_a_stopped_and_resumed_rosa_run_is_the_uninterrupted_one(
    home, begin, stop_after, whole, step
):
    # Before the mask (step 4), as it is made, at an epoch's end (5), after it.
    name = f"stopped-{step}"
    folder = begin(name)
    assert stop_after(name, step) == 130
    assert read_card(home, name).state == "stopped"
    assert read_events(folder / "events.jsonl")[-1] == Failed(
        f"stopped after step {step}", resumable=True
    )
    assert last_checkpoint(folder).name == f"checkpoint-{step}"
    assert training.run.run(home, name) == 0
    started = [e for e in read_events(folder / "events.jsonl") if isinstance(e, Started)]
    assert [e.about["resumed_from"] for e in started] == [None, f"checkpoint-{step}"]
    assert metrics(folder) == metrics(whole)
    assert lasting_figures(home, name) == lasting_figures(home, "whole")
    expected = adapter(whole)
    assert adapter(folder).keys() == expected.keys()
    for key, value in adapter(folder).items():
        assert torch.equal(value, expected[key]), key


@pytest.mark.parametrize("method", ["lora", "full"])
def test_lora_and_full_runs_resume_exactly_too(home, begin, stop_after, method):
    begin(f"{method}-whole", method)
    assert training.run.run(home, f"{method}-whole") == 0
    begin(f"{method}-stopped", method)
    assert stop_after(f"{method}-stopped", 3) == 130
    assert training.run.run(home, f"{method}-stopped") == 0
    folders = [home.model(f"{method}-{how}") for how in ("whole", "stopped")]
    assert metrics(folders[0]) == metrics(folders[1])
    kept = "full/model" if method == "full" else "adapter/adapter_model"
    first, second = (load_file(folder / f"{kept}.safetensors") for folder in folders)
    assert all(torch.equal(first[key], second[key]) for key in first)
    card = read_card(home, f"{method}-whole")
    merged, tokenizer = load_merged(home, card, defaults())
    data = examples_of(home, card.name, tokenizer)
    assert mean_loss(merged, data.held_out, 512) == pytest.approx(
        card.figures["held_out_loss"], abs=1e-4
    )


def test_time_and_memory_of_the_stopped_part_count(home, begin, stop_after):
    begin("counted", "lora")
    stop_after("counted", 2)
    card = read_card(home, "counted")
    write_card(
        home,
        dataclasses.replace(
            card, figures=card.figures | {"seconds": 1000.0, "peak_memory_gib": 99.0}
        ),
    )
    assert training.run.run(home, "counted") == 0
    figures = read_card(home, "counted").figures
    assert 1000.0 < figures["seconds"] < 2000.0
    assert figures["peak_memory_gib"] == 99.0


def test_a_stop_before_a_step_is_made_keeps_the_run_startable(home, begin, stop_after, monkeypatch):
    folder = begin("early", "lora", max_steps=4)

    class Early(EventLog):
        def __call__(self, event):
            super().__call__(event)
            if isinstance(event, Started):
                os.kill(os.getpid(), signal.SIGTERM)

    def stop_early() -> Failed:
        with monkeypatch.context() as patch:
            patch.setattr(training.run, "EventLog", Early)
            assert training.run.run(home, "early") == 130
        assert read_card(home, "early").state == "stopped"
        return read_events(folder / "events.jsonl")[-1]

    assert stop_early() == Failed("stopped after step 0", resumable=True)
    assert stop_after("early", 2) == 130
    assert stop_early() == Failed("stopped after step 2", resumable=True)
    assert training.run.run(home, "early") == 0


def test_a_stop_after_the_last_step_changes_nothing(home, begin, stop_after):
    begin("late", "lora", max_steps=3)
    assert stop_after("late", 3) == 0
    assert read_card(home, "late").state == "finished"
    assert read_card(home, "late").figures["steps"] == 3


def test_a_torn_checkpoint_is_passed_over_and_removed(home, begin, stop_after, whole):
    folder = begin("torn")
    stop_after("torn", 7)
    good = folder / "checkpoints" / "checkpoint-7"
    for number, state in ((8, None), (9, '{"global_step": 9, "log_his'), (10, "[]")):
        torn = folder / "checkpoints" / f"checkpoint-{number}"
        torn.mkdir()
        (torn / "adapter_model.safetensors").write_bytes(b"half")
        if state is not None:
            (torn / "trainer_state.json").write_text(state)
    half_removed = folder / "checkpoints" / "checkpoint-3"  # The kill came as it was cleared away.
    half_removed.mkdir()
    (half_removed / "trainer_state.json").write_text('{"global_step": 3}')
    assert last_checkpoint(folder) == good
    assert stop_after("torn", 8) == 130
    assert last_checkpoint(folder).name == "checkpoint-8"
    assert training.run.run(home, "torn") == 0
    assert metrics(folder) == metrics(whole)
    assert all(torch.equal(v, adapter(whole)[k]) for k, v in adapter(folder).items())


# --- processes: signals, kills, and a second one


def start(home: Home, name: str) -> subprocess.Popen:
    return subprocess.Popen(
        [sys.executable, "-m", "training.run", "--home", str(home.root), name],
        cwd=home.root,
        env=os.environ | {"OMP_NUM_THREADS": "1"},
        stderr=subprocess.PIPE,
        text=True,
    )


def await_step(folder: Path, process: subprocess.Popen, step: int) -> None:
    for event in follow(folder / "events.jsonl", stop=lambda: process.poll() is not None):
        if isinstance(event, Progress) and event.stage == "train" and event.done >= step:
            return
    raise AssertionError(f"the run ended: {process.stderr.read()}")


def test_a_process_is_stopped_resumed_killed_and_resumed(home, begin, capfd, monkeypatch):
    # Too long to end by itself; without validation it has no patience either.
    folder = begin("long", "lora", training__epochs=1000, training__validation=0.0)
    first = start(home, "long")
    try:
        await_step(folder, first, 3)
        capfd.readouterr()
        monkeypatch.setattr("sys.argv", ["run", "--home", str(home.root), "long"])
        with pytest.raises(SystemExit) as second:
            training.run.main()
        assert second.value.code == 1
        error = capfd.readouterr().err
        assert f"the training run 'long' (process {first.pid})" in error
        assert error.count("\n") == 1
        first.send_signal(signal.SIGINT)
        first.communicate()
        assert first.returncode == 130
    finally:
        first.kill()
    assert read_card(home, "long").state == "stopped"
    stopped_at = int(last_checkpoint(folder).name.removeprefix("checkpoint-"))

    third = start(home, "long")
    try:
        await_step(folder, third, stopped_at + 12)
    finally:
        third.kill()
        third.communicate()
    assert read_card(home, "long").state == "started"
    told = read_events(folder / "events.jsonl")
    assert [e.about["resumed_from"] for e in told if isinstance(e, Started)][1] == (
        f"checkpoint-{stopped_at}"
    )
    left = last_checkpoint(folder)
    step = int(left.name.removeprefix("checkpoint-"))
    assert step > stopped_at
    assert len(list((folder / "checkpoints").iterdir())) <= 3  # two, and perhaps a torn one

    card = read_card(home, "long")
    write_card(home, dataclasses.replace(card, data=card.data | {"max_steps": step + 2}))
    assert training.run.run(home, "long") == 0
    started = [e for e in read_events(folder / "events.jsonl") if isinstance(e, Started)]
    assert started[-1].about["resumed_from"] == left.name
    assert read_card(home, "long").figures["steps"] == step + 2


# --- settings that leave something out


@pytest.mark.parametrize(
    ("name", "changes"),
    [
        ("sparse-only", {"rosa__r": 0}),
        ("low-rank-only", {"rosa__d": 0.0}),
        ("no-validation", {"training__validation": 0.0}),
        ("nothing-held-out", {"training__held_out": 0.0}),
        ("budget-below-one-mail", {"training__micro_batch_tokens": 32}),
        ("with-past-mails", {"training__retrieval_share": 1.0, "retrieval__sources": 2}),
        ("mask-at-once", {"rosa__mask_warmup_steps": 0}),
        ("mean-mask", {"rosa__mask_gradient": "mean", "rosa__mask_batches": 3}),
    ],
)
def test_a_run_without_some_part_finishes(home, begin, name, changes):
    folder = begin(name, max_steps=3, **changes)
    assert training.run.run(home, name) == 0
    card = read_card(home, name)
    assert card.state == "finished"
    assert card.figures["steps"] == 3
    assert ("held_out_loss" in card.figures) == (name != "nothing-held-out")
    assert ("validation_loss" in card.figures) == (name != "no-validation")
    model, _ = load_personal(home, card, defaults(), dtype=torch.float32)
    assert masks_made(model)
    # What is told can be read by any JSON reader.
    for line in (folder / "events.jsonl").read_text().splitlines():
        json.loads(line, parse_constant=lambda word: pytest.fail(word))


def test_so_few_mails_that_none_validates_still_train(tmp_path, base):
    home = Home(tmp_path / "home").prepare()
    fill(home, 20)
    chosen = settings.load_settings(
        None,
        SMALL | {"model.base": str(base), "training.validation": 0.01, "training.held_out": 0.02},
        environment={},
    )
    connection = database.connect(home.database)
    card = create_run(home, connection, chosen, method="lora", name="few", max_steps=1)
    assert read_split(home, "few").validation == ()
    assert card.data["validation"] == 0
    assert training.run.run(home, "few") == 0


def test_the_mails_may_be_written_to_while_a_run_reads_them(home, begin):
    begin("beside", "lora", max_steps=1)
    writer = database.connect(home.database)
    writer.execute("BEGIN IMMEDIATE")
    writer.execute("UPDATE mails SET body = 'not yet committed' WHERE id = 1")
    try:
        assert training.run.run(home, "beside") == 0
    finally:
        writer.execute("ROLLBACK")


# --- what is wrong is one plain line


def failed_with(home: Home, name: str, capfd) -> str:
    capfd.readouterr()
    assert training.run.run(home, name) == 1
    error = capfd.readouterr().err
    assert error.count("\n") == 1, error
    return error.strip()


def test_a_lost_split_is_one_plain_line(home, begin, capfd):
    folder = begin("no-split", "lora")
    (folder / "split.json").unlink()
    error = failed_with(home, "no-split", capfd)
    assert "split.json is lost or damaged; train 'no-split' anew" in error
    assert read_card(home, "no-split").state == "failed"
    assert read_events(folder / "events.jsonl")[-1] == Failed(error, resumable=False)


def test_a_damaged_card_is_one_plain_line(home, begin, capfd):
    folder = begin("no-card", "lora")
    (folder / "card.toml").write_text("base = ")
    assert "The card of model 'no-card' is damaged" in failed_with(home, "no-card", capfd)
    assert (folder / "card.toml").read_text() == "base = "


def test_a_lost_base_model_is_one_plain_line(home, begin, capfd):
    begin("no-base", "lora")
    card = read_card(home, "no-base")
    write_card(home, dataclasses.replace(card, base="/none/such"))
    assert "no base model '/none/such'" in failed_with(home, "no-base", capfd)


def test_a_finished_run_is_left_alone(home, begin, whole, capfd):
    before = adapter(whole)
    assert "finished" in failed_with(home, "whole", capfd)
    assert read_card(home, "whole").state == "finished"
    assert all(torch.equal(value, before[key]) for key, value in adapter(whole).items())


def test_a_run_whose_mails_changed_does_not_go_on(home, begin, stop_after, capfd):
    begin("changed", "lora")
    assert stop_after("changed", 1) == 130
    connection = database.connect(home.database)
    connection.execute("BEGIN")
    connection.execute("UPDATE instructions SET text = text || '!' WHERE mail_id = 3")
    connection.execute("COMMIT")
    try:
        assert "changed since the run 'changed' began" in failed_with(home, "changed", capfd)
        assert not read_events(home.model("changed") / "events.jsonl")[-1].resumable
    finally:
        connection.execute("UPDATE instructions SET text = rtrim(text, '!') WHERE mail_id = 3")


def test_a_loss_that_is_no_number_ends_the_run(home, begin, capfd, monkeypatch):
    folder = begin("diverged", "lora", max_steps=4, training__validation=0.0)
    real = training.run.MailTrainer.training_step

    def spoil(self, model, inputs, num_items_in_batch=None):
        if self.state.global_step == 2:
            with torch.no_grad():
                next(p for p in model.parameters() if p.requires_grad).fill_(float("nan"))
        return real(self, model, inputs, num_items_in_batch)

    monkeypatch.setattr(training.run.MailTrainer, "training_step", spoil)
    error = failed_with(home, "diverged", capfd)
    assert "The loss of step 3 is not a number" in error
    assert "learning_rate" in error
    assert read_card(home, "diverged").state == "failed"
    assert not (folder / "adapter").exists()


def test_a_disk_that_fills_up_in_a_checkpoint_harms_nothing(home, begin, stop_after, monkeypatch):
    folder = begin("full-disk", "lora")
    stop_after("full-disk", 2)
    with monkeypatch.context() as patch:

        def full(*arguments, **options):
            raise OSError(28, "No space left on device")

        patch.setattr(training.run.MailTrainer, "_save_checkpoint", full)
        assert training.run.run(home, "full-disk") == 1
    failure = read_events(folder / "events.jsonl")[-1]
    assert "No space left on device" in failure.error
    assert failure.resumable
    assert training.run.run(home, "full-disk") == 0


def test_a_run_that_does_not_exist_is_told(home):
    with pytest.raises(NotReadyError, match="There is no model 'nobody'"):
        training.run.run(home, "nobody")


def test_what_leaves_nothing_to_train_is_refused_before_anything_is_made(home, begin):
    with pytest.raises(UsageError, match=r"rosa\.r and rosa\.d"):
        begin("nothing", rosa__r=0, rosa__d=0.0)
    with pytest.raises(UsageError, match=r"rosa\.r"):
        begin("no-rank", "lora", rosa__r=0)
    assert not home.model("nothing").exists()


def test_a_taken_name_is_refused(begin, whole):
    with pytest.raises(PanzaError, match="There is a model 'whole' already"):
        begin("whole")


def test_a_base_named_relatively_is_kept_by_its_whole_path(home, base, monkeypatch):
    monkeypatch.chdir(base.parent)
    chosen = settings.load_settings(None, {"model.base": "tiny"}, environment={})
    connection = database.connect(home.database)
    card = create_run(home, connection, chosen, method="lora")
    assert card.base == str(base)
    assert card.name == "tiny-lora"
    assert create_run(home, connection, chosen, method="lora").name == "tiny-lora-2"
