"""What a RoSA adapter is made of: rank, density and the layers it sits on."""

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
    """One more of what peft.PeftType lists, which itself can't be added to."""

    ROSA = "ROSA"


PEFT_TYPE = _PeftType.ROSA


@dataclass
class RosaConfig(PeftConfig):
    """Configuration of robust adaptation, RoSA (arXiv 2401.04679).

    The effective weight of an adapted layer is `W + (alpha / r)·B·A + S`, with A and B of rank `r`
    and S sparse. `r=0` leaves the sparse part alone, `d=0` the low-rank part.

    Raises ValueError when a field is out of its range.
    """

    r: int = field(
        default=8,
        metadata={"help": "Rank of the low-rank part; 0 leaves it out."},
    )
    d: float = field(
        default=0.01,
        metadata={
            "help": (
                "Density of the sparse part: the share of each layer's weights that it may change, "
                "from 0 to 1; 0 leaves it out."
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
                "The linear layers to adapt: a list of name endings, a regular expression for the "
                "whole name, or 'all-linear' for all but the output layer."
            )
        },
    )
    exclude_modules: list[str] | str | None = field(
        default=None,
        metadata={"help": "Layers to leave out of `target_modules`, named in the same way."},
    )
    modules_to_save: list[str] | None = field(
        default=None,
        metadata={"help": "Modules beside the adapted layers to train and save as a whole."},
    )
    layers_to_transform: list[int] | int | None = field(
        default=None,
        metadata={"help": "With a list of `target_modules`: only in blocks of these numbers."},
    )
    layers_pattern: list[str] | str | None = field(
        default=None,
        metadata={"help": "What the list of blocks is called in the model; default: any name."},
    )

    rank_pattern: dict[str, int] = field(
        default_factory=dict,
        metadata={"help": "Layer name, its ending or a regular expression -> its own `r`."},
    )
    density_pattern: dict[str, float] = field(
        default_factory=dict,
        metadata={"help": "Layer name, its ending or a regular expression -> its own `d`."},
    )
    alpha_pattern: dict[str, float] = field(
        default_factory=dict,
        metadata={"help": "Layer name, its ending or a regular expression -> its own `alpha`."},
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
            raise ValueError("r and d are both 0: there would be nothing to train")
        if isinstance(self.target_modules, str) and self.layers_to_transform is not None:
            raise ValueError("layers_to_transform needs a list of target_modules, not a text")
        if self.layers_pattern and self.layers_to_transform is None:
            raise ValueError("layers_pattern needs layers_to_transform beside it")

    def of_layer(self, name: str) -> RosaConfig:
        """The configuration as the patterns have it for the layer of that full name."""
        own = copy.copy(self)
        own.r = self.rank_pattern.get(get_pattern_key(list(self.rank_pattern), name), self.r)
        own.d = self.density_pattern.get(get_pattern_key(list(self.density_pattern), name), self.d)
        own.alpha = self.alpha_pattern.get(
            get_pattern_key(list(self.alpha_pattern), name), self.alpha
        )
        return own


def _with_patterns(
    name: str, value: Any, pattern_name: str, pattern: dict[str, Any]
) -> list[tuple[str, Any]]:
    """The setting and its exceptions, each with what it is called."""
    return [(name, value), *((f"{pattern_name}[{key!r}]", v) for key, v in pattern.items())]


def _number(value: Any) -> float:
    """NaN, which lies in no range, for what isn't a number."""
    return float(value) if isinstance(value, Real) and not isinstance(value, bool) else math.nan


def _require(holds: bool, name: str, value: Any, what: str) -> None:
    if not holds:
        raise ValueError(f"{name} must be {what}, not {value!r}")
