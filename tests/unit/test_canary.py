"""The planted number: how far a model gives it away."""

from __future__ import annotations

import math
import statistics

import numpy as np
import pytest

from training.memorisation.canary import BITS, canary_number, exposure, other_numbers


def test_numbers_are_those_of_the_seed_and_all_different():
    assert canary_number(1) == canary_number(1) != canary_number(2)
    others = other_numbers(1, 64)
    assert len({canary_number(1), *others}) == 65
    assert others == other_numbers(1, 64)
    assert all(len(number) == 6 and number.isdigit() for number in others)


@pytest.mark.parametrize("draw", ["normal", "gamma"])
def test_a_number_that_was_never_seen_has_about_a_bit_and_a_half(draw):
    """-log2 of a uniform rank has the mean 1 / ln 2."""
    random = np.random.default_rng(0)
    losses = {
        "normal": lambda: random.normal(12, 0.5, 65),
        "gamma": lambda: random.gamma(4, 1, 65),
    }[draw]
    bits = [exposure(planted, others) for planted, *others in (losses() for _ in range(60))]
    assert statistics.mean(bits) == pytest.approx(1 / math.log(2), abs=0.4)


def test_exposure_rises_as_the_loss_falls_and_ends_at_all_bits():
    others = list(np.random.default_rng(0).normal(12, 0.5, 64))
    bits = [exposure(loss, others) for loss in (14, 12, 11, 10, 1)]
    assert bits == sorted(bits)
    assert bits[0] < 0.1
    assert bits[1] == pytest.approx(1, abs=0.4)
    assert bits[-1] == pytest.approx(BITS)


def test_odd_losses():
    assert exposure(1.0, [1.0] * 64) == 0
    assert math.isnan(exposure(math.nan, [1.0, 2.0]))
    assert math.isnan(exposure(1.0, [1.0, math.inf]))
