"""The evaluation that is timed: sums, each asked once of a model that takes its time and is always right.

Standard library only: peers import it in environments of their own.
"""

from __future__ import annotations

import asyncio
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable

__all__ = ["PARALLEL", "SECONDS", "answer", "child", "figures", "goal", "target"]

PARALLEL = 100
SECONDS = 0.2
"""What the model takes for an answer."""

SIZES = (1_000, 10_000)
"""Samples; the second is for memory alone, with a model that takes a tenth of the time."""


def goal(number: int) -> str:
    """What is asked."""
    return f"What is {number} + 1? Answer with the number alone."


def target(number: int) -> str:
    """What is right."""
    return str(number + 1)


def answer(text: str) -> str:
    """The model's answer to a prompt that has one of the questions in it."""
    return target(int(text.rpartition("What is ")[2].partition(" ")[0]))


def figures() -> dict[str, float]:
    """The figures of the program that calls this, each evaluation in a process of its own."""
    small, large = (_in_a_process(size, SECONDS if size == SIZES[0] else SECONDS / 10) for size in SIZES)
    return {
        "evals_ratio": small["wall"] / (SIZES[0] / PARALLEL * SECONDS),
        "evals_cpu": small["cpu"] / SIZES[0] * 1000,
        "evals_rss": small["rss"],
        "evals_growth": large["rss"] - small["rss"],
    }


def _in_a_process(size: int, seconds: float) -> dict[str, float]:
    command = [sys.executable, sys.argv[0], str(size), str(seconds)]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=600)
    found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return found


def child(run: Callable[[int, float, str], Awaitable[int]]) -> bool:
    """Where this process was begun by `figures`: evaluate, print what it took, and return True.

    `run(size, seconds, folder)` evaluates and returns how many answers were right.
    """
    if len(sys.argv) != 3:
        return False
    size, seconds = int(sys.argv[1]), float(sys.argv[2])
    with tempfile.TemporaryDirectory() as folder:
        # Importing is not what is measured; a first small evaluation pays for it.
        os.makedirs(f"{folder}/warm")
        _timed(run, 20, 0.0, f"{folder}/warm")
        os.makedirs(f"{folder}/real")
        print(json.dumps(_timed(run, size, seconds, f"{folder}/real")))
    return True


def _timed(
    run: Callable[[int, float, str], Awaitable[int]], size: int, seconds: float, folder: str
) -> dict[str, float]:
    async def whole() -> int:
        return await run(size, seconds, folder)

    began, cpu = time.perf_counter(), time.process_time()
    right = asyncio.run(whole())
    took = {"wall": time.perf_counter() - began, "cpu": time.process_time() - cpu}
    if right != size:
        raise SystemExit(f"only {right} of {size} answers were right")
    return {**took, "rss": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}
