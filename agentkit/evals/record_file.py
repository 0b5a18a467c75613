"""The file of records: append-only, one JSON line a finished sample, each on the disk when it counts."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Iterator
from contextlib import suppress
from io import BufferedWriter
from pathlib import Path
from typing import BinaryIO

from pydantic import ValidationError

from agentkit.errors import StoreError
from agentkit.evals.record import Record

__all__ = ["RecordFile", "read_records"]


class RecordFile:
    """Writes records down. Those that are handed in while others go to the disk share the next fsync.

    A last line that was cut off (by `kill -9`, say) is removed when the file is opened.
    Raises `StoreError` where it cannot be written.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._pending: list[bytes] = []
        self._waiters: list[asyncio.Future[None]] = []
        self._writing: asyncio.Task[None] | None = None
        try:
            self._file: BufferedWriter = _open_whole(path)
        except OSError as error:
            what = f"the records cannot be written: {error.strerror}"
            raise StoreError(what, where=str(path), mend="choose another folder with --out") from error

    async def append(self, record: Record) -> None:
        """Write a record down; returns when it is on the disk."""
        self._pending.append(_line(record))
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiters.append(done)
        if self._writing is None:
            self._writing = asyncio.get_running_loop().create_task(self._write_all())
        await asyncio.shield(done)

    async def close(self) -> None:
        """Wait for what was handed in and close the file; safe to call twice."""
        if self._writing is not None:
            await self._writing
        with suppress(OSError):  # what could not be written was said to whoever handed it in
            self._file.close()

    async def _write_all(self) -> None:
        try:
            while self._pending:
                lines, self._pending = self._pending, []
                waiters, self._waiters = self._waiters, []
                failure = await asyncio.to_thread(self._write, b"".join(lines))
                for waiter in waiters:
                    if failure is None:
                        waiter.set_result(None)
                    else:
                        waiter.set_exception(failure)
        finally:
            self._writing = None

    def _write(self, lines: bytes) -> StoreError | None:
        try:
            self._file.write(lines)
            self._file.flush()
            os.fsync(self._file.fileno())
        except OSError as error:
            return StoreError(f"a record cannot be written: {error.strerror}", where=str(self.path))
        return None


def read_records(path: Path) -> Iterator[Record]:
    """All records in the order in which they were written; of several of a sample and epoch the last counts.

    A last line that was cut off is left out. Raises `StoreError` where the file cannot be read, and naming a
    line that is damaged.
    """
    try:
        with path.open("rb") as file:
            for number, line in enumerate(file, start=1):
                if line.endswith(b"\n"):
                    yield _parsed(line, path, number)
    except FileNotFoundError:
        return
    except OSError as error:
        raise StoreError(f"the records cannot be read: {error.strerror}", where=str(path)) from error


def _line(record: Record) -> bytes:
    """The record as JSON. Half a character, which models and programs sometimes say, becomes a question mark:
    no file could hold it."""
    try:
        return record.model_dump_json().encode() + b"\n"
    except ValueError:
        return json.dumps(record.model_dump(), ensure_ascii=False).encode("utf-8", "replace") + b"\n"


def _parsed(line: bytes, path: Path, number: int) -> Record:
    try:
        return Record.model_validate_json(line)
    except ValidationError as error:
        what = f"line {number} is damaged: {error.errors()[0]['msg']}"
        raise StoreError(what, where=str(path), mend="remove the line; its sample is asked again") from None


def _open_whole(path: Path) -> BufferedWriter:
    """The file, open for appending after its last whole line."""
    with path.open("ab+") as file:
        size = file.seek(0, os.SEEK_END)
        keep = _end_of_last_line(file, size)
        if keep < size:
            file.truncate(keep)
    return path.open("ab")


def _end_of_last_line(file: BinaryIO, size: int) -> int:
    """How many bytes are whole lines, looking from the end."""
    end = size
    while end > 0:
        begin = max(0, end - 65_536)
        file.seek(begin)
        found = file.read(end - begin).rfind(b"\n")
        if found >= 0:
            return begin + found + 1
        end = begin
    return 0
