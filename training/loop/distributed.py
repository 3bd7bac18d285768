"""A run in several processes, started by `torchrun` or `accelerate launch` and joined by DDP.

Only rank 0 writes (events, card, checkpoints, the result). All ranks hold the same data and make
the same decisions; each computes its share of a step's examples.
"""

from __future__ import annotations

import datetime
import os

import torch
import torch.distributed as dist

_TIMEOUT = datetime.timedelta(days=30)
"""Of collective operations: while rank 0 is paused, the others wait in one."""


def init_distributed(device: torch.device) -> None:
    """Join the process group, if a launcher started several processes."""
    if int(os.environ.get("WORLD_SIZE", "1")) > 1:
        from accelerate import PartialState

        PartialState(cpu=device.type == "cpu", timeout=_TIMEOUT)


def rank() -> int:
    """This process's rank; 0 without a process group."""
    return dist.get_rank() if _is_initialized() else 0


def world_size() -> int:
    """How many processes the run has."""
    return dist.get_world_size() if _is_initialized() else 1


def any_of(*flags: bool, device: torch.device) -> list[bool]:
    """For each flag, whether it is set in any process. All processes must call this together."""
    if world_size() == 1:
        return list(flags)
    reduced = torch.tensor([int(flag) for flag in flags], device=device)
    dist.all_reduce(reduced, dist.ReduceOp.MAX)
    return [bool(flag) for flag in reduced.tolist()]


def wait_for_all() -> None:
    """Wait until every process has called this."""
    if world_size() > 1:
        dist.barrier()


def another_process_ended(error: Exception) -> bool:
    """Whether an error means that another process of the run ended."""
    return world_size() > 1 and (isinstance(error, dist.DistError) or "gloo" in str(error))


def _is_initialized() -> bool:
    return dist.is_available() and dist.is_initialized()
