"""Agents: what is evaluated. Some are built in, and whatever has `run(sample)` can be one.

`bare` is the model asked once, with everything in its prompt; `bare-tools` one worker with the usual
tools and no planning; `formal` one that formulates problems for a solver; `workforce` the whole team.
Every figure of an agent has its comparison in them.
"""

from __future__ import annotations

import asyncio
import inspect
import json
import threading
from collections.abc import Callable, Mapping, Sequence
from contextvars import copy_context
from typing import Any, Protocol

from agentkit.engine.workflow import Workflow
from agentkit.engine.workforce import Workforce
from agentkit.errors import UsageError
from agentkit.evals.context import AgentContext
from agentkit.messages import ChatRequest, Completion, Message
from agentkit.prompts import load_prompt
from agentkit.protocols import ChatModel
from agentkit.result import RunResult
from agentkit.sample import Sample
from agentkit.task import Task
from agentkit.tools.whole_text import whole_text

__all__ = [
    "Agent",
    "BareAgent",
    "BareToolsAgent",
    "FormalAgent",
    "WorkforceAgent",
    "as_agent",
    "bare_request",
]

BARE_TOKENS = 16_000
"""Tokens that the bare model may generate: it has but one answer for all its thought."""


class Agent(Protocol):
    """Answers samples. Must not keep state between them."""

    name: str
    """How reports call it."""
    setup: dict[str, Any]
    """How it is set up, as JSON; records of another set-up are never mixed with its own."""
    needs_model: bool
    """Whether it asks the evaluation's model."""
    model: str | ChatModel | None
    """The model that it was made with; the evaluation's takes its place where one is named."""

    async def run(self, sample: Sample, context: AgentContext) -> Any:
        """An answer: a text, None, a `RunResult`, or an `AgentAnswer`."""


