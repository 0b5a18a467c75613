"""GAIA is read from the official files in each of their forms, scored, and written for the leaderboard."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from agentkit.envs.gaia import Gaia
from agentkit.envs.gaia_layout import question_of
from agentkit.errors import TaskError
from agentkit.protocols import Benchmark
from agentkit.sample import Sample
from agentkit.task import Task

ORDERS = "c0ffee00-0000-4000-8000-00000000000a"
BRIDGES = "c0ffee00-0000-4000-8000-00000000000b"
BIRDS = "c0ffee00-0000-4000-8000-00000000000c"

ROWS: list[dict[str, Any]] = [
    {
        "task_id": "0-0-0-0-0",
        "Question": "?",
        "Level": 1,
        "Final answer": "?",
        "file_name": "",
        "file_path": "",
        "Annotator Metadata": {},
    },
    {
        "task_id": ORDERS,
        "Question": "How many orders does the attached sheet hold?",
        "Level": 1,
        "Final answer": "17",
        "file_name": f"{ORDERS}.csv",
        "file_path": f"2023/validation/{ORDERS}.csv",
        "Annotator Metadata": {"Steps": "Count.", "Number of steps": "1"},
    },
    {
        "task_id": BRIDGES,
        "Question": "Which river does the longest bridge of Erewhon cross?",
        "Level": 3,
        "Final answer": "Styx",
        "file_name": "",
        "file_path": "",
        "Annotator Metadata": {"Steps": "Look it up.", "Number of steps": "4"},
    },
]


def write_lines(folder: Path, rows: Iterable[dict[str, Any] | bytes]) -> Path:
    """The older form. Bytes are written as they are."""
    folder.mkdir(parents=True, exist_ok=True)
    lines = [row if isinstance(row, bytes) else json.dumps(row).encode() for row in rows]
    path = folder / "metadata.jsonl"
    path.write_bytes(b"\n".join(lines) + b"\n")
    return path


def write_parquet(path: Path, rows: Iterable[dict[str, Any]]) -> Path:
    """The newer form. Where all ids are UUIDs, DuckDB stores them as such, not as text."""
    import duckdb

    path.parent.mkdir(parents=True, exist_ok=True)
    lines = path.with_suffix(".lines")
    lines.write_text("".join(json.dumps({**row, "Level": str(row["Level"])}) + "\n" for row in rows))
    duckdb.sql(f"COPY (SELECT * FROM read_json('{lines}')) TO '{path.parent / 'written'}' (FORMAT parquet)")
    lines.unlink()
    return (path.parent / "written").rename(path)


def row(task_id: str = BIRDS, /, **columns: Any) -> dict[str, Any]:
    """A line without a file, with what matters for the test."""
    return {"task_id": task_id, "Question": "Which bird?", "Level": 2, "Final answer": "rook", **columns}


def samples(data: Path | None) -> list[Sample]:
    return list(Gaia().samples(data))


def ids(data: Path) -> list[str]:
    return [sample.id for sample in samples(data)]


def only_fault(data: Path) -> str:
    (faulty,) = [sample for sample in samples(data) if sample.fault]
    return faulty.fault


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A download of the repository as it was before October 2025."""
    validation = write_lines(tmp_path / "GAIA" / "2023" / "validation", ROWS).parent
    (validation / f"{ORDERS}.csv").write_text("id\n1\n")
    hidden = [row("test-1", **{"Final answer": "?"}), row("test-2", **{"Final answer": "?"})]
    write_lines(tmp_path / "GAIA" / "2023" / "test", hidden)
    return tmp_path / "GAIA"


@pytest.fixture
def newer(repository: Path) -> Path:
    """The same as it is since then."""
    validation = repository / "2023" / "validation"
    (validation / "metadata.jsonl").unlink()
    write_parquet(validation / "metadata.parquet", ROWS)
    write_parquet(validation / "metadata.level1.parquet", ROWS[:2])
    write_parquet(validation / "metadata.level3.parquet", ROWS[2:])
    return repository


def test_it_is_a_benchmark() -> None:
    assert isinstance(Gaia(), Benchmark)
    assert Gaia().name == "gaia"


