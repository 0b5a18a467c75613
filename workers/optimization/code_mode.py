"""Runs a program that the model wrote, in the sandbox, and reads its result."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from pydantic import BaseModel, ValidationError

from agentkit.tools.sandbox import Sandbox, SandboxLimits

__all__ = ["CodeRun", "run_code"]


class _Result(BaseModel):
    status: str
    objective: float | None = None
    bound: float | None = None
    answer: str


@dataclass(frozen=True, slots=True)
class CodeRun:
    """What came of a program."""

    answer: str = ""
    summary: str = ""
    """What it says of its result, which nobody here has checked."""
    failure: str = ""
    """Why there is no answer."""


async def run_code(code: str, files: Mapping[str, Path], seconds: float) -> CodeRun:
    """Run it. Raises `SandboxUnavailableError` where nothing here can fence it in."""
    limits = SandboxLimits(wall_seconds=seconds, cpu_seconds=seconds)
    ran = await Sandbox(limits).run(code, files=files)
    if not ran.ok:
        return CodeRun(failure=f"the program ended with {ran.status}: {ran.error[-1500:]}")
    try:
        result = _Result.model_validate(ran.value)
    except ValidationError as error:
        return CodeRun(failure=f"the program's result has not the form asked for: {error.errors()[0]['msg']}")
    objective = "" if result.objective is None else f", objective {result.objective:g}"
    return CodeRun(result.answer, f"{result.status}{objective} by the program's own account")
