"""What a RoSA adapter is made of: rank, density and the layers it sits on."""

from __future__ import annotations

import copy
from dataclasses import dataclass, field

from peft import PeftConfig
from peft.utils.other import get_pattern_key

PEFT_TYPE = "ROSA"


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
        for r in (self.r, *self.rank_pattern.values()):
            if r < 0:
                raise ValueError(f"r must not be negative, but is {r}")
        for d in (self.d, *self.density_pattern.values()):
            if not 0 <= d <= 1:
                raise ValueError(f"d must lie between 0 and 1, but is {d}")
        patterns = (*self.rank_pattern.values(), *self.density_pattern.values())
        if self.r == 0 and self.d == 0 and not any(patterns):
            raise ValueError("r and d are both 0: there would be nothing to train")
        if not 0 <= self.dropout < 1:
            raise ValueError(f"dropout must lie between 0 and below 1, but is {self.dropout}")

    def of_layer(self, name: str) -> RosaConfig:
        """The configuration as the patterns have it for the layer of that full name."""
        own = copy.copy(self)
        own.r = self.rank_pattern.get(get_pattern_key(list(self.rank_pattern), name), self.r)
        own.d = self.density_pattern.get(get_pattern_key(list(self.density_pattern), name), self.d)
        own.alpha = self.alpha_pattern.get(
            get_pattern_key(list(self.alpha_pattern), name), self.alpha
        )
        return own