def bare_request(task: Task, context_tokens: int | None = None) -> ChatRequest:
    """The one question that the bare model is asked: the files' contents, then the task."""
    contents = "".join(f"{a.name}:\n{whole_text(a)}\n\n" for a in task.attachments)
    messages = (
        Message(role="system", content=load_prompt(__file__, "bare")),
        Message(role="user", content=f"{contents}Task: {task.goal}"),
    )
    most = min(BARE_TOKENS, context_tokens // 2) if context_tokens else BARE_TOKENS
    return ChatRequest(messages=messages, stage="bare", max_tokens=most)


class BareAgent:
    """The model asked once, with everything in its prompt."""

    name = "bare"
    needs_model = True
    model: str | ChatModel | None = None

    def __init__(self) -> None:
        self.setup: dict[str, Any] = {}

    async def run(self, sample: Sample, context: AgentContext) -> Completion:
        """One call."""
        model = context.model
        request = await asyncio.to_thread(bare_request, sample.task, model.info.context_tokens)
        return await model.complete(request)


class _TeamAgent:
    """A team that does the sample's task as a durable run."""

    needs_model = True

    def __init__(self, name: str, team: Workforce, setup: dict[str, Any]) -> None:
        self.name = name
        self.setup = setup
        self.model = team.model
        self._team = team

    async def run(self, sample: Sample, context: AgentContext) -> RunResult:
        """One run; it is gone on with where there is one."""
        ended = context.ended_run()
        return ended or await self._team.run(sample.task, run_id=context.run_id, **context.conditions())


class WorkforceAgent(_TeamAgent):
    """The whole team: planner, coordinator and workers."""

    def __init__(
        self,
        workers: Sequence[str] = ("reasoning",),
        *,
        planner: str = "decompose",
        verify: bool = False,
        max_replans: int = 2,
        name: str = "workforce",
    ) -> None:
        team = Workforce(workers, planner=planner, verifier=verify or None, max_replans=max_replans)
        setup = {"workers": [*workers], "planner": planner, "verify": verify, "max_replans": max_replans}
        super().__init__(name, team, setup)


class BareToolsAgent(_TeamAgent):
    """One reasoning worker with the usual tools, and nobody who plans."""

    def __init__(self) -> None:
        super().__init__("bare-tools", Workforce(["reasoning"], planner="whole"), {"workers": ["reasoning"]})


class FormalAgent(_TeamAgent):
    """One worker that formulates the problem and has a solver solve it, and nobody who plans."""

    def __init__(self) -> None:
        team = Workforce(["optimization"], planner="whole")
        super().__init__("formal", team, {"workers": ["optimization"]})


class _WorkflowAgent:
    def __init__(self, flow: Workflow[Any, Any]) -> None:
        self.name = flow.name
        self.setup = {"workflow": flow.name}
        self.needs_model = True
        self.model: str | ChatModel | None = None
        self._flow = flow

    async def run(self, sample: Sample, context: AgentContext) -> RunResult:
        if (ended := context.ended_run()) is not None:
            return ended
        whole = self._flow.input_type is Task
        value = sample.task if whole else sample.task.goal
        conditions = context.conditions()
        attach = sample.task.attachments
        return await self._flow.run(value, run_id=context.run_id, attach=attach, **conditions)


class _FunctionAgent:
    """A function, or the `run` of an object, which may have the other attributes of an `Agent` too."""

    def __init__(self, function: Callable[..., Any], thing: Any, name: str) -> None:
        self.name = name
        self.setup = _setup_of(thing, name)
        model = getattr(thing, "model", None)
        self.model: str | ChatModel | None = model if isinstance(model, (str, ChatModel)) else None
        self._function = function
        self._wants_context = _takes_two(function, name)
        self.needs_model = bool(getattr(thing, "needs_model", self._wants_context))

    async def run(self, sample: Sample, context: AgentContext) -> Any:
        given = (sample, context) if self._wants_context else (sample,)
        if inspect.iscoroutinefunction(self._function):
            return await self._function(*given)
        answer = await _in_a_thread(self._function, *given)
        return await answer if inspect.isawaitable(answer) else answer


def as_agent(thing: Any, *, name: str | None = None) -> Agent:
    """An agent from a team, a workflow, a function `f(sample)` or `f(sample, context)`, or an object with
    such a `run`.

    Raises `UsageError` for anything else.
    """
    agent = _adapted(thing)
    if name is not None:
        agent.name = name
    if not agent.name or agent.name in (".", "..") or {"/", "\0"} & set(agent.name):
        mend = "give it a name that a folder may have"
        raise UsageError(f"an agent cannot be called {agent.name!r}", mend=mend)
    return agent


def _adapted(thing: Any) -> Agent:
    if isinstance(thing, (BareAgent, _TeamAgent, _WorkflowAgent, _FunctionAgent)):
        return thing
    if isinstance(thing, Workforce):
        return _TeamAgent("workforce", thing, thing.setup)
    if isinstance(thing, Workflow):
        return _WorkflowAgent(thing)
    run = getattr(thing, "run", None)
    label = str(getattr(thing, "name", "") or getattr(thing, "__name__", "") or type(thing).__name__)
    if callable(run) and not inspect.isclass(thing):
        return _FunctionAgent(run, thing, label)
    if callable(thing) and not inspect.isclass(thing):
        return _FunctionAgent(thing, thing, label)
    mend = "write async def agent(sample): …, or an object with such a method called run"
    raise UsageError(f"{type(thing).__name__} is no agent", where=label, mend=mend)


def _setup_of(thing: Any, name: str) -> dict[str, Any]:
    """How it says that it is set up. Raises `UsageError` where that is no JSON."""
    found = getattr(thing, "setup", None)
    if not isinstance(found, Mapping):
        return {}  # it says nothing, or the name means something else to it
    try:
        return dict(json.loads(json.dumps(dict(found))))
    except (TypeError, ValueError) as error:
        mend = "have its setup consist of texts, numbers, lists and dicts"
        raise UsageError(f"its setup is no JSON: {error}", where=name, mend=mend) from None


def _takes_two(function: Callable[..., Any], name: str) -> bool:
    """Whether it wants the context beside the sample. Raises `UsageError` where it can be given neither."""
    signature = inspect.signature(function)
    for given in (1, 2):
        try:
            signature.bind(*range(given))
        except TypeError:
            continue
        return given == 2
    mend = "write it as f(sample) or f(sample, context)"
    raise UsageError(f"an agent cannot be called as f{signature}", where=name, mend=mend)


async def _in_a_thread(function: Callable[..., Any], *given: Any) -> Any:
    """A plain function's value. Its thread is its own, so that as many run as samples do, and nobody
    waits at the end for one that hangs."""
    loop = asyncio.get_running_loop()
    done: asyncio.Future[Any] = loop.create_future()
    context = copy_context()

    def settle(value: Any, error: BaseException | None) -> None:
        if done.cancelled():
            return
        if error is not None:
            done.set_exception(error)
        else:
            done.set_result(value)

    def work() -> None:
        value: Any = None
        failure: BaseException | None = None
        try:
            value = context.run(function, *given)
        except StopIteration as error:  # no future takes it
            failure = RuntimeError("the agent raised StopIteration")
            failure.__cause__ = error
        except BaseException as error:  # handed on to whoever waits, whatever it is
            failure = error
        if not loop.is_closed():
            loop.call_soon_threadsafe(settle, value, failure)

    threading.Thread(target=work, name="agentkit-agent", daemon=True).start()
    return await done
