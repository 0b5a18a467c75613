"""A solution as people read it: the status, the answer, tables of values and shadow prices."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from agentkit.cli.figures import printable
from agentkit.formulation.figures import written_figure
from agentkit.formulation.solution import Solution

if TYPE_CHECKING:
    from agentkit.formulation.compiler import CompiledModel
    from agentkit.formulation.instance import Instance
    from agentkit.formulation.values import Floats

__all__ = ["print_solution", "row_lines", "status_line"]

MOST_ROWS = 40
"""Rows of a table that a terminal shows; a pipe gets them all."""
ZERO = 1e-9


def status_line(solution: Solution) -> str:
    """How it ended, and what the objective came to.

    >>> status_line(Solution("optimal", objective=12.0, bound=12.0, gap=0.0))
    'proven optimal: 12'
    >>> status_line(Solution("feasible", objective=100.0, bound=96.9, gap=0.031))
    'feasible, not proven optimal: 100, bound 96.9, gap 3.1 %'
    """
    match solution.status:
        case "optimal" | "feasible":
            return _found_line(solution)
        case "infeasible":
            why = f" ({solution.plan.reason})" if solution.plan is not None and solution.plan.reason else ""
            return f"infeasible: there is no {'plan' if solution.plan else 'solution'}{why}"
        case "unbounded":
            grown = f", with {', '.join(solution.unbounded_in[:8])}" if solution.unbounded_in else ""
            return f"unbounded: the objective improves without end{grown}"
    bound = f"; nothing can beat {written_figure(solution.bound)}" if solution.bound is not None else ""
    return f"stopped before a solution was found{bound}"


def _found_line(solution: Solution) -> str:
    gap = solution.gap or 0.0
    if solution.status == "optimal":
        head = "proven optimal" if gap <= 1e-6 else "optimal within the gap that was allowed"
    else:
        head = "feasible, not proven optimal"
    sought = solution.instance is None or solution.plan is not None or solution.objectives
    if solution.objective is None or not sought:
        return f"{head} (nothing is minimized or maximized)"
    line = f"{head}: {written_figure(solution.objective)}"
    if solution.bound is not None and gap > 1e-6:
        line += f", bound {written_figure(solution.bound)}, gap {_percent(gap)}"
    return line


def _percent(share: float) -> str:
    """A share in percent.

    >>> _percent(0.0314), _percent(1.0), _percent(0.00042)
    ('3.1 %', '100.0 %', '0.042 %')
    """
    return f"{100 * share:.1f} %" if share >= 0.01 else f"{100 * share:.2g} %"


def print_solution(solution: Solution, *, answer: str = "", explain: bool = False) -> None:
    """Print it on stdout: tables at a terminal, a line a value elsewhere."""
    print(status_line(solution))
    if len(solution.objectives) > 1:
        for name, value in solution.objectives.items():
            print(f"  {name}: {written_figure(value)}")
    if answer:
        print(f"\n{printable(answer)}\n")
    for number, step in enumerate(_steps(solution, answer), start=1):
        print(f"{number:>3}. {step}")
    for name in solution.arrays:
        _print_table(f"{name}", list(_values(solution, name)))
    if explain and solution.duals:
        _print_table("shadow price", list(_prices(solution)), "what one more unit of the right side adds")


def _steps(solution: Solution, answer: str) -> Sequence[str]:
    """The actions of a plan, unless the answer lists them already."""
    steps = (solution.plan.steps if solution.plan is not None else None) or ()
    return () if "\n".join(steps) in answer else steps


Row = tuple[str, str, str]
"""A name, its members, a figure."""


def _values(solution: Solution, name: str) -> Iterator[Row]:
    for members, value in solution.values(name).items():
        if not members or abs(value) > ZERO:
            yield name, ", ".join(map(str, members)), written_figure(value)


def _prices(solution: Solution) -> Iterator[Row]:
    assert solution.instance is not None
    for constraint in solution.instance.formulation.constraints:
        duals = solution.duals.get(constraint.name)
        if duals is None:
            continue
        for place in np.flatnonzero(np.abs(duals) > ZERO).tolist():
            members = _row_members(solution.instance, constraint.forall, constraint.name, place, duals)
            yield constraint.name, members, written_figure(float(duals[place]))


def _row_members(instance: Instance, forall: str, name: str, place: int, duals: Floats) -> str:
    """What the indices are in a row; a number where a rule makes several rows for each."""
    domain = instance.rows(forall, f"constraint {name}")
    if domain.size != len(duals):
        return f"row {place + 1}"
    members = instance.universe.members
    return ", ".join(str(members[int(codes[place])]) for codes in domain.columns.values())


def _print_table(title: str, rows: Sequence[Row], caption: str = "") -> None:
    if not sys.stdout.isatty():
        for name, members, figure in rows:
            prefix = "" if name == title else f"{title} of "
            print(
                printable(
                    f"{prefix}{name}[{members}] = {figure}" if members else f"{prefix}{name} = {figure}"
                )
            )
        return
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    console = Console(highlight=False)
    if len(rows) == 1 and not rows[0][1] and rows[0][0] == title:
        console.print(Text(f"{title} = {rows[0][2]}"))
        return
    if not rows:
        console.print(Text(f"{title}: all 0", style="dim"))
        return
    table = Table(
        title=Text(title, style="bold"), title_justify="left", box=None, padding=(0, 2), show_header=False
    )
    table.add_column()
    table.add_column(justify="right")
    for name, members, figure in rows[:MOST_ROWS]:
        label = members if name == title else f"{name}[{members}]" if members else name
        table.add_row(Text(printable(label)), figure)
    console.print(table)
    if len(rows) > MOST_ROWS:
        console.print(Text(f"  … {len(rows) - MOST_ROWS:,} more (--json has them all)", style="dim"))
    if caption:
        console.print(Text(f"  {caption}", style="dim"))


def row_lines(compiled: CompiledModel) -> Iterator[str]:
    """The arrays that the solver gets, a line a row and a line a column."""
    model = compiled.model
    names = [compiled.column_name(column) or f"auxiliary_{column}" for column in range(model.columns)]
    used = np.flatnonzero(model.cost)
    offset = f" + {written_figure(model.offset)}" if model.offset else ""
    yield f"{'maximize' if model.maximise else 'minimize'} {_terms(used, model.cost[used], names)}{offset}"
    for row in range(model.rows):
        span = slice(int(model.starts[row]), int(model.starts[row + 1]))
        terms = _terms(model.indices[span], model.values[span], names)
        yield f"{compiled.row_name(row)}: {_between(model.row_lower[row], terms, model.row_upper[row])}"
    for column, name in enumerate(names):
        kind = "integer " if model.integer[column] else ""
        yield f"{kind}{_between(model.col_lower[column], name, model.col_upper[column])}"


def _terms(columns: NDArray[Any], coefficients: Floats, names: Sequence[str]) -> str:
    pairs = zip(columns.tolist(), coefficients.tolist(), strict=True)
    parts = [f"{written_figure(value)} {names[column]}" for column, value in pairs]
    return " + ".join(parts).replace("+ -", "- ") or "0"


def _between(low: float, text: str, high: float) -> str:
    if low == high:
        return f"{text} == {written_figure(low)}"
    left = f"{written_figure(low)} <= " if np.isfinite(low) else ""
    right = f" <= {written_figure(high)}" if np.isfinite(high) else ""
    return f"{left}{text}{right}" if left or right else f"{text} is free"
