"""Several processes of one run: `torchrun` or `accelerate launch` start them, DDP joins them.

The first of them alone writes (events, card, checkpoints, the result). All of them hold the same
data, take the same decisions, and each computes its share of every step's mails.
"""

from __future__ import annotations

import datetime
import os

import torch
import torch.distributed as dist

# A paused run keeps the other processes waiting.
_LONGEST_WAIT = datetime.timedelta(days=30)


def join_others(device: torch.device) -> None:
    """Meet the other processes that the launcher started, if there are any."""
    if int(os.environ.get("WORLD_SIZE", "1")) > 1:
        from accelerate import PartialState

        PartialState(cpu=device.type == "cpu", timeout=_LONGEST_WAIT)


def rank() -> int:
    """This process's number, from 0."""
    return dist.get_rank() if _joined() else 0


def processes() -> int:
    """How many processes the run has."""
    return dist.get_world_size() if _joined() else 1


def any_of(*here: bool, device: torch.device) -> list[bool]:
    """Of each question, whether any process says yes; all must ask at the same time."""
    if processes() == 1:
        return list(here)
    answers = torch.tensor([int(answer) for answer in here], device=device)
    dist.all_reduce(answers, dist.ReduceOp.MAX)
    return [bool(answer) for answer in answers.tolist()]


def wait_for_all() -> None:
    """Go on when every process has come this far."""
    if processes() > 1:
        dist.barrier()


def lost_another(error: Exception) -> bool:
    """Whether an error tells that another of several processes ended."""
    return processes() > 1 and (isinstance(error, dist.DistError) or "gloo" in str(error))


def _joined() -> bool:
    return dist.is_available() and dist.is_initialized()
