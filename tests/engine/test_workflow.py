"""What a durable workflow promises, seen from outside."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel, ValidationError

from agentkit.budget import Budget, Usage
from agentkit.engine.context import WorkflowContext
from agentkit.engine.store import Store, open_journal
from agentkit.engine.workflow import Workflow, workflow
from agentkit.errors import (
    ModelRefusedError,
    OutputError,
    RunBusyError,
    RunNotFoundError,
    StoreError,
    TaskError,
    UnknownNameError,
    UsageError,
)
from agentkit.events import ModelCalled, RunFinished, RunStarted
from agentkit.messages import ChatRequest, Completion, ToolCall
from agentkit.protocols import Assignment, ToolOutcome, WorkerContext
from agentkit.testing import FunctionModel, FunctionWorker, ScriptedModel
from agentkit.tools.tool import tool
from agentkit.workers.reasoning import ReasoningWorker
from tests.engine.conftest import Heard

SILENT = ScriptedModel([])
"""For workflows that ask no model."""


def last_words(request: ChatRequest) -> str:
    """An echo, so that every question has an answer of its own."""
    return f"<{request.messages[-1].content}>"


@pytest.fixture
def echo() -> FunctionModel:
    return FunctionModel(last_words)


def asked(model: FunctionModel | ScriptedModel) -> list[str]:
    return sorted(r.messages[-1].content for r in model.requests)


def state(home: Path, run_id: str) -> str:
    journal = open_journal(home)
    try:
        return journal.run(run_id).state
    finally:
        journal.close()


class Order(BaseModel):
    item: str
    count: int


class Receipt(BaseModel):
    total: float


@dataclass
class Point:
    x: int
    y: int


# Input and output


async def test_input_and_output_have_the_declared_types(home: Path) -> None:
    @workflow
    async def buy(ctx: WorkflowContext, order: Order) -> Receipt:
        return Receipt(total=order.count * 2.5)

    result = await buy.run(Order(item="pen", count=2), model=SILENT, home=home)
    assert result.status == "answered"
    assert result.output == Receipt(total=5)
    assert result.answer == '{"total": 5.0}'
    assert await buy.resume(result.run_id, model=SILENT, home=home) == result


async def test_input_is_read_as_its_type_and_refused_where_it_does_not_fit(home: Path) -> None:
    @workflow
    async def buy(ctx: WorkflowContext, order: Order) -> str:
        return type(order).__name__

    given: Any = {"item": "pen", "count": "3"}
    assert (await buy.run(given, model=SILENT, home=home)).output == "Order"
    wrong: Any = {"item": "pen"}
    with pytest.raises(ValidationError, match="count"):
        await buy.run(wrong, model=SILENT, home=home)
    assert len(open_runs(home)) == 1  # the refused one left nothing behind


def open_runs(home: Path) -> list[Any]:
    journal = open_journal(home)
    try:
        return journal.runs()
    finally:
        journal.close()


async def test_any_type_that_pydantic_knows_will_do(home: Path) -> None:
    @workflow
    async def double(ctx: WorkflowContext, points: list[Point]) -> dict[str, Point]:
        return {str(n): Point(p.x * 2, p.y * 2) for n, p in enumerate(points)}

    result = await double.run([Point(1, 2)], model=SILENT, home=home)
    assert result.output == {"0": Point(2, 4)}
    assert (await double.resume(result.run_id, model=SILENT, home=home)).output == {"0": Point(2, 4)}


async def test_an_output_that_cannot_be_kept_is_an_error_that_says_so(home: Path) -> None:
    @workflow
    async def odd(ctx: WorkflowContext, text: str) -> Any:
        return object()

    with pytest.raises(UsageError, match=r"odd: the output cannot be kept"):
        await odd.run("x", model=SILENT, home=home)
    assert [r.state for r in open_runs(home)] == ["failed"]


def test_a_function_without_types_is_refused_with_the_form_that_is_wanted() -> None:
    async def untyped(ctx, value):  # type: ignore[no-untyped-def]
        return value

    with pytest.raises(UsageError, match=r"untyped: .*write: async def untyped\(ctx: WorkflowContext"):
        workflow(untyped)


async def test_it_can_be_run_without_an_event_loop_only_where_none_runs(home: Path) -> None:
    @workflow
    async def shout(ctx: WorkflowContext, text: str) -> str:
        return text.upper()

    result = await asyncio.to_thread(shout.run_sync, "hello", model=SILENT, home=home)
    assert result.answer == "HELLO"
    with pytest.raises(UsageError, match="await"):
        shout.run_sync("hello", model=SILENT, home=home)


async def test_a_worker_that_nobody_knows_is_an_error_naming_those_that_there_are(home: Path) -> None:
    @workflow
    async def ask(ctx: WorkflowContext, text: str) -> str:
        return (await ctx.work("nobody", text)).answer

    team = [FunctionWorker(lambda *_: "x", name="somebody")]
    with pytest.raises(UnknownNameError, match="somebody"):
        await ask.run("x", model=SILENT, home=home, workers=team)


# Asking


async def test_asking_gives_text_or_a_type(home: Path) -> None:
    model = ScriptedModel([" four ", Receipt(total=4), "[1, 2]"])

    @workflow
    async def sums(ctx: WorkflowContext, text: str) -> dict[str, Any]:
        words = await ctx.ask("in words?", system="You count.")
        receipt = await ctx.ask("as a receipt?", Receipt)
        return {"words": words, "total": receipt.total, "list": await ctx.ask("as a list?", list[int])}

    result = await sums.run("x", model=model, home=home)
    assert result.output == {"words": "four", "total": 4.0, "list": [1, 2]}
    assert [m.role for m in model.requests[0].messages] == ["system", "user"]
    assert set(result.stages) == {"ask"}
    assert result.usage.calls == 3


async def test_an_empty_answer_and_a_refusal_are_errors(home: Path) -> None:
    @workflow
    async def ask(ctx: WorkflowContext, text: str) -> str:
        return await ctx.ask(text)

    with pytest.raises(OutputError, match="empty"):
        await ask.run("x", model=ScriptedModel(["  "]), home=home)
    refusal = Completion(text="I'd rather not.", finish="refused")
    with pytest.raises(ModelRefusedError, match="rather not"):
        await ask.run("x", model=ScriptedModel([refusal]), home=home)


# A screen


async def test_a_screen_stands_before_the_tools_of_every_worker(home: Path) -> None:
    @tool
    def look_up(word: str) -> str:
        """Look a word up."""
        return f"{word} means something"

    class Screen:
        def refuse(self, call: ToolCall) -> str:
            return "that is the question itself" if call.arguments["word"] == "answer" else ""

        def withhold(self, outcome: ToolOutcome) -> str:
            return "it is the answer" if outcome.text.startswith("solution") else ""

    async def look(assignment: Assignment, context: WorkerContext) -> str:
        words = ("answer", "solution", "pen")
        calls = [ToolCall(id=w, name="look_up", arguments={"word": w}) for w in words]
        return "; ".join(o.text for o in await context.call_tools(calls))

    @workflow
    async def ask(ctx: WorkflowContext, text: str) -> str:
        return (await ctx.work(worker, text)).answer

    worker = FunctionWorker(look, tools=[look_up])
    result = await ask.run("x", model=SILENT, home=home, screen=Screen())
    assert result.answer == (
        "look_up: that is the question itself (find another way); "
        "This result is withheld: it is the answer; pen means something"
    )


# Resuming


async def test_after_an_exception_is_mended_only_what_is_left_is_done(
    home: Path, echo: FunctionModel
) -> None:
    broken, done = True, []

    def careful(*_: Any) -> str:
        done.append("once")
        return "careful"

    @workflow
    async def steps(ctx: WorkflowContext, text: str) -> str:
        first, by_hand = await asyncio.gather(ctx.ask("first"), ctx.work(worker, "by hand"))
        if broken:
            raise KeyError("a mistake in the program")
        return first + by_hand.answer + await ctx.ask("second")

    worker = FunctionWorker(careful)
    with pytest.raises(KeyError) as caught:
        await steps.run("x", model=echo, home=home)
    run_id = open_runs(home)[0].id
    assert state(home, run_id) == "failed"
    assert any(run_id in note for note in caught.value.__notes__)

    broken = False
    result = await steps.resume(run_id, model=echo, home=home)
    assert (result.status, result.answer) == ("answered", "<first>careful<second>")
    assert asked(echo) == ["first", "second"]
    assert done == ["once"]  # although no model stood behind it
    assert result.usage.calls == 2


async def test_an_error_of_a_step_is_given_to_the_program_and_tried_again_on_resuming(home: Path) -> None:
    @workflow
    async def ask(ctx: WorkflowContext, text: str) -> str:
        return await ctx.ask("kept") + await ctx.ask("lost")

    model = FunctionModel(lambda request: "" if "lost" in last_words(request) else "fine")
    with pytest.raises(OutputError):
        await ask.run("x", model=model, home=home)
    mended = FunctionModel(last_words)
    result = await ask.resume(open_runs(home)[0].id, model=mended, home=home)
    assert result.answer == "fine<lost>"
    assert asked(mended) == ["lost"]


async def test_a_program_may_catch_an_error_of_a_step_and_go_on(home: Path) -> None:
    @workflow
    async def ask(ctx: WorkflowContext, text: str) -> str:
        others = [asyncio.ensure_future(ctx.ask(f"other {n}")) for n in range(3)]
        try:
            found = await ctx.ask("hopeless")
        except OutputError:
            found = "without it"
        return found + "".join(await asyncio.gather(*others))

    model = FunctionModel(lambda request: "" if "hopeless" in last_words(request) else "o")
    assert (await ask.run("x", model=model, home=home)).answer == "without itooo"


async def test_a_stopped_run_is_interrupted_and_goes_on_where_it_was(home: Path) -> None:
    reached = asyncio.Event()
    stuck = True

    async def speak(request: ChatRequest) -> str:
        if stuck and "two" in last_words(request):
            reached.set()
            await asyncio.sleep(60)
        return last_words(request)

    @workflow
    async def both(ctx: WorkflowContext, text: str) -> str:
        return await ctx.ask("one") + "".join(await asyncio.gather(ctx.ask("two"), ctx.ask("three")))

    model = FunctionModel(speak)
    running = asyncio.ensure_future(both.run("x", model=model, home=home))
    await asyncio.wait_for(reached.wait(), 10)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    run_id = open_runs(home)[0].id
    assert state(home, run_id) == "interrupted"

    stuck = False
    again = FunctionModel(speak)
    result = await both.resume(run_id, model=again, home=home)
    assert result.answer == "<one><two><three>"
    assert "one" not in asked(again)
    assert "two" in asked(again)


async def test_a_run_can_be_cancelled_from_another_process(home: Path) -> None:
    reached = asyncio.Event()

    async def speak(request: ChatRequest) -> str:
        reached.set()
        await asyncio.sleep(60)
        return "never"

    @workflow
    async def ask(ctx: WorkflowContext, text: str) -> str:
        return await ctx.ask(text)

    running = asyncio.ensure_future(ask.run("x", model=FunctionModel(speak), home=home))
    await asyncio.wait_for(reached.wait(), 10)
    run_id = open_runs(home)[0].id
    elsewhere = open_journal(home)
    elsewhere.request_cancel(run_id)
    elsewhere.close()
    result = await asyncio.wait_for(running, 10)
    assert (result.status, result.reason) == ("cancelled", "somebody cancelled the run")
    assert (await ask.resume(run_id, model=ScriptedModel(["yes"]), home=home)).answer == "yes"


async def test_a_larger_budget_pays_for_what_is_left_and_for_nothing_twice(
    home: Path, echo: FunctionModel
) -> None:
    @workflow
    async def four(ctx: WorkflowContext, text: str) -> list[str]:
        return [await ctx.ask(f"q{n}") for n in range(4)]

    first = await four.run("x", model=echo, home=home, budget=Budget(calls=2))
    assert first.status == "partial"
    assert "2 calls" in first.reason
    assert first.failure is not None
    assert (first.failure.kind, first.failure.message) == ("budget", first.reason)
    assert first.usage.calls == 2

    unchanged = await four.resume(first.run_id, model=echo, home=home)
    assert unchanged.status == "partial"  # the old budget holds where no other is given
    result = await four.resume(first.run_id, model=echo, home=home, budget=Budget(calls=9))
    assert (result.output, result.failure) == (["<q0>", "<q1>", "<q2>", "<q3>"], None)
    assert asked(echo) == ["q0", "q1", "q2", "q3"]
    assert result.usage.calls == 4
    assert sum((u for u in result.stages.values()), Usage()) == result.usage


@pytest.mark.parametrize("seed", range(6))
async def test_branches_may_interleave_in_another_order_when_the_run_goes_on(home: Path, seed: int) -> None:
    """Each branch finds its own results again, whichever comes first this time."""
    orders = [[0, 1, 2, 3], [3, 2, 1, 0], [1, 3, 0, 2], [2, 0, 3, 1], [0, 2, 1, 3], [3, 0, 1, 2]]
    pauses, blocked = orders[0], True

    @workflow
    async def branches(ctx: WorkflowContext, count: int) -> list[str]:
        async def branch(n: int) -> str:
            await asyncio.sleep(pauses[n] * 0.01)
            first = await ctx.ask(f"first {n}")
            await asyncio.sleep(pauses[-n] * 0.01)
            second = await ctx.work(worker, "the same goal for all", inputs={"first": first})
            if blocked:
                raise RuntimeError("the power is off")
            return f"{n}: {second.answer} {await ctx.ask(f'third {n}')}"

        return list(await asyncio.gather(*(branch(n) for n in range(count))))

    worker = FunctionWorker(lambda assignment, _: f"did {assignment.inputs[0].answer}")
    echo = FunctionModel(last_words)
    with pytest.raises(RuntimeError, match="power"):
        await branches.run(4, model=echo, home=home)
    pauses, blocked = orders[seed], False
    result = await branches.resume(open_runs(home)[0].id, model=echo, home=home)
    assert result.output == [f"{n}: did <first {n}> <third {n}>" for n in range(4)]
    assert len(asked(echo)) == len(set(asked(echo))) == 8


async def test_a_run_whose_end_was_not_written_down_ends_again(home: Path, echo: FunctionModel) -> None:
    """Killed between the last step and the last line in the journal."""

    @workflow
    async def ask(ctx: WorkflowContext, text: str) -> str:
        return await ctx.ask(text)

    first = await ask.run("x", model=echo, home=home)
    journal = open_journal(home)
    journal.update_run(first.run_id, "running", elapsed=0.1)
    journal.close()
    result = await ask.resume(first.run_id, model=echo, home=home)
    assert (result.status, result.answer) == ("answered", "<x>")
    assert asked(echo) == ["x"]


async def test_a_run_is_found_by_the_beginning_of_its_id(home: Path, echo: FunctionModel) -> None:
    @workflow
    async def ask(ctx: WorkflowContext, text: str) -> str:
        return await ctx.ask(text)

    result = await ask.run("x", model=echo, home=home)
    assert await ask.resume(result.run_id[:-2], model=echo, home=home) == result
    with pytest.raises(RunNotFoundError, match="nonsense"):
        await ask.resume("nonsense", model=echo, home=home)


async def test_a_run_is_resumed_by_its_own_workflow_only(home: Path, echo: FunctionModel) -> None:
    @workflow
    async def one(ctx: WorkflowContext, text: str) -> str:
        return await ctx.ask(text)

    @workflow
    async def other(ctx: WorkflowContext, text: str) -> str:
        return text

    result = await one.run("x", model=echo, home=home)
    with pytest.raises(UsageError, match=r"run of another workflow than 'other'.*'one'"):
        await other.resume(result.run_id, model=echo, home=home)


async def test_only_one_at_a_time_carries_a_run(home: Path) -> None:
    reached, release = asyncio.Event(), asyncio.Event()

    async def speak(request: ChatRequest) -> str:
        reached.set()
        await release.wait()
        return "done"

    @workflow
    async def ask(ctx: WorkflowContext, text: str) -> str:
        return await ctx.ask(text)

    model = FunctionModel(speak)
    running = asyncio.ensure_future(ask.run("x", model=model, home=home, budget=Budget(calls=5)))
    await asyncio.wait_for(reached.wait(), 10)
    run_id = open_runs(home)[0].id
    with pytest.raises(RunBusyError, match="another process"):
        await ask.resume(run_id, model=model, home=home, budget=Budget(calls=1))
    release.set()
    assert (await running).answer == "done"
    assert '"calls": 5' in open_runs(home)[0].config  # the one who came too late changed nothing


async def test_another_process_is_told_that_a_run_is_busy(home: Path, echo: FunctionModel) -> None:
    import subprocess
    import sys

    @workflow
    async def ask(ctx: WorkflowContext, text: str) -> str:
        return await ctx.ask(text)

    first = await ask.run("x", model=echo, home=home, budget=Budget(calls=1))
    program = (
        "import sys; from pathlib import Path; from filelock import FileLock\n"
        f"lock = FileLock(Path({str(home)!r}) / 'locks' / '{first.run_id}.lock')\n"
        "lock.acquire()\n"
        "print('held', flush=True); sys.stdin.read()"
    )
    holder = subprocess.Popen(
        [sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert holder.stdout is not None
    assert await asyncio.to_thread(holder.stdout.readline) == "held\n"
    async with Store(home).open() as opened:
        with pytest.raises(RunBusyError, match="another process"):
            opened.lock(first.run_id)
        await asyncio.to_thread(holder.communicate)
        opened.lock(first.run_id).release()


async def test_a_changed_file_is_noticed_on_resuming(home: Path, tmp_path: Path, echo: FunctionModel) -> None:
    @workflow
    async def two(ctx: WorkflowContext, text: str) -> str:
        return await ctx.ask("one") + await ctx.ask(ctx.attachments[0].name)

    file = tmp_path / "data.csv"
    file.write_text("a,b\n1,2\n")
    first = await two.run("x", model=echo, home=home, attach=[file], budget=Budget(calls=1))
    file.write_text("a,b\n1,3\n")
    with pytest.raises(TaskError, match=r"data\.csv: the file has changed"):
        await two.resume(first.run_id, model=echo, home=home, budget=Budget(calls=9))
    file.unlink()
    with pytest.raises(TaskError, match="no such file"):
        await two.resume(first.run_id, model=echo, home=home, budget=Budget(calls=9))
    file.write_text("a,b\n1,2\n")
    result = await two.resume(first.run_id, model=echo, home=home, budget=Budget(calls=9))
    assert result.answer == "<one><data.csv>"


# People


async def test_a_question_pauses_the_run_until_it_is_answered(home: Path, echo: FunctionModel) -> None:
    @workflow
    async def trip(ctx: WorkflowContext, text: str) -> str:
        there, idea = await asyncio.gather(ctx.ask_person("Where to?", "by train"), ctx.ask("an idea?"))
        return f"{there} {idea}" if await ctx.approve(f"{there}?") else "at home"

    first = await trip.run("x", model=echo, home=home)
    assert first.status == "waiting"
    assert [(q.kind, q.prompt, q.detail) for q in first.questions] == [("question", "Where to?", "by train")]
    assert asked(echo) == ["an idea?"]

    still = await trip.resume(first.run_id, model=echo, home=home)
    assert still.questions == first.questions

    second = await trip.resume(first.run_id, {first.questions[0].id: "Rome"}, model=echo, home=home)
    assert [(q.kind, q.prompt) for q in second.questions] == [("approval", "Rome?")]
    result = await trip.resume(first.run_id, {second.questions[0].id: "yes"}, model=echo, home=home)
    assert result.answer == "Rome <an idea?>"
    assert asked(echo) == ["an idea?"]


async def test_an_answer_to_what_was_never_asked_is_an_error(home: Path) -> None:
    @workflow
    async def ask(ctx: WorkflowContext, text: str) -> str:
        return await ctx.ask_person(text)

    first = await ask.run("Well?", model=SILENT, home=home)
    with pytest.raises(StoreError, match=f"asks nothing called 'q-none'.*{first.questions[0].id}"):
        await ask.resume(first.run_id, {"q-none": "x"}, model=SILENT, home=home)


async def test_somebody_who_is_there_answers_at_once_and_one_thing_at_a_time(home: Path) -> None:
    talking = 0

    async def person(question: Any) -> str | None:
        nonlocal talking
        talking += 1
        assert talking == 1
        await asyncio.sleep(0.02)
        talking -= 1
        return None if "later" in question.prompt else question.prompt.upper()

    @workflow
    async def ask(ctx: WorkflowContext, prompts: list[str]) -> list[str]:
        return list(await asyncio.gather(*(ctx.ask_person(p) for p in prompts)))

    result = await ask.run(["a", "b", "c"], model=SILENT, home=home, answer=person)
    assert result.output == ["A", "B", "C"]
    waiting = await ask.run(["a", "later"], model=SILENT, home=home, answer=person)
    assert [q.prompt for q in waiting.questions] == ["later"]


# Events


async def test_streamed_events_tell_the_story_in_order(home: Path, heard: Heard, echo: FunctionModel) -> None:
    @workflow
    async def two(ctx: WorkflowContext, text: str) -> str:
        return (await ctx.work(worker, await ctx.ask(text))).answer

    worker = ReasoningWorker("thinker", tools=())
    events = [e async for e in two.stream("x", model=echo, home=home, on_event=heard)]
    assert events == list(heard)
    told = [kind for kind in heard.kinds() if kind != "token_delta"]
    assert told == [
        *("run_started", "model_called", "subtask_started", "model_called"),
        *("subtask_finished", "run_finished"),
    ]
    assert heard.kinds().index("token_delta") < heard.kinds().index("model_called")
    assert isinstance(events[0], RunStarted)
    assert isinstance(events[-1], RunFinished)
    assert events[-1].status == "answered"
    assert len({e.run_id for e in events}) == 1


async def test_replayed_answers_are_said_to_be_replayed(
    home: Path, heard: Heard, echo: FunctionModel
) -> None:
    stop = True

    @workflow
    async def two(ctx: WorkflowContext, text: str) -> str:
        return (await ctx.work(worker, "go")).answer

    async def both(assignment: Any, context: Any) -> str:
        question = ChatRequest(messages=(assignment_message("one"),))
        first = await context.model.complete(question)
        if stop:
            raise RuntimeError("cut off")
        return str(first.text)

    worker = FunctionWorker(both)
    with pytest.raises(RuntimeError):
        await two.run("x", model=echo, home=home)
    stop = False
    result = await two.resume(open_runs(home)[0].id, model=echo, home=home, on_event=heard)
    assert result.answer == "<one>"
    assert [(e.replayed, e.usage.calls) for e in heard if isinstance(e, ModelCalled)] == [(True, 1)]
    assert heard[0].model_dump()["resumed"] is True


def assignment_message(text: str) -> Any:
    from agentkit.messages import Message

    return Message(role="user", content=text)


async def test_leaving_a_stream_early_stops_the_run(home: Path) -> None:
    stopped = asyncio.Event()

    async def speak(request: ChatRequest) -> str:
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            stopped.set()
            raise
        return "never"

    @workflow
    async def ask(ctx: WorkflowContext, text: str) -> str:
        await ctx.ask_person("anything else?")
        return "never"

    @workflow
    async def slow(ctx: WorkflowContext, text: str) -> str:
        return await ctx.ask(text)

    stream = slow.stream("x", model=FunctionModel(speak), home=home)
    async for event in stream:
        assert event.model_dump()["kind"] == "run_started"
        await asyncio.sleep(0.2)
        break
    await stream.aclose()
    assert stopped.is_set()
    assert [r.state for r in open_runs(home)] == ["interrupted"]


async def test_what_a_workflow_raises_comes_out_of_its_stream(home: Path) -> None:
    @workflow
    async def broken(ctx: WorkflowContext, text: str) -> str:
        raise LookupError("gone")

    with pytest.raises(LookupError, match="gone"):
        [e async for e in broken.stream("x", model=SILENT, home=home)]


# Reuse


async def test_runs_side_by_side_share_a_store(home: Path, echo: FunctionModel) -> None:
    @workflow
    async def ask(ctx: WorkflowContext, text: str) -> str:
        return await ctx.ask(text)

    results = await asyncio.gather(*(ask.run(f"q{n}", model=echo, home=home) for n in range(8)))
    assert [r.answer for r in results] == [f"<q{n}>" for n in range(8)]
    assert len({r.run_id for r in results}) == 8
    assert all(r.usage.calls == 1 for r in results)


async def test_work_that_needs_other_work_waits_for_it(home: Path) -> None:
    def join(assignment: Assignment, _: object) -> str:
        return assignment.subtask.goal + "".join(f"({i.id}={i.answer})" for i in assignment.inputs)

    @workflow
    async def chain(ctx: WorkflowContext, text: str) -> str:
        a = ctx.work(worker, "a")
        b = ctx.work(worker, "b", inputs={"one": a, "two": "2", "three": [3]})
        return (await b).answer

    worker = FunctionWorker(join)
    assert (await chain.run("x", model=SILENT, home=home)).answer == "b(one=a)(two=2)(three=[3])"


async def test_work_whose_input_failed_is_blocked(home: Path) -> None:
    from agentkit.result import Failure

    @workflow
    async def chain(ctx: WorkflowContext, text: str) -> str:
        failing = FunctionWorker(lambda *_: Failure(kind="gave_up", message="no"), name="failing")
        a = ctx.work(failing, "a")
        b = await ctx.work(worker, "b", inputs={"a": a})
        assert b.failure is not None
        return f"{b.failure.kind}: {b.failure.message}"

    worker = FunctionWorker(lambda *_: "x")
    assert (await chain.run("x", model=SILENT, home=home)).answer == "blocked: a, which it needs, failed"
    assert worker.assignments == []


async def test_an_object_that_can_be_called_is_a_workflow_too(home: Path) -> None:
    class Repeat:
        async def __call__(self, ctx: WorkflowContext, text: str) -> str:
            return text * 2

    made: Workflow[str, str] = workflow(name="repeat")(Repeat())
    assert (await made.run("ab", model=SILENT, home=home)).answer == "abab"


def test_a_home_that_cannot_be_used_is_an_error_that_leaves_nothing_running(tmp_path: Path) -> None:
    @workflow
    async def shout(ctx: WorkflowContext, text: str) -> str:
        return text.upper()

    (tmp_path / "file").write_text("in the way")
    with pytest.raises(StoreError, match="AGENTKIT_HOME"):
        shout.run_sync("x", model=SILENT, home=tmp_path / "file")
    home = tmp_path / "damaged"
    home.mkdir()
    (home / "journal.db").write_text("this is no database" * 100)
    with pytest.raises(StoreError, match=r"journal\.db: the journal cannot be opened"):
        shout.run_sync("x", model=SILENT, home=home)


async def test_equal_goals_with_other_inputs_are_told_apart_whatever_their_order(home: Path) -> None:
    """Branches that arrive in another order when the run goes on must not get each other's results."""
    order = [0.0, 0.05]

    @workflow
    async def both(ctx: WorkflowContext, _: str) -> list[str]:
        async def branch(number: int) -> str:
            async def input_of() -> str:
                await asyncio.sleep(order[number])
                return f"input {number}"

            done = await ctx.work(ReasoningWorker(tools=()), "sum up", inputs={"a": input_of()})
            if not await ctx.approve(f"is {number} well?"):
                return "refused"
            return done.answer

        return list(await asyncio.gather(branch(0), branch(1)))

    model = FunctionModel(last_words)
    waiting = await both.run("x", model=model, home=home)
    order.reverse()
    answers = {q.id: "yes" for q in waiting.questions}
    result = await both.resume(waiting.run_id, answers, model=model, home=home)

    assert ["input 0" in text for text in result.output] == [True, False]
    assert len(model.requests) == 2, "nothing was asked twice"


async def test_an_answer_that_was_cut_off_is_no_answer(home: Path) -> None:
    @workflow
    async def tell(ctx: WorkflowContext, prompt: str) -> str:
        return await ctx.ask(prompt, max_tokens=5)

    cut = ScriptedModel([Completion(text="It all began when", finish="length")])
    with pytest.raises(OutputError, match="cut off after 5 tokens"):
        await tell.run("Tell me", model=cut, home=home)
