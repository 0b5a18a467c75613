"""A task says something; its files exist and have different names."""

import hashlib
from pathlib import Path

import pytest

from agentkit.errors import TaskError
from agentkit.task import Attachment, Task


@pytest.fixture
def orders(tmp_path: Path) -> Path:
    path = tmp_path / "orders.csv"
    path.write_bytes(b"id,amount\n1,20\n")
    return path


def test_an_attachment_knows_name_place_kind_size_and_digest(orders: Path) -> None:
    attachment = Attachment.from_path(orders)
    assert attachment.name == "orders.csv"
    assert attachment.path == orders.resolve()
    assert attachment.media_type == "text/csv"
    assert attachment.size == 15
    assert attachment.sha256 == hashlib.sha256(b"id,amount\n1,20\n").hexdigest()


def test_a_file_of_unknown_kind_is_bytes(tmp_path: Path) -> None:
    path = tmp_path / "blob.qqq"
    path.write_bytes(b"")
    assert Attachment.from_path(path).media_type == "application/octet-stream"


def test_a_relative_path_is_kept_in_full(orders: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(orders.parent)
    assert Attachment.from_path("orders.csv").path == orders.resolve()


def test_a_tilde_is_the_home_folder(orders: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(orders.parent))
    assert Attachment.from_path("~/orders.csv").path == orders.resolve()


def test_a_large_file_is_digested_whole(tmp_path: Path) -> None:
    content = bytes(range(256)) * 10_000
    path = tmp_path / "large.bin"
    path.write_bytes(content)
    attachment = Attachment.from_path(path)
    assert (attachment.size, attachment.sha256) == (len(content), hashlib.sha256(content).hexdigest())


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(TaskError, match="no such file") as caught:
        Attachment.from_path(tmp_path / "nothing.csv")
    assert caught.value.where.endswith("nothing.csv")


def test_a_folder_is_no_attachment(tmp_path: Path) -> None:
    with pytest.raises(TaskError, match="a folder, not a file"):
        Attachment.from_path(tmp_path)


def test_an_unreadable_file_is_an_error_of_ours(orders: Path) -> None:
    with pytest.raises(TaskError, match="cannot be read"):
        Attachment.from_path(orders / "inside-a-file")


@pytest.mark.parametrize("goal", ["", "   ", "\n\t"])
def test_an_empty_goal_is_refused(goal: str) -> None:
    with pytest.raises(TaskError, match="the task is empty"):
        Task(goal=goal)


def test_a_goal_is_stripped() -> None:
    assert Task(goal="  sum the orders\n").goal == "sum the orders"


def test_two_files_of_the_same_name_are_refused(orders: Path, tmp_path: Path) -> None:
    other = tmp_path / "second"
    other.mkdir()
    (other / "orders.csv").write_text("id\n")
    with pytest.raises(TaskError, match="same name") as caught:
        Task.of("compare", [orders, other / "orders.csv"])
    assert caught.value.where == "orders.csv"


def test_a_task_is_made_of_words_and_paths(orders: Path) -> None:
    task = Task.of("sum the orders", [orders])
    assert (task.goal, [a.name for a in task.attachments]) == ("sum the orders", ["orders.csv"])


def test_a_task_stays_as_it_is_without_more_files() -> None:
    task = Task(goal="sum the orders")
    assert Task.of(task) is task


def test_files_given_with_a_task_are_added_to_its_own(orders: Path, tmp_path: Path) -> None:
    rates = tmp_path / "rates.csv"
    rates.write_text("eur\n")
    task = Task.of(Task.of("sum the orders", [orders]), [rates])
    assert [a.name for a in task.attachments] == ["orders.csv", "rates.csv"]


def test_files_added_to_a_task_may_not_repeat_its_names(orders: Path) -> None:
    with pytest.raises(TaskError, match="same name"):
        Task.of(Task.of("sum the orders", [orders]), [orders])
