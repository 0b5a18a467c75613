"""A workflow as a LangGraph runnable, and as a node of somebody's own graph with their own checkpointer."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, TypedDict

import pytest
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.checkpoint.sqlite.aio import AsyncSqliteSaver
from langgraph.graph import END, START, StateGraph
from langgraph.types import Command

from agentkit.budget import Budget
from agentkit.engine.context import WorkflowContext
from agentkit.engine.store import open_journal
from agentkit.engine.workflow import workflow
from agentkit.engine.workforce import Workforce
from agentkit.errors import BudgetExceededError
from agentkit.messages import ChatRequest
from agentkit.testing import FunctionModel
from agentkit.workers.reasoning import ReasoningWorker


def last_words(request: ChatRequest) -> str:
    return f"<{request.messages[-1].content}>"


@pytest.fixture
def echo() -> FunctionModel:
    return FunctionModel(last_words)


class State(TypedDict, total=False):
    input: int
    goal: str
    answer: Any


@workflow
async def survey(ctx: WorkflowContext, count: int) -> list[str]:
    """Asks the model once and as many people as wanted, side by side."""
    idea = await ctx.ask("an idea?")
    said = await asyncio.gather(*(ctx.ask_person(f"what of it, {n}?") for n in range(count)))
    return [idea, *said]


@asynccontextmanager
async def in_memory(_: Path) -> AsyncIterator[Any]:
    yield InMemorySaver()


@asynccontextmanager
async def in_sqlite(folder: Path) -> AsyncIterator[Any]:
    async with AsyncSqliteSaver.from_conn_string(str(folder / "theirs.db")) as saver:
        yield saver


@pytest.fixture(params=[in_memory, in_sqlite])
async def saver(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Any]:
    """Their checkpointer."""
    async with request.param(tmp_path) as opened:
        yield opened


def host(saver: Any, node: Any, state: Any = State) -> Any:
    """Somebody's graph with the workflow as its only node."""
    graph = StateGraph(state)
    graph.add_node("work", node)
    graph.add_edge(START, "work")
    graph.add_edge("work", END)
    return graph.compile(checkpointer=saver)


async def questions(app: Any, config: Any) -> dict[str, str]:
    """The ids of the graph's open interrupts by what is asked."""
    state = await app.aget_state(config)
    return {q["prompt"]: i.id for i in state.interrupts for q in i.value["questions"]}


def states(home: Path) -> Iterator[str]:
    journal = open_journal(home)
    try:
        yield from (run.state for run in journal.runs())
    finally:
        journal.close()


async def test_it_is_called_like_any_runnable(home: Path, echo: FunctionModel) -> None:
    app = survey.as_graph(model=echo, home=home)
    assert await app.ainvoke(0) == {"output": ["<an idea?>"]}
    assert await app.ainvoke({"input": 0}) == {"output": ["<an idea?>"]}
    assert len(echo.requests) == 2  # nobody saves anything, so these are two runs
    assert list(states(home)) == ["answered", "answered"]


async def test_as_a_node_it_reads_and_writes_the_state(saver: Any, home: Path, echo: FunctionModel) -> None:
    app = host(saver, survey.as_graph(model=echo, home=home, output_key="answer"))
    config = {"configurable": {"thread_id": "1"}}
    assert await app.ainvoke({"input": 0}, config) == {"input": 0, "answer": ["<an idea?>"]}


async def test_a_question_is_an_interrupt_and_resumed_with_a_plain_answer(
    saver: Any, home: Path, echo: FunctionModel
) -> None:
    app = host(saver, survey.as_graph(model=echo, home=home, output_key="answer"))
    config = {"configurable": {"thread_id": "1"}}
    paused = await app.ainvoke({"input": 1}, config)
    (interrupt,) = paused["__interrupt__"]
    assert [q["prompt"] for q in interrupt.value["questions"]] == ["what of it, 0?"]
    assert list(states(home)) == ["waiting"]
    done = await app.ainvoke(Command(resume="fine"), config)
    assert done["answer"] == ["<an idea?>", "fine"]
    assert len(echo.requests) == 1


@pytest.mark.parametrize("first", [0, 1])
async def test_two_questions_at_once_are_each_answered_by_their_interrupts_id(
    saver: Any, home: Path, echo: FunctionModel, first: int
) -> None:
    app = host(saver, survey.as_graph(model=echo, home=home, output_key="answer"))
    config = {"configurable": {"thread_id": "1"}}
    await app.ainvoke({"input": 2}, config)
    asked = await questions(app, config)
    assert sorted(asked) == ["what of it, 0?", "what of it, 1?"]
    one, other = (f"what of it, {n}?" for n in (first, 1 - first))

    paused = await app.ainvoke(Command(resume={asked[one]: f"about {first}"}), config)
    assert "answer" not in paused
    left = await questions(app, config)
    assert list(left) == [other]
    done = await app.ainvoke(Command(resume={left[other]: f"about {1 - first}"}), config)
    assert done["answer"] == ["<an idea?>", "about 0", "about 1"]
    assert len(echo.requests) == 1


