"""One formulation on its way: read, compiled, solved, checked; or what is wrong with it, verbatim."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from agentkit.errors import AgentkitError, FormulationError
from agentkit.formulation.answers import check_answer, proof_text, render_answer
from agentkit.formulation.diagnosis.diagnosis import diagnose
from agentkit.formulation.diagnosis.suspicion import Suspicion, SuspicionKind
from agentkit.formulation.diagnosis.suspicions import find_suspicions
from agentkit.formulation.editing.edits import AnyEdit
from agentkit.formulation.editing.what_if import WhatIf, what_if
from agentkit.formulation.elements import AnswerLine
from agentkit.formulation.formulation import Formulation
from agentkit.formulation.instance import Instance
from agentkit.formulation.names import find_faults
from agentkit.formulation.solution import Solution
from agentkit.formulation.solve import solve_instance
from agentkit.formulation.task_data import TaskData
from agentkit.solvers.highs import SolveLimits
from agentkit.workers.optimization.perturbed import perturbed

__all__ = ["Attempt", "AttemptStage", "Solver", "attempt", "attempt_edits", "evidence_text"]

AttemptStage = Literal["formulate", "compile", "solve", "check", "done"]
"""Where an attempt ended: reading the formulation, putting it into arrays, solving, checking, nowhere."""

GRAVE: frozenset[SuspicionKind] = frozenset(
    (
        "constant objective",
        "fraction of a thing",
        "idle variable",
        "never applies",
        "nothing done",
        "units",
        "unused",
    )
)
"""Suspicions that are worth a further question to the model."""

MOST_FAULTS = 6
"""Faults that are told at once: more are mostly consequences."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """What came of a formulation."""

    stage: AttemptStage
    complaint: str = ""
    """What is wrong, for whoever wrote it; empty where nothing is."""
    formulation: Formulation | None = None
    solution: Solution | None = None
    answer: str = ""
    """In the form that the formulation gives it."""
    doubts: tuple[str, ...] = ()
    """What looks strange, though it may be right."""
    perturbed: str = ""
    """What small changes of the data did."""
    changes: tuple[str, ...] = ()
    """Of a changed formulation: what is different from the one that was given, and why."""

    @property
    def without_solution(self) -> bool:
        """Whether the solver proved that there is none, or no best one."""
        return self.solution is not None and self.solution.status in ("infeasible", "unbounded")


@dataclass(slots=True)
class Solver:
    """Solves in a thread, and remembers the last problem: an answer in other words costs nothing."""

    data: TaskData
    limits: SolveLimits
    _last: tuple[Formulation, Solution] | None = field(default=None)

    async def solve(self, formulation: Formulation, instance: Instance) -> Solution:
        """Solve it. When the caller is cancelled, the solver stops at once."""
        bare = formulation.model_copy(update={"answer": (), "assumptions": ()})
        if self._last is not None and self._last[0] == bare:
            return self._last[1]
        with self._stoppable() as limits:
            found = await asyncio.to_thread(solve_instance, instance, limits)
        self._last = (bare, found)
        return found

    async def compare(self, existing: Formulation, edits: Sequence[AnyEdit]) -> WhatIf:
        """Solve an existing formulation without and with the edits."""
        with self._stoppable() as limits:
            return await asyncio.to_thread(what_if, existing, edits, self.data, limits)

    @contextmanager
    def _stoppable(self) -> Iterator[SolveLimits]:
        stopped = threading.Event()
        try:
            yield replace(self.limits, should_stop=stopped.is_set)
        finally:
            stopped.set()


async def attempt(raw: Mapping[str, Any], solver: Solver, task_text: str) -> Attempt:
    """Take a formulation as far as it goes."""
    try:
        formulation = Formulation.read(raw)
        faults = _faults(formulation)
    except FormulationError as error:
        return Attempt("formulate", str(error))
    if faults:
        return Attempt("formulate", "\n".join(faults), formulation)
    return await attempt_formulation(formulation, solver, task_text)


async def attempt_formulation(formulation: Formulation, solver: Solver, task_text: str) -> Attempt:
    """The same for a formulation that was read already."""
    try:
        instance = Instance(formulation, solver.data)
        solution = await solver.solve(formulation, instance)
    except AgentkitError as error:
        return Attempt("compile", str(error), formulation)
    return await _judged(formulation, solution, solver, task_text)


async def attempt_edits(
    existing: Formulation,
    edits: Sequence[AnyEdit],
    lines: Sequence[AnswerLine],
    solver: Solver,
) -> Attempt:
    """Change a formulation that was given; `lines` are the answer's form, where it is another."""
    try:
        found = await solver.compare(existing, edits)
    except AgentkitError as error:
        return Attempt("compile", str(error))
    assert found.after.instance is not None
    changed = found.after.instance.formulation
    if lines:
        changed = changed.model_copy(update={"answer": tuple(lines)})
    judged = await _judged(changed, found.after, solver, "")
    told = tuple(found.lines()) if edits else ()
    answer = judged.answer or "\n".join((proof_text(found.after), *told))
    return replace(judged, answer=answer, changes=told, doubts=())


async def _judged(formulation: Formulation, solution: Solution, solver: Solver, task_text: str) -> Attempt:
    """A solution checked, and the answer written."""
    instance = solution.instance
    assert instance is not None
    if not solution.found:
        return await _without(formulation, solution, solver)
    if solution.violations:
        broken = "; ".join(f"{v.element} [{v.member}] by {v.amount:g}" for v in solution.violations[:5])
        return Attempt("check", f"the solution breaks {broken}", formulation, solution)
    try:
        answer = render_answer(formulation, solution)
    except FormulationError as error:
        return Attempt("check", str(error), formulation, solution)
    briefly = SolveLimits(seconds=1.0)
    suspicions = await asyncio.to_thread(
        find_suspicions, instance, solution, task_text=task_text, limits=briefly
    )
    doubts = tuple(s.text for s in suspicions if _is_grave(s))
    moved = await asyncio.to_thread(perturbed, formulation, solution)
    return Attempt("done", "", formulation, solution, answer, (*doubts, *moved.doubts), perturbed=moved.text)


def _is_grave(suspicion: Suspicion) -> bool:
    """Whether to ask about it. A set that nothing uses is no more than a word too many."""
    idle_set = suspicion.kind == "unused" and suspicion.element.startswith("set ")
    return suspicion.kind in GRAVE and suspicion.weight != "hint" and not idle_set


async def _without(formulation: Formulation, solution: Solution, solver: Solver) -> Attempt:
    """No solution, and why."""
    if solution.status == "unknown":
        text = "the solver found no solution in the time that it had; is there a tighter formulation?"
        return Attempt("solve", text, formulation, solution)
    limits = replace(solver.limits, seconds=min(solver.limits.seconds or 20.0, 20.0))
    assert solution.instance is not None
    found = await asyncio.to_thread(diagnose, solution.instance, solution, limits)
    return Attempt("solve", f"the problem is {solution.status}. {found.text}", formulation, solution)


def _faults(formulation: Formulation) -> list[str]:
    found = []
    for fault in find_faults(formulation):
        found.append(str(fault))
        if len(found) == MOST_FAULTS:
            break
    if not found:
        check_answer(formulation)
    return found


def evidence_text(solution: Solution) -> str:
    """What a solution rests on, in a line."""
    objective = "" if solution.objective is None else f", objective {solution.objective:.10g}"
    return f"{proof_text(solution)}{objective}, by {solution.solver}"
