"""What is evaluated: the bare model, one worker with tools, whole teams, and whatever has `run(sample)`."""

from __future__ import annotations

import asyncio
import functools
import io
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from pathlib import Path
from typing import Any

import duckdb
import pytest
from openpyxl import Workbook

from agentkit.allocation.ledger import Ledger
from agentkit.engine.context import WorkflowContext
from agentkit.engine.store import Store
from agentkit.engine.workflow import workflow
from agentkit.engine.workforce import Workforce
from agentkit.errors import ModelNotFoundError, UsageError
from agentkit.evals.agents import (
    BARE_TOKENS,
    Agent,
    BareAgent,
    BareToolsAgent,
    WorkforceAgent,
    as_agent,
    bare_request,
)
from agentkit.evals.answers import read_answer
from agentkit.evals.bench import Bench
from agentkit.evals.capture import captured_output, printed_by_this_sample
from agentkit.evals.context import AgentContext
from agentkit.evals.runner import evaluate
from agentkit.messages import ChatRequest, Completion, Message
from agentkit.protocols import ChatModel
from agentkit.result import RunResult
from agentkit.sample import Sample, Score
from agentkit.task import Task
from agentkit.testing import FunctionModel, FunctionWorker, ScriptedModel, ScriptedWorker
from tests.cli.scripted import turn

Ask = Callable[..., Awaitable[Any]]


class Sums:
    """One question."""

    name = "sums"

    def samples(self, data: Path | None = None) -> Iterable[Sample]:
        return [sample()]

    def score(self, sample: Sample, answer: str | None) -> Score:
        return Score(value=float(answer == sample.target))


def sample(*files: Path) -> Sample:
    return Sample(id="q", task=Task.of("What is 2 + 2?", files), target="4")


def ready(answer: str = "4") -> FunctionModel:
    """A model that plans nothing, and answers at once, in whatever form is wanted."""

    def speak(request: ChatRequest) -> str:
        match request.stage:
            case "plan":
                return '{"subtasks": []}'
            case "work":
                return turn(answer)
        return answer

    return FunctionModel(speak)


def stages(model: FunctionModel) -> set[str]:
    return {request.stage for request in model.requests}


@pytest.fixture
async def ask(tmp_path: Path) -> AsyncIterator[Ask]:
    """Has an agent answer a sample as an evaluation would: `await ask(agent, sample, model)`."""
    async with Store(tmp_path / "runs").open() as opened:

        async def answer(agent: Agent, asked: Sample | None = None, model: ChatModel | None = None) -> Any:
            bench = Bench(benchmark=Sums(), agent=agent, opened=opened, scope=Ledger().root, model=model)
            given = asked or sample()
            with bench.context(given, 1, "q-e1", model) as context:
                return await agent.run(given, context)

        yield answer


