"""transformers.Trainer over packed micro-batches.

Trainer provides the loop, checkpoints, exact resume, schedulers and accelerate. One of its batches
is one optimizer step; `training_step` accumulates the gradient over the step's micro-batches, so
memory is that of one micro-batch and the gradient that of the whole batch, over all processes.
"""

from __future__ import annotations

import contextlib
import shutil
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from accelerate.data_loader import BatchSamplerShard
from accelerate.utils import send_to_device
from accelerate.utils.memory import should_reduce_batch_size
from torch import Tensor
from transformers import PrinterCallback, Trainer, TrainingArguments
from transformers.trainer_utils import rotate_checkpoints

from engine import events
from engine.disk import durable
from engine.encryption.stored import readable, writable
from engine.errors import PanzaError
from engine.events import Emit
from engine.models.models import ModelCard
from engine.settings import Settings
from training.examples.tokens import Example
from training.loop.distributed import wait_for_all
from training.loop.methods import make_optimizer
from training.loop.micro_batches import examples_of_rank, mean_loss, pack_for, response_loss
from training.runs.checkpoints import DRAFT, last_checkpoint, reporting_write_errors
from training.runs.run_folder import NotResumableError


class MailTrainer(Trainer):
    """Minimises nats per labelled token; `evaluate` computes the same on the validation mails.

    dtype: the format to compute in; what is trained is float32.
    """

    optimizer: Any
    control: Any

    def __init__(
        self,
        *,
        method: Any,
        training: Any,
        dtype: torch.dtype,
        train: Sequence[Example],
        validation: Sequence[Example],
        emit: Emit,
        **options: Any,
    ) -> None:
        self.method = method
        self.training = training
        self._dtype = dtype
        self._emit = emit
        self._draft = Path()
        """Where the checkpoint is written that is being saved."""
        self._micro_batch_tokens: int = training.micro_batch_tokens
        self._tokens_per_second = 0.0
        super().__init__(
            train_dataset=train,
            eval_dataset=validation or None,
            data_collator=lambda batch: {"examples": batch},
            **options,
        )
        self.remove_callback(PrinterCallback)  # Events report the same.

    def create_optimizer(self, model: Any = None) -> torch.optim.Optimizer:
        if self.optimizer is None:
            self.optimizer = make_optimizer(model or self.model, self.method, self.training)
        return self.optimizer

    def get_train_dataloader(self) -> Any:
        """Load the whole step in every process; each then takes its share of the examples.

        A step so has the examples, and the weighting of their mean, that it has in one process.
        """
        loader = super().get_train_dataloader()
        shard = loader.batch_sampler
        if isinstance(shard, BatchSamplerShard):
            shard.num_processes, shard.process_index, shard.even_batches = 1, 0, False
        return loader

    def training_step(
        self, model: Any, inputs: dict[str, Any], num_items_in_batch: Any = None
    ) -> Tensor:
        began = time.perf_counter()
        model.train()
        examples: list[Example] = inputs["examples"]
        loss = self._backward_within_memory(model, examples)
        if not torch.isfinite(loss):
            raise self._not_finite("loss")
        labelled = sum(example.labelled_tokens for example in examples)
        self._tokens_per_second = labelled / (time.perf_counter() - began)
        return loss

    def _backward_within_memory(self, model: Any, examples: list[Example]) -> Tensor:
        """`_backward`, with smaller micro-batches whenever memory runs out."""
        while True:
            try:
                return self._backward(model, examples)
            except (RuntimeError, MemoryError) as error:
                if isinstance(error, RuntimeError) and not should_reduce_batch_size(error):
                    raise
            # Outside of the handler, whose traceback holds the failed micro-batch's tensors.
            longest = max(len(example.token_ids) for example in examples)
            if self.args.world_size > 1 or self._micro_batch_tokens <= longest:
                raise PanzaError(
                    f"There is not enough memory for micro-batches of {self._micro_batch_tokens} "
                    "tokens; what was learnt up to the last checkpoint is kept. Free some memory, "
                    "or train again with a lower training.micro_batch_tokens and "
                    "training.max_tokens."
                )
            total = sum(len(example.token_ids) for example in examples)
            self._micro_batch_tokens = max(longest, min(self._micro_batch_tokens, total) // 2)
            model.zero_grad()
            self._emit(
                events.Warn(
                    "There was not enough memory; the run continues with micro-batches of "
                    f"{self._micro_batch_tokens} tokens and the same mails per step."
                )
            )

    def _backward(self, model: Any, examples: list[Example]) -> Tensor:
        """Accumulate the gradient of the step's mean loss. Returns that loss, in every process."""
        mine = examples_of_rank(examples, self.args.process_index, self.args.world_size)
        # DDP averages over processes, and waits for those without an example, too.
        weight = self.args.world_size / sum(example.labelled_tokens for example in examples)
        if not mine:
            mine, weight = examples[:1], 0.0
        micro_batches = pack_for(model, mine, self._micro_batch_tokens)
        total = torch.zeros((), device=self.args.device)
        for number, batch in enumerate(micro_batches, start=1):
            last = number == len(micro_batches)
            no_sync = contextlib.nullcontext() if last else self.accelerator.no_sync(model)
            with no_sync:
                batch = send_to_device(batch, self.args.device)
                loss = response_loss(model, batch, self._dtype) * weight
                self.accelerator.backward(loss)
            total += loss.detach()
        return self.accelerator.reduce(total, "mean")

    def _save_checkpoint(self, model: Any, trial: Any) -> None:
        """Name the checkpoint when it is on the disk, and only then remove an older one."""
        checkpoints, step = Path(self.args.output_dir), self.state.global_step
        draft, name = checkpoints / DRAFT, f"checkpoint-{step}"
        with reporting_write_errors(f"The checkpoint of step {step}", draft, checkpoints.parent):
            if self.args.should_save:
                shutil.rmtree(draft, ignore_errors=True)  # Of a process that was killed.
            wait_for_all()
            with writable(draft) as self._draft:
                super()._save_checkpoint(model, trial)
            wait_for_all()
            if self.args.should_save:
                durable.replace(draft / name, checkpoints / name)
                durable.sync(checkpoints.parent)
        if self.state.best_global_step == step:
            self.state.best_model_checkpoint = str(checkpoints / name)
        if self.args.should_save:
            rotate_checkpoints(
                str(checkpoints),
                self.args.save_total_limit,
                self.state.best_model_checkpoint,
                use_mtime=True,
            )
        wait_for_all()

    def _get_output_dir(self, trial: Any) -> str:
        """Where Trainer saves a checkpoint, and removes older ones: there are none here."""
        return str(self._draft)

    def _load_best_model(self) -> None:
        """Load the best checkpoint, which may be encrypted."""
        best = self.state.best_model_checkpoint
        with readable(Path(best)) as plain:
            self.state.best_model_checkpoint = str(plain)
            super()._load_best_model()
        self.state.best_model_checkpoint = best

    def _not_finite(self, what: str) -> NotResumableError:
        """The error for a loss or gradient that is NaN or infinite."""
        kept = last_checkpoint(Path(self.args.output_dir).parent)
        return NotResumableError(
            f"The {what} of step {self.state.global_step + 1} is not a number any more; train "
            "again with a lower training.learning_rate and training.sparse_learning_rate. "
            + (f"The last good checkpoint is {kept}." if kept else "There is no checkpoint yet.")
        )

    def log(self, logs: dict[str, float], start_time: float | None = None) -> None:
        """Add the labelled tokens per second of the step's forward and backward passes."""
        if "loss" in logs:
            logs = logs | {"tokens_per_second": self._tokens_per_second}
        super().log(logs, start_time)

    def evaluate(self, *arguments: Any, **options: Any) -> dict[str, float]:
        budget = self.training.micro_batch_tokens
        loss = mean_loss(self.model, self.eval_dataset, budget, self._dtype)
        # Exactly the same in all processes, which decide by it when to end.
        if self.args.world_size > 1:
            loss = self.accelerator.reduce(
                torch.tensor(loss, device=self.args.device), "mean"
            ).item()
        metrics = {"eval_loss": loss}
        self.log(metrics)
        self.control = self.callback_handler.on_evaluate(
            self.args, self.state, self.control, metrics
        )
        return metrics

    def _get_grad_norm(self, model: Any, grad_norm: Any = None) -> Any:
        """Check the norm before the weights are updated, so that no checkpoint has NaN in it."""
        norm = super()._get_grad_norm(model, grad_norm)
        if not torch.isfinite(torch.as_tensor(norm)):
            raise self._not_finite("gradient")
        return norm

    def floating_point_ops(self, inputs: dict[str, Any]) -> int:
        return 0


def trainer_arguments(
    folder: Path,
    card: ModelCard,
    settings: Settings,
    validates: bool,
    device: torch.device,
) -> TrainingArguments:
    """The arguments of transformers.Trainer for the run in `folder`."""
    training = settings.training
    arguments = TrainingArguments(
        output_dir=str(folder / "checkpoints"),
        num_train_epochs=training.epochs,
        max_steps=card.data.get("max_steps") or -1,
        per_device_train_batch_size=training.batch_size,
        learning_rate=training.learning_rate,
        lr_scheduler_type="linear",
        warmup_steps=training.warmup_ratio,
        weight_decay=training.weight_decay,
        max_grad_norm=training.max_grad_norm,
        seed=training.seed,
        data_seed=training.seed,
        eval_strategy="epoch" if validates else "no",
        save_strategy="epoch",
        save_total_limit=2,
        load_best_model_at_end=validates,
        metric_for_best_model="eval_loss",
        greater_is_better=False,
        logging_steps=1,
        logging_nan_inf_filter=False,
        remove_unused_columns=False,
        dataloader_pin_memory=False,
        disable_tqdm=True,
        report_to=[],
        log_level="error",
        use_cpu=device.type == "cpu",
        # The sparse values have no gradient before their masks are made.
        ddp_find_unused_parameters=card.method == "rosa" and settings.rosa.d > 0,
        ddp_broadcast_buffers=False,
    )
    # No DataParallel, which copies the model at every step; more GPUs take more processes.
    arguments._n_gpu = min(arguments.n_gpu, 1)
    return arguments
