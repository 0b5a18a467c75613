"""Makes the instances from their seeds, always the same, and proves their optima.

    python -m agentkit.envs.ladder.build            writes them
    python -m agentkit.envs.ladder.build --check    compares them, byte for byte, with what is there
    … --all                                         also solves anew what takes long

Without --all, the slow optima (large facilities, set covers and job shops) are taken from what is there, as
long as the instance is the same. Job shops of the large size are proven by CP-SAT of OR-tools, which is no
dependency of agentkit and cannot share a process with highspy: install it in a virtual environment of its own
and name that one's interpreter in AGENTKIT_LADDER_PYTHON. All other optima are proven by HiGHS or by methods
that are written out in the families' own files. Ends with status 1 where something differs.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from agentkit.envs.ladder.benchmark import DATA, METADATA, Entry, read_entries
from agentkit.envs.ladder.catalogue import FAMILIES, RUNGS, Rung
from agentkit.errors import AgentkitError, SolverError

__all__ = ["compare", "main", "write"]


def write(folder: Path, shipped: Path = DATA, *, everything: bool = False) -> None:
    """Write all instances into the folder, and remove whatever else is there.

    Raises `SolverError` where an optimum can neither be proven nor be taken from the shipped folder.
    """
    known = {entry.id: entry for entry in read_entries(shipped)} if (shipped / METADATA).exists() else {}
    files: dict[str, bytes] = {}
    lines = []
    for rung in RUNGS:
        made = {f"{rung.key}-{name}": content for name, content in rung.instance().files.items()}
        same = all(_content(shipped / name) == content for name, content in made.items())
        lines.append(_entry(rung, None if everything or not same else known.get(rung.key)).model_dump_json())
        files.update(made)
    files[METADATA] = "".join(f"{line}\n" for line in lines).encode()
    folder.mkdir(parents=True, exist_ok=True)
    for path in folder.iterdir():
        if path.name not in files:
            path.unlink()
    for name, content in files.items():
        (folder / name).write_bytes(content)


def compare(folder: Path, made: Path) -> Iterator[str]:
    """In what the files in the folder differ from those that were just made, a line each."""
    names = {path.name for path in folder.iterdir()} if folder.is_dir() else set()
    fresh = {path.name for path in made.iterdir()}
    for name in sorted(names ^ fresh):
        yield f"{name}: {'nothing makes this file' if name in names else 'this file is missing'}"
    for name in sorted(names & fresh):
        if (folder / name).read_bytes() != (made / name).read_bytes():
            yield f"{name}: it is not what the script makes"


def main(arguments: Sequence[str] | None = None) -> int:
    """Write or check; returns the exit status."""
    given = sys.argv[1:] if arguments is None else list(arguments)
    if not set(given) <= {"--check", "--all"}:
        print("usage: python -m agentkit.envs.ladder.build [--check] [--all]", file=sys.stderr)
        return 2
    faults: list[str] = []
    try:
        if "--check" in given:
            with tempfile.TemporaryDirectory(prefix="ladder-") as made:
                write(Path(made), everything="--all" in given)
                faults += compare(DATA, Path(made))
        else:
            write(DATA, everything="--all" in given)
    except AgentkitError as error:
        faults.append(str(error))
    print(*faults, sep="\n", end="\n" if faults else "")
    print(f"{len(RUNGS)} instances of {len(FAMILIES)} families; {len(faults)} faults")
    return 1 if faults else 0


def _entry(rung: Rung, known: Entry | None) -> Entry:
    """The line of an instance; `known` is the shipped one, where its attachments are the same."""
    family, instance = FAMILIES[rung.family], rung.instance()
    if rung.is_slow and known is not None and known.goal == instance.text:
        target = known.target
    else:
        target = _solved(rung)
    return Entry(
        id=rung.key,
        family=rung.family,
        size=rung.size,
        seed=rung.seed,
        aim=family.aim,
        goal=instance.text,
        files=tuple(instance.files),
        target=target,
        unit=family.unit,
        proof=family.proofs[rung.size],
    )


def _solved(rung: Rung) -> int:
    try:
        return FAMILIES[rung.family].gold(rung.instance())
    except SolverError as error:
        raise SolverError(error.what, where=f"{rung.key}, {error.where}", mend=error.mend) from error


def _content(path: Path) -> bytes | None:
    return path.read_bytes() if path.exists() else None


if __name__ == "__main__":
    sys.exit(main())
