"""The reasoning worker: the same work with native tool calls and by JSON."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import pytest

from agentkit.errors import ModelRefusedError, OutputError
from agentkit.messages import ChatRequest, Completion, Message, ToolCall, ToolSpec
from agentkit.plan import Subtask
from agentkit.protocols import Assignment, ChatModel, FinishedSubtask, ToolOutcome, WorkerContext
from agentkit.result import WorkerResult
from agentkit.task import Attachment
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
    seconds_left: float | None = None

    @property
    def tools(self) -> tuple[ToolSpec, ...]:
        return tuple(t.spec for t in self.toolbox)

    async def call_tools(self, calls: Any) -> list[ToolOutcome]:
        self.turns.append(list(calls))
        return [self._run(c) for c in calls]

    def _run(self, call: ToolCall) -> ToolOutcome:
        chosen = next((t for t in self.toolbox if t.name == call.name), None)
        if chosen is None:
            return ToolOutcome(call=call, text=f"there is no tool called {call.name!r}", is_error=True)
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


# Proposing to split


SPLITTABLE = Assignment(goal="report", subtask=Subtask(id="task", goal="report"), final=True, may_split=True)
SPLIT: tuple[str, dict[str, Any]] = (
    "split_task",
    {
        "parts": [
            {"id": "pens", "goal": "count the pens", "needs": [], "expects": "a number"},
            {"id": "ink", "goal": "count the ink", "needs": [], "expects": "a number"},
            {"id": "sum", "goal": "add them up", "needs": ["pens", "ink"], "expects": "a number"},
        ]
    },
)
NO_SPLIT: tuple[str, dict[str, Any]] = ("split_task", {"parts": SPLIT[1]["parts"][:1]})
STOCK: tuple[str, dict[str, Any]] = ("stock", {"item": "pen"})


@both_modes
async def test_it_may_begin_by_proposing_parts_which_ends_its_attempt(mode: Mode) -> None:
    model = script(mode, turn(mode, SPLIT))
    result, desk = await work(model, SPLITTABLE)
    assert result.failure is not None
    assert (result.failure.kind, result.failure.message) == ("divided", "better done in 3 parts")
    assert [(p.id, p.goal, p.needs) for p in result.parts] == [
        ("pens", "count the pens", ()),
        ("ink", "count the ink", ()),
        ("sum", "add them up", ("pens", "ink")),
    ]
    assert (result.answer, result.steps, desk.turns) == ("", 1, [])


@both_modes
async def test_tools_called_beside_a_proposal_are_not_run(mode: Mode) -> None:
    result, desk = await work(script(mode, turn(mode, STOCK, SPLIT)), SPLITTABLE)
    assert len(result.parts) == 3
    assert desk.turns == []


@both_modes
async def test_a_task_that_it_may_split_is_done_like_any_other_where_it_does_not(mode: Mode) -> None:
    model = script(mode, turn(mode, STOCK), turn(mode, answer="7"))
    result, _ = await work(model, SPLITTABLE)
    assert (result.answer, result.parts, result.steps) == ("7", (), 2)


@both_modes
async def test_a_bad_proposal_is_answered_and_the_work_can_go_on(mode: Mode) -> None:
    model = script(mode, turn(mode, STOCK, NO_SPLIT), turn(mode, STOCK), turn(mode, answer="7"))
    result, desk = await work(model, SPLITTABLE)
    assert (result.answer, result.steps) == ("7", 3)
    assert [[c.name for c in calls] for calls in desk.turns] == [["stock"]]
    heard = shown(model.requests[1])
    assert "Error: not run, because of split_task" in heard
    assert "Error: 1 parts: give 3 to 12, or do the work yourself" in heard
    assert [e.source for e in result.evidence] == ['stock({"item": "pen"})']


@both_modes
async def test_a_bad_proposal_may_be_mended_at_once(mode: Mode) -> None:
    result, _ = await work(script(mode, turn(mode, NO_SPLIT), turn(mode, SPLIT)), SPLITTABLE)
    assert (len(result.parts), result.steps) == (3, 2)


@both_modes
@pytest.mark.parametrize("before", [(STOCK,), (NO_SPLIT, NO_SPLIT), (NO_SPLIT, STOCK)])
async def test_later_it_is_told_to_go_on_by_itself(
    mode: Mode, before: tuple[tuple[str, dict[str, Any]], ...]
) -> None:
    turns = [*(turn(mode, call) for call in before), turn(mode, SPLIT), turn(mode, answer="7")]
    model = script(mode, *turns)
    result, _ = await work(model, SPLITTABLE)
    assert (result.answer, result.parts) == ("7", ())
    assert "split at once or not at all; go on yourself" in model.requests[-1].messages[-1].content


@both_modes
async def test_proposing_over_and_over_is_a_circle_too(mode: Mode) -> None:
    model = script(mode, turn(mode, STOCK), *(turn(mode, SPLIT) for _ in range(9)))
    result, desk = await work(model, SPLITTABLE)
    assert result.failure is not None
    assert (result.failure.kind, len(model.requests), len(desk.turns)) == ("loop", 5, 1)
    assert "split_task" in result.failure.message
    hints = ["made this call before" in r.messages[-1].content for r in model.requests]
    assert hints == [False, False, False, True, True]


@both_modes
async def test_on_its_only_turn_it_has_to_do_the_work(mode: Mode) -> None:
    model = script(mode, turn(mode, SPLIT))
    result, _ = await work(model, SPLITTABLE, max_steps=1)
    assert result.failure is not None
    assert (result.failure.kind, result.parts) == ("step_limit", ())


async def test_where_it_may_not_split_a_native_call_of_it_is_one_of_a_tool_that_does_not_exist() -> None:
    model = script("native", turn("native", SPLIT), turn("native", answer="7"))
    result, _ = await work(model)
    assert (result.answer, result.parts) == ("7", ())
    assert [t.name for t in model.requests[0].tools] == ["square", "stock", "give_up"]
    assert "there is no tool called 'split_task'" in shown(model.requests[1])


async def test_where_it_may_not_split_a_call_of_it_is_not_taken_in_json() -> None:
    model = script("json", turn("json", SPLIT), turn("json", answer="7"))
    result, desk = await work(model)
    assert (result.answer, result.parts, desk.turns) == ("7", (), [])


async def test_natively_every_call_of_a_bad_proposal_is_answered_by_its_id() -> None:
    model = script("native", turn("native", STOCK, NO_SPLIT), turn("native", answer="7"))
    await work(model, SPLITTABLE)
    assert [m.tool_call_id for m in model.requests[1].messages if m.role == "tool"] == ["c0", "c1"]


async def test_without_tools_of_its_own_a_split_is_still_offered() -> None:
    model = script("json", turn("json", SPLIT))
    result = await ReasoningWorker(tools=()).run(SPLITTABLE, Desk(model, ()))
    assert len(result.parts) == 3


async def test_in_a_small_context_fewer_files_are_given_whole(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("word " * 1000)
    files = (Attachment.from_path(tmp_path / "notes.txt"),)
    for tokens, whole in ((None, True), (128_000, True), (4096, False)):
        said = json.dumps({"thought": "", "calls": [], "answer": "done", "give_up": ""})
        model = ScriptedModel([said], context_tokens=tokens)
        assignment = Assignment(goal="Sum up.", subtask=Subtask(id="s", goal="Sum up."), attachments=files)
        await ReasoningWorker(tools=[]).run(assignment, Desk(model))
        assert ("word word word" in model.requests[0].messages[1].content) == whole


async def test_a_part_sees_those_files_in_full_that_its_goal_names(tmp_path: Path) -> None:
    for name in ("rules.txt", "rates.txt"):
        (tmp_path / name).write_text(f"all that {name} says")
    files = tuple(Attachment.from_path(tmp_path / name) for name in ("rules.txt", "rates.txt"))

    async def told(goal: str, **more: Any) -> str:
        model = ScriptedModel([json.dumps({"thought": "", "calls": [], "answer": "done", "give_up": ""})])
        part = Assignment(goal="all", subtask=Subtask(id="s", goal=goal), attachments=files, **more)
        await ReasoningWorker(tools=[]).run(part, Desk(model))
        return model.requests[0].messages[1].content

    assert "all that rules.txt says" in (part := await told("Apply rules.txt."))
    assert "all that rates.txt" not in part and "rates.txt: text, 1 line" in part
    assert "all that rates.txt says" in await told("Work it out.")
    assert "all that rates.txt says" in await told("Apply rules.txt.", final=True)
    given = (FinishedSubtask(id="a", goal="", answer="1"),)
    assert "all that rates.txt says" not in await told("Add up.", final=True, inputs=given)
