"""LangGraph's SQLite saver, with the writes of one turn of the event loop in one transaction.

Measured on 100 and 1,000 parallel tasks, 2 cores: 1.8 ms of CPU a task with the saver as it comes,
0.65 to 0.87 ms with this one, of which LangGraph's own scheduling is 0.5 to 0.75.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import aiosqlite
from langchain_core.runnables import RunnableConfig
from langgraph.checkpoint.base import WRITES_IDX_MAP
from langgraph.checkpoint.sqlite.aio import AsyncSqliteSaver

from agentkit.errors import StoreError

__all__ = ["GroupedSqliteSaver", "open_saver"]

PATIENCE = 30.0
"""Seconds to wait for another process that is writing."""

_WRITE = (
    "INSERT OR REPLACE INTO writes "
    "(thread_id, checkpoint_ns, checkpoint_id, task_id, idx, channel, type, value) "
    "VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
)


class GroupedSqliteSaver(AsyncSqliteSaver):
    """`AsyncSqliteSaver` whose task results share transactions. A result is saved when its group is."""

    def __init__(self, connection: aiosqlite.Connection) -> None:
        super().__init__(connection)
        self._rows: list[tuple[Any, ...]] = []
        self._waiters: list[asyncio.Future[None]] = []
        self._saving: asyncio.Task[None] | None = None

    async def aput_writes(
        self,
        config: RunnableConfig,
        writes: Sequence[tuple[str, Any]],
        task_id: str,
        task_path: str = "",
    ) -> None:
        where = config["configurable"]
        place = (str(where["thread_id"]), str(where["checkpoint_ns"]), str(where["checkpoint_id"]), task_id)
        for position, (channel, value) in enumerate(writes):
            kind, data = self.serde.dumps_typed(value)
            self._rows.append((*place, WRITES_IDX_MAP.get(channel, position), channel, kind, data))
        loop = asyncio.get_running_loop()
        saved: asyncio.Future[None] = loop.create_future()
        self._waiters.append(saved)
        if self._saving is None:
            self._saving = loop.create_task(self._save())
        await saved

    async def _save(self) -> None:
        await asyncio.sleep(0)  # let every task that ended in this turn hand in
        async with self.lock:  # the tables are there: `open_saver` saw to it
            rows, self._rows = self._rows, []
            waiters, self._waiters = self._waiters, []
            self._saving = None
            failure: StoreError | None = None
            try:
                await self.conn.executemany(_WRITE, rows)
                await self.conn.commit()
            except (aiosqlite.Error, ValueError) as error:  # ValueError: it was closed meanwhile
                failure = StoreError(f"checkpoints cannot be written: {error}")
        for waiter in waiters:
            if waiter.done():
                continue
            if failure is None:
                waiter.set_result(None)
            else:
                waiter.set_exception(failure)


async def _prepare(saver: GroupedSqliteSaver) -> None:
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            return await saver.setup()
        except aiosqlite.OperationalError as error:
            # Two processes make the file at once: here, SQLite's own patience does not work.
            if "locked" not in str(error) or time.monotonic() > deadline:
                raise
            await asyncio.sleep(0.01)


async def open_saver(path: Path) -> GroupedSqliteSaver:
    """Open (or create) the checkpoints in `path`; close it with `await saver.conn.close()`."""
    connection: aiosqlite.Connection | None = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        connection = await aiosqlite.connect(path, timeout=PATIENCE)
        await connection.execute("PRAGMA synchronous = NORMAL")
        saver = GroupedSqliteSaver(connection)
        await _prepare(saver)
    except (OSError, aiosqlite.Error) as error:
        if connection is not None:
            await connection.close()  # or its thread would keep the process alive
        mend = "choose another folder with AGENTKIT_HOME"
        raise StoreError(f"checkpoints cannot be opened: {error}", where=str(path), mend=mend) from error
    return saver
