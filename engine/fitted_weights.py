"""Weights of features, fitted by the commands in `training`, and what they make of a text."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path

import tomli


@cache
def read_weights(path: Path) -> dict[str, float]:
    """Return the weights in a TOML file: feature -> weight."""
    return tomli.loads(path.read_text(encoding="utf-8"))


ClassWeights = Mapping[str, Mapping[str, float]]
"""class -> feature -> weight"""


@cache
def read_class_weights(path: Path) -> ClassWeights:
    """Return the weights in a TOML file with a table for each class."""
    return tomli.loads(path.read_text(encoding="utf-8"))


def weighed(features: Mapping[str, float], weights: Mapping[str, float]) -> float:
    """Return the sum of the features, each times its weight, 0 for one without."""
    return sum(weights.get(name, 0.0) * value for name, value in features.items())
