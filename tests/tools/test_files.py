"""`list_files` and `read_file` show what there is, in pages, and say what they cannot read."""

from __future__ import annotations

import io
import re
from pathlib import Path

import pytest

from agentkit.errors import ToolError, ToolInputError
from agentkit.tools.attachments import file_kind, find_attachment, text_encoding
from agentkit.tools.files import PAGE_CHARACTERS, list_files, read_file
from agentkit.tools.tool import ToolContext
from tests.tools.conftest import Give


def read(context: ToolContext, name: str, page: int = 1, find: str = "") -> str:
    answer = read_file(context, name, page=page, find=find)
    assert isinstance(answer, str)
    return answer


def test_files_are_listed_with_size_rows_and_columns(give: Give) -> None:
    context = give({"orders.csv": "id,Order Date\n1,2\n", "note.txt": "a\nb", "big.bin": b"\0" * 5000})

    assert list_files(context) == (
        'orders.csv (18 B): table orders, 1 row: id, "Order Date"\n'
        "note.txt (3 B): text, 2 lines\n"
        "big.bin (4.9 KB): unreadable: this is a binary file, not text"
    )


def test_without_files_that_is_said() -> None:
    assert list_files(ToolContext()) == "The task has no files."
    assert list_files.when is not None
    assert not list_files.when(ToolContext())
    with pytest.raises(ToolInputError, match="no files"):
        read(ToolContext(), "a.txt")


@pytest.mark.parametrize(
    ("content", "encoding"),
    [
        (b"plain", "utf-8"),
        ("Größe".encode(), "utf-8"),
        ("Größe".encode("utf-8-sig"), "utf-8-sig"),
        ("Größe".encode("utf-16"), "utf-16"),
        ("Größe und mehr".encode("utf-16-le"), "utf-16-le"),
        ("Größe und mehr".encode("utf-16-be"), "utf-16-be"),
        ("Größe".encode("utf-32"), "utf-32"),
        ("Größe".encode("latin-1"), "cp1252"),
        ("5 \u20ac".encode("cp1252"), "cp1252"),
        (b"\xe9\x81", "latin-1"),
        (b"", "utf-8"),
        ("é".encode() * 900_000, "utf-8"),
    ],
)
def test_text_is_read_whatever_its_encoding(give: Give, content: bytes, encoding: str) -> None:
    context = give({"a.txt": content})

    assert text_encoding(context.attachments[0]) == encoding
    if content and len(content) < 100:
        assert read(context, "a.txt") == content.decode(encoding)


def test_long_text_comes_in_pages_that_lose_nothing(give: Give) -> None:
    lines = [f"line {n} {'x' * 90}" for n in range(300)]
    context = give({"a.txt": "\r\n".join(lines)})

    first = read(context, "a.txt")
    count = int(re.match(r"\[a.txt: page 1 of (\d+); ask for page=2 to read on\]", first)[1])  # type: ignore[index]
    pages = [read(context, "a.txt", page=n + 1).split("\n", 1) for n in range(count)]

    assert "\n".join(body for _, body in pages).splitlines() == lines
    assert pages[-1][0] == f"[a.txt: page {count} of {count}; this is the last]"
    assert all(len(body) <= PAGE_CHARACTERS for _, body in pages)


@pytest.mark.parametrize("page", [0, -1, 99])
def test_a_page_that_is_not_there_is_refused(give: Give, page: int) -> None:
    with pytest.raises(ToolInputError, match=r"no page .*its pages are 1 to 1"):
        read(give({"a.txt": "short"}), "a.txt", page=page)


def test_long_lines_go_on_with_a_mark(give: Give) -> None:
    shown = read(give({"a.txt": "x" * 2500}), "a.txt")

    assert shown.split("\n") == ["x" * 1000, "↪ " + "x" * 1000, "↪ " + "x" * 500]


def test_later_pages_of_a_table_repeat_its_header(give: Give) -> None:
    rows = "".join(f"{n},{'y' * 50}\n" for n in range(400))
    context = give({"t.csv": f"n,text\n{rows}"})

    assert read(context, "t.csv", page=2).splitlines()[1] == "n,text"
    assert read(context, "t.csv", page=1).splitlines()[1:3] == ["n,text", f"0,{'y' * 50}"]


