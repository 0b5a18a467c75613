"""`diagnose`: what is wrong with a formulation, or may be, whatever came of solving it."""

from __future__ import annotations

from collections.abc import Sequence

from agentkit.formulation.compiler import CompiledModel, compile_instance
from agentkit.formulation.infeasible import InfeasibleExplanation, explain_infeasible
from agentkit.formulation.instance import Instance
from agentkit.formulation.no_plan import NoPlanExplanation, explain_no_plan
from agentkit.formulation.nonlinear import NonlinearError
from agentkit.formulation.solution import Solution, SolutionStatus
from agentkit.formulation.suspicion import Suspicion
from agentkit.formulation.suspicions import find_suspicions
from agentkit.formulation.unbounded import UnboundedExplanation, explain_unbounded
from agentkit.frozen import Frozen
from agentkit.solvers.highs import SolveLimits

__all__ = ["Diagnosis", "diagnose"]


class Diagnosis(Frozen):
    """What there is to say about a formulation and its solution."""

    status: SolutionStatus
    """The solution's."""
    text: str
    """In sentences, for people and models; empty where all is well."""
    infeasible: InfeasibleExplanation | None = None
    """Where there is no solution."""
    no_plan: NoPlanExplanation | None = None
    """Where there is no plan."""
    unbounded: UnboundedExplanation | None = None
    """Where there is no best solution."""
    suspicions: tuple[Suspicion, ...] = ()
    """What may be wrong."""


def diagnose(
    instance: Instance,
    solution: Solution,
    limits: SolveLimits | None = None,
    *,
    task_text: str = "",
) -> Diagnosis:
    """Explain what came of solving an instance. Blocks, for about `limits.seconds`; call it in a thread.

    >>> from agentkit.formulation.formulation import Formulation
    >>> from agentkit.formulation.solve import solve
    >>> toy = Formulation.read({"variables": {"x": {}}, "objective": {"maximize": "x"}})
    >>> solution = solve(toy)
    >>> diagnose(solution.instance, solution).unbounded.variables
    ('x',)
    """
    compiled = _compiled(instance)
    infeasible = no_plan = unbounded = None
    texts = []
    if solution.status == "infeasible" and instance.formulation.planning is not None:
        no_plan = explain_no_plan(instance, limits)
        texts.append(no_plan.text)
    elif solution.status == "infeasible":
        infeasible = explain_infeasible(instance, limits, compiled)
        texts.append(infeasible.text)
    elif solution.status == "unbounded":
        unbounded = explain_unbounded(instance, limits, compiled)
        texts.append(unbounded.text)
    elif solution.status == "unknown":
        texts.append("The solver stopped before it found a solution, or showed that there is none.")
    texts += [f"{v.element}[{v.member}] is missed by {v.amount:g}." for v in solution.violations]
    suspicions = find_suspicions(instance, solution, task_text=task_text, limits=limits, compiled=compiled)
    if suspicions:
        texts.append(_shown(suspicions))
    return Diagnosis(
        status=solution.status,
        text="\n".join(texts),
        infeasible=infeasible,
        no_plan=no_plan,
        unbounded=unbounded,
        suspicions=suspicions,
    )


def _compiled(instance: Instance) -> CompiledModel | None:
    """The arrays, once for all explanations; None where there are none."""
    if instance.formulation.planning is not None:
        return None
    try:
        return compile_instance(instance)
    except NonlinearError:
        return None


def _shown(suspicions: Sequence[Suspicion]) -> str:
    return "\n".join(
        ["Perhaps wrong:", *(f"- {suspicion.text} ({suspicion.weight})" for suspicion in suspicions)]
    )
