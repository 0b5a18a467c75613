"""`query_tables`: exact SQL over the attachments, and over nothing else."""

from __future__ import annotations

import asyncio
import io
import time
from pathlib import Path

import pytest

from agentkit.errors import ToolError, ToolInputError
from agentkit.tools.sheets import quote_name
from agentkit.tools.tables import query_tables
from agentkit.tools.tool import ToolContext
from tests.tools.conftest import Give

ORDERS = "id,customer,date,amount,code\n1,Ann,2025-01-02,12.30,007\n2,Bob,2025-01-03,0.1,010\n3,Ann,,5,\n"
ENDLESS = "WITH RECURSIVE r(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM r) SELECT count(*) FROM r"


async def ask(context: ToolContext, sql: str) -> str:
    answer = await query_tables(context, sql=sql)
    assert isinstance(answer, str)
    return answer


def workbook(**sheets: list[list[object]]) -> bytes:
    from openpyxl import Workbook

    book = Workbook()
    book.remove(book.worksheets[0])
    for title, rows in sheets.items():
        sheet = book.create_sheet(title)
        for row in rows:
            sheet.append(row)
    written = io.BytesIO()
    book.save(written)
    return written.getvalue()


def parquet(folder: Path) -> bytes:
    import duckdb

    path = folder / "made.parquet"
    with duckdb.connect() as connection:
        connection.execute(f"COPY (SELECT 7 AS n, 2.50::DECIMAL(9, 2) AS price) TO '{path}' (FORMAT parquet)")
    return path.read_bytes()


async def test_sums_of_money_are_exact_and_dates_are_iso(give: Give) -> None:
    context = give({"orders.csv": ORDERS})

    assert await ask(context, "SELECT sum(amount) AS total FROM orders") == "total\n17.40\n(1 row)"
    assert await ask(context, "SELECT date, date + 30 AS due FROM orders WHERE id = 1") == (
        "date,due\n2025-01-02,2025-02-01\n(1 row)"
    )


async def test_types_keep_what_cells_say(give: Give) -> None:
    cells = {
        "whole": ["1", "-20"],
        "code": ["007", "12"],
        "money": ["1.5", "200"],
        "rate": ["0.12345678", "1"],
        "tiny": ["0.1234567891", "1"],
        "science": ["1e5", "2"],
        "day": ["2025-01-02", "2024-02-29"],
        "no_day": ["2025-01-02", "2025-02-30"],
        "local_day": ["02/01/2025", "03/01/2025"],
        "moment": ["2025-01-02 10:00", "2025-01-02T11:30:00"],
        "yes": ["true", "FALSE"],
        "long_id": ["12345678901234567890", "1"],
        "gaps": ["", "1.25"],
    }
    lines = [",".join(cells), *(",".join(column[row] for column in cells.values()) for row in (0, 1))]
    context = give({"t.csv": "\n".join(lines)})

    told = await ask(context, "SELECT column_name, column_type FROM (DESCRIBE t)")

    kinds = dict(line.split(",", 1) for line in told.splitlines()[1:-1])
    assert kinds == {
        "whole": "BIGINT",
        "code": "VARCHAR",
        "money": '"DECIMAL(18,1)"',
        "rate": '"DECIMAL(18,8)"',
        "tiny": "DOUBLE",
        "science": "DOUBLE",
        "day": "DATE",
        "no_day": "VARCHAR",
        "local_day": "VARCHAR",
        "moment": "TIMESTAMP",
        "yes": "BOOLEAN",
        "long_id": "VARCHAR",
        "gaps": '"DECIMAL(18,2)"',
    }


@pytest.mark.parametrize(
    ("name", "content", "table", "shown"),
    [
        ("My Orders 2024.csv", "a;b\n1,5;x\n", "my_orders_2024", 'a,b\n"1,5",x\n(1 row)'),
        ("2024.tsv", "a\tb\n1\tx\n", "t_2024", "a,b\n1,x\n(1 row)"),
        ("order.csv", "a|b\n1|x\n", "order_table", "a,b\n1,x\n(1 row)"),
        ("u16.csv", "name,n\nÅsa,1\n".encode("utf-16"), "u16", "name,n\nÅsa,1\n(1 row)"),
        ("bom.csv", "\ufeffname,n\nÅsa,1\n", "bom", "name,n\nÅsa,1\n(1 row)"),
        ("old.csv", "name,n\nÅsa,1\n".encode("latin-1"), "old", "name,n\nÅsa,1\n(1 row)"),
        ("bare.csv", "1,2.5\n2,3.5\n", "bare", "column1,column2\n1,2.5\n2,3.5\n(2 rows)"),
        ("years.csv", "land,2023,2024\nNO,1,2\n", "years", "land,2023,2024\nNO,1,2\n(1 row)"),
        ("twice.csv", "a,A,\n1,2,3\n", "twice", "a,A_2,column3\n1,2,3\n(1 row)"),
        ("ragged.csv", "a,b\n1\n1,2,3\n", "ragged", "a,b,column3\n1,NULL,NULL\n1,2,3\n(2 rows)"),
        ("quoted.csv", 'a,b\n"x, ""y""\nz",1\n', "quoted", 'a,b\n"x, ""y""⏎z",1\n(1 row)'),
        ("one.csv", "a\n1\n\n2\n", "one", "a\n1\n2\n(2 rows)"),
        ("none.csv", "a,b\n", "none", "a,b\n(0 rows)"),
        (
            "list.json",
            '[{"a": 1.10, "b": [1]}, {"c": null, "a": 2}]',
            "list",
            "a,b,c\n1.10,[1],NULL\n2.00,NULL,NULL\n(2 rows)",
        ),
        ("nested.json", '{"page": 1, "items": [{"id": "007"}]}', "nested", "id\n007\n(1 row)"),
        ("lines.jsonl", '{"a": 1}\n\n{"a": 2}\n', "lines", "a\n1\n2\n(2 rows)"),
    ],
)
async def test_many_kinds_of_table_are_read(
    give: Give, name: str, content: str | bytes, table: str, shown: str
) -> None:
    assert await ask(give({name: content}), f"FROM {table}") == shown