class TestBare:
    async def test_it_is_one_call_whose_text_is_the_answer(self, ask: Ask) -> None:
        model = ScriptedModel(["4"])
        answer = await ask(BareAgent(), None, model)
        assert isinstance(answer, Completion) and read_answer(answer).text == "4"
        (request,) = model.requests
        assert (request.stage, request.tools, request.output) == ("bare", (), None)

    def test_all_is_in_its_prompt(self, tmp_path: Path) -> None:
        (tmp_path / "note.txt").write_text("Mind the gap.\n")
        (tmp_path / "orders.csv").write_text("id;amount\n1;20\n")
        (tmp_path / "photo.png").write_bytes(b"\x89PNG\r\n\x1a\n\0\0")
        book, written = Workbook(), io.BytesIO()
        book.worksheets[0].append(["who", 1.5])
        book.save(written)
        (tmp_path / "plan.xlsx").write_bytes(written.getvalue())
        with duckdb.connect() as connection:
            connection.sql("SELECT 7 AS n, 'é' AS t").write_parquet(str(tmp_path / "rows.parquet"))
        names = ["note.txt", "orders.csv", "photo.png", "plan.xlsx", "rows.parquet"]
        request = bare_request(sample(*(tmp_path / name for name in names)).task)
        system, user = request.messages
        assert (system.role, user.role) == ("system", "user")
        assert "Give the answer alone" in system.content
        assert user.content == (
            "note.txt:\nMind the gap.\n\n\n"
            "orders.csv:\nid;amount\n1;20\n\n\n"
            "photo.png:\n(image/png, 10 bytes: this is a PNG image, not text)\n\n"
            "plan.xlsx:\nwho,1.5\n\n"
            "rows.parquet:\nn,t\n7,é\n\n\n"
            "Task: What is 2 + 2?"
        )

    def test_without_files_the_task_is_all(self) -> None:
        assert bare_request(sample().task).messages[1].content == "Task: What is 2 + 2?"

    @pytest.mark.parametrize(("window", "most"), [(None, BARE_TOKENS), (4_000, 2_000), (10**6, BARE_TOKENS)])
    def test_it_may_say_much_but_never_more_than_half_the_window(self, window: int | None, most: int) -> None:
        assert bare_request(sample().task, window).max_tokens == most

    async def test_the_window_is_that_of_the_model(self, ask: Ask) -> None:
        model = ScriptedModel(["4"], context_tokens=2_000)
        await ask(BareAgent(), None, model)
        assert model.requests[0].max_tokens == 1_000

    async def test_without_a_model_it_cannot_be_asked(self, ask: Ask) -> None:
        with pytest.raises(ModelNotFoundError, match="this evaluation has no model"):
            await ask(BareAgent())


class TestBareTools:
    async def test_one_worker_is_given_the_whole_task_and_nobody_plans(self, ask: Ask) -> None:
        model = ready()
        answer = await ask(BareToolsAgent(), None, model)
        assert isinstance(answer, RunResult)
        assert (answer.status, answer.answer) == ("answered", "4")
        assert stages(model) == {"work"}
        assert answer.plan is not None
        assert [subtask.goal for subtask in answer.plan.subtasks] == ["What is 2 + 2?"]

    async def test_also_after_a_failure(self, ask: Ask) -> None:
        model = FunctionModel(lambda request: turn(give_up="I cannot."))
        answer = await ask(BareToolsAgent(), None, model)
        assert answer.status != "answered"
        assert "plan" not in stages(model)

    async def test_it_has_the_usual_tools_and_the_sample_s_files(self, ask: Ask, tmp_path: Path) -> None:
        (tmp_path / "orders.csv").write_text("id\n1\n")
        model = ready()
        await ask(BareToolsAgent(), sample(tmp_path / "orders.csv"), model)
        told = "".join(message.content for message in model.requests[0].messages)
        for name in ("calculate", "read_file", "query_tables", "orders.csv"):
            assert name in told

    def test_it_never_says_that_it_is_set_up_otherwise(self) -> None:
        agent = BareToolsAgent()
        assert (agent.name, agent.setup, agent.needs_model) == (
            "bare-tools",
            {"workers": ["reasoning"]},
            True,
        )


class TestWorkforce:
    async def test_the_team_does_the_task_as_a_run_of_the_sample_s_name(self, ask: Ask) -> None:
        answer = await ask(WorkforceAgent(), None, ready())
        assert isinstance(answer, RunResult)
        assert (answer.run_id, answer.status, answer.answer) == ("q-e1", "answered", "4")

    async def test_a_run_that_is_there_already_is_not_paid_for_again(self, ask: Ask) -> None:
        await ask(WorkforceAgent(), None, ready())
        silent = ScriptedModel([])
        assert (await ask(WorkforceAgent(), None, silent)).answer == "4"
        assert silent.requests == []

    async def test_a_planner_that_is_named_plans(self, ask: Ask) -> None:
        model = ready()
        await ask(WorkforceAgent(planner="whole"), None, model)
        assert "plan" not in stages(model)

    def test_it_says_how_it_is_set_up(self) -> None:
        agent = WorkforceAgent(
            ("reasoning", "human"), planner="whole", verify=True, max_replans=1, name="all"
        )
        assert agent.name == "all"
        assert agent.setup == {
            **{"workers": ["reasoning", "human"], "planner": "whole"},
            **{"verify": True, "max_replans": 1},
        }

    async def test_a_team_made_in_python_is_an_agent(self, ask: Ask) -> None:
        worker = FunctionWorker(lambda assignment, context: f"done: {assignment.goal}")
        agent = as_agent(Workforce([worker], planner="whole"), name="mine")
        assert agent.name == "mine" and agent.setup["workers"] == ["function"]
        answer = await ask(agent, None, ScriptedModel([]))
        assert answer.answer == "done: What is 2 + 2?"

    async def test_it_uses_the_model_that_it_was_made_with(self, tmp_path: Path) -> None:
        own = ready()
        agent = as_agent(Workforce(planner="whole", model=own))
        assert agent.model is own
        done = await evaluate(Sums(), agent, out=tmp_path)
        assert [record.outcome for record in done.folder.records()] == ["right"]
        assert own.requests
        assert done.folder.config().model == "function"

    async def test_unless_the_evaluation_names_another(self, tmp_path: Path) -> None:
        own, other = ScriptedModel([]), ready()
        await evaluate(Sums(), Workforce(planner="whole", model=own), out=tmp_path, model=other)
        assert other.requests and not own.requests


