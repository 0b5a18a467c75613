"""The checkpoint saver keeps LangGraph's contract, and groups what ends in one turn."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from langgraph.checkpoint.base import empty_checkpoint
from langgraph.checkpoint.sqlite.aio import AsyncSqliteSaver

from agentkit.engine.checkpoints import GroupedSqliteSaver, open_saver
from agentkit.errors import StoreError


@pytest.fixture
async def saver(tmp_path: Path) -> AsyncIterator[GroupedSqliteSaver]:
    opened = await open_saver(tmp_path / "home" / "checkpoints.db")
    yield opened
    await opened.conn.close()


async def start(saver: AsyncSqliteSaver) -> Any:
    """A thread with one empty checkpoint; the config that names it."""
    config: Any = {"configurable": {"thread_id": "t", "checkpoint_ns": ""}}
    return await saver.aput(config, empty_checkpoint(), {"source": "input", "step": -1}, {})


async def test_it_passes_langgraphs_conformance_suite(tmp_path: Path) -> None:
    suite = pytest.importorskip(
        "langgraph.checkpoint.conformance", reason="needs pip install langgraph-checkpoint-conformance"
    )
    folders = iter(range(10_000))

    async def fresh() -> AsyncIterator[GroupedSqliteSaver]:
        opened = await open_saver(tmp_path / f"{next(folders)}.db")
        yield opened
        await opened.conn.close()

    async def theirs() -> AsyncIterator[AsyncSqliteSaver]:
        async with AsyncSqliteSaver.from_conn_string(str(tmp_path / f"{next(folders)}.db")) as opened:
            yield opened

    ours = await suite.validate(suite.checkpointer_test(name="grouped")(fresh))
    parent = await suite.validate(suite.checkpointer_test(name="as it comes")(theirs))
    # Where SQLite's own saver falls short, ours may: it must not fall shorter.
    failed, known = (_failures(report) for report in (ours, parent))
    assert failed <= known
    assert not any("put_writes" in name for name in failed)


def _failures(report: Any) -> set[str]:
    return {
        f"{capability}: {failure}"
        for capability, result in report.results.items()
        for failure in getattr(result, "failures", ()) or ()
    }


async def test_the_same_writes_give_the_same_checkpoint_as_with_their_saver(
    saver: GroupedSqliteSaver, tmp_path: Path
) -> None:
    async with AsyncSqliteSaver.from_conn_string(str(tmp_path / "theirs.db")) as theirs:
        found = []
        for one in (saver, theirs):
            config = await start(one)
            await one.aput_writes(config, [("a", 1), ("b", {"x": [1, 2]})], "task-1")
            await one.aput_writes(config, [("__error__", "e")], "task-2")
            loaded = await one.aget_tuple(config)
            assert loaded is not None
            found.append(sorted(loaded.pending_writes or []))
    assert (
        found[0]
        == found[1]
        == [("task-1", "a", 1), ("task-1", "b", {"x": [1, 2]}), ("task-2", "__error__", "e")]
    )


async def test_what_ends_in_one_turn_is_saved_in_one_transaction(saver: GroupedSqliteSaver) -> None:
    config = await start(saver)
    statements: list[str] = []
    await saver.conn.set_trace_callback(statements.append)
    await asyncio.gather(*(saver.aput_writes(config, [("a", n)], f"task-{n}") for n in range(100)))
    await saver.conn.set_trace_callback(lambda _: None)
    assert sum(s.startswith("COMMIT") for s in statements) == 1
    loaded = await saver.aget_tuple(config)
    assert loaded is not None
    assert len(loaded.pending_writes or []) == 100


async def test_a_saver_that_was_closed_says_so_to_everybody_who_waits(tmp_path: Path) -> None:
    opened = await open_saver(tmp_path / "checkpoints.db")
    config = await start(opened)
    await opened.conn.close()
    jobs = [opened.aput_writes(config, [("a", n)], f"task-{n}") for n in range(3)]
    results = await asyncio.wait_for(asyncio.gather(*jobs, return_exceptions=True), 5)
    assert [type(r) for r in results] == [StoreError] * 3


async def test_a_file_that_is_no_database_is_an_error_and_leaves_no_thread(tmp_path: Path) -> None:
    (tmp_path / "checkpoints.db").write_text("no database, and long enough to be seen as such" * 50)
    before = set(threading.enumerate())
    with pytest.raises(StoreError, match="cannot be opened"):
        await open_saver(tmp_path / "checkpoints.db")
    for thread in set(threading.enumerate()) - before:
        await asyncio.to_thread(thread.join, 5)
        assert not thread.is_alive()


async def test_several_may_open_a_new_file_at_once(tmp_path: Path) -> None:
    savers = await asyncio.gather(*(open_saver(tmp_path / "checkpoints.db") for _ in range(6)))
    for opened in savers:
        await opened.conn.close()
