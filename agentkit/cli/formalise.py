"""`agentkit formalise`: has a model write a problem down as a formulation."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from agentkit.budget import Budget
from agentkit.cli.conduct import Conductor
from agentkit.cli.recording import check_recordable
from agentkit.cli.setup import CONFIG_KEY, TeamSetup
from agentkit.engine.workforce import Workforce
from agentkit.errors import UsageError
from agentkit.result import RunResult
from agentkit.task import Task

__all__ = ["formalise_task"]


def formalise_task(
    text: str,
    attach: Sequence[Path],
    setup: TeamSetup,
    budget: Budget,
    *,
    output: Path | None = None,
    force: bool = False,
    home: Path | None = None,
    as_json: bool = False,
) -> int:
    """Have it written; returns the exit code. Raises `UsageError` where the file is there already."""
    if output is not None and output.exists() and not force:
        raise UsageError("this file is there already", where=str(output), mend="--force writes it anew")
    setup.check()
    whole = Task.of(text, attach)
    if setup.record is not None:
        check_recordable(setup.record)
    written: list[RunResult] = []

    async def carry(team: Workforce, shown: Conductor) -> RunResult:
        result = await team.run(
            whole,
            budget=budget,
            home=home,
            on_event=shown.listen,
            answer=shown.answerer(),
            config={CONFIG_KEY: setup.model_dump(mode="json")},
        )
        written.append(result)
        return result

    code = Conductor(setup, as_json, home).conduct(carry)
    if output is not None and written and written[0].status == "answered":
        _write(output, written[0].answer)
    return code


def _write(output: Path, text: str) -> None:
    try:
        output.write_text(f"{text.rstrip()}\n", encoding="utf-8")
    except OSError as error:
        what = f"cannot be written: {error.strerror}"
        raise UsageError(what, where=str(output), mend="name another file") from error
    print(f"written to {output}; solve it with: agentkit solve {output}", file=sys.stderr)
