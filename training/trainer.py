"""transformers.Trainer over packed micro-batches.

Trainer brings the loop, checkpoints, exact resume, schedulers and accelerate. One of its batches
is one optimizer step; `training_step` walks through the step's micro-batches, so that the memory
is that of one micro-batch and the gradient that of the whole batch.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor
from transformers import PrinterCallback, Trainer

from training.examples import Example
from training.methods import make_optimizer
from training.micro_batches import MicroBatch, labelled_tokens, mean_loss, pack, response_loss
from training.run_folder import NotResumableError


class MailTrainer(Trainer):
    """Minimises nats per labelled token; `evaluate` gives that figure of the validation mails."""

    optimizer: Any
    control: Any

    def __init__(
        self,
        *,
        method: Any,
        training: Any,
        train: Sequence[Example],
        validation: Sequence[Example],
        **options: Any,
    ) -> None:
        self.method = method
        self.training = training
        self._tokens_per_second = 0.0
        super().__init__(
            train_dataset=train,
            eval_dataset=validation or None,
            data_collator=lambda batch: {"micro_batches": pack(batch, training.micro_batch_tokens)},
            **options,
        )
        self.remove_callback(PrinterCallback)  # Events tell it.

    def create_optimizer(self, model: Any = None) -> torch.optim.Optimizer:
        if self.optimizer is None:
            self.optimizer = make_optimizer(model or self.model, self.method, self.training)
        return self.optimizer

    def training_step(
        self, model: Any, inputs: dict[str, Any], num_items_in_batch: Any = None
    ) -> Tensor:
        began = time.perf_counter()
        model.train()
        micro_batches: list[MicroBatch] = self._prepare_inputs(inputs)["micro_batches"]
        labelled = labelled_tokens(micro_batches)
        total = torch.zeros((), device=self.args.device)
        for index, batch in enumerate(micro_batches):
            last = index == len(micro_batches) - 1
            quiet = contextlib.nullcontext() if last else self.accelerator.no_sync(model)
            with quiet, self.compute_loss_context_manager():
                loss = response_loss(model, batch) / labelled
                self.accelerator.backward(loss)
            total += loss.detach()
        if not torch.isfinite(total):
            raise NotResumableError(
                f"The loss of step {self.state.global_step + 1} is not a number any more; train "
                "anew with a lower training.learning_rate and training.sparse_learning_rate."
            )
        self._tokens_per_second = labelled / (time.perf_counter() - began)
        return total

    def log(self, logs: dict[str, float], start_time: float | None = None) -> None:
        """Add the labelled tokens per second of the step's forward and backward passes."""
        if "loss" in logs:
            logs = logs | {"tokens_per_second": self._tokens_per_second}
        super().log(logs, start_time)

    def evaluate(self, *arguments: Any, **options: Any) -> dict[str, float]:
        loss = mean_loss(self.model, self.eval_dataset, self.training.micro_batch_tokens)
        metrics = {"eval_loss": loss}
        self.log(metrics)
        self.control = self.callback_handler.on_evaluate(
            self.args, self.state, self.control, metrics
        )
        return metrics

    def floating_point_ops(self, inputs: dict[str, Any]) -> int:
        return 0
