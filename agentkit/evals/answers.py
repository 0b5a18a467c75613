"""What agents return, read as one thing: an answer, why there is none, and what it cost."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from agentkit.budget import Usage
from agentkit.errors import AgentError
from agentkit.frozen import Frozen
from agentkit.messages import Completion
from agentkit.result import Failure, RunResult, WorkerResult

__all__ = ["AgentAnswer", "read_answer"]


class AgentAnswer(Frozen):
    """What an agent made of a sample. Agents may return it where a text does not say enough."""

    text: str | None = None
    """The answer; None where there is none."""
    failure: Failure | None = None
    """Why there is none, or only a partial one."""
    steps: int | None = Field(default=None, ge=0)
    """Turns taken; None leaves them to be counted."""
    seconds: float | None = Field(default=None, ge=0)
    """Wall-clock time, where it is known better than by looking at the clock."""
    usage: Usage | None = None
    """What it cost; None leaves that to be counted. For agents that do not ask the evaluation's model."""


def read_answer(value: Any) -> AgentAnswer:
    """An answer from whatever an agent returned. Raises `AgentError` for what is none.

    >>> read_answer("42").text, read_answer(None).text
    ('42', None)
    """
    match value:
        case AgentAnswer():
            return value
        case None | str():
            return AgentAnswer(text=value)
        case Completion():
            return _of_completion(value)
        case WorkerResult():
            return AgentAnswer(text=value.answer or None, failure=value.failure, steps=value.steps)
        case RunResult():
            return _of_run(value)
    what = f"the agent returned {_a(type(value).__name__)}, which is no answer"
    raise AgentError(what, mend="return a text, None, a RunResult or an AgentAnswer")


def _of_completion(completion: Completion) -> AgentAnswer:
    text = completion.text.strip() or None
    if completion.finish == "refused":
        return AgentAnswer(failure=Failure(kind="refused", message=text or "the model declined to answer"))
    if completion.finish == "length":
        cut = Failure(kind="budget", message="the answer was cut off at the most tokens that it may have")
        return AgentAnswer(text=text, failure=cut)
    return AgentAnswer(text=text)


def _of_run(result: RunResult) -> AgentAnswer:
    steps = sum(worker.steps for worker in result.results.values())
    failure = result.failure
    if failure is None and result.status == "waiting":
        failure = Failure(kind="gave_up", message="it waits for a person, and nobody is there")
    if failure is None and result.status != "answered":
        failure = Failure(kind="error", message=result.reason or f"the run ended as {result.status}")
    return AgentAnswer(
        text=result.answer or None, failure=failure, steps=steps or None, seconds=result.seconds
    )


def _a(noun: str) -> str:
    return f"{'an' if noun[:1].lower() in 'aeiou' else 'a'} {noun}"
