"""Reads out of the journal how workers went about their subtasks: the stuff of exemplars and training."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from urllib.parse import unquote

from pydantic import TypeAdapter

from agentkit.engine.journal import CallRecord, Journal
from agentkit.events import AnyEvent, PlanMade, PlanRevised, SubtaskFinished
from agentkit.messages import Completion
from agentkit.protocols import ToolOutcome
from agentkit.trajectory import Action, Observation, Step, Trajectory

__all__ = ["read_trajectories"]

_EVENT: TypeAdapter[AnyEvent] = TypeAdapter(AnyEvent)


@dataclass(slots=True)
class _Attempt:
    """One attempt while its calls are gathered."""

    scope: str
    steps: list[Step] = field(default_factory=list)

    def think(self, call: CallRecord) -> None:
        text = Completion.model_validate_json(call.response or "").text
        self.steps.append(Step(thought=_thought(text)))

    def act(self, call: CallRecord) -> None:
        outcome = ToolOutcome.model_validate_json(call.response or "")
        action = Action(name=outcome.call.name, arguments=outcome.call.arguments)
        seen = Observation(text=outcome.text, is_error=outcome.is_error)
        last = self.steps.pop() if self.steps else Step()
        found = {"actions": (*last.actions, action), "observations": (*last.observations, seen)}
        self.steps.append(last.model_copy(update=found))


def read_trajectories(journal: Journal, run_id: str) -> list[Trajectory]:
    """The trajectories of a run, an attempt each, in the order in which they were begun.

    Raises `RunNotFoundError` for a run that is not in the journal.
    """
    run = journal.run(run_id)
    events = [_EVENT.validate_json(body) for body in journal.events(run.id)]
    goals = {s.id: s.goal for e in events if isinstance(e, PlanMade | PlanRevised) for s in e.plan.subtasks}
    ends = {(e.subtask, e.result.attempts): e.result for e in events if isinstance(e, SubtaskFinished)}
    found: list[Trajectory] = []
    for subtask, attempts in _attempts(journal.calls(run.id)).items():
        for number, attempt in enumerate(attempts, start=1):
            end = ends.get((subtask, number))
            found.append(
                Trajectory(
                    run_id=run.id,
                    subtask=subtask,
                    attempt=number,
                    goal=goals.get(subtask, ""),
                    steps=tuple(attempt.steps),
                    answer=end.answer if end else "",
                    success=end is not None and end.ok,
                )
            )
    return found


def _attempts(calls: Iterable[CallRecord]) -> dict[str, list[_Attempt]]:
    """Calls by subtask and attempt: scopes are `run/SUBTASK/WORKER#KEY`.

    A tool that must not be repeated is on file under `run/SUBTASK`, and belongs to the attempt that
    was under way.
    """
    found: dict[str, list[_Attempt]] = {}
    for call in calls:
        _, *parts = call.scope.split("/")
        if not parts or call.state != "done" or (call.kind == "model" and call.name != "work"):
            continue
        attempts = found.setdefault(unquote(parts[0]), [])
        own = len(parts) > 1
        if own and (not attempts or attempts[-1].scope != call.scope):
            attempts.append(_Attempt(call.scope))
        elif not attempts:
            attempts.append(_Attempt(""))
        if call.kind == "model":
            attempts[-1].think(call)
        else:
            attempts[-1].act(call)
    return found


def _thought(text: str) -> str:
    """What the model said beside its actions; of a turn in JSON, its thought."""
    try:
        turn = json.loads(text)
    except ValueError:
        return text
    return str(turn["thought"]) if isinstance(turn, dict) and "thought" in turn else text
