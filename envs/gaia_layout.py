"""Reads GAIA's questions from the files as people have them on disk.

The benchmark is that of Mialon et al. 2023 (arXiv 2311.12983), and its files are gated. A split's folder
(`2023/validation`, `2023/test`) holds the attachments and the questions: `metadata.jsonl` in older downloads,
`metadata.parquet` (and one such file for each level) since October 2025, with the same columns. Files of
our own in this form may say `files` (a list of names) for several attachments, and
`{"family": ...}` in `Annotator Metadata`.
"""

from __future__ import annotations

import glob
import json
import os.path
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path, PurePosixPath
from typing import Any
from uuid import UUID

from agentkit.errors import TaskError
from agentkit.prompts import load_prompt
from agentkit.sample import Sample
from agentkit.task import Attachment, Task

__all__ = ["HOW_TO_GET", "question_of", "read_samples"]

HOW_TO_GET = (
    "request access to the dataset gaia-benchmark/GAIA on the Hugging Face hub, download the repository "
    "(hf download gaia-benchmark/GAIA --repo-type dataset --local-dir GAIA), and pass its folder "
    "with --data, or set AGENTKIT_GAIA to it"
)
"""What errors say to those who have no data yet."""

_LEVELS = ("1", "2", "3")
_PLACEHOLDER = "0-0-0-0-0"
_UNKNOWN = ("", "?")
_LFS_POINTER = b"version https://git-lfs.github.com/spec/"
_POINTER_SIZE = 1024
_MEND_LINE = "mend the line, or remove it"


@dataclass(frozen=True, slots=True)
class _Row:
    """A line of the metadata."""

    where: str
    """File and line, without the folder: a sample's digest must not depend on where its files lie."""
    number: int
    """Counted through all files of the split."""
    content: dict[str, Any] = field(default_factory=dict)
    """What stands in it; nothing where it cannot be read."""

    def text(self, column: str) -> str:
        """A column's text; empty where there is none."""
        value = self.content.get(column)
        # Some programs that write parquet make ids of a type of their own.
        return str(value).strip() if isinstance(value, (str, UUID)) else ""


def read_samples(data: Path | None) -> Iterator[Sample]:
    """The questions in `data`, in the order of the files, without the placeholder that the test split has.

    `data` is the repository's folder, its folder `2023`, a split's folder or a metadata file; where it does
    not say which split, it is validation. The target is None where the answer is not published. A line that
    cannot be asked is a sample with a `fault`.

    Attachments are read as the samples are taken, and only once as long as they stay the same. Raises
    `TaskError`, at once, where there is no question at all.
    """
    files = _metadata(data)
    rows = [row for row in _rows(files) if row.text("task_id") != _PLACEHOLDER]
    if not any(row.text("task_id") and row.text("Question") for row in rows):
        raise TaskError("holds no GAIA question", where=str(files[0]), mend=HOW_TO_GET)
    return _samples(rows, files[0].parent)


def question_of(sample: Sample) -> str:
    """The question as the benchmark has it, without our words about the answer's form."""
    return sample.task.goal.removesuffix(_form()).strip()


def _form() -> str:
    return load_prompt(__file__, "gaia_form")


def _metadata(data: Path | None) -> tuple[Path, ...]:
    """The files with the questions: one, or one for each level."""
    if data is None:
        raise TaskError("no data was given", where="GAIA", mend=HOW_TO_GET)
    place = data.expanduser().absolute()
    if os.path.isfile(place):
        if place.suffix not in (".jsonl", ".parquet"):
            raise TaskError("is neither a .jsonl nor a .parquet file", where=str(data), mend=HOW_TO_GET)
        return (place,)
    if not os.path.isdir(place):
        raise TaskError("there is no such file or folder", where=str(data), mend=HOW_TO_GET)
    for folder in (place, place / "validation", place / "2023" / "validation"):
        if files := _metadata_in(folder):
            return files
    what = "there is no metadata.parquet or metadata.jsonl here, in validation or in 2023/validation"
    raise TaskError(what, where=str(data), mend=HOW_TO_GET)


def _metadata_in(folder: Path) -> tuple[Path, ...]:
    """The newer form first; the files of single levels only where there is none of the whole split."""
    for name in ("metadata.parquet", "metadata.jsonl"):
        if os.path.isfile(folder / name):
            return (folder / name,)
    levels = (folder / f"metadata.level{level}.parquet" for level in _LEVELS)
    return tuple(path for path in levels if os.path.isfile(path))


def _rows(files: tuple[Path, ...]) -> Iterator[_Row]:
    before = 0
    for path in files:
        row = None
        for row in _parquet_rows(path, before) if path.suffix == ".parquet" else _json_rows(path):
            yield row
        before = row.number if row else before


def _json_rows(path: Path) -> Iterator[_Row]:
    try:
        lines = path.read_bytes().removeprefix(b"\xef\xbb\xbf").split(b"\n")
    except OSError as error:
        mend = "check its permissions"
        raise TaskError(f"cannot be read: {error.strerror}", where=str(path), mend=mend) from error
    for number, line in enumerate(lines, start=1):
        if line.strip():
            yield _Row(f"{path.name}, line {number}", number, _json_object(line))


def _json_object(line: bytes) -> dict[str, Any]:
    """Empty where it is none."""
    try:
        content = json.loads(line.decode("utf-8"))
        # Halves of surrogate pairs get past the parser, but are no text.
        json.dumps(content, ensure_ascii=False).encode("utf-8")
    except (ValueError, RecursionError):
        return {}
    return content if isinstance(content, dict) else {}


