"""The rules of recovery, one line each."""

from __future__ import annotations

import pytest

from agentkit.engine.recovery import MOST_ATTEMPTS, Attempt, Recovery, decide
from agentkit.result import Failure

BAD = "The last attempt failed: why"


def attempts(*tries: str) -> list[Attempt]:
    """From `worker:kind` texts, oldest first."""
    parts = [t.split(":") for t in tries]
    return [
        Attempt(worker, Failure.model_validate({"kind": kind, "message": "why"})) for worker, kind in parts
    ]


@pytest.mark.parametrize(
    ("tries", "team", "can_split", "wanted"),
    [
        # No money, or no input: nothing can be done here.
        (["a:budget"], "ab", True, Recovery("stop")),
        (["a:blocked"], "ab", True, Recovery("stop")),
        # A server that is down: once more, and then planning anew has no point either.
        (["a:unavailable"], "ab", True, Recovery("retry", "a")),
        (["a:unavailable", "a:unavailable"], "ab", True, Recovery("stop")),
        (["a:bad_output", "a:unavailable"], "a", True, Recovery("retry", "a")),
        # What the same worker may mend, told what was wrong.
        (["a:bad_output"], "ab", True, Recovery("retry", "a", BAD)),
        (["a:rejected"], "ab", True, Recovery("retry", "a", BAD)),
        (["a:rejected", "a:bad_output"], "ab", True, Recovery("retry", "a", BAD)),
        # Too much for one go.
        (["a:step_limit"], "ab", True, Recovery("split")),
        (["a:loop"], "a", True, Recovery("split")),
        (["a:step_limit"], "ab", False, Recovery("reassign", "b", BAD)),
        (["a:loop"], "a", False, Recovery("replan")),
        # What the worker itself wants done in parts, whatever went before it.
        (["a:divided"], "a", True, Recovery("split")),
        (["a:divided"], "ab", False, Recovery("split")),
        (["a:bad_output"] * MOST_ATTEMPTS + ["a:divided"], "a", True, Recovery("split")),
        # Somebody else, while there is anybody else.
        (["a:error"], "abc", True, Recovery("reassign", "b", BAD)),
        (["a:error", "b:error"], "abc", True, Recovery("reassign", "c", BAD)),
        (["a:bad_output", "a:bad_output"], "ab", True, Recovery("reassign", "b", BAD)),
        (["a:error"], "a", True, Recovery("replan")),
        (["a:refused"], "ab", True, Recovery("reassign", "b", BAD)),
        (["a:refused", "b:refused"], "ab", True, Recovery("replan")),
        (["a:refused"], "a", True, Recovery("replan")),
        (["a:bad_output", "a:bad_output"], "a", True, Recovery("replan")),
        # To be weighed: the model is asked, unless there is nobody else anyway.
        (["a:gave_up"], "ab", True, None),
        (["a:gave_up"], "a", True, Recovery("replan")),
        (["a:rejected", "a:rejected"], "ab", True, None),
        (["a:rejected", "a:rejected"], "a", True, Recovery("replan")),
        # Enough is enough.
        (["a:gave_up"] * MOST_ATTEMPTS, "abcdef", True, Recovery("replan")),
    ],
)
def test_what_follows_a_failure(
    tries: list[str], team: str, can_split: bool, wanted: Recovery | None
) -> None:
    assert decide(attempts(*tries), team=tuple(team), can_split=can_split) == wanted