async def test_every_sheet_of_a_workbook_is_a_table(give: Give) -> None:
    import datetime

    sheets = workbook(
        Sales=[["n", "when", "price"], [1, datetime.datetime(2025, 1, 2), 0.1 + 0.2]], Costs=[["k"], ["x"]]
    )
    context = give({"book.xlsx": sheets})

    assert await ask(context, "FROM book_sales") == "n,when,price\n1,2025-01-02,0.3\n(1 row)"
    assert await ask(context, "FROM book_costs") == "k\nx\n(1 row)"


async def test_parquet_keeps_its_types(give: Give, tmp_path: Path) -> None:
    context = give({"p.parquet": parquet(tmp_path)})

    assert await ask(context, "FROM p") == "n,price\n7,2.50\n(1 row)"


async def test_files_of_one_name_get_different_tables(give: Give) -> None:
    context = give({"a.csv": "x\n1\n", "a.json": '[{"x": 2}]'})

    assert await ask(context, "SELECT a.x, a_2.x AS y FROM a, a_2") == "x,y\n1,2\n(1 row)"


async def test_long_results_are_cut_and_can_be_paged(give: Give) -> None:
    context = give({"orders.csv": ORDERS})

    first = await ask(context, "SELECT range AS n FROM range(120)")
    last = await ask(context, "SELECT range AS n FROM range(120) ORDER BY n LIMIT 50 OFFSET 100")
    wide = await ask(context, "SELECT repeat('x', 5000) AS x FROM range(3)")

    assert first.splitlines()[1:51] == [str(n) for n in range(50)]
    assert "the first 50 of 120 rows" in first
    assert "LIMIT 50 OFFSET 50" in first
    assert last.splitlines()[1:] == [*map(str, range(100, 120)), "(20 rows)"]
    assert "x… [+4800 characters]" in wide
    assert (
        len(await ask(context, "SELECT " + ", ".join(["repeat('x', 190)"] * 9) + " FROM range(99)")) < 16_000
    )


