"""The seams: what others implement, and what they may count on. No implementation is imported here."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, runtime_checkable

from pydantic import Field

from agentkit.frozen import Frozen
from agentkit.messages import ChatRequest, Completion, ToolCall, ToolSpec
from agentkit.plan import Plan, Subtask
from agentkit.result import Failure, Question, WorkerResult
from agentkit.sample import Sample, Score
from agentkit.task import Attachment, Task
from agentkit.trajectory import Action, Observation

__all__ = [
    "AnswersQuestions",
    "Assignment",
    "Benchmark",
    "ChatModel",
    "Delta",
    "Embedder",
    "Environment",
    "FailedSubtask",
    "FinishedSubtask",
    "ModelInfo",
    "OnDelta",
    "PlanRequest",
    "Planner",
    "Price",
    "ToolOutcome",
    "ToolScreen",
    "Verdict",
    "Verifier",
    "Worker",
    "WorkerCard",
    "WorkerContext",
]


class Price(Frozen):
    """What a model's tokens cost, in US dollars a token."""

    prompt: float = Field(ge=0)
    """A token sent."""
    completion: float = Field(ge=0)
    """A token received."""


class ModelInfo(Frozen):
    """What is known of a model before it is asked anything."""

    name: str
    """How reports and errors call it."""
    price: Price | None = None
    """Its price; None where nobody knows."""
    context_tokens: int | None = None
    """Its context window, where known."""
    native_tools: bool = False
    """Whether it calls tools natively; where not, tools are offered through a JSON schema."""
    json_schema: bool = True
    """Whether its server enforces a JSON schema."""


@dataclass(frozen=True, slots=True)
class Delta:
    """A piece of an answer that is being written."""

    text: str
    restart: bool = False


OnDelta = Callable[[Delta], None]
"""Gets the pieces of an answer as they come."""


@runtime_checkable
class ChatModel(Protocol):
    """A language model, or a wrapper round one.

    Raises errors of the `ModelError` branch; never those of the provider's own library.
    """

    @property
    def info(self) -> ModelInfo:
        """What is known of it."""

    async def complete(self, request: ChatRequest, on_delta: OnDelta | None = None) -> Completion:
        """Answer. Where `on_delta` is given, and the model can, it gets the text as it is written."""


class WorkerCard(Frozen):
    """What planner and coordinator know of a worker: nothing but this."""

    name: str
    """Its name."""
    description: str
    """What it can do, in one or two sentences."""


class FinishedSubtask(Frozen):
    """A subtask and what came of it, for those who build on it."""

    id: str
    """The subtask's id."""
    goal: str
    """What it was to do."""
    answer: str
    """Its result."""


class FailedSubtask(Frozen):
    """A subtask that could not be done, and why."""

    subtask: Subtask
    """The subtask."""
    failure: Failure
    """Why it failed."""
    worker: str = ""
    """Who tried it last."""


class Assignment(Frozen):
    """All that a worker is given."""

    goal: str
    """The whole task's goal."""
    subtask: Subtask
    """Its own part."""
    inputs: tuple[FinishedSubtask, ...] = ()
    """The results that it depends on."""
    attachments: tuple[Attachment, ...] = ()
    """The task's files, for its tools."""
    final: bool = False
    """Whether its answer is the task's, and so must have the form that the task asks for."""
    feedback: str = ""
    """What was wrong with the last attempt."""
    may_split: bool = False
    """Whether it may propose parts instead: a result with `parts` and a failure of the kind `divided`."""


class ToolOutcome(Frozen):
    """What a tool call gave."""

    call: ToolCall
    """The call."""
    text: str
    """The result as the model sees it."""
    is_error: bool = False
    """Whether the tool failed."""


class WorkerContext(Protocol):
    """What a worker may use. Every call through it is budgeted, journaled and seen by listeners."""

    @property
    def model(self) -> ChatModel:
        """The language model."""

    @property
    def tools(self) -> Sequence[ToolSpec]:
        """The tools that may be called."""

    @property
    def seconds_left(self) -> float | None:
        """Seconds until the budget's time is over and the work is cut off; None without such a limit."""

    async def call_tools(self, calls: Sequence[ToolCall]) -> list[ToolOutcome]:
        """Run tool calls side by side; outcomes come in the calls' order. A tool's failure is an outcome."""

    async def ask_person(self, prompt: str, detail: str = "") -> str:
        """Ask a person; the run pauses durably until they answer."""


