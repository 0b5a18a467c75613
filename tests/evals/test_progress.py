"""How far an evaluation has come, what it cost, and how long the rest will take."""

from __future__ import annotations

import time

import pytest

from agentkit.evals.progress import EvalProgress
from tests.evals.written import record, records


def after(seconds: float, total: int = 10) -> EvalProgress:
    """An evaluation that began this long ago."""
    return EvalProgress("bare", total, began=time.monotonic() - seconds)


def test_in_the_beginning_nothing_is_done_and_nobody_can_tell_how_long_it_takes() -> None:
    progress = EvalProgress("bare", 10)
    assert (progress.done, progress.seconds_left, progress.usage.calls) == (0, None, 0)


def test_records_are_counted_by_outcome_with_their_cost() -> None:
    progress = EvalProgress("bare", 10)
    for one in records("++-el?"):
        progress.add(one)
    assert progress.done == 6
    assert progress.outcomes == {"right": 2, "wrong": 1, "error": 1, "limit": 1, "unscored": 1}
    assert (progress.usage.calls, progress.usage.tokens) == (12, 600)
    assert progress.usage.usd == pytest.approx(0.06)


def test_the_rest_takes_as_long_as_what_is_done_did() -> None:
    progress = after(20)
    for one in records("++++"):
        progress.add(one)
    assert progress.seconds_left == pytest.approx(30, abs=1)


def test_when_all_is_done_nothing_is_left() -> None:
    progress = after(20, total=2)
    for one in records("+-"):
        progress.add(one)
    assert progress.seconds_left == 0


def test_what_earlier_sessions_did_counts_but_says_nothing_of_the_time() -> None:
    progress = after(20)
    for one in records("++++++"):
        progress.add(one, earlier=True)
    assert (progress.done, progress.earlier, progress.usage.calls) == (6, 6, 12)
    assert progress.seconds_left is None
    progress.add(record(7))
    assert progress.seconds_left == pytest.approx(60, abs=1)
