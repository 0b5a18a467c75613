"""What to do about a failed subtask: by rule where rules decide, else by asking the model."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from agentkit.events import RecoveryKind
from agentkit.result import Failure

__all__ = ["Attempt", "Recovery", "decide"]

MOST_ATTEMPTS = 4
"""After so many attempts at one subtask nothing more is tried with it."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """A worker's failed try."""

    worker: str
    failure: Failure


@dataclass(frozen=True, slots=True)
class Recovery:
    """What is done."""

    kind: RecoveryKind
    worker: str = ""
    """Who tries next, for retry and reassign."""
    advice: str = ""
    """What that worker is told."""


def decide(attempts: Sequence[Attempt], *, team: Sequence[str], can_split: bool) -> Recovery | None:
    """The recovery that the rules give; None where a model must judge.

    `attempts` are the failed tries at one subtask, oldest first; `team` who else there is; `can_split`
    whether the subtask may be divided (pieces of pieces may not).

    >>> lost = Failure(kind="unavailable", message="no answer")
    >>> decide([Attempt("a", lost)], team=["a"], can_split=True).kind
    'retry'
    >>> decide([Attempt("a", lost)] * 2, team=["a"], can_split=True).kind
    'stop'
    """
    last = attempts[-1]
    kind, again = last.failure.kind, sum(a.failure.kind == last.failure.kind for a in attempts)
    fresh = next((name for name in team if all(a.worker != name for a in attempts)), None)
    advice = f"The last attempt failed: {last.failure.message}"
    if kind == "divided":
        return Recovery("split")
    if kind in ("budget", "blocked"):
        return Recovery("stop")
    if kind == "unavailable":
        # The model's own retries are behind us: once more, then there is no point in planning anew either.
        return Recovery("retry", last.worker) if again == 1 else Recovery("stop")
    if len(attempts) >= MOST_ATTEMPTS:
        return Recovery("replan")
    if kind in ("bad_output", "rejected") and again == 1:
        return Recovery("retry", last.worker, advice)
    if kind in ("step_limit", "loop") and can_split and again == 1:
        return Recovery("split")
    if kind in ("bad_output", "step_limit", "loop", "refused", "error"):
        return Recovery("reassign", fresh, advice) if fresh else Recovery("replan")
    # Left are an answer rejected twice and a worker that gave up: with nobody else to turn to, the
    # plan must change; otherwise somebody has to weigh it.
    return None if fresh else Recovery("replan")
