"""Whether a processor is faster in bfloat16: measured once, and again where that is not known."""

from __future__ import annotations

import json

import pytest

from engine.home.home import Home
from training.bases import processor
from training.bases.processor import bfloat16_gain


@pytest.fixture
def home(tmp_path) -> Home:
    return Home(tmp_path).prepare()


@pytest.fixture
def measured(monkeypatch) -> list[float]:
    """Gains that the next measurements find, the last first; fails when there is none left."""
    gains = [1.0]
    monkeypatch.setattr(processor, "measure_gain", gains.pop)
    return gains


def new_process() -> None:
    bfloat16_gain.cache_clear()


def test_a_processor_is_measured_once_for_a_home(home, measured):
    measured[:] = [4.5]
    assert bfloat16_gain(home) == 4.5
    new_process()
    assert bfloat16_gain(home) == 4.5


def test_another_processor_is_measured_anew(home, measured, monkeypatch):
    measured[:] = [0.002, 4.5]
    assert bfloat16_gain(home) == 4.5
    new_process()
    monkeypatch.setattr(processor, "_processor", lambda: "another one")
    assert bfloat16_gain(home) == 0.002


@pytest.mark.parametrize("damaged", ["", "{", "[]", "null", '{"processor": 1}'])
def test_a_damaged_note_is_measured_anew(home, measured, damaged):
    measured[:] = [4.5]
    (home.cache / "processor.json").write_text(damaged)
    assert bfloat16_gain(home) == 4.5
    assert json.loads((home.cache / "processor.json").read_text())["bfloat16_gain"] == 4.5


def test_a_home_that_can_not_be_written_is_no_error(tmp_path, measured):
    measured[:] = [4.5]
    assert bfloat16_gain(Home(tmp_path / "none")) == 4.5


def test_a_real_measurement_is_a_ratio_of_times():
    assert 0 < processor.measure_gain() < 1000
