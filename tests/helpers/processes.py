"""Starting functions in processes of their own."""

from __future__ import annotations

import multiprocessing
import os
import sys
from collections.abc import Callable, Iterator
from multiprocessing.process import BaseProcess

import pytest

Start = Callable[..., BaseProcess]


def starter() -> Iterator[Start]:
    """Yield what starts a function in a process, forked from one that has everything imported."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["crash_children"])

    def start(function: Callable[..., None], *args: object) -> BaseProcess:
        process = context.Process(target=function, args=args, daemon=True)
        process.start()
        return process

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", os.pathsep.join(sys.path))
        yield start


def exit_code(process: BaseProcess) -> int | None:
    process.join(30)
    return process.exitcode