class TestFunctions:
    async def test_one_argument_is_the_sample(self, ask: Ask) -> None:
        async def waits(asked: Sample) -> str:
            await asyncio.sleep(0)
            return f"{asked.id}: 4"

        for function in (waits, lambda asked: f"{asked.id}: 4"):
            agent = as_agent(function)
            assert await ask(agent) == "q: 4"
            assert not agent.needs_model

    async def test_two_arguments_are_sample_and_context(self, ask: Ask) -> None:
        async def waits(asked: Sample, context: AgentContext) -> str:
            request = ChatRequest(messages=(Message(role="user", content=asked.task.goal),))
            return (await context.model.complete(request)).text

        def plain(asked: Sample, context: AgentContext) -> str:
            return f"{context.run_id}, {context.epoch}"

        assert as_agent(waits).needs_model and as_agent(plain).needs_model
        assert await ask(as_agent(waits), None, ScriptedModel(["4"])) == "4"
        assert await ask(as_agent(plain)) == "q-e1, 1"

    async def test_a_plain_function_runs_in_a_thread_of_its_own(self, ask: Ask) -> None:
        meet = threading.Barrier(20, timeout=10)

        def plain(asked: Sample) -> str:
            meet.wait()  # so all twenty are under way
            return threading.current_thread().name

        agent = as_agent(plain)
        assert await asyncio.gather(*(ask(agent) for _ in range(20))) == ["agentkit-agent"] * 20

    async def test_what_it_raises_is_raised(self, ask: Ask) -> None:
        def plain(asked: Sample) -> str:
            raise KeyError("no")

        def leaves(asked: Sample) -> str:
            raise SystemExit(3)

        def runs_out(asked: Sample) -> str:
            return next(iter(()))

        with pytest.raises(KeyError):
            await ask(as_agent(plain))
        with pytest.raises(RuntimeError, match="StopIteration"):
            await ask(as_agent(runs_out))
        with pytest.raises(SystemExit):
            await ask(as_agent(leaves))

    async def test_what_it_prints_is_its_sample_s(self, ask: Ask) -> None:
        agent = as_agent(lambda asked: print("thinking"), name="printer")
        with captured_output(), printed_by_this_sample() as printed:
            assert await ask(agent) is None
        assert printed.text == "thinking"

    async def test_a_plain_function_may_give_something_to_be_awaited(self, ask: Ask) -> None:
        async def later(asked: Sample) -> str:
            return "4"

        assert await ask(as_agent(lambda asked: later(asked), name="later")) == "4"
        assert await ask(as_agent(functools.partial(later), name="part")) == "4"

    async def test_one_that_hangs_does_not_hold_up_who_stops_it(self, ask: Ask) -> None:
        go_on = threading.Event()
        task = asyncio.ensure_future(ask(as_agent(lambda asked: go_on.wait(30), name="hangs")))
        await asyncio.sleep(0.05)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        go_on.set()
        await asyncio.sleep(0.05)  # its late answer reaches nobody

    def test_it_is_called_as_it_is_named(self) -> None:
        def four(asked: Sample) -> str:
            return "4"

        assert as_agent(four).name == "four"
        assert as_agent(four, name="other").name == "other"
        assert as_agent(four).setup == {}


