"""Runs one fenced command: hands over the task, collects what comes back, and leaves no process behind."""

from __future__ import annotations

import asyncio
import io
import json
import os
import signal
from asyncio.subprocess import Process
from collections.abc import Callable, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from typing import Any

__all__ = ["Caps", "Collected", "Ran", "run_fenced"]

CHUNK = 2**16
GRACE_SECONDS = 15.0
"""How much longer than the time limit to wait for the guard, which keeps the limit itself."""
END_SECONDS = 3.0
"""How long to wait for the guard to end by itself."""


@dataclass(frozen=True, slots=True)
class Caps:
    """How much to take, and how long to wait."""

    output_bytes: int
    result_bytes: int
    wall_seconds: float


@dataclass(slots=True)
class Collected:
    """What came out of one pipe."""

    data: bytearray = field(default_factory=bytearray)
    overflowed: bool = False
    """Whether there was more than the cap; the rest was thrown away."""


@dataclass(frozen=True, slots=True)
class Ran:
    """All that a fenced command gave back."""

    stdout: Collected
    stderr: Collected
    result: Collected
    verdicts: tuple[dict[str, Any], ...]
    """What the guard said, in order; nothing if it never started."""
    gave_up: bool
    """Whether the guard did not keep the time limit, and was ended from outside."""


async def run_fenced(command: Callable[[int, int], Sequence[str]], task: dict[str, Any], caps: Caps) -> Ran:
    """Run the command that `command(result_fd, verdict_fd)` gives, whose input is the task.

    However it comes back, cancelled too, the command and all that it started are gone.
    """
    with ExitStack() as stack:
        result, verdict = _pipe(stack), _pipe(stack)
        try:
            words = command(result.inner, verdict.inner)
            process = await _started(words, (result.inner, verdict.inner))
        finally:
            os.close(result.inner)
            os.close(verdict.inner)
        return await _converse(process, result.outer, verdict.outer, task, caps, stack)


@dataclass(frozen=True, slots=True)
class _Pipe:
    """One way out of the sandbox: `outer` is the end to read."""

    outer: io.FileIO
    inner: int


def _pipe(stack: ExitStack) -> _Pipe:
    outer, inner = os.pipe()
    return _Pipe(stack.enter_context(io.FileIO(outer, "rb")), inner)


async def _started(words: Sequence[str], fds: tuple[int, ...]) -> Process:
    starting = asyncio.ensure_future(
        asyncio.create_subprocess_exec(
            *words,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            pass_fds=fds,
            start_new_session=True,
            env={},
            cwd="/",
        )
    )
    try:
        # Cancelled in the middle of this, asyncio would kill the first process, but not its children.
        return await asyncio.shield(starting)
    except asyncio.CancelledError:
        await _end(await starting)
        raise


async def _converse(
    process: Process,
    result_pipe: io.FileIO,
    verdict_pipe: io.FileIO,
    task: dict[str, Any],
    caps: Caps,
    stack: ExitStack,
) -> Ran:
    assert process.stdin and process.stdout and process.stderr
    lifeline = process.stdin
    stdout, stderr, result, verdict = (Collected() for _ in range(4))
    jobs = [
        asyncio.create_task(_collect(process.stdout, stdout, caps.output_bytes, lifeline)),
        asyncio.create_task(_collect(process.stderr, stderr, caps.output_bytes, lifeline)),
    ]
    gave_up = False
    try:
        readers = [await _open(result_pipe, stack), await _open(verdict_pipe, stack)]
        jobs += [
            asyncio.create_task(_collect(readers[0], result, caps.result_bytes, lifeline)),
            asyncio.create_task(_collect(readers[1], verdict, CHUNK, lifeline)),
            asyncio.create_task(_send(lifeline, task)),
        ]
        _, waiting = await asyncio.wait(jobs, timeout=caps.wall_seconds + GRACE_SECONDS)
        gave_up = bool(waiting)
    finally:
        # With the readers still at work: what nobody reads would keep asyncio from noticing the end.
        try:
            await _end(process)
            await asyncio.wait(jobs, timeout=END_SECONDS)
        finally:
            for job in jobs:
                job.cancel()
    return Ran(stdout, stderr, result, _verdicts(verdict), gave_up)


async def _open(pipe: io.FileIO, stack: ExitStack) -> asyncio.StreamReader:
    reader = asyncio.StreamReader()
    transport, _ = await asyncio.get_running_loop().connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(reader), pipe
    )
    stack.callback(transport.close)
    return reader


async def _collect(
    reader: asyncio.StreamReader, into: Collected, cap: int, lifeline: asyncio.StreamWriter
) -> None:
    """Read to the end; what is over the cap cuts the lifeline, and with it the program."""
    while chunk := await reader.read(CHUNK):
        room = cap - len(into.data)
        into.data += chunk[:room]
        if len(chunk) > room:
            into.overflowed = True
            lifeline.close()


async def _send(lifeline: asyncio.StreamWriter, task: dict[str, Any]) -> None:
    """The task; the pipe then stays open, for as long as the sandbox is to live."""
    data = json.dumps(task).encode()
    lifeline.write(len(data).to_bytes(8, "big") + data)
    with suppress(ConnectionError):  # It has ended already; its standard error says why.
        await lifeline.drain()


def _verdicts(collected: Collected) -> tuple[dict[str, Any], ...]:
    return tuple(json.loads(line) for line in collected.data.splitlines())


async def _end(process: Process) -> None:
    """Make sure that nothing is left: the guard ends with its lifeline, and the kernel ends the rest."""
    if process.stdin:
        process.stdin.close()
    try:
        await asyncio.wait_for(process.wait(), END_SECONDS)
    except TimeoutError:
        _kill(process)
        await process.wait()
    except asyncio.CancelledError:
        _kill(process)
        raise


def _kill(process: Process) -> None:
    with suppress(ProcessLookupError):
        # The guard is in this group; the kernel ends whatever else is in its namespace with it.
        os.killpg(process.pid, signal.SIGKILL)
