"""Finds the folder of runs, and opens its journal to look things up."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from agentkit.engine.journal import Journal, RunRecord
from agentkit.engine.store import open_journal
from agentkit.errors import RunNotFoundError
from agentkit.settings import load_settings

__all__ = ["folder_of", "has_runs", "journal_of", "run_in"]


def folder_of(home: Path | None) -> Path:
    """The folder of runs: the one given, or the one that is set."""
    return (home or load_settings().home).expanduser().resolve()


def has_runs(home: Path | None) -> bool:
    """Whether anything was ever run there."""
    return (folder_of(home) / "journal.db").exists()


@contextmanager
def journal_of(home: Path | None) -> Iterator[Journal]:
    """The journal, for looking up. Raises `RunNotFoundError` where nothing was ever run: looking makes no files."""
    folder = folder_of(home)
    if not has_runs(home):
        mend = "name the folder with --home or AGENTKIT_HOME"
        raise RunNotFoundError("there are no runs", where=str(folder), mend=mend)
    journal = open_journal(folder)
    try:
        yield journal
    finally:
        journal.close()


def run_in(journal: Journal, run_id: str) -> RunRecord:
    """The run of this id or unique beginning. Raises `RunNotFoundError`."""
    return journal.run(run_id)
