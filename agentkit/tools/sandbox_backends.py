"""The ways to put a process behind a fence: bubblewrap where it is installed, namespaces otherwise."""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Protocol

from agentkit.tools.sandbox_view import View

__all__ = ["BACKENDS", "Bubblewrap", "Namespaces", "SandboxBackend"]


class SandboxBackend(Protocol):
    """Knows how to start a command as process 1 of namespaces of its own, seeing only a view.

    It must be hashable: whether it works is found out once for each (see `agentkit.tools.sandbox_probe`),
    and what it promises is never believed.
    """

    @property
    def name(self) -> str:
        """What it is called."""
        ...

    def missing(self) -> str | None:
        """What is lacking to try it at all, in words; None where nothing is."""
        ...

    def command(self, view: View, inner: Sequence[str]) -> list[str]:
        """The command that runs `inner` (paths as in the sandbox) behind the fence.

        Its standard streams and further open files must reach `inner` unchanged.
        """
        ...


@dataclass(frozen=True, slots=True)
class Bubblewrap:
    """By `bwrap`, which distributions ship and review. Needs 0.8 or newer for a size of /tmp."""

    program: str = "bwrap"

    @property
    def name(self) -> str:
        return "bubblewrap"

    def missing(self) -> str | None:
        if not sys.platform.startswith("linux"):
            return "it is for Linux"
        return None if shutil.which(self.program) else f"{self.program} is not installed"

    def command(self, view: View, inner: Sequence[str]) -> list[str]:
        parts = [shutil.which(self.program) or self.program, "--as-pid-1"]
        parts += [f"--unshare-{name}" for name in ("pid", "net", "ipc", "uts", "cgroup-try")]
        parts += ["--hostname", "sandbox", "--cap-drop", "ALL"]
        if view.uid is None:
            parts += ["--unshare-user"]
        else:
            # So that the guard can become the spare user, which ends these rights too.
            parts += ["--cap-add", "CAP_SETUID", "--cap-add", "CAP_SETGID"]
        # Left to itself, it makes the folders above files such that only root can enter them.
        targets = (*(mount.target for mount in (*view.mounts, *view.links)), *view.devices)
        for folder in sorted({str(PurePosixPath(target).parent) for target in targets} - {"/"}):
            parts += ["--perms", "0755", "--dir", folder]
        for mount in view.mounts:
            parts += ["--ro-bind", mount.source, mount.target]
        for path in view.devices:
            parts += ["--dev-bind", path, path]
        for link in view.links:
            parts += ["--symlink", link.source, link.target]
        parts += ["--proc", "/proc", "--perms", "1777", "--size", str(view.scratch_bytes), "--tmpfs", "/tmp"]
        parts += ["--remount-ro", "/", "--chdir", "/tmp", "--clearenv"]
        for name, value in view.environment.items():
            parts += ["--setenv", name, value]
        return [*parts, "--", *inner]


@dataclass(frozen=True, slots=True)
class Namespaces:
    """By the kernel's namespaces alone, through `agentkit.tools.sandbox_fence`."""

    @property
    def name(self) -> str:
        return "namespaces"

    def missing(self) -> str | None:
        return None if sys.platform.startswith("linux") else "there are namespaces only in Linux"

    def command(self, view: View, inner: Sequence[str]) -> list[str]:
        told = {
            "mounts": [[mount.source, mount.target] for mount in view.mounts],
            "devices": view.devices,
            "links": [[link.source, link.target] for link in view.links],
            "environment": view.environment,
            "scratch_bytes": view.scratch_bytes,
            "scratch_files": view.scratch_files,
            "uid": view.uid,
        }
        fence = str(Path(__file__).resolve().with_name("sandbox_fence.py"))
        return [view.host_python, "-I", "-S", "-B", fence, json.dumps(told), *inner]


BACKENDS: tuple[SandboxBackend, ...] = (Bubblewrap(), Namespaces())
"""In the order in which they are tried."""