class TestObjects:
    async def test_whatever_has_such_a_method_is_an_agent(self, ask: Ask) -> None:
        class Adder:
            async def run(self, asked: Sample) -> str:
                return "4"

        agent = as_agent(Adder())
        assert (agent.name, agent.setup, agent.needs_model, agent.model) == ("Adder", {}, False, None)
        assert await ask(agent) == "4"

    async def test_name_setup_and_model_may_be_its_own(self, ask: Ask) -> None:
        class Adder:
            name = "adder"

            def __init__(self) -> None:
                self.setup = {"depth": 2, "tools": ("a",)}
                self.model = "openai/small"
                self.needs_model = False

            def run(self, asked: Sample, context: AgentContext) -> str:
                return context.run_id

        agent = as_agent(Adder())
        assert (agent.name, agent.setup) == ("adder", {"depth": 2, "tools": ["a"]})
        assert (agent.model, agent.needs_model) == ("openai/small", False)
        assert await ask(agent) == "q-e1"

    async def test_objects_that_are_called_are_agents_too(self, ask: Ask) -> None:
        class Adder:
            def __call__(self, asked: Sample) -> str:
                return "4"

        assert as_agent(Adder()).name == "Adder"
        assert await ask(as_agent(Adder())) == "4"

    def test_a_setup_that_is_something_else_is_none(self) -> None:
        class Adder:
            def setup(self) -> None:
                """Gets ready."""

            def run(self, asked: Sample) -> str:
                return "4"

        assert as_agent(Adder()).setup == {}

    def test_a_setup_that_cannot_be_written_down_is_refused(self) -> None:
        class Adder:
            setup = {"tools": {print}}  # noqa: RUF012  # a plain class attribute, as a user writes it

            def run(self, asked: Sample) -> str:
                return "4"

        with pytest.raises(UsageError, match="its setup is no JSON") as caught:
            as_agent(Adder())
        assert caught.value.where == "Adder"

    @pytest.mark.parametrize("agent", [BareAgent, BareToolsAgent, WorkforceAgent])
    def test_agents_are_taken_as_they_are(self, agent: Callable[[], Agent]) -> None:
        made = agent()
        assert as_agent(made) is made
        again = as_agent(lambda asked: "4", name="four")
        assert as_agent(again) is again


class TestWorkflows:
    async def test_one_that_takes_a_text_gets_the_goal(self, ask: Ask) -> None:
        @workflow
        async def solve(ctx: WorkflowContext, text: str) -> str:
            return f"{text} 4"

        agent = as_agent(solve)
        assert (agent.name, agent.setup, agent.needs_model) == ("solve", {"workflow": "solve"}, True)
        answer = await ask(agent, None, ScriptedModel([]))
        assert isinstance(answer, RunResult)
        assert (answer.run_id, answer.output) == ("q-e1", "What is 2 + 2? 4")

    async def test_one_that_takes_a_task_gets_the_task_with_its_files(self, ask: Ask, tmp_path: Path) -> None:
        (tmp_path / "a.txt").write_text("x")

        @workflow(name="files")
        async def solve(ctx: WorkflowContext, task: Task) -> str:
            return ", ".join(a.name for a in task.attachments)

        answer = await ask(as_agent(solve), sample(tmp_path / "a.txt"), ScriptedModel([]))
        assert answer.output == "a.txt"

    async def test_its_workers_see_the_files_either_way(self, ask: Ask, tmp_path: Path) -> None:
        (tmp_path / "a.txt").write_text("x")
        worker = ScriptedWorker(["4"])

        @workflow
        async def solve(ctx: WorkflowContext, text: str) -> str:
            return (await ctx.work(worker, text)).answer

        answer = await ask(as_agent(solve), sample(tmp_path / "a.txt"), ScriptedModel([]))
        assert answer.output == "4"
        assert [a.name for a in worker.assignments[0].attachments] == ["a.txt"]
