"""Proposing to have a task done in parts: what the model is offered, what counts, what it is told."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from agentkit.messages import ChatRequest, Completion, ToolCall
from agentkit.plan import Plan, Subtask
from agentkit.protocols import Assignment, ToolOutcome, WorkerContext
from agentkit.testing import FunctionModel
from agentkit.workers.reasoning import ReasoningWorker
from agentkit.workers.splitting import Proposal, proposal_in, split_task

Part = dict[str, Any]


def part(key: str, *needs: str, **more: Any) -> Part:
    return {"id": key, "goal": f"do {key}", "needs": list(needs), "expects": f"{key}'s figure"} | more


def wish(*parts: Part, key: str = "c1", **arguments: Any) -> ToolCall:
    """A call that proposes these parts, or has these arguments instead."""
    return ToolCall(id=key, name="split_task", arguments=arguments or {"parts": list(parts)})


def fan(width: int) -> list[Part]:
    """So many parts side by side, and one that needs them all."""
    beside = [part(f"p{n}") for n in range(width)]
    return [*beside, part("end", *(p["id"] for p in beside))]


def told(*calls: ToolCall, first: bool = True) -> Sequence[ToolOutcome]:
    """What the worker's model is told of a proposal that is none."""
    found = proposal_in(calls, first=first)
    assert found is not None
    assert found.parts == ()
    assert all(o.is_error for o in found.outcomes)
    return found.outcomes


# What is a proposal


def test_parts_of_which_some_go_on_side_by_side_and_one_comes_last_are_a_proposal() -> None:
    found = proposal_in([wish(part("old"), part("new"), part("both", "old", "new"))], first=True)
    assert found == Proposal(
        parts=(
            Subtask(id="old", goal="do old", expects="old's figure"),
            Subtask(id="new", goal="do new", expects="new's figure"),
            Subtask(id="both", goal="do both", expects="both's figure", needs=("old", "new")),
        )
    )
    assert Plan(subtasks=found.parts).terminals == ("both",)


@pytest.mark.parametrize(
    "parts",
    [
        [part("a"), part("b"), part("c", "a"), part("end", "c", "b")],
        [part("end", "a", "b"), part("b"), part("a")],
        [part("a"), part("b", "a"), part("c", "a"), part("end", "b", "c")],
        fan(11),
    ],
    ids=["a chain within", "the last named first", "a common beginning", "as many as may be"],
)
def test_the_parts_may_be_shaped_in_any_other_way(parts: list[Part]) -> None:
    found = proposal_in([wish(*parts)], first=True)
    assert found is not None
    assert [p.id for p in found.parts] == [p["id"] for p in parts]
    assert found.outcomes == ()


def test_a_turn_without_the_call_proposes_nothing() -> None:
    other = ToolCall(id="c1", name="read_file", arguments={"name": "a.csv"})
    assert proposal_in([other], first=True) is None
    assert proposal_in([other], first=False) is None
    assert proposal_in([], first=True) is None


# What is none, and what the model is told


@pytest.mark.parametrize(
    ("parts", "complaint"),
    [
        ([], "0 parts: give 3 to 12"),
        ([part("a")], "1 parts: give 3 to 12"),
        (fan(12), "13 parts: give 3 to 12"),
        ([part("a"), part("b"), part("c")], "a, b, c: exactly one part must come last"),
        ([part("a"), part("b"), part("end", "a"), part("other", "b")], "end, other: exactly one part"),
        ([part("a"), part("b", "a")], "2 parts: give 3 to 12"),
        ([part("a"), part("b", "a"), part("c", "b", "a")], "each of these parts waits for the one before"),
        ([part("a"), part("a"), part("end", "a")], "subtask ids are used twice: a"),
        ([part("a"), part("b", "ghost"), part("end", "a", "b")], "b needs ghost, which the plan does not"),
        ([part("a", "b"), part("b", "a"), part("end", "a", "b")], "wait for each other in a circle"),
        ([part("a", "a"), part("b"), part("end", "a", "b")], "wait for each other in a circle: a → a"),
    ],
)
def test_what_cannot_be_carried_out_or_gains_nothing_is_refused(parts: list[Part], complaint: str) -> None:
    (outcome,) = told(wish(*parts))
    assert complaint in outcome.text
    assert outcome.call.id == "c1"


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        ({"into": 3}, "parts: Field required"),
        ({"parts": "a and b"}, "parts: Input should be a valid list"),
        ({"parts": fan(2), "why": "it is long"}, "why: Extra inputs are not permitted"),
        ({"parts": [part("a"), "b"]}, "parts.1: Input should be"),
        ({"parts": [{"id": "a", "goal": "x", "needs": []}]}, "parts.0.expects: Field required"),
        ({"parts": [part("a", worker="me")]}, "parts.0.worker: Extra inputs are not permitted"),
        ({"parts": [part("")]}, "parts.0.id: String should have at least 1 character"),
        ({"parts": [part("a" * 41)]}, "parts.0.id: String should have at most 40 characters"),
        ({"parts": [part("a", goal="")]}, "parts.0.goal: String should have at least 1 character"),
        ({"parts": [part("a", needs="b")]}, "parts.0.needs: Input should be a valid list"),
    ],
)
def test_wrong_arguments_are_named_by_their_place(arguments: dict[str, Any], complaint: str) -> None:
    (outcome,) = told(wish(**arguments))
    assert outcome.text.startswith(complaint)
    assert outcome.text.endswith("(mend the call, or do the work yourself)")


