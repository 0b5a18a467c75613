"""Lets a worker say that a task should be done in parts: a call that it may make instead of working.

A planner that is asked first costs a call for every task, although most are not worth splitting. The
worker reads the task anyway, and so can tell as it begins.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from agentkit.errors import PlanError
from agentkit.messages import ToolCall, ToolSpec
from agentkit.plan import Plan, Subtask
from agentkit.prompts import load_prompt
from agentkit.protocols import ToolOutcome

__all__ = ["Proposal", "proposal_in", "split_task"]

LEAST_PARTS, MOST_PARTS = 3, 12
"""With fewer, nothing would go on side by side before the last one."""


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", use_attribute_docstrings=True)

    id: str = Field(min_length=1, max_length=40)
    goal: str = Field(min_length=1)
    """Complete in itself, its files named."""
    needs: list[str]
    """Ids."""
    expects: str


class _Parts(BaseModel):
    model_config = ConfigDict(extra="forbid")

    parts: list[_Part]


@dataclass(frozen=True, slots=True)
class Proposal:
    """What becomes of a turn that proposes to split: the parts, or what the worker is told instead."""

    parts: tuple[Subtask, ...] = ()
    outcomes: tuple[ToolOutcome, ...] = ()


def split_task() -> ToolSpec:
    """The call by which a worker proposes parts."""
    part = {
        name: {key: value for key, value in schema.items() if key in ("type", "items", "description")}
        for name, schema in _Part.model_json_schema()["properties"].items()
    }
    item = {"type": "object", "properties": part, "required": list(part), "additionalProperties": False}
    parameters = {
        "type": "object",
        "properties": {"parts": {"type": "array", "items": item}},
        "required": ["parts"],
    }
    description = load_prompt(__file__, "split")
    return ToolSpec(name="split_task", description=description, parameters=parameters)


def proposal_in(calls: Sequence[ToolCall], *, first: bool) -> Proposal | None:
    """The proposal among a turn's calls; None where there is none. Only a `first` turn may split: before
    any work is done."""
    call = next((c for c in calls if c.name == "split_task"), None)
    if call is None:
        return None
    try:
        if not first:
            raise PlanError("a task is split at once or not at all; go on yourself")
        return Proposal(parts=_parts_of(call))
    except PlanError as error:
        told = (ToolOutcome(call=c, text=_answer(c, call, error), is_error=True) for c in calls)
        return Proposal(outcomes=tuple(told))


def _answer(call: ToolCall, proposal: ToolCall, error: PlanError) -> str:
    return str(error) if call is proposal else "not run, because of split_task"


def _parts_of(call: ToolCall) -> tuple[Subtask, ...]:
    """The parts. Raises `PlanError` where they are no plan, or one that gains nothing."""
    try:
        found = _Parts.model_validate(call.arguments).parts
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(step) for step in first["loc"])
        raise PlanError(f"{where}: {first['msg']}", mend="mend the call, or do the work yourself") from error
    if not LEAST_PARTS <= len(found) <= MOST_PARTS:
        raise PlanError(f"{len(found)} parts: give {LEAST_PARTS} to {MOST_PARTS}, or do the work yourself")
    parts = tuple(Subtask(id=p.id, goal=p.goal, needs=tuple(p.needs), expects=p.expects) for p in found)
    plan = Plan(subtasks=parts)
    if len(plan.terminals) != 1:
        ends = ", ".join(plan.terminals)
        raise PlanError(f"{ends}: exactly one part must come last, need the others and give the answer")
    if plan.critical_path().length == len(parts):
        raise PlanError("each of these parts waits for the one before: nothing is gained, do it yourself")
    return parts
