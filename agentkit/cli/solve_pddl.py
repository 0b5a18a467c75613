"""`agentkit solve --pddl`: finds the best plan for a problem in PDDL."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from agentkit.cli.errors import FAILED, NOT_PROVEN, OK
from agentkit.cli.figures import duration_text
from agentkit.cli.stoppable import run_stoppable
from agentkit.errors import FormulationError
from agentkit.planning.find_plan import find_plan
from agentkit.planning.outcome import PlanOutcome
from agentkit.planning.pddl import read_pddl

__all__ = ["solve_pddl"]

_PROOF = {"optimal": "proven best", "feasible": "not proven best"}


def solve_pddl(domain: Path, problem: Path, *, seconds: float | None, as_json: bool) -> int:
    """Print the plan, an action a line, as validators read it; returns the exit code.

    Raises `FormulationError` with file and line for what is malformed.
    """
    task = read_pddl(_text(domain), _text(problem), domain_name=domain.name, problem_name=problem.name)
    done = run_stoppable(lambda stop: find_plan(task, time_limit=seconds, should_stop=stop))
    outcome = done.result
    if as_json:
        print(json.dumps(_as_data(outcome), ensure_ascii=False, indent=2))
    else:
        _tell(outcome)
    if done.by_user:
        print("stopped by Ctrl-C", file=sys.stderr)
    if outcome.plan is None:
        return FAILED
    return OK if outcome.status == "optimal" else NOT_PROVEN


def _text(path: Path) -> str:
    try:
        return path.expanduser().read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise FormulationError("there is no such file", where=str(path), mend="check the path") from None
    except OSError as error:
        raise FormulationError(f"cannot be read: {error.strerror}", where=str(path)) from error
    except UnicodeDecodeError as error:
        raise FormulationError("this is no text in UTF-8", where=str(path)) from error


def _tell(outcome: PlanOutcome) -> None:
    if outcome.plan is None:
        proof = "there is no plan (proven)" if outcome.status == "no_plan" else "no plan was found"
        print(f"{proof}{f': {outcome.reason}' if outcome.reason else ''}")
        return
    for step in outcome.steps or ():
        print(step)
    bound = "" if outcome.status == "optimal" else f", none costs less than {outcome.bound or 0:g}"
    print(f"; cost = {outcome.cost:g} ({_PROOF[outcome.status]}{bound})")
    print(f"; found by {outcome.method} in {duration_text(outcome.seconds)}", file=sys.stderr)


def _as_data(outcome: PlanOutcome) -> dict[str, object]:
    return {
        "status": outcome.status,
        "plan": list(outcome.steps) if outcome.steps is not None else None,
        "cost": outcome.cost,
        "bound": outcome.bound,
        "method": outcome.method,
        "seconds": round(outcome.seconds, 6),
        "states": outcome.expanded,
        "reason": outcome.reason,
    }
