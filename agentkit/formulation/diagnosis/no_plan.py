"""Why a planning problem has no plan: goals that are out of reach, alone or together."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import replace

from agentkit.formulation.diagnosis.wording import joined
from agentkit.formulation.ground import ground_planning
from agentkit.formulation.instance import Instance
from agentkit.frozen import Frozen
from agentkit.planning.find_plan import find_plan
from agentkit.planning.strips import StripsTask, bits
from agentkit.solvers.highs import SolveLimits

__all__ = ["NoPlanExplanation", "explain_no_plan"]

SECONDS = 10.0
"""For the whole explanation, where no limit is given."""

MOST_GOALS = 16
"""So many goals are tried with each other."""


class NoPlanExplanation(Frozen):
    """Which goals stand in each other's way."""

    goals: tuple[str, ...] = ()
    """The goals that cannot be reached, `on(a, b)` or `not on(a, b)`; together they are impossible, and every
    one of them is needed for that, if `irreducible`."""
    irreducible: bool = False
    """Whether the others could be reached without any one of them."""
    text: str
    """All that in sentences."""


def explain_no_plan(instance: Instance, limits: SolveLimits | None = None) -> NoPlanExplanation:
    """Why no plan reaches the goal of an instance with a planning block. Blocks.

    >>> from agentkit.formulation.formulation import Formulation
    >>> lamps = Formulation.read({
    ...     "sets": {"lamp": ["a", "b"]},
    ...     "planning": {
    ...         "fluents": {"lit": "lamp"},
    ...         "actions": [{"name": "light", "over": "l in lamp if l != 'b'", "effects": ["lit(l)"]}],
    ...         "goal": ["lit(a)", "lit(b)"],
    ...     },
    ... })
    >>> print(explain_no_plan(Instance(lamps)).text)
    No plan reaches lit(b): no action that can ever be done brings it about (light speaks of lit).
    """
    given = limits or SolveLimits()
    end = time.monotonic() + (SECONDS if given.seconds is None else given.seconds)
    task = ground_planning(instance)
    hopeless = tuple(_out_of_reach(task))
    if hopeless:
        why = "; ".join(_why(instance, goal) for goal in hopeless)
        return NoPlanExplanation(goals=hopeless, irreducible=len(hopeless) == 1, text=why)
    goals = list(_goals(task))
    if len(goals) > MOST_GOALS:
        text = f"No plan reaches all {len(goals)} goals, though each might be reached by itself."
        return NoPlanExplanation(text=text)
    return _together(task, goals, end)


class _Goal(Frozen):
    bit: int
    """Of the fact."""
    positive: bool
    """Whether it must hold, or must not."""
    name: str
    """As people write it."""


def _goals(task: StripsTask) -> Iterator[_Goal]:
    for mask, positive in ((task.goal, True), (task.negative_goal, False)):
        for bit in bits(mask):
            fact = task.facts[bit]
            shown = f"{fact[0]}({', '.join(fact[1:])})" if len(fact) > 1 else fact[0]
            yield _Goal(bit=bit, positive=positive, name=shown if positive else f"not {shown}")


def _out_of_reach(task: StripsTask) -> Iterator[str]:
    """Goals that no action that can be done brings about, even if nothing were ever undone."""
    added = deleted = 0
    for action in task.actions:
        added |= action.add
        deleted |= action.delete
    for goal in _goals(task):
        bit = 1 << goal.bit
        holds = bool(task.start & bit)
        changes = bool((added if goal.positive else deleted) & bit)
        if holds != goal.positive and not changes:
            yield goal.name


def _why(instance: Instance, goal: str) -> str:
    block = instance.formulation.planning
    assert block is not None
    fluent = goal.removeprefix("not ").partition("(")[0]
    speaking = [a.name for a in block.actions if any(fluent in effect for effect in a.effects)]
    hint = (
        f" ({joined(speaking)} {'speaks' if len(speaking) == 1 else 'speak'} of {fluent})" if speaking else ""
    )
    return f"No plan reaches {goal}: no action that can ever be done brings it about{hint}."


def _together(task: StripsTask, goals: Sequence[_Goal], end: float) -> NoPlanExplanation:
    """Goals that are impossible together, by leaving out one after another."""
    kept = list(goals)
    proven = True
    for goal in goals:
        rest = [one for one in kept if one is not goal]
        left = end - time.monotonic()
        if left <= 0:
            proven = False
            break
        status = find_plan(_with_goals(task, rest), time_limit=max(left / 3, 0.05)).status
        if status == "no_plan":
            kept = rest
        elif status == "unknown":
            proven = False
    names = tuple(goal.name for goal in kept)
    if len(names) == 1:
        text = f"No plan reaches {names[0]}: whatever is done, something that it needs is undone."
    else:
        text = f"No plan reaches {joined(names)} together."
    doubt = "" if proven else " Perhaps fewer of these are impossible already: time ran out."
    return NoPlanExplanation(goals=names, irreducible=proven, text=text + doubt)


def _with_goals(task: StripsTask, goals: Sequence[_Goal]) -> StripsTask:
    wanted = sum(1 << goal.bit for goal in goals if goal.positive)
    unwanted = sum(1 << goal.bit for goal in goals if not goal.positive)
    return replace(task, goal=wanted, negative_goal=unwanted)
