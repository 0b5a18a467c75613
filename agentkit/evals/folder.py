"""The folder of one evaluation: its configuration, which samples were asked for, its records, its runs."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout
from pydantic import ValidationError

from agentkit.errors import RunBusyError, StoreError, UsageError
from agentkit.evals.config import EvalConfig
from agentkit.evals.record import Record
from agentkit.evals.record_file import read_records

__all__ = ["Asked", "EvalFolder", "Selection"]


@dataclass(frozen=True, slots=True)
class Asked:
    """A sample that was asked for, whether or not there is a record of it."""

    id: str
    digest: str
    group: str = ""
    tags: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Selection:
    """What an evaluation is to answer: the denominator of all its figures is `len(asked) * epochs`."""

    asked: tuple[Asked, ...]
    epochs: int


class EvalFolder:
    """Names the files of an evaluation's folder, and reads and writes the small ones."""

    def __init__(self, path: Path) -> None:
        self.path = path.expanduser().resolve()
        self.records_file = self.path / "records.jsonl"
        self.runs = self.path / "runs"
        """The store of runs: journal, checkpoints, artifacts. `agentkit show RUN --home` takes it."""
        self.submission_file = self.path / "submission.jsonl"
        self._config_file = self.path / "config.json"
        self._selection_file = self.path / "selection.jsonl"
        self._lock = FileLock(self.path / ".lock")

    @property
    def name(self) -> str:
        """How tables call it."""
        return self.path.name

    @property
    def exists(self) -> bool:
        """Whether an evaluation was begun there."""
        return self._config_file.exists()

    def claim(self) -> None:
        """Make the folder and keep every other process out.

        Raises `RunBusyError` where another process evaluates there and `StoreError` where it cannot be
        written.
        """
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            self._lock.acquire(timeout=0)
        except Timeout:
            mend = "wait until it ends, or choose another folder with --out"
            raise RunBusyError(
                "another evaluation is going on there", where=str(self.path), mend=mend
            ) from None
        except OSError as error:
            what = f"the folder cannot be written: {error.strerror}"
            raise StoreError(what, where=str(self.path), mend="choose another one with --out") from error

    def release(self) -> None:
        """Let others in; safe to call twice."""
        self._lock.release()

    def config(self) -> EvalConfig:
        """What was evaluated. Raises `UsageError` where nothing was, `StoreError` for a damaged file."""
        try:
            return EvalConfig.model_validate_json(self._content(self._config_file))
        except ValidationError as error:
            raise StoreError(
                f"config.json is damaged: {error.errors()[0]['msg']}", where=str(self.path)
            ) from None

    def adopt(self, config: EvalConfig) -> None:
        """Write the configuration down, or see that it is still the same.

        Raises `UsageError` saying what changed where the folder belongs to another configuration.
        """
        if not self.exists:
            self._replace(self._config_file, [config.model_dump(mode="json")])
            return
        if changed := self.config().differences(config):
            what = f"the folder holds another evaluation; {'; '.join(changed)}"
            mend = "undo the change, or choose another folder with --out"
            raise UsageError(what, where=str(self.path), mend=mend)

    def write_selection(self, selection: Selection) -> None:
        """Write down what is to be answered now."""
        self._replace(self._selection_file, [{"epochs": selection.epochs}, *map(asdict, selection.asked)])

    def selection(self) -> Selection:
        """What was to be answered last. Raises as `config` does."""
        try:
            lines = [json.loads(line) for line in self._content(self._selection_file).splitlines()]
            asked = tuple(Asked(**{**line, "tags": tuple(map(tuple, line["tags"]))}) for line in lines[1:])
            return Selection(asked, int(lines[0]["epochs"]))
        except (ValueError, TypeError, LookupError) as error:
            raise StoreError(f"selection.jsonl is damaged: {error}", where=str(self.path)) from error

    def records(self) -> Iterator[Record]:
        """All records, oldest first; of several of the same sample and epoch the last one counts."""
        return read_records(self.records_file)

    def write_submission(self, lines: Iterable[dict[str, Any]]) -> None:
        """Write what a leaderboard takes."""
        self._replace(self.submission_file, lines)

    def _content(self, path: Path) -> bytes:
        """A small file, as bytes: in texts there may be signs that Python takes for the end of a line."""
        try:
            return path.read_bytes()
        except FileNotFoundError:
            mend = "name a folder that `agentkit eval` wrote"
            raise UsageError("there is no evaluation", where=str(self.path), mend=mend) from None
        except OSError as error:
            raise StoreError(f"{path.name} cannot be read: {error.strerror}", where=str(self.path)) from error

    def _replace(self, path: Path, lines: Iterable[Any] | Sequence[Any]) -> None:
        """Write a file of JSON lines so that it is there as a whole or not at all."""
        part = path.with_suffix(".part")
        try:
            with part.open("w", encoding="utf-8") as file:
                for line in lines:
                    file.write(json.dumps(line, ensure_ascii=False) + "\n")
                file.flush()
                os.fsync(file.fileno())
            part.replace(path)
        except OSError as error:
            what = f"the folder cannot be written: {error.strerror}"
            raise StoreError(what, where=str(path), mend="choose another one with --out") from error