def test_the_longest_ids_can_be_put_in_a_plan() -> None:
    parts = [part("a" * 40), part("b" * 40), part("c" * 40, "a" * 40, "b" * 40)]
    found = proposal_in([wish(*parts)], first=True)
    assert found is not None
    whole = Plan(subtasks=(Subtask(id="task", goal="all"),))
    assert len(whole.graft("task", Plan(subtasks=found.parts)).subtasks) == 3


def test_once_work_has_begun_it_is_too_late_however_good_the_parts() -> None:
    (outcome,) = told(wish(*fan(2)), first=False)
    assert outcome.text == "a task is split at once or not at all; go on yourself"


def test_calls_beside_a_good_proposal_are_left_to_the_parts() -> None:
    look = ToolCall(id="c0", name="read_file", arguments={"name": "a.csv"})
    found = proposal_in([look, wish(*fan(2))], first=True)
    assert found is not None
    assert len(found.parts) == 3
    assert found.outcomes == ()


def test_every_call_beside_a_bad_one_has_an_answer_of_its_own() -> None:
    """Providers refuse a conversation in which a call has none."""
    look = ToolCall(id="c0", name="read_file", arguments={"name": "a.csv"})
    outcomes = told(look, wish(part("a")), wish(*fan(2), key="c2"))
    assert [o.call.id for o in outcomes] == ["c0", "c1", "c2"]
    assert "1 parts" in outcomes[1].text
    assert outcomes[0].text == outcomes[2].text == "not run, because of split_task"


# How it is offered


def test_the_call_has_a_schema_that_says_what_a_part_is() -> None:
    spec = split_task()
    assert spec.name == "split_task"
    assert spec.parameters["required"] == ["parts"]
    item = spec.parameters["properties"]["parts"]["items"]
    assert item["required"] == list(item["properties"]) == ["id", "goal", "needs", "expects"]
    assert item["additionalProperties"] is False
    assert item["properties"]["needs"]["items"] == {"type": "string"}
    assert all(item["properties"][name]["description"] for name in ("goal", "needs"))


def test_its_description_says_when_it_can_be_made_and_what_the_parts_must_be() -> None:
    words = split_task().description
    for wanted in ("very first call", "independent", "know only what you write", "last part"):
        assert wanted in words


ASSIGNMENT = Assignment(goal="count", subtask=Subtask(id="task", goal="count"), final=True, may_split=True)


class Desk:
    """A worker's context with a model and no tools."""

    tools = ()
    seconds_left = None

    def __init__(self, model: FunctionModel) -> None:
        self.model = model

    async def call_tools(self, calls: Sequence[ToolCall]) -> list[ToolOutcome]:
        raise AssertionError("there are no tools")

    async def ask_person(self, prompt: str, detail: str = "") -> str:
        raise AssertionError("there is nobody to ask")


async def opening(*, native: bool, may_split: bool = True) -> ChatRequest:
    """What the worker's model is asked first."""
    answer = '{"thought": "", "calls": [], "answer": "7", "give_up": ""}'
    model = FunctionModel(lambda _: Completion(text=answer), native_tools=native)
    context: WorkerContext = Desk(model)
    await ReasoningWorker().run(ASSIGNMENT.model_copy(update={"may_split": may_split}), context)
    (request,) = model.requests
    return request


async def test_natively_it_is_a_tool_like_any_other() -> None:
    request = await opening(native=True)
    assert [t.name for t in request.tools] == ["split_task", "give_up"]
    assert request.tools[0] == split_task()


async def test_in_json_it_is_a_line_among_the_tools() -> None:
    request = await opening(native=False)
    (line,) = [x for x in request.messages[0].content.splitlines() if x.startswith("- split_task(")]
    spec = split_task()
    described = {
        name: f" ({field['description']})" if "description" in field else ""
        for name, field in spec.parameters["properties"]["parts"]["items"]["properties"].items()
    }
    kinds = {"id": "string", "goal": "string", "needs": "list of string", "expects": "string"}
    fields = ", ".join(f"{name}: {kind}{described[name]}" for name, kind in kinds.items())
    assert line == f"- split_task(parts: list of {{{fields}}}): {spec.description.strip()}"
    assert request.tools == ()
    assert request.output is not None
    assert '"split_task"' in request.output.model_dump_json()


@pytest.mark.parametrize("native", [True, False])
async def test_where_it_may_not_split_nothing_is_said_of_it(native: bool) -> None:
    request = await opening(native=native, may_split=False)
    assert "split_task" not in request.model_dump_json()
