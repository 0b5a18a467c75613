"""Events are told apart by their kind and survive JSON."""

from typing import Any, get_args

import pytest
from pydantic import TypeAdapter, ValidationError

from agentkit import events
from agentkit.budget import Usage
from agentkit.events import AnyEvent, Event
from agentkit.plan import Plan, Subtask
from agentkit.result import Evidence, Failure, Question, WorkerResult

ADAPTER: TypeAdapter[Event] = TypeAdapter(AnyEvent)
COMMON: dict[str, Any] = {"run_id": "r1", "at": 1700000000.25}
PLAN = Plan(subtasks=(Subtask(id="a", goal="count"), Subtask(id="b", goal="report", needs=("a",))))
RESULT = WorkerResult(
    answer="4", evidence=(Evidence(source="orders.csv", quote="4 rows"),), worker="reasoning"
)
EXAMPLES: list[Event] = [
    events.RunStarted(**COMMON, goal="count", resumed=True),
    events.PlanMade(**COMMON, plan=PLAN),
    events.PlanRevised(**COMMON, plan=PLAN, reason="a failed"),
    events.SubtaskAssigned(**COMMON, subtask="a", worker="reasoning"),
    events.SubtaskStarted(**COMMON, subtask="a", worker="reasoning", attempt=2),
    events.SubtaskFinished(**COMMON, subtask="a", result=RESULT),
    events.RecoveryChosen(
        **COMMON, subtask="a", recovery="split", failure=Failure(kind="step_limit", message="too long")
    ),
    events.ModelCalled(**COMMON, stage="work", subtask="a", model="m", usage=Usage(calls=1, usd=0.5)),
    events.ToolCalled(**COMMON, tool="calculate", arguments={"expression": "1+1"}, preview="2"),
    events.TokenDelta(**COMMON, stage="compose", text="The", restart=True),
    events.QuestionAsked(**COMMON, question=Question(id="q1", kind="approval", prompt="May I?")),
    events.RunFinished(**COMMON, status="partial", answer="4", usage=Usage(calls=3), reason="budget"),
]


def test_there_is_an_example_of_every_event() -> None:
    union, _ = get_args(AnyEvent)
    assert {type(example) for example in EXAMPLES} == set(get_args(union)) == set(Event.__subclasses__())


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda e: type(e).__name__)
def test_an_event_comes_back_from_json_as_what_it_was(example: Event) -> None:
    again = ADAPTER.validate_json(example.model_dump_json())
    assert type(again) is type(example)
    assert again == example


def test_kinds_are_all_different() -> None:
    kinds = [example.model_dump()["kind"] for example in EXAMPLES]
    assert len(set(kinds)) == len(kinds)


@pytest.mark.parametrize("kind", ["party", None])
def test_an_unknown_kind_is_refused(kind: str | None) -> None:
    with pytest.raises(ValidationError, match="kind"):
        ADAPTER.validate_python({**COMMON, "kind": kind})


def test_fields_of_another_kind_are_refused() -> None:
    with pytest.raises(ValidationError, match="worker"):
        ADAPTER.validate_python({**COMMON, "kind": "run_started", "goal": "count", "worker": "x"})
