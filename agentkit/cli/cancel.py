"""`agentkit cancel`: stops a run, wherever it is carried out."""

from __future__ import annotations

import sys
import time
from pathlib import Path

from agentkit.budget import Usage
from agentkit.cli.errors import FAILED, OK
from agentkit.cli.home import folder_of, journal_of
from agentkit.engine.journal import Journal, RunRecord
from agentkit.engine.store import lock_run
from agentkit.errors import RunBusyError, UsageError
from agentkit.result import RunResult

__all__ = ["cancel_run"]

_PATIENCE = 5.0
"""Seconds to wait for the process that carries the run; it looks four times a second."""
_REASON = "somebody cancelled the run"


def cancel_run(run_id: str, *, home: Path | None = None) -> int:
    """Have the run stopped, and return when it is; returns the exit code.

    Raises `RunNotFoundError`, and `UsageError` for a run that has ended.
    """
    with journal_of(home) as journal:
        record = journal.run(run_id)
        if record.state in ("answered", "partial", "failed"):
            raise UsageError(f"it has ended already ({record.state})", where=f"run {record.id}")
        if record.state != "cancelled":
            journal.request_cancel(record.id)
            if not _settled(journal, record.id, folder_of(home)):
                text = f"run {record.id} was asked to stop, but has not within {_PATIENCE:g} seconds"
                print(text, file=sys.stderr)
                return FAILED
        print(f"run {record.id}: {journal.run(record.id).state}", file=sys.stderr)
    return OK


def _settled(journal: Journal, run_id: str, folder: Path) -> bool:
    """Wait until no process carries the run, and mark it where none was there to do so."""
    deadline = time.monotonic() + _PATIENCE
    while time.monotonic() < deadline:
        try:
            lock = lock_run(folder, run_id)
        except RunBusyError:
            time.sleep(0.05)
            continue
        try:
            record = journal.run(run_id)
            if record.state in ("running", "waiting", "interrupted"):
                _mark(journal, record)
        finally:
            lock.release()
        return True
    return False


def _mark(journal: Journal, record: RunRecord) -> None:
    if record.result:
        before = RunResult.model_validate_json(record.result)
    else:
        usage = sum(journal.spent(record.id).values(), Usage())
        before = RunResult(run_id=record.id, status="cancelled", usage=usage, seconds=record.elapsed)
    result = before.model_copy(update={"status": "cancelled", "reason": _REASON, "questions": ()})
    body = result.model_dump_json(serialize_as_any=True)
    journal.update_run(record.id, "cancelled", elapsed=record.elapsed, result=body, reason=_REASON)
