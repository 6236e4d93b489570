"""Training in several processes that `torchrun` started: who each one is, and how they agree."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import torch
import torch.distributed as dist
from torch import nn

from glocal.training.loop.batch_norm import share_batch_norms


@dataclass(frozen=True)
class Ranks:
    """One of `size` processes that train together, numbered from 0. The first one alone writes files."""

    rank: int
    size: int
    device: torch.device

    @property
    def first(self) -> bool:
        """Return whether this process is the one that writes."""
        return self.rank == 0

    def weigh(self, counts: torch.Tensor) -> torch.Tensor:
        """Return what to multiply means over `counts` items [n] by, so that averaging over processes is right.

        Gradients are averaged over processes, but the mean over all items is sum / total: each process's mean
        therefore counts size * count / total. Alone this is 1. Where nobody has an item it is 0.
        """
        if self.size == 1:
            return torch.ones_like(counts)
        total = counts.detach().clone()
        dist.all_reduce(total)
        return self.size * counts / total.clamp_min(1.0)

    def mean(self, values: torch.Tensor) -> torch.Tensor:
        """Return the mean of each process's values."""
        if self.size == 1:
            return values
        summed = values.detach().clone()
        dist.all_reduce(summed)
        return summed / self.size

    def any(self, flag: bool) -> bool:
        """Return whether the flag is set in any process."""
        if self.size == 1:
            return flag
        flags = torch.tensor(float(flag), device=self.device)
        dist.all_reduce(flags)
        return bool(flags > 0)

    def together(self, module: nn.Module) -> nn.Module:
        """Return the module with its gradients averaged over all processes after each backward pass.

        Its batch norms see the whole batch.
        """
        if self.size == 1:
            return module
        shared = share_batch_norms(module, self.device)
        return nn.parallel.DistributedDataParallel(shared, find_unused_parameters=True)

    def wait(self) -> None:
        """Wait until every process is here."""
        if self.size > 1:
            dist.barrier()


def this_device() -> torch.device:
    """Return the GPU that `torchrun` gave this process (the first one without it), or the CPU where there is none."""
    if torch.cuda.is_available():
        return torch.device("cuda", int(os.environ.get("LOCAL_RANK", "0")))
    return torch.device("cpu")


def is_first() -> bool:
    """Return whether this process, of those that `torchrun` started, is the one that writes and speaks."""
    return os.environ.get("RANK", "0") == "0"


@contextmanager
def training_processes() -> Iterator[Ranks]:
    """Join the processes that `torchrun` started, or go alone without it."""
    device = this_device()
    if int(os.environ.get("WORLD_SIZE", "1")) == 1:
        yield Ranks(0, 1, device)
        return
    if device.type == "cuda":
        torch.cuda.set_device(device)
    dist.init_process_group("nccl" if device.type == "cuda" else "gloo")
    try:
        yield Ranks(dist.get_rank(), dist.get_world_size(), device)
    finally:
        dist.destroy_process_group()