@runtime_checkable
class Worker(Protocol):
    """Carries out subtasks. Must not keep state between them."""

    name: str
    """Unique within a team."""
    description: str
    """What it can do; planner and coordinator know no more of it."""

    async def run(self, assignment: Assignment, context: WorkerContext) -> WorkerResult:
        """Do it. What cannot be done comes back as a `WorkerResult` with a failure."""


class PlanRequest(Frozen):
    """What a planner is told."""

    task: Task
    """What is to be done."""
    workers: tuple[WorkerCard, ...]
    """Who is there to do it."""
    files: str = ""
    """The attachments in short: names, sizes, columns."""
    plan: Plan | None = None
    """When planning anew: the plan that failed."""
    finished: tuple[FinishedSubtask, ...] = ()
    """When planning anew: what is done, and must be kept."""
    failed: tuple[FailedSubtask, ...] = ()
    """When planning anew: what failed, and why."""
    feedback: str = ""
    """When planning anew: what a person wants otherwise."""
    on_demand: bool = False
    """Whether the team's one worker will say so where the task should be split: no plan is needed first."""


@runtime_checkable
class Planner(Protocol):
    """Makes plans, and makes them anew after failures."""

    name: str
    """Its name."""

    async def plan(self, request: PlanRequest, model: ChatModel) -> Plan | None:
        """A plan; None where it has none to offer (a fixed plan that failed cannot be changed).

        When planning anew, finished subtasks keep their ids and stay in the plan where they are needed.
        """


class Verdict(Frozen):
    """A verifier's word on an answer."""

    accepted: bool
    """Whether it may be used."""
    reason: str = ""
    """Why not, in words that help to mend it."""


@runtime_checkable
class Verifier(Protocol):
    """Checks a subtask's answer."""

    async def verify(self, assignment: Assignment, result: WorkerResult, model: ChatModel) -> Verdict:
        """Accept or reject."""


@runtime_checkable
class Embedder(Protocol):
    """Turns texts into vectors."""

    dimensions: int
    """Length of every vector."""

    async def embed(self, texts: Sequence[str]) -> Sequence[Sequence[float]]:
        """One vector for each text, in the same order."""


@runtime_checkable
class Environment(Protocol):
    """A world to act in."""

    async def reset(self, seed: int | None = None) -> Observation:
        """Begin anew, the same way for the same seed."""

    async def step(self, action: Action) -> Observation:
        """Act, and see what comes of it."""

    async def close(self) -> None:
        """Free what it holds; safe to call twice."""


@runtime_checkable
class Benchmark(Protocol):
    """Yields samples and scores answers.

    It may also have `screen(sample) -> ToolScreen`, which is put before the agent's tools,
    `submission(records) -> Iterable[dict]`, whose lines are written to `submission.jsonl` at the end, and
    `agents: tuple[str, ...]`, the agents that are compared on it where nobody names any (bare and workforce
    where it has no such attribute).
    """

    name: str
    """Its name."""

    def samples(self, data: Path | None = None) -> Iterable[Sample]:
        """The questions, always in the same order; called more than once.

        One that cannot be asked is yielded with its `fault`. Raises `TaskError` where there is
        nothing to be had at all, saying how to get it.
        """

    def score(self, sample: Sample, answer: str | None) -> Score | Awaitable[Score]:
        """Judge an answer; none at all is wrong."""


class ToolScreen(Protocol):
    """Stands between a worker and its tools."""

    def refuse(self, call: ToolCall) -> str:
        """Why this call must not be made; empty where it may."""

    def withhold(self, outcome: ToolOutcome) -> str:
        """Why a worker must not see this result; empty where it may."""


class AnswersQuestions(Protocol):
    """Somebody who is there to answer a run's questions at once."""

    async def __call__(self, question: Question) -> str | None:
        """An answer; None leaves the run waiting."""
