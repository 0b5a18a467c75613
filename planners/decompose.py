"""The planner of Workforce: splits a task into subtasks, knowing the workers only by their descriptions.

Source: Hu et al. 2025, "OWL: Optimized Workforce Learning" (arXiv 2505.23885), section 3.
"""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from agentkit.errors import PlanError
from agentkit.messages import ChatRequest, Message
from agentkit.models.structured import structured
from agentkit.plan import Plan, Subtask
from agentkit.prompts import load_prompt
from agentkit.protocols import ChatModel, PlanRequest

__all__ = ["DecomposePlanner"]


class _Piece(BaseModel):
    model_config = ConfigDict(extra="forbid")

    id: str = Field(min_length=1, max_length=40)
    goal: str = Field(min_length=1)
    needs: list[str]
    expects: str


class _Draft(BaseModel):
    model_config = ConfigDict(extra="forbid")

    subtasks: list[_Piece]


class DecomposePlanner:
    """Asks the model for a plan. A task that needs no splitting stays whole, for a short answer's price.

    So does one that a single worker would do step by step: only what can go on side by side, or needs
    different workers, is split. Where the team is one worker who can tell that by itself
    (`PlanRequest.on_demand`), the task is given to it whole, and the model is not asked for a plan.
    """

    name = "decompose"
    leaves_splitting = True
    """Where a team's one worker can tell by itself whether to split, it asks for no plan first."""

    def __init__(self, *, max_subtasks: int = 12) -> None:
        self.max_subtasks = max_subtasks

    async def plan(self, request: PlanRequest, model: ChatModel) -> Plan | None:
        """A plan. Raises `OutputError` where the model never gives one that can be carried out."""
        if request.on_demand and request.plan is None and not request.feedback:
            return _whole(request)

        def check(draft: _Draft) -> _Draft:
            try:
                self._build(draft, request)
            except PlanError as error:
                raise ValueError(str(error)) from error  # shown to the model, which may mend it
            return draft

        system = load_prompt(__file__, "decompose")
        cards = "\n".join(f"- {w.name}: {w.description}" for w in request.workers)
        system = system.replace("{workers}", cards).replace("{limit}", str(self.max_subtasks))
        messages = (Message(role="system", content=system), Message(role="user", content=_brief(request)))
        chat = ChatRequest(messages=messages, stage="plan", max_tokens=4096)
        found = await structured(model, chat, Annotated[_Draft, AfterValidator(check)], name="plan")
        return self._build(found.value, request)

    def _build(self, draft: _Draft, request: PlanRequest) -> Plan:
        """The draft as a plan, finished subtasks kept. Raises `PlanError`."""
        if not draft.subtasks:
            if request.plan is not None and not request.feedback:
                raise PlanError("a new plan needs at least one subtask")
            return _whole(request)
        if len(draft.subtasks) > self.max_subtasks:
            extra = tuple(p.id for p in draft.subtasks[self.max_subtasks :])
            text = f"{len(draft.subtasks)} subtasks are too many (at most {self.max_subtasks})"
            raise PlanError(text, subtasks=extra, mend="make them larger")
        kept = self._kept(request)
        fresh = tuple(
            Subtask(id=p.id, goal=p.goal, expects=p.expects, needs=tuple(p.needs)) for p in draft.subtasks
        )
        plan = Plan(subtasks=kept + fresh)
        return _whole(request) if _gains_nothing(plan, request) else plan

    def _kept(self, request: PlanRequest) -> tuple[Subtask, ...]:
        """Finished subtasks of the old plan, which no longer need anything that is not finished."""
        if request.plan is None:
            return ()
        done = {f.id for f in request.finished}
        return tuple(
            s.model_copy(update={"needs": tuple(n for n in s.needs if n in done)})
            for s in request.plan.subtasks
            if s.id in done
        )


def _whole(request: PlanRequest) -> Plan:
    return Plan(subtasks=(Subtask(id="task", goal=request.task.goal),))


def _gains_nothing(plan: Plan, request: PlanRequest) -> bool:
    """Whether a first plan has one worker do one thing after the other, as it would without a plan.

    Weak models split whatever they are given, and so into steps that a worker takes within one subtask.
    """
    first = request.plan is None and not request.feedback
    return first and len(request.workers) == 1 and plan.critical_path().length == len(plan.subtasks)


def _brief(request: PlanRequest) -> str:
    parts = [f"Task: {request.task.goal}"]
    if request.files:
        parts.append(f"Files:\n{request.files}")
    if request.plan is not None and not request.feedback:
        parts.append(load_prompt(__file__, "replan"))
        parts += [f"Finished [{f.id}] {f.goal}\n{f.answer}" for f in request.finished]
        parts += [
            f"Failed [{f.subtask.id}] {f.subtask.goal}\nWhy: {f.failure.message}" for f in request.failed
        ]
    if request.plan is not None and request.feedback:
        parts += [f"Plan so far [{s.id}] {s.goal}" for s in request.plan.subtasks]
    if request.feedback:
        parts.append(f"What must be different: {request.feedback}")
    return "\n\n".join(parts)
