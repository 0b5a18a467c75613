"""`query_tables`: SQL over the tables in a task's files, shut off from everything else."""

from __future__ import annotations

import asyncio
import csv
import datetime
import io
import json
import threading
from collections.abc import Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from agentkit.errors import ToolError, ToolInputError
from agentkit.tools.attachments import file_kind
from agentkit.tools.digest import surveyed
from agentkit.tools.sheets import is_text_table
from agentkit.tools.table_store import TableStore, load_tables
from agentkit.tools.tool import ToolContext, tool

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

__all__ = ["query_tables"]

MAX_ROWS = 50
"""Rows shown of a result."""

MAX_CELL = 200
"""Characters shown of a cell."""

MAX_CHARACTERS = 12_000
"""Characters shown of a result, whatever its rows."""

MAX_COUNTED = 1_000_000
"""Further rows are not even counted."""


def _has_tables(context: ToolContext) -> bool:
    return any(file_kind(a) != "text" or is_text_table(a) for a in context.attachments)


@tool(when=_has_tables)
async def query_tables(context: ToolContext, sql: str) -> str:
    """Run one SELECT (DuckDB SQL; WITH, SHOW TABLES and DESCRIBE too) over the tables in the task's files.

    Decimals are exact, empty cells NULL, nested values JSON text: unnest(from_json(c, '["JSON"]')). Gives
    CSV, at most 50 rows, long cells cut: page with ORDER BY, LIMIT and OFFSET.
    """
    query = _Query(context, sql)
    work = asyncio.get_running_loop().run_in_executor(None, query.run)
    work.add_done_callback(query.finish)
    try:
        return await asyncio.shield(work)
    except asyncio.CancelledError:
        # The thread cannot be cancelled, only told to stop.
        query.stop(work)
        raise


class _Query:
    """One query, run in a thread of its own."""

    def __init__(self, context: ToolContext, sql: str) -> None:
        self._context = context
        self._sql = sql
        self._stopped = threading.Event()
        self._cursor: DuckDBPyConnection | None = None

    def run(self) -> str:
        import duckdb

        store = _store(self._context)
        cursor = self._cursor = store.connection.cursor()
        try:
            if self._stopped.is_set():
                raise ToolError("the query was stopped", where="query_tables")
            _check_select(cursor, self._sql)
            cursor.execute("BEGIN TRANSACTION READ ONLY")
            cursor.execute(self._sql)
            return _show(cursor)
        except duckdb.Error as error:
            raise ToolInputError(_first_part(error), where="query_tables", mend=store.listing()) from error

    def stop(self, work: asyncio.Future[str]) -> None:
        """Interrupt it, again and again until it ends: an interrupt between two statements goes unheard."""
        self._stopped.set()
        if work.done():
            return
        if self._cursor is not None:
            self._cursor.interrupt()
        work.get_loop().call_later(0.05, self.stop, work)

    def finish(self, work: asyncio.Future[str]) -> None:
        """Let go of the cursor. Like `stop` this runs in the loop's thread, so neither disturbs the other."""
        if self._cursor is not None:
            self._cursor.close()
        if not work.cancelled():
            work.exception()  # after a cancellation nobody else asks for it


def _store(context: ToolContext) -> TableStore:
    """The loaded tables, loaded once for these files, however many calls want them at once."""
    files = ",".join(f"{a.name}={a.sha256}" for a in context.attachments)
    with context.cache.setdefault("tables:lock", threading.Lock()):
        store: TableStore | None = context.cache.get(f"tables:{files}")
        if store is None:
            store = load_tables(surveyed(context.attachments, context.cache))
            context.cache[f"tables:{files}"] = store
    if not store.tables:
        raise ToolError("the files hold no tables", where="query_tables", mend=store.listing())
    return store


def _check_select(cursor: DuckDBPyConnection, sql: str) -> None:
    import duckdb

    statements = cursor.extract_statements(sql)
    if len(statements) != 1:
        text = f"{len(statements)} statements were given"
        raise ToolInputError(text, where="query_tables", mend="give exactly one SELECT")
    if statements[0].type not in (duckdb.StatementType.SELECT, duckdb.StatementType.EXPLAIN):
        mend = "the tables cannot be changed: use one SELECT, with WITH for intermediate steps"
        text = f"{statements[0].type.name} is not allowed"
        raise ToolInputError(text, where="query_tables", mend=mend)


def _first_part(error: Exception) -> str:
    """DuckDB's message with the place of the fault, but without its drawing of arrows."""
    lines = (line.strip() for line in str(error).splitlines() if line.strip(" ^~"))
    return " ".join(lines)[:600]


def _show(cursor: DuckDBPyConnection) -> str:
    names = [_cell(column[0]) for column in cursor.description or ()]
    rows = cursor.fetchmany(MAX_ROWS)
    written = io.StringIO()
    writer = csv.writer(written, lineterminator="\n")
    writer.writerow(names)
    shown = 0
    for row in rows:
        writer.writerow([_cell(value) for value in row])
        shown += 1
        if written.tell() > MAX_CHARACTERS:
            break
    total = len(rows)
    while total <= MAX_COUNTED and (more := cursor.fetchmany(10_000)):
        total += len(more)
    return written.getvalue() + _footer(shown, total)


def _footer(shown: int, total: int) -> str:
    counted = f"more than {MAX_COUNTED:,}" if total > MAX_COUNTED else f"{total:,}"
    if shown == total:
        return f"({counted} row{'' if total == 1 else 's'})"
    page = f"LIMIT {shown} OFFSET {shown}"
    return f"(the first {shown} of {counted} rows; aggregate, or page with ORDER BY ... {page})"


def _cell(value: Any) -> str:
    text = _text(value).replace("\r\n", "\n").replace("\n", "⏎")
    if len(text) > MAX_CELL:
        return f"{text[:MAX_CELL]}… [+{len(text) - MAX_CELL} characters]"
    return text


def _text(value: Any) -> str:
    """A value as text: exact decimals, dates in ISO form, floating point without its noise."""
    if value is None:
        return "NULL"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return f"{value:.15g}"
    if isinstance(value, Decimal):
        return _decimal(value)
    if isinstance(value, datetime.datetime):
        return value.isoformat(sep=" ")
    if isinstance(value, datetime.date | datetime.time):
        return value.isoformat()
    if isinstance(value, bytes):
        return f"<{len(value)} bytes>"
    if isinstance(value, list | dict | tuple):
        return json.dumps(_plain(value), ensure_ascii=False)
    return str(value)


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(key): _plain(inner) for key, inner in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, str | bytes):
        return [_plain(inner) for inner in value]
    return value if value is None or isinstance(value, bool | int | str) else _text(value)


def _decimal(value: Decimal) -> str:
    """All digits that mean something; noughts at the end are kept only as far as cents."""
    text = format(value, "f")
    whole, point, decimals = text.partition(".")
    return f"{whole}.{decimals.rstrip('0').ljust(min(2, len(decimals)), '0')}" if point else text
