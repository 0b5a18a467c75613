"""Finds out whether a backend keeps its promises, by trying to break them from inside.

No version number or setting is believed: a program is run that tries the network, the file system and the
limits, and it is looked at from outside, too, what has come of that.
"""

from __future__ import annotations

import asyncio
import os
import secrets
import socket
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from weakref import WeakKeyDictionary

from agentkit.errors import SandboxUnavailableError
from agentkit.tools.sandbox_backends import BACKENDS, SandboxBackend
from agentkit.tools.sandbox_limits import SandboxLimits
from agentkit.tools.sandbox_program import Program, run_program
from agentkit.tools.sandbox_result import SandboxResult

__all__ = ["BackendReport", "SandboxProbe", "probe"]

_LIMITS = SandboxLimits(
    wall_seconds=20.0, cpu_seconds=10.0, memory_bytes=512 * 2**20, processes=12, scratch_bytes=2**20
)
_HASTE = _LIMITS.model_copy(update={"wall_seconds": 0.2})

_NAMESPACES = ("ipc", "mnt", "net", "pid", "uts")

_ATTEMPTS = """
import os, resource, socket, sys
port, canary, planted = int(sys.argv[1]), sys.argv[2], sys.argv[3]
leaks = []

def possible(what, attempt):
    try:
        attempt()
    except (OSError, MemoryError):
        return
    leaks.append(what)

def write_much():
    with open("/tmp/much", "wb") as file:
        for _ in range(4):
            file.write(bytes(2 ** 19))
            file.flush()

possible("connecting to the host", lambda: socket.create_connection(("127.0.0.1", port), 1))
possible("making a socket", lambda: socket.socket())
possible("reading a file of the host", lambda: open(canary).read())
possible("writing to the host's folder for scratch files", lambda: open(planted, "x"))
for path in ("/home", "/root", "/etc/passwd", "/sys", "/run", "/var", "/dev/mem", "/bin/sh", "/usr/bin/env"):
    possible(f"seeing {path}", lambda: os.stat(path))
for path in ("/", "/usr/lib", "/lib", "/dev", "/proc/sys/kernel", os.path.dirname(os.__file__)):
    possible(f"writing to {path}", lambda: open(f"{path}/sandbox_probe", "x"))
possible("writing to /proc/sys", lambda: open("/proc/sys/kernel/core_pattern", "r+"))
possible("more memory than allowed", lambda: bytearray(600 * 2 ** 20))
possible("more files than allowed", write_much)
status = dict(line.split(":", 1) for line in open("/proc/self/status").read().splitlines())
for name in ("CapInh", "CapPrm", "CapEff", "CapAmb"):
    if int(status[name], 16):
        leaks.append(f"rights of the administrator ({name})")
if status["NoNewPrivs"].strip() != "1" or status["Seccomp"].strip() != "2":
    leaks.append("system calls that are to be filtered")
for name, host in (pair.split("=") for pair in sys.argv[4:]):
    if os.readlink(f"/proc/self/ns/{name}") == host:
        leaks.append(f"sharing the host's {name} namespace")
if open("/proc/net/unix").read().count("\\n") > 1:
    leaks.append("sockets of the host")
if len([name for name in os.listdir("/proc") if name.isdigit()]) > 2:
    leaks.append("processes of the host")
if os.getuid() == 0:
    leaks.append("being root")
if resource.getrlimit(resource.RLIMIT_CPU)[1] > 11:
    leaks.append("more processor time than allowed")
for name in os.listdir("/proc/self/fd"):
    if int(name) > 3 and not os.path.realpath(f"/proc/self/fd/{name}").startswith("/proc/"):
        leaks.append(f"an open file of the host ({os.readlink(f'/proc/self/fd/{name}')})")
result = leaks
"""

_FORKS = """
import os, time
for _ in range(40):
    if os.fork() == 0:
        time.sleep(60)
"""


@dataclass(frozen=True, slots=True)
class BackendReport:
    """What was found out about one backend."""

    name: str
    ok: bool
    text: str
    """In words: that it holds, or what it lacks or lets through."""


@dataclass(frozen=True, slots=True)
class SandboxProbe:
    """Whether programs can be fenced in here."""

    backend: str | None
    """The name of the first backend that holds; None where none does."""
    reports: tuple[BackendReport, ...]
    """All that were tried, in order."""

    @property
    def text(self) -> str:
        """The reports in one line."""
        return "; ".join(f"{report.name}: {report.text}" for report in self.reports) or "there is no backend"


_found: dict[SandboxBackend, BackendReport] = {}
"""A machine does not change under a running process; trying again each time would cost as much as the run."""
_locks: WeakKeyDictionary[asyncio.AbstractEventLoop, asyncio.Lock] = WeakKeyDictionary()


async def probe(backends: Sequence[SandboxBackend] = BACKENDS) -> SandboxProbe:
    """Try the backends in order until one holds; each is tried once in a process.

    Never raises because of a backend: what it lacks is in its report.
    """
    reports: list[BackendReport] = []
    # One at a time, or a burst of first runs would try the same thing over and over.
    async with _locks.setdefault(asyncio.get_running_loop(), asyncio.Lock()):
        for backend in backends:
            if backend not in _found:
                _found[backend] = await _examine(backend)
            reports.append(_found[backend])
            if _found[backend].ok:
                return SandboxProbe(backend.name, tuple(reports))
    return SandboxProbe(None, tuple(reports))


async def _examine(backend: SandboxBackend) -> BackendReport:
    if missing := backend.missing():
        return BackendReport(backend.name, False, missing)
    try:
        leaks = await _leaks(backend)
    except (SandboxUnavailableError, OSError) as error:
        return BackendReport(backend.name, False, str(error))
    if leaks:
        return BackendReport(backend.name, False, f"it does not prevent {', '.join(leaks)}")
    return BackendReport(backend.name, True, "holds")


async def _leaks(backend: SandboxBackend) -> list[str]:
    """What can be done behind this fence that must not be, seen from inside and from outside."""
    secret = secrets.token_hex(16)
    with tempfile.TemporaryDirectory(prefix="agentkit-probe-") as folder, socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        listener.setblocking(False)
        canary, planted = Path(folder, "canary"), Path(folder, "planted")
        canary.write_text(secret, encoding="ascii")
        shared = [f"{name}={os.readlink(f'/proc/self/ns/{name}')}" for name in _NAMESPACES]
        args = (str(listener.getsockname()[1]), str(canary), str(planted), *shared)
        attempts, forks, haste = await asyncio.gather(
            run_program(backend, Program(_ATTEMPTS, args=args), _LIMITS),
            run_program(backend, Program(_FORKS), _LIMITS),
            run_program(backend, Program("while True: pass"), _HASTE),
        )
        leaks = _claimed(attempts)
        # Either the watch ends it, or the kernel makes no more and the program fails of that.
        if forks.status != "processes" and "BlockingIOError" not in forks.error:
            leaks.append("more processes than allowed")
        if haste.status != "timeout":
            leaks.append("programs from running on")
        if planted.exists() or canary.read_text(encoding="ascii") != secret:
            leaks.append("changes to the host's files")
        try:
            listener.accept()[0].close()
            leaks.append("connections to the host")
        except BlockingIOError:
            pass  # Nobody has called.
    return leaks


def _claimed(found: SandboxResult) -> list[str]:
    """The leaks that the program has seen; any other end than a list of them is a fault as well."""
    if not found.ok or not isinstance(found.value, list):
        return [f"(the attempts ended with {found.status}: {found.error.strip()})"]
    return [str(leak) for leak in found.value]
