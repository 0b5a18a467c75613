"""A store: the folder that holds the journal, the checkpoints, the artifacts and the locks of runs.

Runs of one event loop that use the same folder share its open files.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from filelock import FileLock, Timeout

from agentkit.engine.artifacts import ArtifactStore
from agentkit.engine.journal import Journal
from agentkit.errors import RunBusyError, StoreError

if TYPE_CHECKING:
    from agentkit.engine.checkpoints import GroupedSqliteSaver

__all__ = ["OpenStore", "Store", "lock_run", "open_journal"]


@dataclass(slots=True)
class OpenStore:
    """A store's open files."""

    folder: Path
    journal: Journal
    saver: GroupedSqliteSaver
    artifacts: ArtifactStore
    users: int = 0

    def lock(self, run_id: str) -> FileLock:
        """The lock of a run, taken. Raises `RunBusyError` where another process (or session) has it."""
        return lock_run(self.folder, run_id)


_Key = tuple[int, Path]

_OPEN: dict[_Key, OpenStore] = {}
_TURNS: dict[_Key, asyncio.Lock] = {}
"""One at a time opens a store; the others find it open."""


class Store:
    """Names a folder; `open` gives its files, shared within an event loop."""

    def __init__(self, folder: Path | str = ".agentkit") -> None:
        self.folder = Path(folder).expanduser().resolve()

    @asynccontextmanager
    async def open(self) -> AsyncIterator[OpenStore]:
        """The open files; they are closed when the last user of this event loop leaves."""
        key = (id(asyncio.get_running_loop()), self.folder)
        async with _TURNS.setdefault(key, asyncio.Lock()):
            if key not in _OPEN:
                _OPEN[key] = await self._open_files()
            opened = _OPEN[key]
            opened.users += 1
        try:
            yield opened
        finally:
            opened.users -= 1
            if opened.users == 0:
                del _OPEN[key]
                _TURNS.pop(key, None)
                await opened.journal.flush()
                await opened.saver.conn.close()
                opened.journal.close()

    async def _open_files(self) -> OpenStore:
        from agentkit.engine.checkpoints import open_saver

        journal = open_journal(self.folder)
        try:
            saver = await open_saver(journal)
        except BaseException:
            journal.close()
            raise
        return OpenStore(self.folder, journal, saver, ArtifactStore(self.folder / "artifacts"))


def open_journal(folder: Path) -> Journal:
    """The journal alone, for those who only look things up."""
    return Journal(folder / "journal.db")


def lock_run(home: Path, run_id: str) -> FileLock:
    """The lock of a run of the store in this folder, taken. Raises as `OpenStore.lock` does."""
    folder = home / "locks"
    lock = FileLock(folder / f"{run_id}.lock")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock.acquire(timeout=0)
    except Timeout:
        mend = "wait for it, or stop it with `agentkit cancel`"
        raise RunBusyError("another process is carrying out this run", where=run_id, mend=mend) from None
    except OSError as error:
        raise StoreError(f"the run cannot be locked: {error}", where=str(folder)) from error
    return lock
