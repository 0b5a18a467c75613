"""Runs one program behind one backend, and says in words what became of it."""

from __future__ import annotations

import base64
import json
import os
import platform
import re
import signal
import stat
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from agentkit.errors import SandboxUnavailableError, ToolInputError
from agentkit.tools.sandbox_backends import SandboxBackend
from agentkit.tools.sandbox_limits import SandboxLimits
from agentkit.tools.sandbox_process import Caps, Ran, run_fenced
from agentkit.tools.sandbox_result import SandboxResult, SandboxStatus
from agentkit.tools.sandbox_seccomp import filter_program
from agentkit.tools.sandbox_view import PACKAGES, View, python_view

__all__ = ["Program", "run_program"]

_NAME = re.compile(r"[^\W_][\w. -]{0,119}")
_FILES = "/files"


@dataclass(frozen=True, slots=True)
class Program:
    """A program and all that it is given."""

    code: str
    args: Sequence[str] = ()
    """What follows the program's name in `sys.argv`."""
    inputs: Mapping[str, bytes | str] = field(default_factory=dict)
    """Files that are written into its working folder."""
    files: Mapping[str, Path] = field(default_factory=dict)
    """Files of the host that it sees there too, read-only."""
    packages: tuple[str, ...] = ()
    """Distributions that it can import."""
    read: tuple[Path, ...] = ()
    """Paths of the host that it sees where they are, read-only."""

    def __post_init__(self) -> None:
        for name in (*self.inputs, *self.files):
            if not _NAME.fullmatch(name):
                raise ToolInputError(f"{name!r} cannot name a file in the sandbox", mend="use a plain name")
        if twice := self.inputs.keys() & self.files.keys():
            raise ToolInputError(f"{min(twice)!r} is given twice, as an input and as a file")


async def run_program(backend: SandboxBackend, program: Program, limits: SandboxLimits) -> SandboxResult:
    """Run it, without asking whether the backend is any good: `agentkit.tools.sandbox` asks.

    Raises `ToolInputError` for inputs that cannot be given, `SandboxUnavailableError` where the fence could
    not be put up.
    """
    given = _given(program, limits)
    threads = min(limits.cores, os.cpu_count() or 1)
    view = python_view(
        packages=program.packages,
        files={f"{_FILES}/{name}": path for name, path in given.files.items()},
        read=program.read,
        scratch_bytes=limits.scratch_bytes,
        scratch_files=limits.scratch_files,
        threads=threads,
    )
    task = _task(program, limits, given, view)
    source = _source("sandbox_guard")

    def command(result_fd: int, verdict_fd: int) -> list[str]:
        inner = [view.python, "-I", "-S", "-B", "-c", source, str(result_fd), str(verdict_fd)]
        return backend.command(view, inner)

    caps = Caps(limits.output_bytes, limits.result_bytes, limits.wall_seconds)
    return _result(backend.name, await run_fenced(command, task, caps), limits)


@dataclass(frozen=True, slots=True)
class _Given:
    inputs: dict[str, bytes]
    files: dict[str, Path]


def _given(program: Program, limits: SandboxLimits) -> _Given:
    """Inputs as bytes, and files; one that root alone may read is copied, as nobody reads it inside."""
    inputs = {name: text.encode() if isinstance(text, str) else text for name, text in program.inputs.items()}
    files = {}
    for name, path in program.files.items():
        try:
            found = path.resolve(strict=True)
            mode = found.stat().st_mode
            if not stat.S_ISREG(mode):
                raise ToolInputError("is not a file", where=str(path))
            if os.geteuid() == 0 and not mode & stat.S_IROTH:
                inputs[name] = found.read_bytes()
            else:
                files[name] = found
        except OSError as error:
            raise ToolInputError(f"cannot be read: {error.strerror}", where=str(path)) from error
    size = sum(map(len, inputs.values()))
    if size > limits.scratch_bytes:
        raise ToolInputError(
            f"the inputs have {_size(size)}, and the sandbox room for {_size(limits.scratch_bytes)}",
            mend="raise scratch_bytes, or give them as files",
        )
    return _Given(inputs, files)


def _task(program: Program, limits: SandboxLimits, given: _Given, view: View) -> dict[str, Any]:
    """What the guard is told; see there."""
    return {
        "code": program.code,
        "args": list(program.args),
        "path": [PACKAGES] if program.packages else [],
        "guest": _source("sandbox_guest"),
        "inputs": {name: base64.b64encode(data).decode() for name, data in given.inputs.items()},
        "links": {name: f"{_FILES}/{name}" for name in given.files},
        "limits": limits.model_dump(),
        "filter": base64.b64encode(filter_program(platform.machine())).decode(),
        "uid": view.uid,
        "environment": view.environment,
    }