async def test_values_are_written_plainly(give: Give) -> None:
    context = give({"orders.csv": ORDERS})

    shown = await ask(
        context, "SELECT NULL AS a, 0.1::DOUBLE + 0.2 AS b, true AS c, 1.500 AS d, 1.2345 AS e, [1, 2] AS f"
    )

    assert shown == 'a,b,c,d,e,f\nNULL,0.3,true,1.50,1.2345,"[1, 2]"\n(1 row)'


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT * FROM read_csv('/etc/passwd')",
        "SELECT * FROM read_text('/etc/passwd')",
        "SELECT * FROM '/etc/passwd'",
        "SELECT * FROM glob('/*')",
        "SELECT * FROM read_csv('http://127.0.0.1:1/x.csv')",
        "COPY orders TO 'stolen.csv'",
        "COPY orders FROM '/etc/passwd'",
        "EXPORT DATABASE 'stolen'",
        "ATTACH 'other.db'",
        "INSTALL httpfs",
        "LOAD httpfs",
        "SET enable_external_access = true",
        "RESET lock_configuration",
        "PRAGMA database_list",
        "CALL pragma_version()",
        "DROP TABLE orders",
        "DELETE FROM orders",
        "INSERT INTO orders SELECT * FROM orders",
        "CREATE TABLE mine AS SELECT 1",
        "CREATE TEMP VIEW mine AS SELECT 1",
        "BEGIN TRANSACTION",
        "SELECT 1; DROP TABLE orders",
        "SELECT * FROM duckdb_secrets()",
        "SELECT getenv('HOME')",
    ],
)
async def test_sql_reaches_nothing_but_the_tables(
    give: Give, sql: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    context = give({"orders.csv": ORDERS})

    with pytest.raises(ToolInputError):
        await ask(context, sql)

    assert [path.name for path in tmp_path.iterdir()] == ["orders.csv"]
    assert await ask(context, "SELECT count(*) AS n FROM orders") == "n\n3\n(1 row)"


async def test_sql_does_not_see_the_programs_own_variables(give: Give) -> None:
    secret = [("hidden",)]

    with pytest.raises(ToolInputError, match="secret does not exist"):
        await ask(give({"orders.csv": ORDERS}), "SELECT * FROM secret")

    assert secret


async def test_mistakes_name_the_tables_and_columns_that_there_are(give: Give) -> None:
    context = give({"orders.csv": ORDERS, "my list.csv": "Order Date,n\nx,1\n", "bad.xlsx": "no workbook"})

    with pytest.raises(ToolInputError) as caught:
        await ask(context, "SELECT amont FROM orders")

    said = str(caught.value)
    assert '"amont"' in said
    assert "orders(id BIGINT, customer VARCHAR, date DATE, amount DECIMAL(18,2), code VARCHAR)" in said
    assert 'my_list("Order Date" VARCHAR, n BIGINT)' in said
    assert "bad.xlsx (not a readable Excel workbook" in said


@pytest.mark.parametrize("sql", ["", "-- nothing", "SELECT 1; SELECT 2"])
async def test_exactly_one_statement_is_wanted(give: Give, sql: str) -> None:
    with pytest.raises(ToolInputError, match="exactly one SELECT"):
        await ask(give({"orders.csv": ORDERS}), sql)


async def test_files_without_tables_are_said_to_be_so(give: Give) -> None:
    with pytest.raises(ToolError, match=r"no tables .*b\.json \(not valid JSON"):
        await ask(give({"a.txt": "hello", "b.json": "{"}), "SELECT 1")


async def test_calls_side_by_side_share_one_load(give: Give) -> None:
    context = give({"orders.csv": ORDERS})

    answers = await asyncio.gather(
        *(ask(context, f"SELECT {n} AS n, count(*) AS c FROM orders") for n in range(8))
    )

    assert answers == [f"n,c\n{n},3\n(1 row)" for n in range(8)]
    assert len([key for key in context.cache if key.startswith("tables:") and key != "tables:lock"]) == 1


async def test_a_failed_query_does_not_disturb_the_next(give: Give) -> None:
    context = give({"orders.csv": ORDERS})
    with pytest.raises(ToolInputError):
        await ask(context, "SELECT nonsense FROM orders")

    assert await ask(context, "SELECT max(id) AS m FROM orders") == "m\n3\n(1 row)"


async def test_a_query_that_takes_too_long_is_interrupted(give: Give) -> None:
    context = give({"orders.csv": ORDERS})
    await ask(context, "SELECT 1")
    begun = time.perf_counter()

    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.2):
            await ask(context, ENDLESS)
    # Its thread ends too: otherwise shutting the pool down would wait for ever.
    await asyncio.wait_for(asyncio.get_running_loop().shutdown_default_executor(), 5)

    assert time.perf_counter() - begun < 5


async def test_cancelling_one_query_leaves_the_others_alone(give: Give) -> None:
    context = give({"orders.csv": ORDERS})
    endless = asyncio.create_task(ask(context, ENDLESS))
    await asyncio.sleep(0.1)
    other = asyncio.create_task(ask(context, "SELECT count(*) AS n FROM orders, range(200000)"))
    endless.cancel()

    assert await other == "n\n600000\n(1 row)"
    with pytest.raises(asyncio.CancelledError):
        await endless


def test_it_is_offered_only_where_there_are_tables(give: Give) -> None:
    assert query_tables.when is not None
    assert query_tables.when(give({"a.csv": "x\n1\n"}))
    assert not query_tables.when(give({"a.txt": "x"}))


def test_every_word_that_duckdb_reserves_is_quoted() -> None:
    import duckdb

    with duckdb.connect() as connection:
        rows = connection.execute(
            "SELECT keyword_name FROM duckdb_keywords() WHERE keyword_category = 'reserved'"
        ).fetchall()

    assert [word for (word,) in rows if quote_name(word) == word] == []


async def test_the_lines_of_a_long_text_can_be_queried(give: Give) -> None:
    context = give({"door.log": "".join(f"{n} {'in' if n % 3 else 'out'}\n" for n in range(2000))})

    answer = await query_tables(context, "SELECT count(*) AS n FROM door WHERE text LIKE '% out'")
    assert answer.splitlines()[1] == "667"


@pytest.mark.parametrize("function", ["x -> x * 2", "lambda x: x * 2"])
async def test_both_ways_of_writing_a_function_are_taken(give: Give, function: str) -> None:
    context = give({"a.csv": "a\n1\n"})

    answer = await query_tables(context, f"SELECT list_transform([1, 2], {function}) AS doubled FROM a")
    assert answer.splitlines()[1] == '"[2, 4]"'
