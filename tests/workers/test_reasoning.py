"""The reasoning worker: the same work with native tool calls and by JSON."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any, Literal

import pytest

from agentkit.errors import ModelRefusedError, OutputError
from agentkit.messages import ChatRequest, Completion, Message, ToolCall, ToolSpec
from agentkit.plan import Subtask
from agentkit.protocols import Assignment, ChatModel, FinishedSubtask, ToolOutcome, WorkerContext
from agentkit.result import WorkerResult
from agentkit.testing import FunctionModel, ScriptedModel
from agentkit.tools.tool import Tool, tool
from agentkit.workers.reasoning import ReasoningWorker

Mode = Literal["native", "json"]


@tool
def square(n: int) -> int:
    """Square a number.

    Args:
        n: Which.
    """
    return n * n


@tool
def stock(item: Literal["pen", "ink"], month: str = "May") -> str:
    """Tell what is in stock."""
    if item == "ink":
        raise ValueError("no ink is kept")
    return f"7 {item}s in {month}"


@dataclass
class Desk:
    """What a worker gets: a model and tools that run at once."""

    model: ChatModel
    toolbox: tuple[Tool, ...] = (square, stock)
    turns: list[list[ToolCall]] = field(default_factory=list)

    @property
    def tools(self) -> tuple[ToolSpec, ...]:
        return tuple(t.spec for t in self.toolbox)

    async def call_tools(self, calls: Any) -> list[ToolOutcome]:
        self.turns.append(list(calls))
        return [self._run(c) for c in calls]

    def _run(self, call: ToolCall) -> ToolOutcome:
        chosen = next(t for t in self.toolbox if t.name == call.name)
        try:
            return ToolOutcome(call=call, text=str(chosen(**chosen.check(call.arguments))))
        except ValueError as error:
            return ToolOutcome(call=call, text=str(error), is_error=True)

    async def ask_person(self, prompt: str, detail: str = "") -> str:
        raise AssertionError("it has nobody to ask")


def turn(mode: Mode, *calls: tuple[str, dict[str, Any]], answer: str = "", give_up: str = "") -> Completion:
    """What a model says in one turn, in the words of its mode."""
    if mode == "json":
        said = [{"tool": name, "arguments": arguments} for name, arguments in calls]
        body = {"thought": "hm", "calls": said, "answer": answer, "give_up": give_up}
        return Completion(text=json.dumps(body))
    wishes = [*calls, *([("give_up", {"why": give_up})] if give_up else [])]
    return Completion(
        text=answer,
        tool_calls=tuple(ToolCall(id=f"c{n}", name=name, arguments=a) for n, (name, a) in enumerate(wishes)),
    )


def script(mode: Mode, *turns: Completion) -> ScriptedModel:
    return ScriptedModel(turns, native_tools=mode == "native")


PART = Assignment(
    goal="report on pens",
    subtask=Subtask(id="p", goal="count the pens", expects="a number"),
    inputs=(FinishedSubtask(id="before", goal="find the month", answer="May"),),
)


async def work(model: ChatModel, assignment: Assignment = PART, **options: Any) -> tuple[WorkerResult, Desk]:
    desk = Desk(model)
    context: WorkerContext = desk
    return await ReasoningWorker(**options).run(assignment, context), desk


def shown(request: ChatRequest) -> str:
    """All that a request says after the system prompt."""
    return "\n".join(m.content for m in request.messages[1:])


both_modes = pytest.mark.parametrize("mode", ["native", "json"])


@both_modes
async def test_it_thinks_calls_tools_and_answers(mode: Mode) -> None:
    model = script(
        mode,
        turn(mode, ("stock", {"item": "pen"})),
        turn(mode, ("square", {"n": 7})),
        turn(mode, answer="49"),
    )
    result, desk = await work(model)
    assert result.ok
    assert (result.answer, result.steps) == ("49", 3)
    assert [[c.name for c in calls] for calls in desk.turns] == [["stock"], ["square"]]
    assert "7 pens in May" in shown(model.requests[1])
    assert "49" in model.requests[2].messages[-1].content
    assert [(e.source, e.quote) for e in result.evidence] == [
        ('stock({"item": "pen"})', "7 pens in May"),
        ('square({"n": 7})', "49"),
    ]


@both_modes
async def test_several_calls_of_one_turn_go_out_together_and_come_back_apart(mode: Mode) -> None:
    calls: list[tuple[str, dict[str, Any]]] = [("square", {"n": 2}), ("square", {"n": 3})]
    calls += [("stock", {"item": "pen", "month": "June"})]
    model = script(mode, turn(mode, *calls), turn(mode, answer="done"))
    result, desk = await work(model)
    assert result.steps == 2
    assert [(c.name, c.arguments) for c in desk.turns[0]] == calls
    assert len({c.id for c in desk.turns[0]}) == 3
    heard = shown(model.requests[1])
    assert heard.index("4") < heard.index("9") < heard.index("7 pens in June")


@both_modes
async def test_a_failed_call_is_shown_as_such_and_is_no_evidence(mode: Mode) -> None:
    model = script(mode, turn(mode, ("stock", {"item": "ink"})), turn(mode, answer="no ink"))
    result, _ = await work(model)
    assert "Error: no ink is kept" in shown(model.requests[1])
    assert result.evidence == ()


@both_modes
async def test_it_may_give_up_and_says_why(mode: Mode) -> None:
    result, _ = await work(script(mode, turn(mode, give_up="there is no price list")))
    assert result.failure is not None
    assert (result.failure.kind, result.failure.message) == ("gave_up", "there is no price list")


@both_modes
async def test_on_its_last_turn_it_is_told_to_answer(mode: Mode) -> None:
    model = script(
        mode,
        turn(mode, ("square", {"n": 1})),
        turn(mode, ("square", {"n": 2})),
        turn(mode, answer="enough"),
    )
    result, _ = await work(model, max_steps=3)
    assert result.answer == "enough"
    last = [r.messages[-1].content for r in model.requests]
    assert ["last call" in words for words in last] == [False, False, True]


@both_modes
async def test_who_still_calls_tools_on_the_last_turn_has_failed(mode: Mode) -> None:
    model = script(mode, *(turn(mode, ("square", {"n": n})) for n in range(3)))
    result, desk = await work(model, max_steps=3)
    assert result.failure is not None
    assert (result.failure.kind, result.steps) == ("step_limit", 3)
    assert len(desk.turns) == 2  # what it wanted last could not be shown to it any more


@both_modes
async def test_going_round_in_circles_is_pointed_out_and_then_stopped(mode: Mode) -> None:
    model = script(mode, *(turn(mode, ("square", {"n": 5})) for _ in range(9)))
    result, desk = await work(model)
    assert result.failure is not None
    assert (result.failure.kind, len(desk.turns)) == ("loop", 4)
    assert "square" in result.failure.message
    hints = ["made this call before" in r.messages[-1].content for r in model.requests]
    assert hints == [False, False, True, True]


@both_modes
async def test_the_same_call_with_other_arguments_is_no_circle(mode: Mode) -> None:
    model = script(mode, *(turn(mode, ("square", {"n": n})) for n in range(9)), turn(mode, answer="ok"))
    result, _ = await work(model)
    assert result.answer == "ok"


@both_modes
async def test_a_refusal_is_not_an_answer(mode: Mode) -> None:
    refusal = Completion(text="I can't help with that.", finish="refused")
    with pytest.raises(ModelRefusedError):
        await work(script(mode, *[refusal] * 3))


@both_modes
async def test_nothing_said_is_a_failure(mode: Mode) -> None:
    with pytest.raises(OutputError):
        await work(script(mode, *[Completion(text="  ")] * 3))


@both_modes
async def test_an_answer_that_was_cut_off_is_a_failure(mode: Mode) -> None:
    cut = turn(mode, answer="the answer is fort")
    with pytest.raises(OutputError, match="cut off"):
        await work(script(mode, *[cut.model_copy(update={"text": cut.text[:-3], "finish": "length"})] * 3))


async def test_a_turn_without_its_form_is_mended_by_the_model() -> None:
    model = script("json", Completion(text="Let me think."), turn("json", answer="7"))
    result, _ = await work(model)
    assert (result.answer, result.steps, len(model.requests)) == ("7", 1, 2)


async def test_a_tool_that_does_not_exist_is_not_taken_in_json() -> None:
    model = script("json", turn("json", ("magic", {})), turn("json", answer="7"))
    result, desk = await work(model)
    assert (result.answer, desk.turns) == ("7", [])


async def test_in_json_the_model_is_told_the_tools_in_words() -> None:
    model = script("json", turn("json", answer="7"))
    await work(model)
    system = model.requests[0].messages[0].content
    assert "- square(n: integer (Which.)): Square a number." in system
    assert '- stock(item: "pen"|"ink", month: string = "May"): Tell what is in stock.' in system
    assert model.requests[0].tools == ()
    assert model.requests[0].output is not None


async def test_natively_the_model_is_offered_the_tools_and_a_way_to_give_up() -> None:
    model = script("native", turn("native", answer="7"))
    await work(model, max_steps=2)
    assert [t.name for t in model.requests[0].tools] == ["square", "stock", "give_up"]
    assert model.requests[0].output is None


async def test_without_tools_plain_words_will_do() -> None:
    model = ScriptedModel(["seven"])
    result = await ReasoningWorker(tools=()).run(PART, Desk(model, ()))
    assert result.answer == "seven"
    assert model.requests[0].output is None


async def test_it_is_told_its_part_what_is_expected_and_the_results_that_it_needs() -> None:
    model = FunctionModel(lambda _: "x", native_tools=True)
    feedback = PART.model_copy(update={"feedback": "The last attempt failed: no number"})
    await work(model, feedback)
    words = model.requests[0].messages[1].content
    for wanted in (
        "report on pens",
        "count the pens",
        "a number",
        "[before] find the month\nMay",
        "no number",
    ):
        assert wanted in words


async def test_what_stays_the_same_for_all_subtasks_comes_first() -> None:
    """Providers charge less for the front of a prompt that they have seen before."""
    model = FunctionModel(lambda _: "x", native_tools=True)
    other = PART.model_copy(update={"subtask": Subtask(id="q", goal="price the pens")})
    await work(model, PART)
    await work(model, other)
    one, two = (r.messages for r in model.requests)
    assert one[0] == two[0]
    same = next(n for n, (a, b) in enumerate(zip(one[1].content, two[1].content, strict=False)) if a != b)
    assert one[1].content[:same].endswith("Your part: ")


async def test_a_conversation_only_grows_at_its_end() -> None:
    model = script(
        "native", *(turn("native", ("square", {"n": n})) for n in range(3)), turn("native", answer="x")
    )
    await work(model)
    for shorter, longer in zip(model.requests, model.requests[1:], strict=False):
        assert longer.messages[: len(shorter.messages)] == shorter.messages


async def test_a_native_result_names_the_call_that_it_answers() -> None:
    model = script(
        "native", turn("native", ("square", {"n": 2}), ("square", {"n": 3})), turn("native", answer="x")
    )
    await work(model)
    results = [m for m in model.requests[1].messages if m.role == "tool"]
    assert [(m.tool_call_id, m.content) for m in results] == [("c0", "4"), ("c1", "9")]
    assert isinstance(results[0], Message)
