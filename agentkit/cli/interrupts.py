"""Runs a command's coroutine so that Ctrl-C and SIGTERM end it in an orderly way."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import threading
from collections.abc import Coroutine
from typing import Any, TypeVar

__all__ = ["InterruptedByUser", "drive"]

T = TypeVar("T")


class InterruptedByUser(Exception):
    """Raised after a signal ended the coroutine; `code` is what the process exits with by custom."""

    def __init__(self, code: int) -> None:
        super().__init__(f"interrupted (exit code {code})")
        self.code = code


def drive(work: Coroutine[Any, Any, T]) -> T:
    """`asyncio.run`, where both signals cancel `work`, which may then write down how it stands.

    Raises `InterruptedByUser` when that is done. A second Ctrl-C does not wait.
    """
    terminated = False

    async def watched() -> T:
        current = asyncio.current_task()

        def stop() -> None:
            nonlocal terminated
            terminated = True
            if current is not None:
                current.cancel()

        if threading.current_thread() is threading.main_thread() and hasattr(signal, "SIGTERM"):
            with contextlib.suppress(NotImplementedError):  # Windows: the signal ends the process at once
                asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop)
        return await work

    try:
        return asyncio.run(watched())
    except KeyboardInterrupt:
        raise InterruptedByUser(128 + signal.SIGINT) from None
    except asyncio.CancelledError:
        if terminated:
            raise InterruptedByUser(128 + signal.SIGTERM) from None
        raise
