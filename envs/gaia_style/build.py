"""Makes the questions and their attachments, always the same, and proves every answer a second time.

    python -m agentkit.envs.gaia_style.build            writes them
    python -m agentkit.envs.gaia_style.build --check    compares them with what is there, and proves that

Ends with status 1 where an answer and its proof differ, where a trap is no trap, or where a file is not the
one that would be written.
"""

from __future__ import annotations

import json
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from pathlib import Path

from agentkit.envs.gaia_style.benchmark import DATA, GaiaStyle
from agentkit.envs.gaia_style.catalogue import QUESTIONS
from agentkit.envs.gaia_style.dice import Dice
from agentkit.envs.gaia_style.question import METADATA, Draft, Question
from agentkit.envs.gaia_style.reading import sheets
from agentkit.sample import Sample
from agentkit.task import Task

__all__ = ["compare", "disprove", "main", "make", "write"]


@cache
def make(question: Question) -> Draft:
    """A question as it was invented: the same every time."""
    return question.make(Dice(question.seed))


def write(folder: Path) -> None:
    """Write all questions and attachments into the folder, and remove whatever else is there."""
    folder.mkdir(parents=True, exist_ok=True)
    files: dict[str, bytes] = {}
    lines = []
    for question in QUESTIONS:
        draft = make(question)
        files.update(draft.files)
        lines.append(json.dumps(_record(question, draft), ensure_ascii=False))
    files[METADATA] = "".join(f"{line}\n" for line in lines).encode()
    for path in folder.iterdir():
        if path.name not in files:
            path.unlink()
    for name, content in files.items():
        (folder / name).write_bytes(content)


def disprove(folder: Path) -> Iterator[str]:
    """What is wrong with the questions in the folder, a line each; nothing where all is well."""
    right = {}
    for line in (folder / METADATA).read_text(encoding="utf-8").splitlines():
        record = json.loads(line)
        right[record["task_id"]] = record["Final answer"]
    for question in QUESTIONS:
        answer = right.get(question.key)
        if answer is None:
            yield f"{question.key}: it is not in {METADATA}"
            continue
        proved = question.prove(folder)
        if proved != answer:
            yield f"{question.key}: the answer is {answer}, the proof gives {proved}"
        yield from _faults(question, answer)


def compare(folder: Path, made: Path) -> Iterator[str]:
    """In what the files in the folder differ from those that were just made."""
    names = {path.name for path in folder.iterdir()} if folder.is_dir() else set()
    fresh = {path.name for path in made.iterdir()}
    for name in sorted(names ^ fresh):
        yield f"{name}: {'nothing makes this file' if name in names else 'this file is missing'}"
    for name in sorted(names & fresh):
        if not _is_same(folder / name, made / name):
            yield f"{name}: it is not what the script makes"


def main(arguments: Sequence[str] | None = None) -> int:
    """Write or check; returns the exit status."""
    given = sys.argv[1:] if arguments is None else list(arguments)
    if given not in ([], ["--check"]):
        print("usage: python -m agentkit.envs.gaia_style.build [--check]", file=sys.stderr)
        return 2
    faults: list[str] = []
    if given:
        with tempfile.TemporaryDirectory(prefix="gaia-style-") as made:
            write(Path(made))
            faults += compare(DATA, Path(made))
    else:
        write(DATA)
    faults += disprove(DATA)
    print(*faults, sep="\n", end="\n" if faults else "")
    families = {question.family for question in QUESTIONS}
    print(f"{len(QUESTIONS)} questions of {len(families)} families; {len(faults)} faults")
    return 1 if faults else 0


def _record(question: Question, draft: Draft) -> dict[str, object]:
    """A line of GAIA's metadata; `files` is our own addition, for questions with several attachments."""
    names = list(draft.files)
    return {
        "task_id": question.key,
        "Question": draft.text,
        "Level": question.level,
        "Final answer": draft.answer,
        "file_name": names[0] if names else "",
        "files": names,
        "Annotator Metadata": {
            "family": question.family,
            "steps": " ".join(question.steps.split()),
            "tools": list(question.tools),
        },
    }


def _faults(question: Question, answer: str) -> Iterator[str]:
    """Traps that the scorer would take for right, and files whose names give the answer away."""
    draft = make(question)
    sample = Sample(id=question.key, task=Task(goal=draft.text), target=answer)
    traps = set(draft.traps)
    if len(traps) < (1 if question.level == 1 else 2):
        yield f"{question.key}: there are too few traps"
    for trap in sorted(traps):
        if GaiaStyle().score(sample, trap).value != 0:
            yield f"{question.key}: the trap {trap} is right"
    for name in draft.files:
        if not name.startswith(f"{question.key}-"):
            yield f"{question.key}: the file {name} has another's name"
        if answer.lower() in name.lower():
            yield f"{question.key}: the name {name} gives the answer away"


def _is_same(old: Path, new: Path) -> bool:
    """Byte for byte; where a newer library writes the same table in other bytes, value for value."""
    if old.read_bytes() == new.read_bytes():
        return True
    read: Callable[[Path], object] | None = {".parquet": _table, ".xlsx": sheets}.get(old.suffix)
    return read is not None and read(old) == read(new)


def _table(path: Path) -> list[object]:
    import duckdb

    with duckdb.connect() as database:
        rows = database.execute("SELECT * FROM read_parquet(?)", [str(path)])
        return [rows.description, *rows.fetchall()]


if __name__ == "__main__":
    sys.exit(main())
