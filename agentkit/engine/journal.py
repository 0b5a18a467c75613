"""The journal: one SQLite file that remembers every run, model call, tool call, question and event.

An answer is written down before it is used, so a run that is cut off finds again whatever it had
paid for. Rows that are handed in during one turn of the event loop share one transaction.
"""

from __future__ import annotations

import asyncio
import sqlite3
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from agentkit.budget import Usage
from agentkit.errors import RunNotFoundError, StoreError
from agentkit.result import Question

__all__ = ["CallKind", "CallRecord", "CallState", "Journal", "MessageNode", "RunRecord", "RunState"]

CallKind = Literal["model", "tool"]
"""What was called."""

CallState = Literal["started", "done", "void", "dead"]
"""started: begun, outcome not known (yet). done: the outcome is written down. void: that too, but it was of
no use: whoever tries the run again, after it has ended, is to get another. dead: that was done since."""

RunState = Literal["running", "interrupted", "answered", "partial", "failed", "waiting", "cancelled"]
"""How a run stands. running: a process has it, or was killed. interrupted: stopped by its user, can go on."""

LOCKED_PATIENCE = 30.0
"""Seconds to wait for another process that is writing."""

_SCHEMA = """
CREATE TABLE IF NOT EXISTS runs (
    id TEXT PRIMARY KEY, workflow TEXT NOT NULL, goal TEXT NOT NULL, input TEXT NOT NULL,
    config TEXT NOT NULL, state TEXT NOT NULL, result TEXT, reason TEXT NOT NULL DEFAULT '',
    created REAL NOT NULL, updated REAL NOT NULL, elapsed REAL NOT NULL DEFAULT 0,
    cancel INTEGER NOT NULL DEFAULT 0);
CREATE TABLE IF NOT EXISTS calls (
    run TEXT NOT NULL, scope TEXT NOT NULL, kind TEXT NOT NULL, key TEXT NOT NULL, nth INTEGER NOT NULL,
    seq INTEGER NOT NULL, name TEXT NOT NULL, state TEXT NOT NULL, request TEXT NOT NULL,
    response TEXT, usage TEXT, started REAL NOT NULL, seconds REAL NOT NULL DEFAULT 0,
    elapsed REAL NOT NULL DEFAULT 0, PRIMARY KEY (run, scope, kind, key, nth)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS messages (digest TEXT PRIMARY KEY, parent TEXT NOT NULL, body TEXT NOT NULL)
    WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS questions (
    run TEXT NOT NULL, id TEXT NOT NULL, body TEXT NOT NULL, asked REAL NOT NULL,
    answer TEXT, answered REAL, place TEXT, PRIMARY KEY (run, id)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS events (run TEXT NOT NULL, at REAL NOT NULL, body TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS events_by_run ON events (run);
"""

_CALL = "INSERT OR REPLACE INTO calls VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
_MESSAGE = "INSERT OR IGNORE INTO messages VALUES (?, ?, ?)"
_EVENT = "INSERT INTO events VALUES (?, ?, ?)"


@dataclass(frozen=True, slots=True)
class RunRecord:
    """A run as the journal knows it. `input`, `config` and `result` are JSON."""

    id: str
    workflow: str
    goal: str
    input: str
    config: str
    state: RunState
    result: str | None
    reason: str
    created: float
    updated: float
    elapsed: float
    cancel: int
    """1 once somebody has asked for it to stop."""

    @classmethod
    def new(cls, run_id: str, workflow: str, goal: str, body: str, config: str) -> RunRecord:
        """A run that begins now; `body` is its input as JSON."""
        now = time.time()
        return cls(run_id, workflow, goal, body, config, "running", None, "", now, now, 0.0, 0)


@dataclass(frozen=True, slots=True)
class CallRecord:
    """A call to a model or a tool. `request`, `response` and `usage` are JSON."""

    scope: str
    kind: CallKind
    key: str
    nth: int
    seq: int
    name: str
    """The stage for a model, the tool's name for a tool."""
    state: CallState
    request: str
    response: str | None
    usage: str | None
    started: float
    seconds: float
    elapsed: float = 0.0
    """Seconds that the run had been carried for by then, all sessions together."""


