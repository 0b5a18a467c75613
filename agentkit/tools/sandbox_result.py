"""What became of a program in the sandbox."""

from __future__ import annotations

from typing import Any, Literal

from agentkit.frozen import Frozen

__all__ = ["SandboxResult", "SandboxStatus"]

SandboxStatus = Literal["ok", "error", "timeout", "cpu", "memory", "processes", "output_limit", "killed"]
"""`ok`: it ran to its end. `error`: it raised, exited with a failure, or its result is not JSON.
`timeout`, `cpu`, `memory`, `processes`, `output_limit`: it went past that limit. `killed`: a signal
ended it that none of these explains (a crash in native code, say)."""


class SandboxResult(Frozen):
    """One run. All but `status`, `seconds`, `cpu_seconds`, `memory_bytes` and `backend` is the program's
    own word, so no more to be trusted than the program."""

    status: SandboxStatus
    """How it ended."""
    value: Any = None
    """What the program left in its variable `result`, by way of JSON; None where it left nothing."""
    error: str = ""
    """Why it is not ok: the traceback as Python writes it, or which limit was passed, in words."""
    stdout: str = ""
    """What it printed; cut off at the limit."""
    stderr: str = ""
    """What it printed to standard error; cut off at the limit."""
    seconds: float
    """Time on the clock that the program took."""
    cpu_seconds: float
    """Processor time that its processes took."""
    memory_bytes: int
    """The most memory seen in use."""
    backend: str
    """What fenced it in."""

    @property
    def ok(self) -> bool:
        """Whether it ran to its end."""
        return self.status == "ok"
