"""`diagnose`: what is wrong with a formulation, or may be, whatever came of solving it."""

from __future__ import annotations

from collections.abc import Sequence

from agentkit.formulation.compiler import CompiledModel, compile_instance
from agentkit.formulation.diagnosis.infeasible import InfeasibleExplanation, explain_infeasible
from agentkit.formulation.diagnosis.no_plan import NoPlanExplanation, explain_no_plan
from agentkit.formulation.diagnosis.suspicion import Suspicion
from agentkit.formulation.diagnosis.suspicions import find_suspicions
from agentkit.formulation.diagnosis.unbounded import UnboundedExplanation, explain_unbounded
from agentkit.formulation.instance import Instance
from agentkit.formulation.nonlinear import NonlinearError
from agentkit.formulation.solution import Solution, SolutionStatus
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
    explained = _explained(instance, solution, limits, compiled)
    suspicions = find_suspicions(instance, solution, task_text=task_text, limits=limits, compiled=compiled)
    texts = [explained.text] if explained.text else []
    texts += [f"{v.element}[{v.member}] is missed by {v.amount:g}." for v in solution.violations]
    if suspicions:
        texts.append(_shown(suspicions))
    return explained.model_copy(update={"text": "\n".join(texts), "suspicions": suspicions})


def _explained(
    instance: Instance, solution: Solution, limits: SolveLimits | None, compiled: CompiledModel | None
) -> Diagnosis:
    """Why there is no best solution, where there is none."""
    status = solution.status
    if status == "infeasible" and instance.formulation.planning is not None:
        no_plan = explain_no_plan(instance, limits)
        return Diagnosis(status=status, text=no_plan.text, no_plan=no_plan)
    if status == "infeasible":
        infeasible = explain_infeasible(instance, limits, compiled)
        return Diagnosis(status=status, text=infeasible.text, infeasible=infeasible)
    if status == "unbounded":
        unbounded = explain_unbounded(instance, limits, compiled)
        return Diagnosis(status=status, text=unbounded.text, unbounded=unbounded)
    stopped = "The solver stopped before it found a solution, or showed that there is none."
    return Diagnosis(status=status, text=stopped if status == "unknown" else "")


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
