"""Data files: what they hold goes by the names that a formulation uses, and figures are figures."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from agentkit.errors import FormulationError
from agentkit.formulation.elements import DataReference
from agentkit.formulation.formulation import Formulation
from agentkit.formulation.reading.data_files import read_data, task_data_of
from agentkit.formulation.solve import solve
from agentkit.formulation.task_data import TaskData
from agentkit.task import Attachment


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path


def write(folder: Path, name: str, content: Any) -> Path:
    path = folder / name
    path.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
    return path


def workbook(path: Path, sheets: dict[str, list[list[Any]]]) -> Path:
    from openpyxl import Workbook

    book = Workbook()
    book.remove(book.worksheets[0])
    for title, rows in sheets.items():
        sheet = book.create_sheet(title)
        for row in rows:
            sheet.append(row)
    book.save(path)
    return path


def rows(data: TaskData, table: str) -> list[Any]:
    return data.rows(DataReference(table=table), "parameter p")


def test_csv_goes_by_its_name_with_and_without_ending(folder: Path) -> None:
    path = write(folder, "costs.csv", "plant,city,cost,note\na,x,1.5,\nb,x,2,cheap\nc,x,,\n")
    data = read_data([path])
    expected = [
        {"plant": "a", "city": "x", "cost": 1.5, "note": None},
        {"plant": "b", "city": "x", "cost": 2, "note": "cheap"},
        {"plant": "c", "city": "x", "cost": None, "note": None},
    ]
    assert rows(data, "costs.csv") == rows(data, "costs") == expected


def test_codes_with_leading_noughts_stay_text_and_truths_become_figures(folder: Path) -> None:
    path = write(folder, "t.tsv", "id\topen\tmixed\n007\ttrue\t1\n008\tFALSE\tx\n")
    assert rows(read_data([path]), "t") == [
        {"id": "007", "open": 1, "mixed": "1"},
        {"id": "008", "open": 0, "mixed": "x"},
    ]


def test_a_matrix_with_numbered_columns_has_a_header(folder: Path) -> None:
    path = write(folder, "hours.csv", "worker,1,2,3\nann,4,5,6\n")
    assert rows(read_data([path]), "hours") == [{"worker": "ann", "1": 4, "2": 5, "3": 6}]


def test_semicolons_and_titles_above_the_header_are_understood(folder: Path) -> None:
    path = write(folder, "t.csv", "Costs of 2026\nplant;cost\na;3\n")
    assert rows(read_data([path]), "t") == [{"plant": "a", "cost": 3}]


def test_json_goes_by_its_keys_and_by_its_file(folder: Path) -> None:
    path = write(folder, "data.json", {"plants": ["a", "b"], "cap": {"a": 3.25}})
    data = read_data([path])
    assert data.value("plants", "") == data.value("data.json/plants", "") == ["a", "b"]
    assert data.value("cap/a", "") == data.value("data/cap/a", "") == 3.25


def test_json_records_are_a_table(folder: Path) -> None:
    records = [{"plant": "a", "cost": 3}, {"plant": "b", "cost": 4.5}]
    paths = [write(folder, "costs.json", records), write(folder, "whole.json", {"plants": records})]
    lines = write(folder, "more.jsonl", "\n".join(map(json.dumps, records)))
    data = read_data([*paths, lines])
    for name in ("costs.json", "costs", "whole.json/plants", "plants", "more.jsonl", "more"):
        assert rows(data, name) == records


def test_a_workbook_has_a_table_a_sheet(folder: Path) -> None:
    one = workbook(folder / "one.xlsx", {"Costs": [["plant", "cost"], ["a", 2.5]]})
    two = workbook(
        folder / "two.xlsx", {"A": [["x", "y"], [1, 2]], "B b": [["z", "w"], ["q", None], ["r", 7]]}
    )
    data = read_data([one, two])
    for name in ("one.xlsx/Costs", "one.xlsx", "one", "one/Costs"):
        assert rows(data, name) == [{"plant": "a", "cost": 2.5}]
    assert rows(data, "two.xlsx/A") == [{"x": 1, "y": 2}]
    assert rows(data, "two/B b") == [{"z": "q", "w": None}, {"z": "r", "w": 7}]
    with pytest.raises(FormulationError, match=r"there are no data called 'two.xlsx'.*two.xlsx/A"):
        rows(data, "two.xlsx")


def test_what_two_files_would_call_alike_goes_by_its_full_name_only(folder: Path) -> None:
    csv = write(folder, "costs.csv", "a,b\nx,1\n")
    tsv = write(folder, "costs.tsv", "a\tb\ny\t2\n")
    data = read_data([csv, tsv])
    assert rows(data, "costs.tsv") == [{"a": "y", "b": 2}]
    with pytest.raises(FormulationError, match="no data called 'costs'"):
        rows(data, "costs")


def test_a_key_in_two_json_files_is_refused(folder: Path) -> None:
    paths = [write(folder, "a.json", {"demand": 1}), write(folder, "b.json", {"demand": 2})]
    with pytest.raises(FormulationError, match=r"b.json: 'demand' is also in a.json"):
        read_data(paths)


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("d.json", '{"a": 1,\n"a": 2}', r"d.json, line 2: the key 'a' is given twice"),
        ("d.json", '{"a": [1,}', r"d.json, line 1: this is not JSON"),
        ("d.json", '{"a": NaN}', r"d.json: NaN is no figure"),
        ("d.jsonl", '{"a": 1}\n{"a"}', r"d.jsonl, line 2"),
        ("d.txt", "words", r"d.txt: this file holds no data"),
    ],
)
def test_files_that_hold_no_data_are_refused(folder: Path, name: str, content: str, message: str) -> None:
    with pytest.raises(FormulationError, match=message):
        read_data([write(folder, name, content)])


def test_a_missing_file_and_two_of_the_same_name_are_refused(folder: Path) -> None:
    with pytest.raises(FormulationError, match=r"there is no such file"):
        read_data([folder / "none.csv"])
    (folder / "sub").mkdir()
    paths = [write(folder, "d.csv", "a,b\n1,2\n"), write(folder / "sub", "d.csv", "a,b\n1,2\n")]
    with pytest.raises(FormulationError, match=r"d.csv: two data files have the same name"):
        read_data(paths)


def test_a_damaged_workbook_is_told_when_it_is_wanted(folder: Path) -> None:
    write(folder, "b.xlsx", "no workbook")
    data = read_data([folder / "b.xlsx"])
    with pytest.raises(FormulationError, match=r"b.xlsx: not a readable Excel workbook"):
        rows(data, "b.xlsx")


def test_documents_among_a_tasks_attachments_are_left_aside(folder: Path) -> None:
    files = [write(folder, "task.md", "Read this."), write(folder, "demand.json", {"demand": 3})]
    data = task_data_of(tuple(Attachment.from_path(path) for path in files))
    assert data.value("demand", "") == 3
    assert not data.has("task.md")


def test_a_formulation_takes_its_figures_from_files(folder: Path) -> None:
    paths = [
        workbook(folder / "plants.xlsx", {"P": [["plant", "cap", "year"], ["a", 5, 2025], ["a", 7, 2026]]}),
        write(folder, "cost.csv", "plant,x,y\na,2,3\n"),
        write(folder, "more.json", {"towns": ["x", "y"], "demand": {"x": 2, "y": 4}}),
    ]
    formulation = Formulation.read(
        {
            "sets": {"towns": None, "plants": {"data": {"table": "cost", "keys": ["plant"]}}},
            "parameters": {
                "demand": {"over": "towns"},
                "cost": {"over": "plants, towns", "data": {"table": "cost.csv", "keys": ["plant"]}},
                "cap": {
                    "over": "plants",
                    "data": {"table": "plants", "keys": ["plant"], "value": "cap", "where": {"year": 2026}},
                },
            },
            "variables": {"ship": {"over": "plants, towns"}},
            "constraints": {
                "met": {"forall": "t in towns", "rule": "sum(ship[p, t] for p in plants) >= demand[t]"},
                "cap": {"forall": "p in plants", "rule": "sum(ship[p, t] for t in towns) <= cap[p]"},
            },
            "objective": {"minimize": "sum(cost[p, t] * ship[p, t] for p in plants for t in towns)"},
        }
    )
    assert solve(formulation, read_data(paths)).objective == pytest.approx(2 * 2 + 3 * 4)