class TestSample:
    def test_it_has_the_question_its_file_the_answer_and_the_level(self, repository: Path) -> None:
        orders, bridges = samples(repository)
        assert (orders.id, orders.target, orders.tags, orders.group) == (ORDERS, "17", {"level": "1"}, "")
        assert [file.name for file in orders.task.attachments] == [f"{ORDERS}.csv"]
        assert (bridges.id, bridges.target, bridges.tags) == (BRIDGES, "Styx", {"level": "3"})
        assert bridges.task.attachments == ()
        assert not orders.fault and not bridges.fault

    def test_the_goal_is_the_question_and_then_how_to_write_the_answer(self, repository: Path) -> None:
        sample = samples(repository)[0]
        question, blank, form = sample.task.goal.partition("\n\n")
        assert question == ROWS[1]["Question"] == question_of(sample)
        assert blank
        for said in (
            "number",
            "thousands separators",
            "units",
            "few words",
            "articles",
            "a comma and a space",
        ):
            assert said in form

    def test_the_placeholder_of_the_test_split_is_no_question(self, repository: Path) -> None:
        assert "0-0-0-0-0" not in ids(repository)

    @pytest.mark.parametrize("answer", ["?", " ? ", "", None])
    def test_an_answer_that_is_not_published_is_no_target(self, tmp_path: Path, answer: str | None) -> None:
        write_lines(tmp_path, [row(**{"Final answer": answer})])
        assert samples(tmp_path)[0].target is None

    def test_an_answer_is_kept_as_it_stands(self, tmp_path: Path) -> None:
        write_lines(tmp_path, [row("a-1", **{"Final answer": " 17 "}), row("a-2", **{"Final answer": 17})])
        assert [sample.target for sample in samples(tmp_path)] == [" 17 ", "17"]

    @pytest.mark.parametrize("level", [2, "2", 2.0, "2.0", " 2 "])
    def test_a_level_may_be_number_or_text(self, tmp_path: Path, level: object) -> None:
        write_lines(tmp_path, [row(Level=level)])
        assert samples(tmp_path)[0].tags == {"level": "2"}

    def test_our_own_files_say_the_family_and_may_have_several_attachments(self, tmp_path: Path) -> None:
        (tmp_path / "a.csv").write_text("1")
        (tmp_path / "b.md").write_text("2")
        ours = row(files=["a.csv", "b.md"], **{"Annotator Metadata": {"family": "ledgers"}})
        write_lines(tmp_path, [ours])
        (sample,) = samples(tmp_path)
        assert sample.group == "ledgers"
        assert [file.name for file in sample.task.attachments] == ["a.csv", "b.md"]


