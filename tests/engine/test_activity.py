"""When a run stands still: a question is open, and nobody works."""

from __future__ import annotations

from agentkit.engine.activity import Activity


def test_a_run_without_questions_never_stands_still() -> None:
    activity = Activity()
    with activity.working():
        pass
    assert not activity.still.is_set()


def test_it_stands_still_when_a_question_is_open_and_the_last_worker_ends() -> None:
    activity = Activity()
    with activity.working():
        with activity.working():
            activity.suspend()
            assert not activity.still.is_set()
            with activity.parked():
                assert not activity.still.is_set()  # the other one works
        with activity.parked():
            assert activity.still.is_set()
        assert not activity.still.is_set()
    assert activity.still.is_set()


def test_who_begins_anew_ends_the_standstill() -> None:
    activity = Activity()
    activity.suspend()
    assert activity.still.is_set()
    with activity.working():
        assert not activity.still.is_set()
