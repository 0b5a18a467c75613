"""The folder of an evaluation: one process at a time, one configuration, and files that are whole."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from agentkit.budget import Budget
from agentkit.errors import RunBusyError, StoreError, UsageError
from agentkit.evals.config import EvalConfig
from agentkit.evals.folder import Asked, EvalFolder, Selection
from tests.evals.written import record, write_eval
from tests.evals.written import selection as selection_of

ROOT = Path(__file__).resolve().parents[2]

HOLDER = """
import sys
from pathlib import Path
from agentkit.evals.folder import EvalFolder
folder = EvalFolder(Path(sys.argv[1]))
folder.claim()
print("claimed", flush=True)
sys.stdin.read()
"""


@pytest.fixture
def folder(tmp_path: Path) -> EvalFolder:
    """One that is there and empty."""
    (tmp_path / "sums").mkdir()
    return EvalFolder(tmp_path / "sums")


def config(**change: Any) -> EvalConfig:
    return EvalConfig(**{"benchmark": "sums", "agent": "bare", "model": "m", **change})


def hold(path: Path) -> subprocess.Popen[str]:
    """Another process that evaluates there until its stdin is closed."""
    process = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(path)],
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None and process.stdout.readline() == "claimed\n"
    return process


class TestClaiming:
    def test_the_folder_is_made_with_all_above_it(self, tmp_path: Path) -> None:
        folder = EvalFolder(tmp_path / "a" / "b" / "c")
        assert not folder.path.exists()
        folder.claim()
        assert folder.path.is_dir() and not folder.exists
        folder.release()

    def test_nobody_else_may_claim_it_meanwhile(self, folder: EvalFolder) -> None:
        folder.claim()
        with pytest.raises(RunBusyError, match="another evaluation is going on there") as caught:
            EvalFolder(folder.path).claim()
        assert caught.value.where == str(folder.path)
        assert "--out" in caught.value.mend
        folder.release()
        other = EvalFolder(folder.path)
        other.claim()
        other.release()

    def test_not_from_another_process_either(self, folder: EvalFolder) -> None:
        with hold(folder.path) as process:
            with pytest.raises(RunBusyError):
                folder.claim()
            process.communicate()
        folder.claim()
        folder.release()

    def test_a_process_that_is_killed_leaves_it_to_others(self, folder: EvalFolder) -> None:
        with hold(folder.path) as process:
            process.kill()
            process.wait()
        folder.claim()
        folder.release()

    def test_letting_go_twice_does_no_harm(self, folder: EvalFolder) -> None:
        folder.release()
        folder.claim()
        folder.release()
        folder.release()

    @pytest.mark.parametrize("place", ["file", "file/below"])
    def test_a_place_that_cannot_be_written_is_named(self, tmp_path: Path, place: str) -> None:
        (tmp_path / "file").write_text("")
        with pytest.raises(StoreError, match="the folder cannot be written") as caught:
            EvalFolder(tmp_path / place).claim()
        assert caught.value.where == str(tmp_path / place)
        assert caught.value.mend == "choose another one with --out"


class TestConfiguration:
    def test_it_is_written_once_and_read_again(self, folder: EvalFolder) -> None:
        assert not folder.exists
        folder.adopt(config(agent_setup={"workers": ["réasoning"]}))
        assert folder.exists
        assert EvalFolder(folder.path).config() == config(agent_setup={"workers": ["réasoning"]})

    def test_the_same_one_may_go_on(self, folder: EvalFolder) -> None:
        folder.adopt(config(agent_setup={"workers": ("reasoning",), "depth": 2}, timeout=3))
        before = (folder.path / "config.json").read_bytes()
        folder.adopt(config(agent_setup={"depth": 2, "workers": ["reasoning"]}, timeout=3.0))
        assert (folder.path / "config.json").read_bytes() == before

    def test_another_one_may_not_and_every_difference_is_told(self, folder: EvalFolder) -> None:
        folder.adopt(config())
        newer = config(agent_setup={"verify": True}, model="other", sample_budget=Budget(calls=3), seed=1)
        with pytest.raises(UsageError, match="the folder holds another evaluation") as caught:
            folder.adopt(newer)
        told = caught.value.what
        assert 'agent_setup: it was {}, now {"verify": true}' in told
        assert 'model: it was "m", now "other"' in told
        assert "sample_budget: it was " in told and '"calls": 3' in told
        assert "seed: it was null, now 1" in told
        assert "benchmark" not in told and "timeout" not in told
        assert caught.value.where == str(folder.path)
        assert folder.config() == config()

    def test_without_an_evaluation_there_is_none(self, tmp_path: Path, folder: EvalFolder) -> None:
        for place in (folder, EvalFolder(tmp_path / "nowhere")):
            with pytest.raises(UsageError, match="there is no evaluation") as caught:
                place.config()
            assert caught.value.where == str(place.path)
            assert "agentkit eval" in caught.value.mend

    @pytest.mark.parametrize("damaged", [b"", b"{", b"[]", b'{"benchmark": "b"}', b"\xff", b'{"odd": 1}'])
    def test_a_damaged_file_is_named(self, folder: EvalFolder, damaged: bytes) -> None:
        (folder.path / "config.json").write_bytes(damaged)
        for read in (folder.config, lambda: folder.adopt(config())):
            with pytest.raises(StoreError, match=r"config\.json is damaged") as caught:
                read()
            assert caught.value.where == str(folder.path)


class TestSelection:
    @pytest.mark.parametrize(
        "selection",
        [
            Selection((), 1),
            selection_of(3, epochs=2, groups=("a", "b"), levels=("1",)),
            Selection((Asked("é\u2028\x85\r\n", "d", "g\u2029", (("k", "v"), ("level", "1"))),), 7),
        ],
        ids=["empty", "usual", "odd letters"],
    )
    def test_it_is_read_as_it_was_written(self, folder: EvalFolder, selection: Selection) -> None:
        folder.write_selection(selection)
        assert EvalFolder(folder.path).selection() == selection

    def test_the_last_one_counts(self, folder: EvalFolder) -> None:
        folder.write_selection(selection_of(5))
        folder.write_selection(selection_of(2))
        assert len(folder.selection().asked) == 2

    def test_without_an_evaluation_there_is_none(self, folder: EvalFolder) -> None:
        with pytest.raises(UsageError, match="there is no evaluation"):
            folder.selection()

    @pytest.mark.parametrize(
        "damaged",
        [
            b"",
            b"{}\n",
            b'{"epochs": null}\n',
            b'{"epochs": 1}\nnonsense\n',
            b'{"epochs": 1}\n{"id": "a", "digest": "d", "gro',
            b'{"epochs": 1}\n{"id": "a", "digest": "d", "group": ""}\n',
            b'{"epochs": 1}\n{"id": "a", "digest": "d", "tags": [], "odd": 1}\n',
            b'{"epochs": 1}\n[1]\n',
            b'{"epochs": 1}\n\xff\n',
        ],
    )
    def test_a_damaged_file_is_named(self, folder: EvalFolder, damaged: bytes) -> None:
        (folder.path / "selection.jsonl").write_bytes(damaged)
        with pytest.raises(StoreError, match=r"selection\.jsonl is damaged") as caught:
            folder.selection()
        assert caught.value.where == str(folder.path)


class TestFiles:
    def test_records_are_those_of_its_file(self, tmp_path: Path) -> None:
        folder = write_eval(tmp_path / "bare", selection_of(2), [record(1), record(2, "wrong")])
        assert list(folder.records()) == [record(1), record(2, "wrong")]
        assert folder.records_file == tmp_path / "bare" / "records.jsonl"

    def test_it_is_called_as_the_folder_is_however_that_is_written(self, tmp_path: Path) -> None:
        assert EvalFolder(tmp_path / "x" / ".." / "sums").name == "sums"
        assert EvalFolder(tmp_path / "x" / ".." / "sums").path == tmp_path / "sums"

    def test_a_tilde_is_the_home_folder(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("HOME", str(tmp_path))
        assert EvalFolder(Path("~/sums")).path == tmp_path / "sums"

    def test_a_submission_is_a_line_of_json_each(self, folder: EvalFolder) -> None:
        folder.write_submission(iter([{"id": "a", "answer": "é"}, {"id": "b", "answer": ""}]))
        lines = folder.submission_file.read_text(encoding="utf-8").splitlines()
        assert lines == ['{"id": "a", "answer": "é"}', '{"id": "b", "answer": ""}']

    def test_a_file_is_replaced_as_a_whole_or_not_at_all(self, folder: EvalFolder) -> None:
        folder.write_submission([{"id": "a"}])
        with pytest.raises(ZeroDivisionError):
            folder.write_submission({"id": 1 // n} for n in (1, 0))
        assert folder.submission_file.read_text() == '{"id": "a"}\n'

    def test_a_place_that_cannot_be_written_is_named(self, tmp_path: Path) -> None:
        (tmp_path / "file").write_text("")
        folder = EvalFolder(tmp_path / "file")
        writing: list[Callable[[], object]] = [
            lambda: folder.adopt(config()),
            lambda: folder.write_selection(selection_of(1)),
            lambda: folder.write_submission([]),
        ]
        for write in writing:
            with pytest.raises(StoreError, match="the folder cannot be written") as caught:
                write()
            assert caught.value.where.startswith(str(folder.path))

    @pytest.mark.parametrize("name", ["config.json", "selection.jsonl", "records.jsonl"])
    def test_what_cannot_be_read_is_named(self, folder: EvalFolder, name: str) -> None:
        (folder.path / name).mkdir()
        reading: dict[str, Callable[[], object]] = {
            "config.json": folder.config,
            "selection.jsonl": folder.selection,
            "records.jsonl": lambda: list(folder.records()),
        }
        with pytest.raises(StoreError, match="cannot be read: Is a directory"):
            reading[name]()
