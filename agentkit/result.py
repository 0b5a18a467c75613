"""What comes back: from a worker (`WorkerResult`) and from a whole run (`RunResult`)."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from agentkit.budget import Usage
from agentkit.frozen import Frozen
from agentkit.plan import Plan, Subtask

__all__ = [
    "Evidence",
    "Failure",
    "FailureKind",
    "Question",
    "QuestionKind",
    "RunResult",
    "RunStatus",
    "WorkerResult",
]

FailureKind = Literal[
    "unavailable",
    "bad_output",
    "refused",
    "gave_up",
    "step_limit",
    "loop",
    "rejected",
    "budget",
    "error",
    "blocked",
    "divided",
]
"""Why a subtask failed.

unavailable: a model or server could not be reached, and may be later. bad_output: the model never
gave the form asked for. refused: the model declined. gave_up: the worker says that it cannot be
done. step_limit: it used up its steps, or the model's context. loop: it did the same thing over and
over. rejected: a verifier did not accept the answer. budget: a limit stopped it. error: the worker or
its set-up is at fault. blocked: something that it needs failed. divided: the worker proposes to have
it done in parts.
"""

RunStatus = Literal["answered", "partial", "failed", "waiting", "cancelled"]
"""How a run ended.

answered: done. partial: stopped by the budget or by failures with the best answer so far. failed:
no answer. waiting: a person must answer something first. cancelled: somebody stopped it.
"""

QuestionKind = Literal["question", "approval", "plan", "outcome"]
"""What a person is asked: something; leave for a call; leave for a plan; what became of a cut-off call."""


class Evidence(Frozen):
    """What an answer rests on."""

    source: str
    """A file, an address or a tool call."""
    quote: str = ""
    """The words or figures that matter."""


class Failure(Frozen):
    """Why a subtask or a run did not succeed."""

    kind: FailureKind
    """The class of failure, by which recovery is decided."""
    message: str
    """What happened, for people and models to read."""


class Question(Frozen):
    """Something that only a person can answer."""

    id: str
    """Names the question within its run; answers refer to it."""
    kind: QuestionKind
    """What sort of answer is wanted."""
    prompt: str
    """The words put to the person."""
    detail: str = ""
    """What they may need to decide: a tool call's arguments, a plan."""
    subtask: str = ""
    """The subtask that waits, if one does."""


class WorkerResult(Frozen):
    """What a worker made of its subtask."""

    answer: str = ""
    """The result in words; empty only on failure."""
    evidence: tuple[Evidence, ...] = ()
    """What the answer rests on."""
    failure: Failure | None = None
    """Why it failed; None means success."""
    parts: tuple[Subtask, ...] = ()
    """Of a subtask that was too much for one: what it proposes to have done instead."""
    worker: str = ""
    """Who did it."""
    steps: int = Field(default=0, ge=0)
    """Turns taken."""
    attempts: int = Field(default=1, ge=1)
    """How often it was tried, by whichever worker."""
    usage: Usage = Usage()
    """What it cost, all attempts together."""
    seconds: float = Field(default=0.0, ge=0)
    """Wall-clock time from start to result."""

    @property
    def ok(self) -> bool:
        """Whether it succeeded."""
        return self.failure is None


class RunResult(Frozen):
    """What a run made of its task."""

    run_id: str
    """Names the run; `agentkit show` and `resume` take it."""
    status: RunStatus
    """How it ended."""
    answer: str = ""
    """The answer in words."""
    output: Any = None
    """The answer as a value, where an output type was asked for."""
    plan: Plan | None = None
    """The last plan, where one was made."""
    results: dict[str, WorkerResult] = Field(default_factory=dict)
    """Finished and failed subtasks by id."""
    usage: Usage = Usage()
    """What the run cost, earlier sessions of it included."""
    stages: dict[str, Usage] = Field(default_factory=dict)
    """The same by stage."""
    replans: int = Field(default=0, ge=0)
    """How often the plan was made anew."""
    reason: str = ""
    """Why it is partial, failed, waiting or cancelled."""
    failure: Failure | None = None
    """The failure that is to blame, where one is."""
    questions: tuple[Question, ...] = ()
    """What a person must answer before it can go on."""
    seconds: float = Field(default=0.0, ge=0)
    """Wall-clock time, earlier sessions included."""