async def test_both_answers_may_come_together(saver: Any, home: Path, echo: FunctionModel) -> None:
    app = host(saver, survey.as_graph(model=echo, home=home, output_key="answer"))
    config = {"configurable": {"thread_id": "1"}}
    await app.ainvoke({"input": 2}, config)
    asked = await questions(app, config)
    done = await app.ainvoke(Command(resume={i: p.upper() for p, i in asked.items()}), config)
    assert done["answer"] == ["<an idea?>", "WHAT OF IT, 0?", "WHAT OF IT, 1?"]


async def test_another_turn_of_the_same_thread_is_another_run(
    saver: Any, home: Path, echo: FunctionModel
) -> None:
    app = host(saver, survey.as_graph(model=echo, home=home, output_key="answer"))
    config = {"configurable": {"thread_id": "1"}}
    for turn in ("first", "second"):
        await app.ainvoke({"input": 1}, config)
        done = await app.ainvoke(Command(resume=turn), config)
        assert done["answer"] == ["<an idea?>", turn]
    assert len(echo.requests) == 2
    assert list(states(home)) == ["answered", "answered"]


async def test_it_may_have_a_checkpointer_of_its_own(saver: Any, home: Path, echo: FunctionModel) -> None:
    app = survey.as_graph(model=echo, home=home, checkpointer=saver)
    config = {"configurable": {"thread_id": "7"}}
    assert len((await app.ainvoke(1, config))["__interrupt__"]) == 1
    assert await app.ainvoke(Command(resume="so-so"), config) == {"output": ["<an idea?>", "so-so"]}


async def test_several_questions_of_one_step_want_an_answer_each(saver: Any, home: Path) -> None:
    from agentkit.messages import Completion, ToolCall
    from agentkit.tools.tool import tool

    paid: list[int] = []

    @tool(needs_approval=True, repeatable=False)
    def pay(amount: int) -> str:
        """Pay."""
        paid.append(amount)
        return f"paid {amount}"

    def speak(request: ChatRequest) -> Completion:
        results = [m.content for m in request.messages if m.role == "tool"]
        if results:
            return Completion(text="; ".join(results))
        return Completion(
            tool_calls=tuple(ToolCall(id=str(n), name="pay", arguments={"amount": n}) for n in (1, 2))
        )

    @workflow
    async def payments(ctx: WorkflowContext, goal: str) -> str:
        return (await ctx.work(ReasoningWorker(tools=[pay]), goal)).answer

    node = payments.as_graph(model=FunctionModel(speak, native_tools=True), home=home)
    app = survey_of_one(saver, node)
    config = {"configurable": {"thread_id": "1"}}
    paused = await app.ainvoke("pay both", config)
    (interrupt,) = paused["__interrupt__"]
    first, second = interrupt.value["questions"]
    again = await app.ainvoke(Command(resume="yes"), config)
    assert "one answer for several questions" in again["__interrupt__"][0].value["problem"]
    again = await app.ainvoke(Command(resume={interrupt.id: {"q-none": "yes"}}), config)
    assert "problem" in again["__interrupt__"][0].value
    assert paid == []
    done = await app.ainvoke(Command(resume={interrupt.id: {first["id"]: "yes", second["id"]: "no"}}), config)
    assert "paid 1; Error: pay: a person did not allow this call: no" in done["output"]
    assert paid == [1]


def survey_of_one(saver: Any, node: Any) -> Any:
    node.checkpointer = saver
    return node


async def test_its_budget_ends_it_with_an_error_that_their_graph_can_resume_after(
    saver: Any, home: Path, echo: FunctionModel
) -> None:
    @workflow
    async def two(ctx: WorkflowContext, count: int) -> list[str]:
        return [await ctx.ask(f"q{n}") for n in range(count)]

    config = {"configurable": {"thread_id": "1"}}
    app = host(saver, two.as_graph(model=echo, home=home, output_key="answer", budget=Budget(calls=1)))
    with pytest.raises(BudgetExceededError):
        await app.ainvoke({"input": 2}, config)
    larger = host(saver, two.as_graph(model=echo, home=home, output_key="answer", budget=Budget(calls=9)))
    assert (await larger.ainvoke(None, config))["answer"] == ["<q0>", "<q1>"]
    assert len(echo.requests) == 2


async def test_a_whole_workforce_is_a_node_that_reads_a_task(saver: Any, home: Path) -> None:
    model = FunctionModel(lambda _: "42")
    team = Workforce([ReasoningWorker(tools=())], planner="fixed", model=model)
    node = team.workflow.as_graph(
        model=model, home=home, output_key="answer", workers=[ReasoningWorker(tools=())]
    )
    app = host(saver, node)
    done = await app.ainvoke({"goal": "what is it?"}, {"configurable": {"thread_id": "1"}})
    assert (done["answer"]["status"], done["answer"]["answer"]) == ("answered", "42")


async def test_threads_of_one_graph_do_not_disturb_each_other(saver: Any, home: Path) -> None:
    model = FunctionModel(last_words)
    app = host(saver, survey.as_graph(model=model, home=home, output_key="answer"))
    configs = [{"configurable": {"thread_id": str(n)}} for n in range(4)]
    await asyncio.gather(*(app.ainvoke({"input": 1}, c) for c in configs))
    done = await asyncio.gather(*(app.ainvoke(Command(resume=f"t{n}"), c) for n, c in enumerate(configs)))
    assert [d["answer"][1] for d in done] == ["t0", "t1", "t2", "t3"]
    assert len(model.requests) == 4
