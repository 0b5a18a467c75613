"""A file's whole content as text: as it stands, tables as CSV; what is neither is described in a line."""

from __future__ import annotations

import io
from datetime import date
from pathlib import Path

import duckdb
import pytest
from openpyxl import Workbook

from agentkit.task import Attachment
from agentkit.tools.whole_text import whole_text


def text_of(folder: Path, name: str, content: str | bytes) -> str:
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return whole_text(Attachment.from_path(path))


def workbook(*sheets: tuple[str, list[list[object]]]) -> bytes:
    book, written = Workbook(), io.BytesIO()
    book.remove(book.worksheets[0])
    for title, rows in sheets:
        sheet = book.create_sheet(title)
        for row in rows:
            sheet.append(row)
    book.save(written)
    return written.getvalue()


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("note.txt", "two lines\nof text\n"),
        ("README", "no ending"),
        ("orders.csv", 'id;"a; b"\n1;x\n\n2;y'),
        ("orders.tsv", "id\tname\r\n1\tx\r\n"),
        ("data.json", '{"b": 1,\n "a": [1.10]}'),
        ("data.jsonl", '{"a": 1}\n{"a": 2}\n'),
        ("broken.json", '{"a": '),
        ("page.html", "<p>né</p>"),
        ("empty.txt", ""),
    ],
)
def test_what_is_text_stands_as_it_is(tmp_path: Path, name: str, content: str) -> None:
    assert text_of(tmp_path, name, content) == content


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "latin-1"])
def test_whatever_its_encoding(tmp_path: Path, encoding: str) -> None:
    assert text_of(tmp_path, "a.txt", "Größe: 5 m²".encode(encoding)) == "Größe: 5 m²"


def test_nothing_is_left_out_of_a_long_file(tmp_path: Path) -> None:
    content = "".join(f"line {number}\n" for number in range(50_000))
    assert text_of(tmp_path, "long.txt", content) == content


def test_a_workbook_is_its_rows(tmp_path: Path) -> None:
    rows: list[list[object]] = [["who", "when"], ["Ann, B", date(2024, 5, 1)], [None, 2.5]]
    book = workbook(("Plan", rows))
    assert text_of(tmp_path, "plan.xlsx", book) == 'who,when\n"Ann, B",2024-05-01\n,2.5'


def test_its_sheets_are_named_where_there_are_several(tmp_path: Path) -> None:
    book = workbook(("Plan", [["a"], [1]]), ("Rest", [["b"]]))
    assert text_of(tmp_path, "plan.xlsx", book) == "[Plan]\na\n1\n[Rest]\nb"


def test_a_parquet_table_is_csv(tmp_path: Path) -> None:
    path = tmp_path / "orders.parquet"
    query = """SELECT * FROM (VALUES (1, 'x, y', DATE '2024-05-01', NULL), (2, 'é', NULL, 1.50))
               AS orders(id, name, placed, amount)"""
    with duckdb.connect() as connection:
        connection.sql(query).write_parquet(str(path))
    assert whole_text(Attachment.from_path(path)) == (
        'id,name,placed,amount\n1,"x, y",2024-05-01,\n2,é,,1.50\n'
    )


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("a.png", b"\x89PNG\r\n\x1a\n\0\0", "(image/png, 10 bytes: this is a PNG image, not text)"),
        ("a.pdf", b"%PDF-1.7 words", "(application/pdf, 14 bytes: this is a PDF document, not text)"),
        ("a.csv", b"a,b\n\0\1\2\n", "(text/csv, 8 bytes: this is a binary file, not text)"),
        ("a", b"\0" * 2048, "(application/octet-stream, 2,048 bytes: this is a binary file, not text)"),
    ],
)
def test_what_is_neither_is_described(tmp_path: Path, name: str, content: bytes, said: str) -> None:
    assert text_of(tmp_path, name, content) == said


def test_a_damaged_workbook_is_described(tmp_path: Path) -> None:
    said = text_of(tmp_path, "a.xlsx", b"PK\x03\x04 no workbook")
    assert "bytes: not a readable Excel workbook (damaged, or locked by a password))" in said


def test_a_file_that_has_gone_is_described(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text("here")
    attachment = Attachment.from_path(path)
    path.unlink()
    assert whole_text(attachment) == "(text/plain, 4 bytes: cannot be read: No such file or directory)"