def test_find_shows_matching_lines_with_their_numbers(give: Give) -> None:
    context = give({"a.txt": "One fish\ntwo birds\nred FISH\n" + "z" * 5000 + "fish" + "z" * 5000})

    found = read(context, "a.txt", find="fish")

    assert found.splitlines()[:2] == ["1: One fish", "3: red FISH"]
    assert re.fullmatch(r"4: … z+fishz+ …", found.splitlines()[2])
    assert len(found) < 400
    assert read(context, "a.txt", find="cat") == "No line of a.txt contains 'cat'."


def test_many_matches_come_in_pages_too(give: Give) -> None:
    context = give({"a.txt": "\n".join(f"match {n} {'x' * 80}" for n in range(300))})

    assert read(context, "a.txt", find="match").startswith("[a.txt: 300 matching lines: page 1 of")
    assert "match 299" in read(context, "a.txt", page=4, find="match")


def test_json_is_shown_a_record_a_line_or_indented(give: Give) -> None:
    context = give({"l.json": '[{"a":1.10,"b":"é"},{"a":2}]', "o.json": '{"k":{"x":1}}', "bad.json": '{"a":'})

    assert read(context, "l.json") == '{"a": 1.1, "b": "é"}\n{"a": 2}'
    assert read(context, "o.json") == '{"k": {"x": 1}}'
    assert read(context, "bad.json") == '{"a":'


def test_workbooks_are_shown_as_rows(give: Give) -> None:
    from openpyxl import Workbook

    book, written = Workbook(), io.BytesIO()
    first = book.worksheets[0]
    first.title = "Plan"
    first.append(["who", "what"])
    first.append(["Ann", "a, b"])
    book.create_sheet("More").append(["x"])
    book.save(written)

    assert read(give({"b.xlsx": written.getvalue()}), "b.xlsx") == '[Plan]\nwho,what\nAnn,"a, b"\n[More]\nx'


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("a.pdf", b"%PDF-1.7 words", "a PDF document"),
        ("a.png", b"\x89PNG\r\n\x1a\n\0\0", "a PNG image"),
        ("a.zip", b"PK\x03\x04\0\0\0", "a ZIP archive or an office document"),
        ("a.csv", b"PK\x03\x04\0\0\0", "a ZIP archive or an office document"),
        ("a.dat", b"ab\0\0cd\0", "a binary file"),
        ("a.dat", bytes(range(1, 9)) * 50, "a binary file"),
        ("a.xlsx", b"PK\x03\x04\0\0\0", "not a readable Excel workbook"),
        ("a.parquet", b"PAR1", "use query_tables; its table is a"),
        ("a.txt", "half a word".encode("utf-16")[:-1], "breaks off or is damaged"),
    ],
)
def test_what_cannot_be_read_is_said_with_its_kind(give: Give, name: str, content: bytes, said: str) -> None:
    with pytest.raises(ToolError, match=said):
        read(give({name: content}), name)


def test_a_file_that_has_gone_is_said_to_be_so(give: Give, tmp_path: Path) -> None:
    context = give({"a.txt": "x"})
    (tmp_path / "a.txt").unlink()

    with pytest.raises(ToolError, match="cannot be read: No such file"):
        read(context, "a.txt")


def test_an_empty_file_is_said_to_be_empty(give: Give) -> None:
    assert read(give({"a.txt": ""}), "a.txt") == "a.txt is empty."


def test_names_are_taken_as_people_write_them(give: Give) -> None:
    files = give({"Orders.csv": "a\n", "notes.txt": "b"}).attachments

    assert find_attachment(files, "Orders.csv").name == "Orders.csv"
    assert find_attachment(files, "data/orders.CSV").name == "Orders.csv"
    with pytest.raises(ToolInputError, match=r"did you mean notes.txt\? files: Orders.csv, notes.txt"):
        find_attachment(files, "note.txt")


@pytest.mark.parametrize(
    ("name", "kind"),
    [("a.CSV", "csv"), ("a.ndjson", "jsonl"), ("a.tab", "csv"), ("README", "text"), ("a.md", "text")],
)
def test_kinds_go_by_the_name(give: Give, name: str, kind: str) -> None:
    assert file_kind(give({name: "x"}).attachments[0]) == kind
