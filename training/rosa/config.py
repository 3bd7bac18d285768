"""The configuration of a RoSA adapter: rank, density and target modules."""

from __future__ import annotations

import copy
import enum
import math
from dataclasses import dataclass, field
from numbers import Integral, Real
from typing import Any

from peft import PeftConfig
from peft.utils.other import get_pattern_key


class _PeftType(str, enum.Enum):
    """Another member for peft.PeftType, an enum that can't be extended."""

    ROSA = "ROSA"


PEFT_TYPE = _PeftType.ROSA


@dataclass
class RosaConfig(PeftConfig):
    """Configuration of robust adaptation, RoSA (arXiv 2401.04679).

    The effective weight of an adapted layer is `W + (alpha / r)·B·A + S`, with A and B of rank `r`
    and S sparse. With `r=0` there is only the sparse part, with `d=0` only the low-rank part.

    Raises ValueError for a field out of its range.
    """

    r: int = field(
        default=8,
        metadata={"help": "Rank of the low-rank part; 0 for none."},
    )
    d: float = field(
        default=0.01,
        metadata={
            "help": (
                "Density of the sparse part: the share of each layer's weights that it may change, "
                "from 0 to 1; 0 for no sparse part."
            )
        },
    )
    alpha: float = field(
        default=16,
        metadata={"help": "The low-rank part is scaled by alpha / r; the sparse part is not."},
    )
    dropout: float = field(
        default=0.0,
        metadata={
            "help": "Dropout on the low-rank part's input while training, from 0 to below 1."
        },
    )
    target_modules: list[str] | str = field(
        default="all-linear",
        metadata={
            "help": (
                "The linear layers to adapt: a list of name suffixes, a regular expression for the "
                "full name, or 'all-linear' for all but the output layer."
            )
        },
    )
    exclude_modules: list[str] | str | None = field(
        default=None,
        metadata={"help": "Layers to exclude from `target_modules`, named in the same way."},
    )
    modules_to_save: list[str] | None = field(
        default=None,
        metadata={"help": "Modules besides the adapted layers to train and save in full."},
    )
    layers_to_transform: list[int] | int | None = field(
        default=None,
        metadata={"help": "With a list of `target_modules`: only the blocks at these indices."},
    )
    layers_pattern: list[str] | str | None = field(
        default=None,
        metadata={"help": "The name of the model's list of blocks; default: any."},
    )

    rank_pattern: dict[str, int] = field(
        default_factory=dict,
        metadata={"help": "Layer name, suffix or regular expression -> `r` of those layers."},
    )
    density_pattern: dict[str, float] = field(
        default_factory=dict,
        metadata={"help": "Layer name, suffix or regular expression -> `d` of those layers."},
    )
    alpha_pattern: dict[str, float] = field(
        default_factory=dict,
        metadata={"help": "Layer name, suffix or regular expression -> `alpha` of those layers."},
    )

    def __post_init__(self) -> None:
        super().__post_init__()
        self.peft_type = PEFT_TYPE
        for name, r in _with_patterns("r", self.r, "rank_pattern", self.rank_pattern):
            _require(isinstance(r, Integral) and _number(r) >= 0, name, r, "a whole number from 0")
        for name, d in _with_patterns("d", self.d, "density_pattern", self.density_pattern):
            _require(0 <= _number(d) <= 1, name, d, "a number from 0 to 1")
        for name, alpha in _with_patterns("alpha", self.alpha, "alpha_pattern", self.alpha_pattern):
            _require(math.isfinite(_number(alpha)), name, alpha, "a finite number")
        _require(0 <= _number(self.dropout) < 1, "dropout", self.dropout, "from 0 to below 1")
        patterns = (*self.rank_pattern.values(), *self.density_pattern.values())
        if self.r == 0 and self.d == 0 and not any(patterns):
            raise ValueError("r and d are both 0: there is nothing to train")
        if isinstance(self.target_modules, str) and self.layers_to_transform is not None:
            raise ValueError("layers_to_transform needs a list of target_modules, not a string")
        if self.layers_pattern and self.layers_to_transform is None:
            raise ValueError("layers_pattern needs layers_to_transform")

    def of_layer(self, name: str) -> RosaConfig:
        """The configuration of the layer with this full name, by the patterns."""
        config = copy.copy(self)
        config.r = _by_pattern(self.rank_pattern, name, self.r)
        config.d = _by_pattern(self.density_pattern, name, self.d)
        config.alpha = _by_pattern(self.alpha_pattern, name, self.alpha)
        return config


def _by_pattern(pattern: dict[str, Any], name: str, default: Any) -> Any:
    return pattern.get(get_pattern_key(list(pattern), name), default)


def _with_patterns(
    name: str, value: Any, pattern_name: str, pattern: dict[str, Any]
) -> list[tuple[str, Any]]:
    """A field and its pattern's values, each with its name for error messages."""
    return [(name, value), *((f"{pattern_name}[{key!r}]", v) for key, v in pattern.items())]


def _number(value: Any) -> float:
    """The number, or NaN, which is in no range, for anything else."""
    return float(value) if isinstance(value, Real) and not isinstance(value, bool) else math.nan


def _require(holds: bool, name: str, value: Any, what: str) -> None:
    if not holds:
        raise ValueError(f"{name} must be {what}, not {value!r}")