class TestWhereTheDataIs:
    @pytest.mark.parametrize("part", ["", "2023", "2023/validation", "2023/validation/metadata.jsonl"])
    def test_any_folder_above_will_do_and_validation_is_meant(self, repository: Path, part: str) -> None:
        assert ids(repository / part) == [ORDERS, BRIDGES]

    @pytest.mark.parametrize("part", ["", "2023", "2023/validation", "2023/validation/metadata.parquet"])
    def test_the_same_with_parquet(self, newer: Path, part: str) -> None:
        orders, bridges = samples(newer / part)
        assert (orders.id, orders.target, orders.tags) == (ORDERS, "17", {"level": "1"})
        assert [file.name for file in orders.task.attachments] == [f"{ORDERS}.csv"]
        assert (bridges.id, bridges.target, bridges.tags) == (BRIDGES, "Styx", {"level": "3"})
        assert not orders.fault and not bridges.fault

    def test_both_forms_are_the_same_samples(self, repository: Path, tmp_path: Path) -> None:
        old = [sample.digest for sample in samples(repository)]
        write_parquet(tmp_path / "moved" / "metadata.parquet", ROWS)
        shutil.copy(repository / "2023" / "validation" / f"{ORDERS}.csv", tmp_path / "moved")
        assert [sample.digest for sample in samples(tmp_path / "moved")] == old

    def test_the_test_split_is_asked_for_by_its_folder(self, repository: Path) -> None:
        assert ids(repository / "2023" / "test") == ["test-1", "test-2"]

    def test_one_level_is_asked_for_by_its_file(self, newer: Path) -> None:
        assert ids(newer / "2023" / "validation" / "metadata.level3.parquet") == [BRIDGES]

    def test_the_files_of_the_levels_alone_are_enough(self, newer: Path) -> None:
        (newer / "2023" / "validation" / "metadata.parquet").unlink()
        assert ids(newer) == [ORDERS, BRIDGES]

    def test_a_folder_may_have_any_name(self, tmp_path: Path) -> None:
        write_parquet(tmp_path / "what [is] *this?" / "metadata.parquet", ROWS[2:])
        assert ids(tmp_path / "what [is] *this?") == [BRIDGES]

    def test_a_download_full_of_links_has_the_files_own_names(self, repository: Path, tmp_path: Path) -> None:
        place = repository / "2023" / "validation" / f"{ORDERS}.csv"
        blob = place.rename(tmp_path / "5f3a")
        place.symlink_to(blob)
        assert [file.name for file in samples(repository)[0].task.attachments] == [place.name]

    def test_a_file_may_be_known_by_its_place_in_the_repository(self, tmp_path: Path) -> None:
        folder = tmp_path / "2023" / "validation"
        (folder / "sheets").mkdir(parents=True)
        (folder / "sheets" / "x.csv").write_text("1")
        write_lines(folder, [row(file_name="x.csv", file_path="2023/validation/sheets/x.csv")])
        (sample,) = samples(tmp_path)
        assert [file.path for file in sample.task.attachments] == [(folder / "sheets" / "x.csv").resolve()]

    def test_windows_marks_and_blank_lines_do_no_harm(self, tmp_path: Path) -> None:
        line = json.dumps(row()).encode()
        (tmp_path / "metadata.jsonl").write_bytes(b"\xef\xbb\xbf" + line + b"\r\n\r\n\n")
        assert ids(tmp_path) == [BIRDS]

    def test_an_environment_variable_says_where(
        self, repository: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("AGENTKIT_GAIA", str(repository))
        assert [sample.id for sample in Gaia().samples()] == [ORDERS, BRIDGES]

    def test_a_benchmark_of_the_same_form_has_a_place_of_its_own(self, repository: Path) -> None:
        class Own(Gaia):
            def _default_data(self) -> Path | None:
                return repository

        assert [sample.id for sample in Own().samples()] == [ORDERS, BRIDGES]

    def test_attachments_that_stay_the_same_are_read_once(self, repository: Path) -> None:
        """Told by a file that changes without its time and size."""
        place = repository / "2023" / "validation" / f"{ORDERS}.csv"
        first = samples(repository)[0].task.attachments
        times = place.stat()
        place.write_text("id\n2\n")
        os.utime(place, ns=(times.st_atime_ns, times.st_mtime_ns))
        assert samples(repository)[0].task.attachments == first
        os.utime(place, ns=(times.st_atime_ns, times.st_mtime_ns + 1_000_000))
        assert samples(repository)[0].task.attachments != first


class TestNoData:
    @pytest.fixture(autouse=True)
    def nothing_set(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.delenv("AGENTKIT_GAIA", raising=False)

    def check(self, data: Path | None, what: str) -> None:
        with pytest.raises(TaskError, match=what) as caught:
            Gaia().samples(data)
        for way in ("request access", "gaia-benchmark/GAIA", "--data", "AGENTKIT_GAIA"):
            assert way in caught.value.mend

    def test_none_is_given(self) -> None:
        self.check(None, "no data was given")

    def test_an_empty_variable_is_none(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("AGENTKIT_GAIA", " ")
        self.check(None, "no data was given")

    def test_there_is_no_such_folder(self, tmp_path: Path) -> None:
        self.check(tmp_path / "nowhere", "no such file or folder")

    def test_the_folder_is_empty(self, tmp_path: Path) -> None:
        self.check(tmp_path, r"no metadata\.parquet or metadata\.jsonl")

    def test_the_file_is_another(self, tmp_path: Path) -> None:
        (tmp_path / "questions.csv").write_text("task_id,Question\n")
        self.check(tmp_path / "questions.csv", "neither a .jsonl nor a .parquet")

    @pytest.mark.parametrize(
        "content",
        [b"", b"\n\n", b"<html>Sign in</html>\n", b'{"id": 1, "text": "x"}\n', json.dumps(ROWS[0]).encode()],
        ids=["empty", "blank", "page", "other-data", "placeholder-alone"],
    )
    def test_there_is_no_question(self, tmp_path: Path, content: bytes) -> None:
        (tmp_path / "metadata.jsonl").write_bytes(content)
        self.check(tmp_path, "no GAIA question")

    def test_a_parquet_file_is_broken(self, tmp_path: Path) -> None:
        (tmp_path / "metadata.parquet").write_bytes(b"PAR1 and nothing else, not even at the end")
        with pytest.raises(TaskError, match=r"metadata\.parquet: is no readable parquet.*download it again"):
            Gaia().samples(tmp_path)

    def test_a_parquet_file_was_never_fetched(self, tmp_path: Path) -> None:
        (tmp_path / "metadata.parquet").write_text(
            "version https://git-lfs.github.com/spec/v1\noid sha256:0\n"
        )
        with pytest.raises(TaskError, match="git lfs pull"):
            Gaia().samples(tmp_path)


class TestFaults:
    """Lines that cannot be asked; the rest can."""

    @pytest.mark.parametrize(
        ("line", "identifier", "what"),
        [
            (b"{not json", "line-2", "no JSON object"),
            (b'["a", "list"]', "line-2", "no JSON object"),
            (b'{"task_id": "\xff"}', "line-2", "no JSON object"),
            (b'{"task_id": "a-2", "Question": "\\ud800?"}', "line-2", "no JSON object"),
            (b"[" * 100_000, "line-2", "no JSON object"),
            (row("", Level=2), "line-2", "there is no task_id"),
            (row(" "), "line-2", "there is no task_id"),
            ({"Question": "Who?", "Level": 2}, "line-2", "there is no task_id"),
            (row("a-2", Question=""), "a-2", "there is no Question"),
            (row("a-2", Question=None), "a-2", "there is no Question"),
            ({"task_id": "a-2", "Level": 2}, "a-2", "there is no Question"),
            (row("a-2", Level=4), "a-2", "no such level: 4"),
            (row("a-2", Level=True), "a-2", "no such level: True"),
            (row("a-2", Level=None), "a-2", "no such level: None"),
            (row("a-2", Level="hard"), "a-2", "no such level: 'hard'"),
            (row("a-2", **{"Final answer": ["rook"]}), "a-2", "neither text nor number"),
            (row("a-2", file_name="gone.pdf"), "a-2", "the attachment is missing"),
            (row("a-2", file_path="2023/validation/gone.pdf"), "a-2", "the attachment is missing"),
            (row("a-2", file_name="no\0name"), "a-2", "the attachment is missing"),
            (row("a-2", file_name="folder"), "a-2", "a folder, not a file"),
            (row("a-2", file_name="stub.mp3"), "a-2", "only a Git LFS pointer"),
            (row("a-2", file_name="../secret.txt"), "a-2", "outside of the data's folder"),
            (row("a-2", file_name="/etc/hosts"), "a-2", "outside of the data's folder"),
            (row("a-2", file_name="secret.txt", file_path="../secret.txt"), "a-2", "missing"),
            (row("a-2", files="a.csv"), "a-2", "no list of names"),
            (row("a-2", files=["a.csv", 7]), "a-2", "no list of names"),
            (row("a-2", files=["a.csv", "gone.csv"]), "a-2", "the attachment is missing"),
            (row("a-2", files=["a.csv", "folder/a.csv"]), "a-2", "two attachments have the same name"),
            (row("a-1"), "line-2", "the task_id was there before"),
        ],
    )
    def test_it_says_what_and_where_and_the_rest_goes_on(
        self, tmp_path: Path, line: dict[str, Any] | bytes, identifier: str, what: str
    ) -> None:
        folder = write_lines(tmp_path / "data", [row("a-1"), line, row("a-3")]).parent
        (folder / "folder").mkdir()
        for name in ("a.csv", "folder/a.csv", "../secret.txt"):
            (folder / name).write_text("1")
        (folder / "stub.mp3").write_text("version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 9\n")

        before, faulty, after = samples(folder)
        assert (before.id, before.fault, after.id, after.fault) == ("a-1", "", "a-3", "")
        assert faulty.id == identifier
        assert faulty.fault.startswith("metadata.jsonl, line 2")
        assert what in faulty.fault
        assert faulty.fault.endswith(")"), "it says how to mend it"

    def test_it_names_the_attachment_and_how_to_get_it(self, tmp_path: Path) -> None:
        write_lines(tmp_path, [row(file_name="gone.pdf")])
        assert only_fault(tmp_path) == (
            "metadata.jsonl, line 1, gone.pdf: the attachment is missing "
            "(download the whole repository, or put it beside the file with the questions)"
        )

    def test_it_still_has_the_question_and_what_it_is_counted_by(self, tmp_path: Path) -> None:
        write_lines(tmp_path, [row(file_name="gone.pdf", **{"Annotator Metadata": {"family": "birds"}})])
        (sample,) = samples(tmp_path)
        assert (sample.task.goal, sample.group, sample.tags) == ("Which bird?", "birds", {"level": "2"})

    def test_lines_are_counted_as_editors_count_them(self, tmp_path: Path) -> None:
        write_lines(tmp_path, [row("a-1"), b"", b"{broken"])
        assert only_fault(tmp_path).startswith("metadata.jsonl, line 3: ")

    def test_rows_of_several_files_keep_their_ids_apart(self, tmp_path: Path) -> None:
        for level in (1, 2):
            rows = [row(f"a-{level}", Level=level), row("", Level=level)]
            write_parquet(tmp_path / f"metadata.level{level}.parquet", rows)
        assert ids(tmp_path) == ["a-1", "line-2", "a-2", "line-4"]
        assert samples(tmp_path)[3].fault.startswith("metadata.level2.parquet, row 2: ")

    def test_digests_do_not_depend_on_where_the_data_lies(self, tmp_path: Path) -> None:
        for name in ("here", "there"):
            write_lines(tmp_path / name, [row("a-1"), row("a-2", file_name="gone.pdf"), b"{broken"])
        here, there = ([s.digest for s in samples(tmp_path / name)] for name in ("here", "there"))
        assert here == there

    def test_a_link_to_nowhere_is_a_missing_file(self, tmp_path: Path) -> None:
        loop = tmp_path / "loop.csv"
        write_lines(tmp_path, [row(file_name="loop.csv")])
        loop.symlink_to(loop)
        assert "loop.csv: the attachment is missing" in only_fault(tmp_path)


class TestScore:
    @pytest.mark.parametrize(
        ("answer", "value"),
        [
            ("17", 1.0),
            ("$17.0", 1.0),
            ("18", 0.0),
            ("It is 17", 0.0),
            ("FINAL ANSWER: 17", 1.0),
            ("I counted them.\nFinal answer:17", 1.0),
            ("FINAL ANSWER: 16\nNo, wait.\nFINAL ANSWER: 17", 1.0),
            ("FINAL ANSWER: 17\nNo, wait.\nFINAL ANSWER: 16", 0.0),
            ("17 FINAL ANSWER:", 0.0),
            ("ANSWER: 17", 0.0),
            ("", 0.0),
            (None, 0.0),
        ],
    )
    def test_the_official_rules_hold_for_what_follows_final_answer(
        self, answer: str | None, value: float
    ) -> None:
        assert Gaia().score(Sample(id="a-1", task=Task(goal="How many?"), target="17"), answer).value == value

    def test_nobody_knows_the_answers_of_the_test_split(self) -> None:
        assert Gaia().score(Sample(id="a-1", task=Task(goal="How many?")), "17").value is None

    def test_no_answer_is_wrong_even_where_the_right_one_is_none(self) -> None:
        sample = Sample(id="a-1", task=Task(goal="Which?"), target="None")
        assert Gaia().score(sample, None).value == 0
        assert Gaia().score(sample, "none").value == 1


@dataclass(frozen=True)
class Answered:
    """What there is of a record."""

    sample: str
    answer: str | None
    reason: str = ""


class TestSubmission:
    def test_there_is_a_line_for_every_record_answered_or_not(self) -> None:
        records = [Answered("a", "17"), Answered("b", None, "the budget ran out"), Answered("c", "")]
        assert list(Gaia().submission(records)) == [
            {"task_id": "a", "model_answer": "17", "reasoning_trace": ""},
            {"task_id": "b", "model_answer": "", "reasoning_trace": "the budget ran out"},
            {"task_id": "c", "model_answer": "", "reasoning_trace": ""},
        ]

    def test_the_leaderboard_gets_what_was_scored_here(self) -> None:
        (line,) = Gaia().submission([Answered("a", "I counted.\nFINAL ANSWER: 17")])
        assert line["model_answer"] == "17"

    def test_lines_are_in_the_order_of_the_questions(self, repository: Path) -> None:
        gaia = Gaia()
        assert [sample.id for sample in gaia.samples(repository)] == [ORDERS, BRIDGES]
        records = [Answered("unknown", "1"), Answered(BRIDGES, "2"), Answered(ORDERS, "3")]
        assert [line["task_id"] for line in gaia.submission(records)] == [ORDERS, BRIDGES, "unknown"]
