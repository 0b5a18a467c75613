"""Finds the folder of runs, and opens its journal to look things up."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from agentkit.engine.journal import Journal
from agentkit.engine.store import open_journal
from agentkit.errors import RunNotFoundError, StoreError
from agentkit.settings import load_settings

__all__ = ["folder_of", "has_runs", "journal_of"]


def folder_of(home: Path | None) -> Path:
    """The folder of runs: the one given, or the one that is set."""
    return (home or load_settings().home).expanduser().resolve()


def has_runs(home: Path | None) -> bool:
    """Whether anything was ever run there. Raises `StoreError` where nobody may look."""
    folder = folder_of(home)
    try:
        return (folder / "journal.db").exists()
    except OSError as error:
        mend = "choose another folder with --home or AGENTKIT_HOME"
        what = f"the folder cannot be read: {error.strerror}"
        raise StoreError(what, where=str(folder), mend=mend) from error


@contextmanager
def journal_of(home: Path | None) -> Iterator[Journal]:
    """The journal, for looking things up, which makes no files.

    Raises `RunNotFoundError` where nothing was ever run, and `StoreError` where it cannot be opened.
    """
    folder = folder_of(home)
    if not has_runs(home):
        mend = "name the folder with --home or AGENTKIT_HOME"
        raise RunNotFoundError("there are no runs", where=str(folder), mend=mend)
    journal = open_journal(folder)
    try:
        yield journal
    finally:
        journal.close()
