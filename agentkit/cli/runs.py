"""`agentkit runs`: lists the runs, newest first."""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

from rich.console import Console
from rich.table import Table
from rich.text import Text

from agentkit.budget import Usage
from agentkit.cli.errors import OK
from agentkit.cli.figures import age_text, first_line
from agentkit.cli.home import folder_of, has_runs, journal_of
from agentkit.engine.journal import Journal, RunRecord
from agentkit.engine.store import lock_run
from agentkit.errors import RunBusyError

__all__ = ["STATE_STYLES", "list_runs", "state_of"]

STATE_STYLES = {
    "answered": "green",
    "partial": "yellow",
    "waiting": "cyan",
    "running": "yellow",
    "failed": "red",
    "cut off": "red",
}
"""Colours of the states that deserve one."""

_SETTLING = 2.0
"""Seconds within which a new run takes its lock."""


def list_runs(*, home: Path | None = None, as_json: bool = False, limit: int = 50) -> int:
    """Print the runs of this folder; returns the exit code. Raises `StoreError` where it cannot be read."""
    rows = []
    if has_runs(home):
        with journal_of(home) as journal:
            rows = [_row(journal, record, folder_of(home)) for record in journal.runs(limit)]
    if as_json:
        print(json.dumps(rows, indent=2))
    elif rows:
        _print_table(rows)
    else:
        print(f"there are no runs in {folder_of(home)}", file=sys.stderr)
    return OK


def state_of(record: RunRecord, folder: Path) -> str:
    """The run's state; `cut off` where it is called running but no process carries it any more."""
    if record.state != "running" or time.time() - record.created < _SETTLING:
        return record.state
    try:
        lock_run(folder, record.id).release()
    except RunBusyError:
        return "running"
    return "cut off"


def _row(journal: Journal, record: RunRecord, folder: Path) -> dict[str, object]:
    usage = sum(journal.spent(record.id).values(), Usage())
    return {
        "id": record.id,
        "state": state_of(record, folder),
        "age": round(time.time() - record.created, 1),
        "goal": record.goal,
        "cost": usage.cost_text() if usage.calls else "$0",
        "usage": usage.model_dump(),
        "created": record.created,
        "reason": record.reason,
    }


def _print_table(rows: list[dict[str, object]]) -> None:
    console = Console(width=None if sys.stdout.isatty() else 120)
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="dim")
    for name in ("run", "state", "age"):
        table.add_column(name, no_wrap=True)
    table.add_column("cost", no_wrap=True, justify="right")
    table.add_column("goal", no_wrap=True, overflow="ellipsis", ratio=1)
    for row in rows:
        state = str(row["state"])
        table.add_row(
            str(row["id"]),
            Text(state, style=STATE_STYLES.get(state, "")),
            age_text(float(str(row["age"]))),
            str(row["cost"]).partition(" (")[0],
            Text(first_line(str(row["goal"]))),
        )
    console.print(table)
