"""What the tests of the sandbox share: backends that leave a trace, and a host full of things to reach."""

from __future__ import annotations

import asyncio
import os
import secrets
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from agentkit.tools.sandbox import Sandbox, SandboxLimits, probe
from agentkit.tools.sandbox_backends import BACKENDS, SandboxBackend
from agentkit.tools.sandbox_view import View

MIB = 2**20
TOKEN = f"agentkit-test-{secrets.token_hex(8)}"
"""Stands in the command line of every process that starts a sandbox, so that those left can be found."""

SMALL = SandboxLimits(
    wall_seconds=30,
    cpu_seconds=15,
    memory_bytes=512 * MIB,
    processes=12,
    output_bytes=MIB,
    scratch_bytes=8 * MIB,
)


@dataclass(frozen=True, slots=True)
class Marked:
    """A backend as it is, but for the token behind the command."""

    inner: SandboxBackend

    @property
    def name(self) -> str:
        return self.inner.name

    def missing(self) -> str | None:
        return self.inner.missing()

    def command(self, view: View, inner: Sequence[str]) -> list[str]:
        return self.inner.command(view, [*inner, TOKEN])


FENCES = tuple(map(Marked, BACKENDS))


def usable(backend: SandboxBackend) -> SandboxBackend:
    """The backend, if it holds here; the test is skipped otherwise."""
    report = asyncio.run(probe((backend,))).reports[0]
    if not report.ok:
        pytest.skip(f"{report.name} cannot be used on this machine: {report.text}")
    return backend


def sandbox(fence: SandboxBackend, limits: SandboxLimits = SMALL) -> Sandbox:
    return Sandbox(limits, packages=False, backends=(fence,))


def processes_left() -> list[str]:
    """The processes of sandboxes that these tests started: guards and what started them.

    With its guard the kernel ends a whole sandbox, so none of these means nothing else either.
    """
    return [pid for pid, words in _command_lines() if TOKEN in words]


def family() -> list[str]:
    """Those processes and all below them, inside the sandboxes too, as the host numbers them."""
    parents = {}
    for name in os.listdir("/proc"):
        if name.isdigit():
            try:
                fields = Path(f"/proc/{name}/stat").read_text(errors="replace").rpartition(")")[2].split()
            except OSError:
                continue
            parents[name] = fields[1]
    found = set(processes_left())
    while more := {pid for pid, parent in parents.items() if parent in found} - found:
        found |= more
    return sorted(found)


def _command_lines() -> Iterator[tuple[str, str]]:
    for name in os.listdir("/proc"):
        if name.isdigit():
            try:
                yield name, Path(f"/proc/{name}/cmdline").read_bytes().decode(errors="replace")
            except OSError:
                continue


