"""A store: runs of one event loop share its open files, and a run belongs to one session at a time."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from agentkit.engine.store import Store
from agentkit.errors import RunBusyError, StoreError


async def test_those_who_open_it_together_share_its_files(tmp_path: Path) -> None:
    store, same = Store(tmp_path / "home"), Store(tmp_path / "x" / ".." / "home")
    async with store.open() as one, same.open() as other:
        assert one is other
    async with store.open() as again:
        assert again is not one
        assert again.journal.runs() == []


async def test_many_may_open_a_new_one_at_the_same_time(tmp_path: Path) -> None:
    async def use() -> int:
        async with Store(tmp_path / "home").open() as opened:
            await asyncio.sleep(0.01)
            return id(opened)

    assert len(set(await asyncio.gather(*(use() for _ in range(20))))) == 1


async def test_the_last_one_to_leave_closes_it_with_all_events_on_file(tmp_path: Path) -> None:
    store = Store(tmp_path / "home")
    async with store.open() as outer:
        async with store.open() as inner:
            inner.journal.add_event("r", 1.0, '"e"')
        assert outer.journal.runs() == []  # still open
    async with store.open() as again:
        assert again.journal.events("r") == ['"e"']


def test_each_event_loop_has_files_of_its_own(tmp_path: Path) -> None:
    async def use() -> list[str]:
        async with Store(tmp_path / "home").open() as opened:
            opened.journal.add_event("r", 1.0, '"e"')
            await opened.journal.flush()
            return opened.journal.events("r")

    assert [len(asyncio.run(use())) for _ in range(3)] == [1, 2, 3]


async def test_a_run_is_locked_until_it_is_released(tmp_path: Path) -> None:
    async with Store(tmp_path / "home").open() as opened:
        lock = opened.lock("r")
        opened.lock("other").release()
        with pytest.raises(RunBusyError, match="r: another process is carrying out this run"):
            opened.lock("r")
        lock.release()
        opened.lock("r").release()


async def test_a_folder_that_cannot_be_used_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(StoreError):
        async with Store(tmp_path / "file").open():
            pass
