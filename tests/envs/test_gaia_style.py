"""Our own questions in GAIA's manner: always the same, each answer proved, each trap a trap."""

from __future__ import annotations

import json
import shutil
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from agentkit.envs.gaia_style import GaiaStyle
from agentkit.envs.gaia_style import build as script
from agentkit.envs.gaia_style.benchmark import DATA
from agentkit.envs.gaia_style.catalogue import QUESTIONS
from agentkit.envs.gaia_style.question import METADATA, Question
from agentkit.sample import Sample
from agentkit.tools.digest import describe_files
from agentkit.tools.files import read_file
from agentkit.tools.sheets import survey
from agentkit.tools.tables import query_tables
from agentkit.tools.tool import ToolContext

MEGABYTE = 1_000_000

one_by_one = pytest.mark.parametrize("question", QUESTIONS, ids=lambda question: question.key)


@pytest.fixture(scope="module")
def records() -> dict[str, dict[str, Any]]:
    """The lines of the committed metadata, by id."""
    lines = (DATA / METADATA).read_text(encoding="utf-8").splitlines()
    return {record["task_id"]: record for record in map(json.loads, lines)}


@pytest.fixture(scope="module")
def samples() -> dict[str, Sample]:
    """What the benchmark makes of them, by id."""
    return {sample.id: sample for sample in GaiaStyle().samples()}


def test_there_are_enough_questions_of_all_levels_and_many_families() -> None:
    levels = Counter(question.level for question in QUESTIONS)
    families = Counter(question.family for question in QUESTIONS)
    assert len(QUESTIONS) >= 48
    assert levels[1] >= 18 and levels[2] >= 20 and levels[3] >= 10 and set(levels) == {1, 2, 3}
    assert len(families) >= 24 and max(families.values()) <= 3


def test_every_question_has_an_id_and_a_seed_of_its_own() -> None:
    assert len({question.key for question in QUESTIONS}) == len(QUESTIONS)
    assert len({question.seed for question in QUESTIONS}) == len(QUESTIONS)


def test_the_benchmark_reads_its_own_questions_without_being_told_where_they_are(
    records: dict[str, dict[str, Any]], samples: dict[str, Sample]
) -> None:
    assert [question.key for question in QUESTIONS] == list(records) == list(samples)
    for question in QUESTIONS:
        record, sample = records[question.key], samples[question.key]
        assert sample.fault == ""
        assert sample.group == question.family
        assert sample.tags["level"] == str(question.level)
        assert sample.target == record["Final answer"]
        assert [attachment.name for attachment in sample.task.attachments] == record["files"]


def test_the_metadata_has_the_layout_of_gaia(records: dict[str, dict[str, Any]]) -> None:
    for record in records.values():
        assert isinstance(record["Level"], int)
        assert isinstance(record["Final answer"], str)
        assert record["file_name"] == next(iter(record["files"]), "")
        assert record["Question"].strip() == record["Question"] != ""
        assert all(name in record["Question"] for name in record["files"])
        assert set(record["Annotator Metadata"]) == {"family", "steps", "tools"}


def test_the_committed_files_are_what_the_script_makes(tmp_path: Path) -> None:
    script.write(tmp_path)
    assert list(script.compare(DATA, tmp_path)) == []


def test_the_files_are_few_megabytes_and_all_are_used(records: dict[str, dict[str, Any]]) -> None:
    sizes = {path.name: path.stat().st_size for path in DATA.iterdir() if path.name != METADATA}
    assert sum(sizes.values()) < 1.5 * MEGABYTE
    assert sorted(sizes) == sorted(name for record in records.values() for name in record["files"])


@one_by_one
def test_the_proof_agrees_with_the_answer(question: Question, records: dict[str, dict[str, Any]]) -> None:
    assert question.prove(DATA) == records[question.key]["Final answer"]


@one_by_one
def test_every_trap_is_wrong_and_the_answer_right(question: Question, samples: dict[str, Sample]) -> None:
    sample, traps = samples[question.key], set(script.make(question).traps)
    assert len(traps) >= (1 if question.level == 1 else 2)
    assert GaiaStyle().score(sample, sample.target).value == 1
    assert {trap for trap in traps if GaiaStyle().score(sample, trap).value} == set()


@one_by_one
async def test_the_tools_can_open_every_attachment(question: Question, samples: dict[str, Sample]) -> None:
    attachments = samples[question.key].task.attachments
    assert "unreadable" not in describe_files(attachments)
    context = ToolContext(attachments=attachments)
    for view in survey(attachments):
        tables = [view.parquet_table] if view.parquet_table else [sheet.table for sheet in view.sheets]
        assert tables or view.kind in ("text", "json"), view.attachment.name
        for table in tables:
            assert "(1 row)" in await query_tables(context, f"SELECT count(*) AS n FROM {table}")
        if not view.parquet_table:
            assert read_file(context, view.attachment.name)


def test_no_file_name_gives_its_answer_away(records: dict[str, dict[str, Any]]) -> None:
    for record in records.values():
        answer = record["Final answer"].lower()
        assert [name for name in record["files"] if answer in name.lower()] == []


def test_the_script_names_what_is_wrong(tmp_path: Path) -> None:
    shutil.copytree(DATA, tmp_path / "set")
    metadata = tmp_path / "set" / METADATA
    text = metadata.read_text(encoding="utf-8")
    metadata.write_text(
        text.replace('"Final answer": "7746.90"', '"Final answer": "7746.91"'), encoding="utf-8"
    )
    (tmp_path / "set" / "stray.txt").write_text("?", encoding="utf-8")

    found = [*script.compare(tmp_path / "set", DATA), *script.disprove(tmp_path / "set")]

    assert found == [
        "stray.txt: nothing makes this file",
        "metadata.jsonl: it is not what the script makes",
        "stock-count-1: the answer is 7746.91, the proof gives 7746.90",
    ]


def test_checking_from_the_command_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert script.main(["--check"]) == 0
    assert capsys.readouterr().out.endswith(" 0 faults\n")
    assert script.main(["--wrong"]) == 2