def _parquet_rows(path: Path, before: int) -> Iterator[_Row]:
    import duckdb

    with duckdb.connect(
        ":memory:", config={"threads": 1, "autoinstall_known_extensions": False}
    ) as connection:
        try:
            # A path given to DuckDB is a pattern.
            query = connection.execute("SELECT * FROM read_parquet(?)", [glob.escape(str(path))])
            columns = [column[0] for column in query.description or ()]
            table = query.fetchall()
        except duckdb.Error as error:
            what = f"is no readable parquet file: {str(error).splitlines()[0]}"
            raise TaskError(what, where=str(path), mend=_mend_file(path)) from error
    for number, values in enumerate(table, start=1):
        yield _Row(f"{path.name}, row {number}", before + number, dict(zip(columns, values, strict=True)))


def _mend_file(path: Path) -> str:
    return "run `git lfs pull` in the repository" if _is_pointer(path) else "download it again"


def _samples(rows: list[_Row], folder: Path) -> Iterator[Sample]:
    seen: dict[str, str] = {}
    for row in rows:
        sample = _sample(row, folder, seen)
        seen[sample.id] = row.where
        yield sample


def _sample(row: _Row, folder: Path, seen: dict[str, str]) -> Sample:
    identifier, question, level = row.text("task_id"), row.text("Question"), _level(row)
    fault, target = "", None
    try:
        _check(row, seen)
        target = _target(row.content.get("Final answer"))
        task = Task(goal=f"{question}\n\n{_form()}", attachments=_attachments(row, folder))
    except TaskError as error:
        where = f"{row.where}, {error.where}" if error.where else row.where
        fault = str(TaskError(error.what, where=where, mend=error.mend))
        task = Task(goal=question or "(no question)")
    return Sample(
        id=identifier if identifier and identifier not in seen else f"line-{row.number}",
        task=task,
        target=target,
        group=_family(row.content.get("Annotator Metadata")),
        tags={"level": level} if level else {},
        fault=fault,
    )


def _check(row: _Row, seen: dict[str, str]) -> None:
    """Raises `TaskError` for what makes a line useless whatever its attachments."""
    if not row.content:
        raise TaskError("this is no JSON object in UTF-8, or an empty one", mend=_MEND_LINE)
    for column in ("task_id", "Question"):
        if not row.text(column):
            raise TaskError(f"there is no {column}", mend=_MEND_LINE)
    if first := seen.get(row.text("task_id")):
        raise TaskError("the task_id was there before", where=row.text("task_id"), mend=f"see {first}")
    if not _level(row):
        what = f"there is no such level: {row.content.get('Level')!r}"
        raise TaskError(what, mend=f"known: {', '.join(_LEVELS)}")


def _level(row: _Row) -> str:
    level = str(row.content.get("Level")).strip().removesuffix(".0")
    return level if level in _LEVELS else ""


def _target(answer: object) -> str | None:
    """None where the answer is not published."""
    if answer is None:
        return None
    if isinstance(answer, bool) or not isinstance(answer, (str, int, float)):
        raise TaskError("the Final answer is neither text nor number", mend="write it as one text")
    return None if str(answer).strip() in _UNKNOWN else str(answer)


def _family(metadata: object) -> str:
    family = metadata.get("family") if isinstance(metadata, dict) else None
    return family if isinstance(family, str) else ""


def _attachments(row: _Row, folder: Path) -> tuple[Attachment, ...]:
    names = row.content.get("files") or []
    if not (isinstance(names, list) and all(isinstance(name, str) and name for name in names)):
        raise TaskError("`files` is no list of names", mend='write it like ["a.csv", "b.csv"]')
    if names:
        return tuple(_attached(_located(folder, name, "")) for name in names)
    stated = row.text("file_path")
    name = row.text("file_name") or PurePosixPath(stated).name
    return (_attached(_located(folder, name, stated)),) if name else ()


def _located(folder: Path, name: str, stated: str) -> Path:
    """Where the file called `name` lies, which is `stated` from the repository's root; always in `folder`."""
    if not _leads_down(name):
        raise TaskError("the attachment is outside of the data's folder", where=name, mend="move it there")
    places = [folder / name]
    if _leads_down(stated):
        # The root is up to two folders above: 2023/validation.
        parts = PurePosixPath(stated).parts
        places += [folder.joinpath(*parts[start:]) for start in range(min(3, len(parts)))]
    for place in places:
        if os.path.exists(place):
            return place
    mend = "download the whole repository, or put it beside the file with the questions"
    raise TaskError("the attachment is missing", where=name, mend=mend)


def _leads_down(path: str) -> bool:
    parts = PurePosixPath(path)
    return not parts.is_absolute() and ".." not in parts.parts


def _attached(place: Path) -> Attachment:
    try:
        status = place.stat()
    except OSError as error:
        what = f"the attachment cannot be read: {error.strerror}"
        raise TaskError(what, where=place.name, mend="check its permissions") from error
    if status.st_size < _POINTER_SIZE and _is_pointer(place):
        mend = "run `git lfs pull` in the repository"
        raise TaskError("the attachment is only a Git LFS pointer", where=place.name, mend=mend)
    return _read_attachment(place, status.st_mtime_ns, status.st_size)


def _is_pointer(path: Path) -> bool:
    """Whether Git left a stub there instead of the file itself."""
    try:
        with path.open("rb") as file:
            return file.read(len(_LFS_POINTER)) == _LFS_POINTER
    except OSError:
        return False


@lru_cache(maxsize=1024)
def _read_attachment(place: Path, mtime_ns: int, size: int) -> Attachment:
    """Time and size are there to have a changed file read anew."""
    try:
        return Attachment.from_path(place)
    except TaskError as error:
        raise TaskError(f"the attachment: {error.what}", where=place.name, mend=error.mend) from error
