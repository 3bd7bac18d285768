"""RoSA, robust adaptation (arXiv 2401.04679), as a method of stock PEFT.

Importing this package registers "ROSA" with PEFT, so that `get_peft_model`, `PeftModel` and
`AutoPeftModelForCausalLM` support it. Nothing in it is about mail.
"""

from __future__ import annotations

import warnings

from peft.mapping import (
    PEFT_TYPE_TO_CONFIG_MAPPING,
    PEFT_TYPE_TO_PREFIX_MAPPING,
    PEFT_TYPE_TO_TUNER_MAPPING,
)

from training.rosa.config import PEFT_TYPE, RosaConfig
from training.rosa.layer import RosaLinear
from training.rosa.masks import count_passes, make_masks, mask_density, masks_made
from training.rosa.model import (
    RosaModel,
    low_rank_parameters,
    reset_low_rank,
    rosa_layers,
    sparse_parameters,
)

__all__ = [
    "RosaConfig",
    "RosaLinear",
    "RosaModel",
    "count_passes",
    "low_rank_parameters",
    "make_masks",
    "mask_density",
    "masks_made",
    "reset_low_rank",
    "rosa_layers",
    "sparse_parameters",
]


def _register() -> None:
    # PEFT's register_peft_method accepts only members of its enum, so the mappings are filled here.
    if PEFT_TYPE in PEFT_TYPE_TO_CONFIG_MAPPING:
        warnings.warn(
            f"PEFT already has a method {PEFT_TYPE.value!r}; training.rosa replaces it here.",
            stacklevel=3,
        )
    PEFT_TYPE_TO_CONFIG_MAPPING[PEFT_TYPE] = RosaConfig
    PEFT_TYPE_TO_TUNER_MAPPING[PEFT_TYPE] = RosaModel
    PEFT_TYPE_TO_PREFIX_MAPPING[PEFT_TYPE] = RosaModel.prefix


_register()
