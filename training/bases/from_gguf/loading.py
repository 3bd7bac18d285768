"""Load the model of a GGUF whose configuration was converted, from the weights in the file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from engine.errors import PanzaError, one_line
from engine.gguf_files.stored import open_stored
from training.bases.from_gguf.weights import stored_weights

if TYPE_CHECKING:
    import torch
    from transformers import PreTrainedModel


def load_gguf(gguf: Path, folder: Path, dtype: torch.dtype, *, quantised: bool) -> PreTrainedModel:
    """Load the model on the CPU.

    folder: has its configuration. quantised: keep its weights as they are. Raises PanzaError.
    """
    from accelerate import init_empty_weights
    from transformers import AutoConfig, AutoModelForCausalLM, GenerationConfig

    from training.bases.stored_weights import fill

    try:
        config = AutoConfig.from_pretrained(folder, trust_remote_code=False)
        with init_empty_weights():  # Buffers are made, unlike on torch's meta device.
            model = AutoModelForCausalLM.from_config(config, dtype=dtype, trust_remote_code=False)
        model.generation_config = GenerationConfig.from_pretrained(folder)
        fill(model, stored_weights(open_stored(gguf), model), dtype, quantised=quantised)
    except (OSError, ValueError) as error:
        raise PanzaError(
            f"The base model in {gguf} can't be loaded ({one_line(error)}); nothing was "
            "changed. Copy or download it again."
        ) from error
    return model