@dataclass(frozen=True, slots=True)
class MessageNode:
    """One message of a conversation and the one before it, stored once however often it is sent."""

    digest: str
    parent: str
    body: str


class Journal:
    """A journal file. Reading is direct; writing is grouped by turns of the event loop.

    Raises `StoreError` where the file cannot be opened or written.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            # The loop must never stand still for another process: waiting is done by `_flush`.
            self._db = sqlite3.connect(path, timeout=0, isolation_level=None)
            self._prepare()
        except (OSError, sqlite3.Error) as error:
            mend = "choose another folder with AGENTKIT_HOME"
            raise StoreError(f"the journal cannot be opened: {error}", where=str(path), mend=mend) from error
        self._pending: list[tuple[str, tuple[Any, ...]]] = []
        self._waiters: list[asyncio.Future[None]] = []
        self._flushing: asyncio.Task[None] | None = None
        self._turn = asyncio.Lock()

    def _prepare(self) -> None:
        self._db.execute("PRAGMA busy_timeout = 5000")
        deadline = time.monotonic() + 5
        while True:
            try:
                self._db.execute("PRAGMA journal_mode = WAL")
                break
            except sqlite3.OperationalError as error:
                # Two processes make the file at once: here, SQLite's own patience does not work.
                if "locked" not in str(error) or time.monotonic() > deadline:
                    raise
                time.sleep(0.005)
        self._db.execute("PRAGMA synchronous = NORMAL")
        self._db.executescript(_SCHEMA)
        self._db.execute("PRAGMA busy_timeout = 0")

    def close(self) -> None:
        """Write what is left and close the file."""
        if self._pending:
            self._db.execute("PRAGMA busy_timeout = 5000")
            self._write(self._pending)
            self._pending = []
        self._db.close()

    # Runs

    def create_run(self, record: RunRecord) -> None:
        """Write a new run down at once."""
        values = (
            *(record.id, record.workflow, record.goal, record.input, record.config, record.state),
            *(record.result, record.reason, record.created, record.updated, record.elapsed),
            record.cancel,
        )
        self._now(f"INSERT INTO runs VALUES ({', '.join('?' * 12)})", values)

    def find_run(self, run: str) -> RunRecord | None:
        """The run of this id, or None."""
        row = self._db.execute("SELECT * FROM runs WHERE id = ?", (run,)).fetchone()
        return _run_record(row) if row else None

    def run(self, run: str) -> RunRecord:
        """The run of this id, or the only one whose id begins so. Raises `RunNotFoundError`."""
        if found := self.find_run(run):
            return found
        rows = self._db.execute("SELECT * FROM runs WHERE substr(id, 1, ?) = ?", (len(run), run)).fetchall()
        if len(rows) == 1 and run:
            return _run_record(rows[0])
        what = f"{len(rows)} runs begin with {run!r}" if rows else f"there is no run {run!r}"
        raise RunNotFoundError(what, where=str(self.path), mend="`agentkit runs` lists them")

    def runs(self, limit: int = 50) -> list[RunRecord]:
        """The newest runs, newest first."""
        rows = self._db.execute("SELECT * FROM runs ORDER BY created DESC LIMIT ?", (limit,)).fetchall()
        return [_run_record(row) for row in rows]

    def update_run(
        self, run: str, state: RunState, *, elapsed: float, result: str | None = None, reason: str = ""
    ) -> None:
        """Write down at once how a run stands."""
        self._now(
            "UPDATE runs SET state = ?, updated = ?, elapsed = ?, result = ?, reason = ?, cancel = 0 "
            "WHERE id = ?",
            (state, time.time(), elapsed, result, reason, run),
        )

    def reconfigure_run(self, run: str, config: str) -> None:
        """Replace a run's configuration (a larger budget, another model)."""
        self._now("UPDATE runs SET config = ? WHERE id = ?", (config, run))

    def request_cancel(self, run: str) -> None:
        """Ask whoever carries the run to stop it."""
        self._now("UPDATE runs SET cancel = 1 WHERE id = ?", (run,))

    def cancel_requested(self, run: str) -> bool:
        """Whether somebody asked for the run to stop."""
        row = self._db.execute("SELECT cancel FROM runs WHERE id = ?", (run,)).fetchone()
        return bool(row and row[0])

    # Calls

    def calls(self, run: str) -> list[CallRecord]:
        """All calls of a run in the order in which they were begun."""
        columns = (
            "scope, kind, key, nth, seq, name, state, request, response, usage, started, seconds, elapsed"
        )
        query = f"SELECT {columns} FROM calls WHERE run = ? ORDER BY seq"
        return [CallRecord(*row) for row in self._db.execute(query, (run,))]

    async def record_call(self, run: str, call: CallRecord, messages: Iterable[MessageNode] = ()) -> None:
        """Write a call down, with the messages that are new; returns when it is on file."""
        for node in messages:
            self._pending.append((_MESSAGE, (node.digest, node.parent, node.body)))
        place = (run, call.scope, call.kind, call.key, call.nth, call.seq, call.name, call.state)
        outcome = (call.request, call.response, call.usage, call.started, call.seconds, call.elapsed)
        self._pending.append((_CALL, place + outcome))
        await self._committed()

    def conversation(self, head: str) -> list[str]:
        """The messages (JSON) that lead up to and include the node `head`, oldest first."""
        found: list[str] = []
        while head:
            row = self._db.execute("SELECT parent, body FROM messages WHERE digest = ?", (head,)).fetchone()
            if row is None:
                raise StoreError(f"message {head} is missing", where=str(self.path))
            found.append(row[1])
            head = row[0]
        return found[::-1]

    # Questions and events

    async def record_question(self, run: str, question: Question) -> None:
        """Write a question to a person down; asking it again changes nothing."""
        sql = "INSERT OR IGNORE INTO questions (run, id, body, asked) VALUES (?, ?, ?, ?)"
        self._pending.append((sql, (run, question.id, question.model_dump_json(), time.time())))
        await self._committed()

    def answer(self, run: str, question: str, answer: str) -> None:
        """Write a person's answer down at once. Raises `StoreError` where nothing of this id was asked."""
        asked = self._db.execute("SELECT 1 FROM questions WHERE run = ? AND id = ?", (run, question))
        if asked.fetchone() is None:
            open_ones = ", ".join(q.id for q in self.open_questions(run)) or "none"
            mend = f"open questions: {open_ones}"
            raise StoreError(f"run {run} asks nothing called {question!r}", mend=mend)
        self._now(
            "UPDATE questions SET answer = ?, answered = ? WHERE run = ? AND id = ?",
            (answer, time.time(), run, question),
        )

    async def place_questions(self, run: str, place: str, ids: Sequence[str]) -> None:
        """Write down where in a graph these questions are asked."""
        for question in ids:
            sql = "UPDATE questions SET place = ? WHERE run = ? AND id = ?"
            self._pending.append((sql, (place, run, question)))
        await self._committed()

    def places(self, run: str) -> dict[str, tuple[str, ...]]:
        """The ids of open questions by the place in a graph where they are asked."""
        sql = "SELECT place, id FROM questions WHERE run = ? AND answer IS NULL AND place IS NOT NULL"
        found: dict[str, tuple[str, ...]] = {}
        for place, question in self._db.execute(sql, (run,)):
            found[place] = (*found.get(place, ()), question)
        return found

    def open_questions(self, run: str) -> list[Question]:
        """What a person has yet to answer, oldest first."""
        sql = "SELECT body FROM questions WHERE run = ? AND answer IS NULL ORDER BY asked"
        return [Question.model_validate_json(row[0]) for row in self._db.execute(sql, (run,))]

    def answers(self, run: str) -> dict[str, str]:
        """What people answered, by question id."""
        sql = "SELECT id, answer FROM questions WHERE run = ? AND answer IS NOT NULL"
        return dict(self._db.execute(sql, (run,)).fetchall())

    def add_event(self, run: str, at: float, body: str) -> None:
        """Write an event (JSON) down with the next group."""
        self._pending.append((_EVENT, (run, at, body)))
        self._schedule()

    def events(self, run: str) -> list[str]:
        """A run's events (JSON), oldest first."""
        rows = self._db.execute("SELECT body FROM events WHERE run = ? ORDER BY rowid", (run,))
        return [row[0] for row in rows]

    def spent(self, run: str) -> dict[str, Usage]:
        """What a run's finished model calls cost, by scope."""
        found: dict[str, Usage] = {}
        sql = "SELECT scope, usage FROM calls WHERE run = ? AND kind = 'model' AND usage IS NOT NULL"
        for scope, usage in self._db.execute(sql, (run,)):
            found[scope] = found.get(scope, Usage()) + Usage.model_validate_json(usage)
        return found

    def retire_void_calls(self, run: str) -> None:
        """A run that had ended is tried again: what was of no use in it is not to be found any more."""
        self._now("UPDATE calls SET state = 'dead' WHERE run = ? AND state = 'void'", (run,))

    def spent_by_run(self) -> dict[str, Usage]:
        """What each run's finished model calls cost."""
        found: dict[str, Usage] = {}
        for run, usage in self._db.execute(
            "SELECT run, usage FROM calls WHERE kind = 'model' AND usage IS NOT NULL"
        ):
            found[run] = found.get(run, Usage()) + Usage.model_validate_json(usage)
        return found

    # Writing

    async def write_rows(self, sql: str, rows: Iterable[tuple[Any, ...]]) -> None:
        """Write rows of another table of this file with the next group; returns when they are on file."""
        self._pending.extend((sql, row) for row in rows)
        await self._committed()

    async def flush(self) -> None:
        """Return when everything handed in so far is on file."""
        if self._pending or self._flushing is not None or self._turn.locked():
            await self._committed()

    def _schedule(self) -> None:
        if self._flushing is None:
            self._flushing = asyncio.get_running_loop().create_task(self._flush())

    async def _committed(self) -> None:
        # A future for each: cancelling one who waits must not touch the write or the others.
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiters.append(done)
        self._schedule()
        await done

    async def _flush(self) -> None:
        await asyncio.sleep(0)  # let everybody who is ready in this turn hand in
        async with self._turn:  # an earlier group may still wait for another process
            rows, self._pending = self._pending, []
            waiters, self._waiters = self._waiters, []
            self._flushing = None
            failure = await self._write_patiently(rows)
        for waiter in waiters:
            if waiter.done():
                continue
            if failure is None:
                waiter.set_result(None)
            else:
                waiter.set_exception(failure)

    async def _write_patiently(self, rows: Sequence[tuple[str, tuple[Any, ...]]]) -> StoreError | None:
        """Write, waiting for other processes as long as need be; the error if it cannot be done."""
        deadline, pause = time.monotonic() + LOCKED_PATIENCE, 0.002
        while True:
            try:
                self._write(rows)
            except sqlite3.Error as error:
                if "locked" not in str(error) or time.monotonic() > deadline:
                    return StoreError(f"the journal cannot be written: {error}", where=str(self.path))
                await asyncio.sleep(pause)
                pause = min(pause * 2, 0.1)
            else:
                return None

    def _write(self, rows: Sequence[tuple[str, tuple[Any, ...]]]) -> None:
        self._db.execute("BEGIN IMMEDIATE")
        try:
            for sql, values in rows:
                self._db.execute(sql, values)
            self._db.execute("COMMIT")
        except BaseException:
            if self._db.in_transaction:  # a full disk, for one, has ended it already
                self._db.execute("ROLLBACK")
            raise

    def _now(self, sql: str, values: tuple[Any, ...]) -> None:
        self._db.execute("PRAGMA busy_timeout = 5000")
        try:
            self._db.execute(sql, values)
        except sqlite3.Error as error:
            raise StoreError(f"the journal cannot be written: {error}", where=str(self.path)) from error
        finally:
            self._db.execute("PRAGMA busy_timeout = 0")


def _run_record(row: Sequence[Any]) -> RunRecord:
    return RunRecord(*row)
