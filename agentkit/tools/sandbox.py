"""A sandbox for Python programs that nobody has read: those that a language model wrote.

The program runs as a process of its own, in namespaces of its own: it sees an interpreter, the libraries
that this needs, the packages chosen and the inputs, all read-only; it can write to a small `/tmp` in memory
and nowhere else; it has no network, no rights, no environment variables, no other process in sight, and
limits on time, processor time, memory, processes, files and output. It ends with all that it started,
when it is done, when it passes a limit, when the caller is cancelled, and when agentkit dies.

How: a backend (bubblewrap where it is installed, the kernel's namespaces otherwise) puts up the fence; the
guard, process 1 behind it, starts the program without rights and under a filter of system calls, and keeps
the limits; the guest runs the program. Before a backend is used, a program is run behind it that tries to
get out (`probe`). Where no backend holds, nothing is run: `SandboxUnavailableError`. A run costs about a
tenth of a second more than the program itself, and the first one in a process a third of a second for that.

What it does not protect against: faults in the kernel, which all processes share (a virtual machine is the
answer where programs are hostile rather than careless); what can be learnt from timing and caches; what
is anyway to be seen there, such as the kernel's version, the processors, the amount of memory and the names
of the mounts; and results made up by the program. All that a program returns is its own word: check it.
Memory in the kernel on its behalf (pipes, sockets in pairs) is bounded only by the number of open files.
Where agentkit runs as root, files and packages must be readable for everybody, as the program is nobody.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from agentkit.errors import SandboxUnavailableError
from agentkit.tools.sandbox_backends import BACKENDS, SandboxBackend
from agentkit.tools.sandbox_limits import SandboxLimits
from agentkit.tools.sandbox_probe import SandboxProbe, probe
from agentkit.tools.sandbox_program import Program, run_program
from agentkit.tools.sandbox_result import SandboxResult
from agentkit.tools.sandbox_view import modelling_packages

__all__ = ["Sandbox", "SandboxLimits", "SandboxProbe", "SandboxResult", "probe"]


class Sandbox:
    """Runs programs, each in a new sandbox; many may run at once.

    `packages` are the distributions that programs can import: True for those of modelling (pyomo,
    highspy, numpy, scipy, as far as installed), False for none, or names of distributions, without what
    these need in turn. `read` are files and folders of the host that programs can read where they are.
    """

    def __init__(
        self,
        limits: SandboxLimits | None = None,
        *,
        read: Sequence[Path] = (),
        packages: bool | Sequence[str] = True,
        backends: Sequence[SandboxBackend] = BACKENDS,
    ) -> None:
        self._limits = limits or SandboxLimits()
        self._read = tuple(read)
        self._packages = packages
        self._backends = tuple(backends)

    async def run(
        self,
        code: str,
        *,
        inputs: Mapping[str, bytes | str] | None = None,
        files: Mapping[str, Path] | None = None,
        args: Sequence[str] = (),
    ) -> SandboxResult:
        """Run a program. What it leaves in its variable `result` comes back as `value`, by way of JSON.

        `inputs` are files in its working folder, by name; `files` are the same, but shown read-only from
        where they are on the host, for large ones; `args` follow the program's name in `sys.argv`.
        Failing programs and passed limits are results. Raises `SandboxUnavailableError` where nothing
        here can fence it in, and `ToolInputError` for inputs that cannot be given.

            found = await Sandbox(SandboxLimits(wall_seconds=5)).run("print('hi'); result = 6 * 7")
            found.value, found.stdout  # 42, "hi\\n"
        """
        program = Program(
            code,
            args=tuple(args),
            inputs=dict(inputs or {}),
            files=dict(files or {}),
            packages=self._chosen_packages(),
            read=self._read,
        )
        return await run_program(await self._backend(), program, self._limits)

    async def probe(self) -> SandboxProbe:
        """Whether it can run anything here, and by which backend."""
        return await probe(self._backends)

    def _chosen_packages(self) -> tuple[str, ...]:
        if isinstance(self._packages, bool):
            return modelling_packages() if self._packages else ()
        return tuple(self._packages)

    async def _backend(self) -> SandboxBackend:
        found = await probe(self._backends)
        for backend, report in zip(self._backends, found.reports, strict=False):
            if report.ok:
                return backend
        raise SandboxUnavailableError(
            f"programs cannot be fenced in on this machine, so none is run: {found.text}",
            where="sandbox",
            mend="on Linux, install bubblewrap or allow user namespaces",
        )