class Host:
    """The host as a program would like to reach it: files, sockets, a process; and what came of that."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.secret = f"secret-{secrets.token_hex(16)}"
        self.name = f"planted-{secrets.token_hex(8)}"
        """What programs are to call files that they plant somewhere."""
        (folder / "secret.txt").write_text(self.secret, encoding="ascii")
        self.victim = subprocess.Popen(["sleep", "300"], start_new_session=True)
        self.tcp = _listen(socket.AF_INET, ("127.0.0.1", 0))
        self.tcp6 = _listen(socket.AF_INET6, ("::1", 0))
        self.udp = _listen(socket.AF_INET, ("127.0.0.1", 0), socket.SOCK_DGRAM)
        self.unix = _listen(socket.AF_UNIX, str(folder / "socket"))
        self.abstract = _listen(socket.AF_UNIX, f"\0{self.name}")
        self._before = self._state()

    def close(self) -> None:
        self.victim.kill()
        self.victim.wait()
        for listener in (self.tcp, self.tcp6, self.udp, self.unix, self.abstract):
            if listener:
                listener.close()

    @property
    def prelude(self) -> str:
        """One line of Python that tells a program where everything is."""
        told = {
            "secret": str(self.folder / "secret.txt"),
            "folder": str(self.folder),
            "name": self.name,
            "pid": os.getpid(),
            "victim": self.victim.pid,
            "tcp": self.tcp.getsockname()[1] if self.tcp else 9,
            "tcp6": self.tcp6.getsockname()[1] if self.tcp6 else 9,
            "udp": self.udp.getsockname()[1] if self.udp else 9,
            "unix": str(self.folder / "socket"),
            "abstract": f"\0{self.name}",
            "home": str(Path.home()),
            "repository": str(Path(__file__).resolve().parents[2]),
            "python": sys.executable,
            "root_device": os.stat("/").st_dev,
        }
        return f"HOST = {told!r}\n"

    def damage(self, seen: str = "") -> list[str]:
        """What a program has reached, going by the state of the host and by what it gave back."""
        found = [f"it read {what}" for what, text in self._private().items() if text in seen]
        if "ESCAPED" in seen:
            found.append(f"it says so: {seen}")
        found += [f"{what} has changed" for what, now in self._state().items() if now != self._before[what]]
        for place in (
            Path("/"),
            Path("/usr"),
            Path("/usr/lib"),
            Path("/var/tmp"),
            Path("/dev"),
            Path("/etc"),
        ):
            found += [f"it wrote {path}" for path in place.glob(f"{self.name}*")]
        for place in (Path("/dev/shm"), Path(tempfile.gettempdir()), Path("/tmp"), Path.home(), self.folder):
            found += [f"it wrote {path}" for path in place.glob(f"{self.name}*")]
        for what in ("tcp", "tcp6", "udp", "unix", "abstract"):
            if _was_called(getattr(self, what)):
                found.append(f"it reached {what}")
        if self.victim.poll() is not None:
            found.append("it ended another process")
        if processes_left():
            found.append("it left processes behind")
        return found

    def _private(self) -> dict[str, str]:
        """Texts that no program in the sandbox can know."""
        return {
            "the secret": self.secret,
            "the users": Path("/etc/passwd").read_text().splitlines()[0],
            "the repository": 'description = "Plans a task, runs the plan',
        }

    def _state(self) -> dict[str, object]:
        tracer = [
            line
            for line in Path(f"/proc/{self.victim.pid}/status").read_text().splitlines()
            if line.startswith("TracerPid")
        ]
        return {
            "the secret": (self.folder / "secret.txt").read_text(),
            "the folder": sorted(path.name for path in self.folder.iterdir()),
            "the host's name": socket.gethostname(),
            "the settings for core dumps": Path("/proc/sys/kernel/core_pattern").read_text(),
            "the list of mounts": Path("/proc/self/mounts").read_text(),
            "the standard library": os.stat(os.__file__).st_mtime_ns,
            "the interpreter": os.stat(os.path.realpath(sys.executable)).st_mtime_ns,
            "who traces the other process": tracer,
        }


def outside(host: Host, code: str) -> str:
    """What the same program gives back without a sandbox: shows that the attempt is a real one."""
    done = subprocess.run(
        [sys.executable, "-I", "-c", host.prelude + code],
        capture_output=True,
        text=True,
        cwd=host.folder,
        timeout=30,
        check=False,
    )
    return done.stdout + done.stderr


def _listen(
    family: socket.AddressFamily, address: object, kind: socket.SocketKind = socket.SOCK_STREAM
) -> socket.socket | None:
    """Somebody to call; None where the machine lacks such an address."""
    made = socket.socket(family, kind)
    try:
        made.bind(address)  # type: ignore[arg-type]
    except OSError:
        made.close()
        return None
    if kind == socket.SOCK_STREAM:
        made.listen()
    made.setblocking(False)
    return made


def _was_called(listener: socket.socket | None) -> bool:
    if listener is None:
        return False
    try:
        if listener.type == socket.SOCK_DGRAM:
            listener.recv(100)
        else:
            listener.accept()[0].close()
    except BlockingIOError:
        return False
    return True