@cache
def _source(module: str) -> str:
    """The text of a module that runs in the sandbox. It is not imported: it only fits Linux."""
    return Path(__file__).with_name(f"{module}.py").read_text(encoding="utf-8")


def _result(backend: str, ran: Ran, limits: SandboxLimits) -> SandboxResult:
    verdict: dict[str, Any] = ran.verdicts[-1] if ran.verdicts else {"end": "nothing"}
    if verdict["end"] in ("nothing", "broken"):
        words = (
            verdict.get("text") or ran.stderr.data.decode(errors="replace").strip() or "no reason is given"
        )
        raise SandboxUnavailableError(f"the fence could not be put up: {words}", where=backend)
    outcome = _outcome(verdict, ran, limits)
    return SandboxResult(
        status=outcome.status,
        value=outcome.value,
        error=outcome.error,
        stdout=ran.stdout.data.decode(errors="replace"),
        stderr=ran.stderr.data.decode(errors="replace"),
        seconds=verdict.get("seconds", limits.wall_seconds if ran.gave_up else 0.0),
        cpu_seconds=verdict.get("cpu", 0.0),
        memory_bytes=verdict.get("memory", 0),
        backend=backend,
    )


@dataclass(frozen=True, slots=True)
class _Outcome:
    status: SandboxStatus
    error: str = ""
    value: Any = None


def _outcome(verdict: dict[str, Any], ran: Ran, limits: SandboxLimits) -> _Outcome:
    """How it ended: by the guard's word and our own, and the program's only where these say it ended well."""
    for name, pipe, cap in (
        ("it printed", ran.stdout, limits.output_bytes),
        ("it printed to standard error", ran.stderr, limits.output_bytes),
        ("its result has", ran.result, limits.result_bytes),
    ):
        if pipe.overflowed:
            return _Outcome("output_limit", f"{name} more than {_size(cap)}")
    end: str = verdict["end"]
    code: int = verdict.get("code", 0)
    # Past the limit, the kernel ends a process with either of these signals.
    by_kernel = end == "signal" and code in (signal.SIGXCPU, signal.SIGKILL)
    if ran.gave_up or end == "timeout":
        return _Outcome("timeout", f"it took longer than {limits.wall_seconds:.4g} s")
    if end == "cpu" or (by_kernel and verdict["cpu"] >= limits.cpu_seconds):
        return _Outcome("cpu", f"it used more than {limits.cpu_seconds:.4g} s of processor time")
    if end == "memory":
        return _Outcome("memory", f"it used more than {_size(limits.memory_bytes)} of memory")
    if end == "files":
        return _Outcome("memory", f"it made more than {limits.scratch_files:,} files")
    if end == "processes":
        return _Outcome("processes", f"it had more than {limits.processes:,} processes and threads at a time")
    if end == "signal":
        return _Outcome("killed", f"it was ended by signal {code} ({signal.strsignal(code) or 'unknown'})")
    if end == "exit":
        return _told(bytes(ran.result.data), code, limits)
    return _Outcome("killed", "the sandbox was ended from outside")


def _told(data: bytes, code: int, limits: SandboxLimits) -> _Outcome:
    """What the program itself says of a run that no limit ended."""
    if not data:
        return _Outcome("error", f"the program ended its process with exit code {code}, before its end")
    try:
        message = json.loads(data, parse_constant=_refuse)
        json.dumps(message, ensure_ascii=False).encode()  # Half a surrogate pair could not be stored.
        if not isinstance(message, dict) or not message.keys() <= {"value", "error", "kind"}:
            raise ValueError("it has another form")
    except (ValueError, RecursionError) as error:
        return _Outcome("error", f"what came as the result is not one JSON value: {error}")
    if "error" in message:
        memory = message.get("kind") == "MemoryError"
        words = f"it asked for more than {_size(limits.memory_bytes)} of memory\n" if memory else ""
        return _Outcome("memory" if memory else "error", f"{words}{message['error']}")
    if code != 0:
        return _Outcome("error", f"the process ended with exit code {code}")
    return _Outcome("ok", value=message.get("value"))


def _refuse(name: str) -> Any:
    raise ValueError(f"{name} is not JSON")


def _size(count: int) -> str:
    """
    >>> _size(2 * 2**30), _size(1536), _size(90)
    ('2 GiB', '1.5 KiB', '90 bytes')
    """
    for unit, bytes_ in (("GiB", 2**30), ("MiB", 2**20), ("KiB", 2**10)):
        if count >= bytes_:
            return f"{count / bytes_:.4g} {unit}"
    return f"{count} bytes"
