"""Judges answers: right are the optimum, and what is near it with a bound that is true.

Labels: `unproven`, the optimum with a bound that leaves a gap; `bounded`, right by nearness and bound (both
score 1); `false bound`, near enough, but the bound is wrong or says nothing; `suboptimal`, worse than the
optimum; `unreachable`, better than anything can be, so the problem was understood wrongly; `invalid plan`, an
action is not allowed or the goal is missed; `wrong form`, nothing to be found in the answer. A plain optimum
and no answer at all have no label.
"""

from __future__ import annotations

from typing import Any

from agentkit.envs.ladder.family import Aim, Family, Instance, PlanFamily
from agentkit.envs.ladder.reading import ValueClaim, read_plan, read_value
from agentkit.sample import Score

__all__ = ["NEAR", "TELLING", "judge"]

NEAR = 0.05
"""How far from the optimum, relative to it, an answer with a true bound may be."""
TELLING = 0.5
"""How far from the optimum a bound may be; beyond that it says nothing."""
_ROUNDING = 1e-6


def judge(family: Family, instance: Instance[Any], gold: int, answer: str | None) -> Score:
    """The score of an answer to this instance, whose optimum is `gold`."""
    if answer is None or not answer.strip():
        return Score(value=0)
    may_be_bounded = instance.size == "large"
    if isinstance(family, PlanFamily):
        return _judge_plan(family, instance, gold, answer)
    claim = read_value(answer)
    if claim is None:
        return Score(value=0, label="wrong form")
    return _judge_value(claim, gold, family.aim, may_be_bounded=may_be_bounded)


def _judge_plan(family: PlanFamily, instance: Instance[Any], gold: int, answer: str) -> Score:
    claim = read_plan(answer, family.actions)
    if claim is None:
        return Score(value=0, label="wrong form")
    whole = all(len(step) == family.actions[step[0]] + 1 for step in claim.steps)
    if not whole or not family.replay(instance, claim.steps).reached:
        return Score(value=0, label="invalid plan")
    length = ValueClaim(len(claim.steps), claim.bound)
    return _judge_value(length, gold, "least", may_be_bounded=instance.size == "large")


def _judge_value(claim: ValueClaim, gold: int, aim: Aim, *, may_be_bounded: bool) -> Score:
    """With signs turned so that less is better; then `value - gold` is what was lost."""
    sign = -1 if aim == "most" else 1
    value, best = sign * claim.value, sign * gold
    slack = _ROUNDING * max(1, abs(gold))
    bound = None if claim.bound is None else sign * claim.bound
    is_true = bound is not None and best - TELLING * abs(gold) <= bound <= best + slack
    if abs(value - best) <= slack:
        gap = may_be_bounded and is_true and bound is not None and bound < best - slack
        return Score(value=1, label="unproven" if gap else "")
    if value < best:
        return Score(value=0, label="unreachable")
    if not may_be_bounded or bound is None or value > best + NEAR * abs(gold):
        return Score(value=0, label="suboptimal")
    return Score(value=1, label="bounded") if is_true else Score(value=0, label="false bound")
