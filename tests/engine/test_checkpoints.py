"""The checkpoint saver keeps LangGraph's contract, and groups what ends in one turn."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from langgraph.checkpoint.base import empty_checkpoint
from langgraph.checkpoint.sqlite.aio import AsyncSqliteSaver

from agentkit.engine.checkpoints import GroupedSqliteSaver, open_saver
from agentkit.engine.journal import Journal, RunRecord


@pytest.fixture
async def saver(tmp_path: Path) -> AsyncIterator[GroupedSqliteSaver]:
    journal = Journal(tmp_path / "home" / "journal.db")
    opened = await open_saver(journal)
    yield opened
    await opened.conn.close()
    journal.close()


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
        journal = Journal(tmp_path / f"{next(folders)}.db")
        opened = await open_saver(journal)
        yield opened
        await opened.conn.close()
        journal.close()

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
    counts = set()

    async def look() -> None:
        for _ in range(20):
            await asyncio.sleep(0)
            async with saver.conn.execute("SELECT count(*) FROM writes") as rows:
                counts.add((await rows.fetchone() or [0])[0])

    await asyncio.gather(look(), *(saver.aput_writes(config, [("a", n)], f"task-{n}") for n in range(100)))
    assert counts <= {0, 100}
    loaded = await saver.aget_tuple(config)
    assert loaded is not None
    assert len(loaded.pending_writes or []) == 100


async def test_several_may_open_a_new_file_at_once(tmp_path: Path) -> None:
    journals = [Journal(tmp_path / "journal.db") for _ in range(6)]
    savers = await asyncio.gather(*(open_saver(journal) for journal in journals))
    await asyncio.gather(*(start(saver) for saver in savers))
    for saver, journal in zip(savers, journals, strict=True):
        await saver.conn.close()
        journal.close()


async def test_saving_a_checkpoint_never_locks_the_journal_out(saver: GroupedSqliteSaver) -> None:
    """Both are in one file, and the journal's urgent writes stop the loop until they are done."""
    journal = saver._journal
    journal.create_run(RunRecord.new("r", "w", "goal", "{}", "{}"))

    async def report() -> None:
        for _ in range(200):
            journal.update_run("r", "running", elapsed=0.0)
            await asyncio.sleep(0)

    began = time.monotonic()
    await asyncio.gather(report(), *(start(saver) for _ in range(50)))
    assert time.monotonic() - began < 4  # locked out, it would give up after five seconds
