"""`agentkit solve`: solves a formulation that a person wrote, without any model."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

from agentkit.cli.errors import FAILED, NOT_PROVEN, OK
from agentkit.cli.figures import printable
from agentkit.cli.solve_report import print_solution, status_line
from agentkit.cli.stoppable import run_stoppable
from agentkit.errors import FormulationError, UsageError
from agentkit.formulation.answers import render_answer
from agentkit.formulation.diagnosis.diagnosis import diagnose
from agentkit.formulation.diagnosis.suspicions import find_suspicions
from agentkit.formulation.editing.edit_text import read_edits
from agentkit.formulation.editing.edits import AnyEdit, describe_edit
from agentkit.formulation.editing.what_if import WhatIf, what_if
from agentkit.formulation.formulation import Formulation
from agentkit.formulation.instance import Instance
from agentkit.formulation.reading.data_files import read_data
from agentkit.formulation.reading.files import element_line, read_formulation
from agentkit.formulation.solution import Solution
from agentkit.formulation.solve import solve_instance
from agentkit.formulation.task_data import TaskData
from agentkit.solvers.highs import SolveLimits

__all__ = ["SolveCommand", "View", "exit_code", "solve_command", "solve_file"]

View = Literal["pyomo", "rows"]
"""In which form the model can be looked at."""


@dataclass(frozen=True, slots=True)
class SolveCommand:
    """What was asked for."""

    file: Path
    data: Sequence[Path] = ()
    what_if: Sequence[str] = ()
    """Edits, applied together."""
    explain: bool = False
    as_json: bool = False
    view: View | None = None
    limits: SolveLimits = field(default_factory=SolveLimits)


@dataclass(frozen=True, slots=True, eq=False)
class _Outcome:
    """What came of it: the last solution, and all there is to say of it."""

    solution: Solution
    formulation: Formulation
    comparison: WhatIf | None = None
    answer: str = ""
    diagnosis: str = ""
    """Why there is no solution."""
    suspicions: tuple[str, ...] = ()


def solve_command(
    file: Path | None,
    pddl: tuple[Path, Path] | None,
    *,
    data: Sequence[Path] = (),
    what_if: Sequence[str] = (),
    explain: bool = False,
    time_limit: float | None = None,
    gap: float = 0.0,
    threads: int = 1,
    view: str | None = None,
    as_json: bool = False,
) -> int:
    """Carry the command line out; returns the exit code.

    Raises `UsageError` where options do not go together, and whatever `solve_file` raises.
    """
    if (file is None) == (pddl is None):
        raise UsageError("give a formulation's file, or --pddl with a domain and a problem")
    if view not in (None, "pyomo", "rows"):
        raise UsageError(f"there is no view called {view!r}", mend="--view pyomo, or --view rows")
    if pddl is not None:
        if data or what_if or explain or view:
            raise UsageError("--pddl goes with --time-limit and --json only")
        from agentkit.cli.solve_pddl import solve_pddl

        return solve_pddl(*pddl, seconds=time_limit, as_json=as_json)
    assert file is not None
    limits = SolveLimits(seconds=time_limit, gap=gap, threads=threads)
    shown: View | None = "pyomo" if view == "pyomo" else "rows" if view == "rows" else None
    return solve_file(SolveCommand(file, data, what_if, explain, as_json, shown, limits))


def exit_code(solution: Solution) -> int:
    """0 for a proven optimum, 3 for a solution without proof, 1 for none, or one that fails its check."""
    if not solution.found or solution.violations:
        return FAILED
    return OK if solution.status == "optimal" else NOT_PROVEN


def solve_file(command: SolveCommand) -> int:
    """Solve it and print what came of it; returns the exit code.

    Raises `FormulationError` with file, line and element for what is malformed, `SolverError` where no solver
    can take it.
    """
    formulation = read_formulation(command.file)
    data = read_data(command.data)
    edits = read_edits("; ".join(command.what_if)) if command.what_if else ()
    try:
        if command.view is not None:
            print(_view(Instance(formulation, data), command.view))
            return OK
        done = run_stoppable(lambda should_stop: _solved(command, formulation, data, edits, should_stop))
    except FormulationError as error:
        raise _placed(error, command.file) from error
    outcome = done.result
    if command.as_json:
        print(json.dumps(_as_data(outcome, edits), ensure_ascii=False, indent=2, default=str))
    else:
        _tell(outcome, edits, command)
    if done.by_user:
        found = "this is the best so far" if outcome.solution.found else "nothing was found"
        print(f"stopped by Ctrl-C: {found}", file=sys.stderr)
    return exit_code(outcome.solution)


def _solved(
    command: SolveCommand,
    formulation: Formulation,
    data: TaskData,
    edits: Sequence[AnyEdit],
    should_stop: Callable[[], bool],
) -> _Outcome:
    limits = replace(command.limits, should_stop=should_stop)
    instance = Instance(formulation, data)
    solution = solve_instance(instance, limits)
    comparison = None
    if edits:
        comparison = what_if(formulation, edits, data, limits, solution)
        solution = comparison.after
    own = solution.instance or instance
    diagnosis = ""
    suspicions: tuple[str, ...] = ()
    if not solution.found:
        diagnosis = diagnose(own, solution, limits).text
    if command.explain and solution.found:
        found = find_suspicions(own, solution, limits=limits)
        suspicions = tuple(f"{s.element}: {s.text}" if s.element else s.text for s in found)
    answer = render_answer(own.formulation, solution)
    return _Outcome(solution, own.formulation, comparison, answer, diagnosis, suspicions)


def _tell(outcome: _Outcome, edits: Sequence[AnyEdit], command: SolveCommand) -> None:
    """The result on stdout; how long it took, and doubts, on stderr."""
    comparison = outcome.comparison
    if comparison is not None:
        print(f"as it stands: {status_line(comparison.before)}")
        print(f"what if {'; '.join(map(describe_edit, edits))}:")
        print("\n".join(f"  {printable(line)}" for line in comparison.lines()))
        print()
    print_solution(outcome.solution, answer=outcome.answer, explain=command.explain)
    if outcome.diagnosis:
        print(f"\n{printable(outcome.diagnosis)}")
    for text in outcome.suspicions:
        print(f"odd: {printable(text)}", file=sys.stderr)
    for violation in outcome.solution.violations:
        place = f"{violation.element}[{violation.member}]" if violation.member else violation.element
        print(f"the check fails: {place} is missed by {violation.amount:g}", file=sys.stderr)
    times = outcome.solution.times
    print(
        f"{outcome.solution.solver}: {times.build:.2f} s to build, {times.solve:.2f} s to solve",
        file=sys.stderr,
    )


def _as_data(outcome: _Outcome, edits: Sequence[AnyEdit]) -> dict[str, Any]:
    found = outcome.solution.as_data()
    if outcome.answer:
        found["answer"] = outcome.answer
    if outcome.solution.duals:
        found["shadow_prices"] = {name: duals.tolist() for name, duals in outcome.solution.duals.items()}
    if outcome.diagnosis:
        found["diagnosis"] = outcome.diagnosis
    if outcome.suspicions:
        found["suspicions"] = list(outcome.suspicions)
    if outcome.comparison is not None:
        before = outcome.comparison.before
        found["what_if"] = {
            "edits": [describe_edit(edit) for edit in edits],
            "before": {"status": before.status, "objective": before.objective},
            "lines": outcome.comparison.lines(),
        }
    return found


def _view(instance: Instance, view: View) -> str:
    if view == "pyomo":
        import io

        from agentkit.formulation.pyomo_view.pyomo_view import to_pyomo

        written = io.StringIO()
        to_pyomo(instance).model.pprint(ostream=written)
        return written.getvalue().rstrip()
    from agentkit.cli.solve_report import row_lines
    from agentkit.formulation.compiler import compile_instance

    return "\n".join(row_lines(compile_instance(instance)))


def _placed(error: FormulationError, file: Path) -> FormulationError:
    """The same error with the file, and the line on which the element begins; those of edits as they are."""
    if error.element.startswith("edit ") or file.name in error.where:
        return error
    line = element_line(file.read_text(encoding="utf-8-sig"), error.element)
    where = f"{file.name}, line {line}" if line else file.name
    return FormulationError(
        error.what, element=error.element, position=error.position, where=where, mend=error.mend
    )
