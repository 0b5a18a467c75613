"""Runs long computations so that Ctrl-C has them stop with the best so far."""

from __future__ import annotations

import signal
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Generic, TypeVar

__all__ = ["Stopped", "run_stoppable"]

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Stopped(Generic[T]):
    """What came of it."""

    result: T
    """What the computation gave."""
    by_user: bool
    """Whether Ctrl-C stopped it early."""


def run_stoppable(work: Callable[[Callable[[], bool]], T]) -> Stopped[T]:
    """Carry out `work`, which is given a hook to ask now and then whether it is to stop.

    It runs in a thread of its own, as a solver's code hears of no signal. A second Ctrl-C ends the process.

    >>> run_stoppable(lambda should_stop: 42)
    Stopped(result=42, by_user=False)
    """
    wanted = threading.Event()

    def stop(number: int, frame: object) -> None:
        wanted.set()
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        print("stopping with the best so far; Ctrl-C again quits at once", file=sys.stderr, flush=True)

    main = threading.current_thread() is threading.main_thread()
    before = signal.signal(signal.SIGINT, stop) if main else None
    try:
        with ThreadPoolExecutor(1) as pool:
            result = pool.submit(work, wanted.is_set).result()
    finally:
        if main:
            signal.signal(signal.SIGINT, before)
    return Stopped(result, wanted.is_set())
