"""A sample is a question with its right answer; its digest tells whether it is still the same one."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from agentkit.errors import TaskError
from agentkit.sample import Sample, Score
from agentkit.task import Task


def sample(**change: Any) -> Sample:
    return Sample(**{"id": "1", "task": "What is 2 + 2?", "target": "4", **change})


@pytest.fixture
def table(tmp_path: Path) -> Path:
    path = tmp_path / "orders.csv"
    path.write_text("id,amount\n1,20\n")
    return path


def test_a_text_becomes_a_task_without_files() -> None:
    assert sample().task == Task(goal="What is 2 + 2?")


def test_a_task_stays_as_it_is(table: Path) -> None:
    task = Task.of("How many orders?", [table])
    assert sample(task=task).task is task


def test_a_sample_asks_something_and_has_a_name() -> None:
    with pytest.raises(TaskError, match="the task is empty"):
        sample(task="  ")
    with pytest.raises(ValidationError, match="at least 1 character"):
        sample(id="")


def test_nothing_but_question_and_name_is_needed() -> None:
    bare = Sample(id="1", task=Task(goal="What?"))
    assert (bare.target, bare.group, bare.tags, bare.fault) == (None, "", {}, "")


def test_what_is_no_field_is_refused() -> None:
    with pytest.raises(ValidationError, match="answer"):
        sample(answer="4")


@pytest.mark.parametrize(
    "change",
    [
        {"id": "2"},
        {"task": "What is 2 + 3?"},
        {"target": "5"},
        {"target": 4},
        {"target": None},
        {"target": ["4"]},
        {"fault": "the picture is missing"},
    ],
    ids=str,
)
def test_the_digest_changes_with_what_is_asked_and_what_is_right(change: dict[str, Any]) -> None:
    assert sample(**change).digest != sample().digest


@pytest.mark.parametrize("change", [{"group": "sums"}, {"tags": {"level": "1"}}], ids=str)
def test_the_digest_does_not_change_with_how_results_are_broken_down(change: dict[str, Any]) -> None:
    assert sample(**change).digest == sample().digest


def test_the_digest_is_the_same_in_every_process_and_version() -> None:
    """Else no evaluation could be gone on with."""
    assert sample().digest == "a60deb437e49cb70"
    assert sample(target={"a": 1, "b": 2}).digest == sample(target={"b": 2, "a": 1}).digest


def test_the_digest_changes_with_what_stands_in_the_files_and_their_names(table: Path) -> None:
    with_file = sample(task=Task.of("Sum", [table])).digest
    assert with_file != sample(task="Sum").digest
    renamed = shutil.copy(table, table.with_name("other.csv"))
    assert sample(task=Task.of("Sum", [renamed])).digest != with_file
    table.write_text("id,amount\n1,21\n")
    assert sample(task=Task.of("Sum", [table])).digest != with_file


def test_the_digest_does_not_change_with_where_the_files_lie(table: Path, tmp_path: Path) -> None:
    (tmp_path / "moved").mkdir()
    moved = shutil.copy(table, tmp_path / "moved" / table.name)
    assert sample(task=Task.of("Sum", [moved])).digest == sample(task=Task.of("Sum", [table])).digest


@pytest.mark.parametrize("value", [0, 0.5, 1, None])
def test_a_score_lies_between_wrong_and_right_or_is_not_known(value: float | None) -> None:
    assert Score(value=value).value == value


@pytest.mark.parametrize("value", [-0.001, 1.001, float("nan"), float("inf"), "good"])
def test_other_scores_are_refused(value: Any) -> None:
    with pytest.raises(ValidationError):
        Score(value=value)


def test_further_scores_lie_there_too() -> None:
    assert Score(value=0, others={"second labels": 1.0}).others == {"second labels": 1.0}
    with pytest.raises(ValidationError):
        Score(value=0, others={"second labels": 1.5})


def test_a_score_always_says_whether_it_is_known() -> None:
    with pytest.raises(ValidationError, match="value"):
        Score()  # type: ignore[call-arg]  # the mistake


def test_a_score_may_say_what_kind_of_mistake_it_is() -> None:
    assert (Score(value=0).label, Score(value=0, label="off by one").label) == ("", "off by one")
