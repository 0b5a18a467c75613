"""How much a program in the sandbox may take of everything."""

from __future__ import annotations

from pydantic import Field

from agentkit.frozen import Frozen

__all__ = ["SandboxLimits"]

MIB = 2**20


class SandboxLimits(Frozen):
    """The limits of one run. What goes past one of them is ended, and the result says which it was.

    >>> SandboxLimits(wall_seconds=5).memory_bytes
    2147483648
    """

    wall_seconds: float = Field(default=60.0, gt=0)
    """Time on the clock, from the start of the interpreter to its end."""
    cpu_seconds: float = Field(default=60.0, gt=0)
    """Processor time of all the program's processes together."""
    memory_bytes: int = Field(default=2048 * MIB, ge=64 * MIB)
    """Address space of each process, and memory in use by all of them and their files together."""
    processes: int = Field(default=64, ge=1)
    """Processes and threads at one time."""
    cores: int = Field(default=4, ge=1)
    """Processors that it may run on; solvers start as many threads as they see processors."""
    output_bytes: int = Field(default=MIB, ge=0)
    """Standard output, and the same again for standard error."""
    result_bytes: int = Field(default=8 * MIB, ge=2)
    """The result, as JSON."""
    scratch_bytes: int = Field(default=64 * MIB, ge=4096)
    """What may be written to files, inputs included; it is held in memory and counts there too."""
    scratch_files: int = Field(default=4096, ge=16)
    """Files and folders that may be made."""
    open_files: int = Field(default=256, ge=16)
    """Open files of each process."""
