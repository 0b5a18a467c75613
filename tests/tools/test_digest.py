"""`describe_files` puts what a planner must know of the files into a line each."""

from __future__ import annotations

import io
from pathlib import Path

from agentkit.tools.digest import COUNTED_BYTES, describe_files
from tests.tools.conftest import Give


def test_a_line_for_each_file(give: Give) -> None:
    trouble = "not valid JSON: Expecting property name enclosed in double quotes in line 1"
    context = give(
        {
            "orders.csv": "id,customer\n1,Ann\n2,Bob\n",
            "policy.txt": "one\ntwo",
            "items.json": '{"items": [{"sku": "x"}], "other": [{"y": 1}, {"y": 2}]}',
            "odd.json": "{x",
            "image.png": b"\x89PNG\0",
            "empty.txt": "",
            "bare.csv": "1,2\n",
        }
    )

    assert describe_files(context.attachments).splitlines() == [
        "orders.csv: table orders, 2 rows: id, customer",
        "policy.txt: text, 2 lines",
        "items.json: 2 tables",
        "  table items_items (sheet or key 'items'), 1 row: sku",
        "  table items_other (sheet or key 'other'), 2 rows: y",
        f"odd.json: text ({trouble}), 1 line",
        "image.png: unreadable: this is a PNG image, not text",
        "empty.txt: empty",
        "bare.csv: table bare, 1 row: column1, column2 (the file has no header row)",
    ]


def test_nothing_is_raised_whatever_the_files_hold(give: Give, tmp_path: Path) -> None:
    names = ("a.csv", "a.tsv", "a.json", "a.jsonl", "a.xlsx", "a.txt", "b.csv")
    contents = (
        b"\0\x01\x02",
        b"\xff\xfe\x00",
        b"[" * 100_000,
        b"{}\n[",
        b"PK\x03\x04",
        b"\xff\xfea",
        b"x\n1",
    )
    context = give(dict(zip(names, contents, strict=True)))
    (tmp_path / "b.csv").unlink()

    lines = describe_files(context.attachments).splitlines()

    assert [line.partition(":")[0] for line in lines] == list(names)
    assert lines[-1] == "b.csv: unreadable: cannot be read: No such file or directory"


def test_an_empty_workbook_says_so(give: Give) -> None:
    from openpyxl import Workbook

    written = io.BytesIO()
    Workbook().save(written)

    assert describe_files(give({"w.xlsx": written.getvalue()}).attachments) == (
        "w.xlsx: a workbook without any cells filled in"
    )


def test_wide_tables_are_cut(give: Give) -> None:
    header = ",".join(f"c{n}" for n in range(100))

    line = describe_files(give({"w.csv": f"{header}\n"}).attachments)

    assert line.endswith("c39, and 60 more columns")


def test_rows_of_a_very_large_file_are_not_counted(give: Give, tmp_path: Path) -> None:
    context = give({"big.csv": "a,b\n1,2\n"})
    large = context.attachments[0].model_copy(update={"size": COUNTED_BYTES + 1})

    assert describe_files([large]) == "big.csv: table big: a, b"


def test_no_files_no_text() -> None:
    assert describe_files(()) == ""


def test_titles_above_a_header_are_no_part_of_the_table(give: Give) -> None:
    context = give({"w.csv": "Stock count of 2025\nin euros\nnumber,article,price\n7,pot,1.50\n8,pan,\n"})

    assert describe_files(context.attachments) == (
        "w.csv: table w, 2 rows: number, article, price (above it: Stock count of 2025 / in…)"
    )


def test_for_workers_every_column_has_its_type_and_a_large_file_its_first_row(give: Give) -> None:
    rows = "".join(f"{n:04},2025-01-{n % 28 + 1:02},{n}.25,\n" for n in range(400))
    context = give({"big.csv": f"code,day,price,note\n{rows}", "small.csv": "a,b\n1,x\n"})

    assert describe_files(context.attachments, examples=True).splitlines() == [
        "big.csv: table big, 400 rows: code VARCHAR (0000), day DATE (2025-01-01), "
        "price DECIMAL(18,2) (0.25), note VARCHAR (NULL; 400 NULL)",
        "small.csv: table small, 1 row: a BIGINT, b VARCHAR; in full:",
        "a,b",
        "1,x",
    ]


def test_a_long_text_is_a_table_of_its_lines(give: Give) -> None:
    context = give({"door.log": "".join(f"{n} in\n" for n in range(2000))})

    assert describe_files(context.attachments, examples=True) == (
        "door.log: text, 2,000 lines; in SQL table door, 2,000 rows: line_no BIGINT, text VARCHAR; begins:\n"
        "0 in\n1 in\n2 in\n3 in"
    )


def test_of_a_parquet_table_columns_and_first_row_are_told(give: Give, tmp_path: Path) -> None:
    import duckdb

    path = tmp_path / "p.parquet"
    duckdb.connect().sql("SELECT 7 AS n, 'x' AS name").write_parquet(str(path))
    context = give({"p.parquet": path.read_bytes()})

    assert describe_files(context.attachments, examples=True) == (
        "p.parquet: table p, 1 row: n INTEGER (7), name VARCHAR (x)"
    )


def test_a_short_text_of_many_lines_is_a_table_and_given_whole(give: Give) -> None:
    text = "".join(f"{n} in\n" for n in range(70))
    context = give({"door.log": text, "letter.txt": "Dear Ann,\n" * 50})

    told = describe_files(context.attachments, examples=True).splitlines()
    assert told[0] == (
        "door.log: text, 70 lines; in SQL table door, 70 rows: line_no BIGINT, text VARCHAR; in full:"
    )
    assert "letter.txt: text, 50 lines; in full:" in told


def test_what_is_in_a_column_of_words_is_told(give: Give) -> None:
    rows = "".join(
        f"k{n:03},{'paid' if n % 3 else 'open'},{'' if n % 2 else f'note {n % 40}'},{n}\n" for n in range(600)
    )
    context = give({"big.csv": f"key,state,note,n\n{rows}"})

    assert describe_files(context.attachments, examples=True) == (
        "big.csv: table big, 600 rows: key VARCHAR (k000), state VARCHAR (paid 400, open 200), "
        "note VARCHAR (note 0, note 10, note 12 … 20 different; 300 NULL), n BIGINT (0)"
    )
