"""What is written down of a finished sample: one line of `records.jsonl`."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from agentkit.budget import Usage
from agentkit.frozen import Frozen

__all__ = ["Fault", "FaultKind", "Label", "Outcome", "Record"]

Outcome = Literal["right", "wrong", "error", "limit", "unscored"]
"""How a sample ended.

right: a score of 1. wrong: less, also where no answer came. error: the sample, the agent, the model or
the scorer broke. limit: time or budget ran out before there was a right answer. unscored: nobody knows
the answer (test sets).
"""

Label = Literal["limit", "refused", "no answer", "tool error", "wrong form", "near miss", "wrong"]
"""What kind of failure it is, by rule; `labels` has the rules. Benchmarks may have labels of their own."""

FaultKind = Literal["sample", "agent", "infrastructure", "model", "recording", "scorer"]
"""Whose fault an error is.

sample: it could not be asked. agent: it raised or returned what is no answer. infrastructure: a server
could not be reached, also not after several tries. model: it refused the request. recording: it has no
answer to what was asked. scorer: the benchmark could not judge the answer.
"""


class Fault(Frozen):
    """An error that ended a sample."""

    kind: FaultKind
    """Whose fault it is."""
    type: str = ""
    """The exception's class."""
    message: str
    """What it says."""
    where: str = ""
    """The end of the traceback, for errors of the agent's own code."""


class Record(Frozen):
    """All that is kept of one sample in one epoch."""

    sample: str
    """The sample's id."""
    epoch: int = Field(default=1, ge=1)
    """Which time it was asked."""
    digest: str
    """What was asked, as `Sample.digest` has it."""
    group: str = ""
    """The template or family that it came from."""
    tags: dict[str, str] = Field(default_factory=dict)
    """What results are broken down by."""
    run_id: str = ""
    """The run in the evaluation's journal: plan, calls and trajectories are there."""
    outcome: Outcome
    """How it ended."""
    score: float | None = Field(default=None, ge=0, le=1)
    """How good the answer is; None where nobody can tell."""
    others: dict[str, float] = Field(default_factory=dict)
    """Further scores by name, as `Score.others` has them."""
    label: str = ""
    """What kind of failure it is; empty where the answer is right."""
    answer: str | None = None
    """The answer."""
    fault: Fault | None = None
    """What broke, for errors."""
    reason: str = ""
    """Why there is no answer, or only a partial one, in words."""
    usage: Usage = Usage()
    """What it cost, all tries and sessions together."""
    stages: dict[str, Usage] = Field(default_factory=dict)
    """The same by stage."""
    seconds: float = Field(default=0.0, ge=0)
    """Wall-clock time, all tries together, pauses left out."""
    steps: int = Field(default=0, ge=0)
    """Turns that workers took; model calls where no worker was at work."""
    tool_calls: int = Field(default=0, ge=0)
    """Tool calls made."""
    tool_errors: int = Field(default=0, ge=0)
    """Those of them that failed."""
    tries: int = Field(default=1, ge=0)
    """How often it was begun; more than once after errors of the infrastructure."""
    drift: int = Field(default=0, ge=0)
    """Model calls that a recording answered although their prompt is no longer the recorded one."""
    withheld: int = Field(default=0, ge=0)
    """Tool calls and results that the benchmark's screen held back."""
    printed: str = ""
    """What the agent printed, the last of it."""
    finished_at: float = 0.0
    """When, in seconds since 1970."""

    @property
    def value(self) -> float:
        """What it adds to a score with a fixed denominator: nothing where there is no score."""
        return self.score or 0.0
