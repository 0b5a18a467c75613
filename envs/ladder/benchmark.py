"""The benchmark: reads the instances that come with the library, and scores answers to them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

from pydantic import Field, ValidationError

from agentkit.envs.ladder.catalogue import FAMILIES, rung_of
from agentkit.envs.ladder.family import Aim, Size
from agentkit.envs.ladder.scoring import judge
from agentkit.errors import TaskError
from agentkit.frozen import Frozen
from agentkit.sample import Sample, Score
from agentkit.task import Attachment, Task

__all__ = ["DATA", "METADATA", "Entry", "Ladder", "read_entries"]

DATA = Path(__file__).resolve().parents[1] / "data" / "ladder"
"""Where the instances and their attachments lie."""
METADATA = "instances.jsonl"
"""The file that holds all instances; attachments lie beside it, their names after the instance's id."""


class Entry(Frozen):
    """A line of the metadata: one instance with its optimum."""

    id: str
    """Family, size and seed."""
    family: str
    """Its family."""
    size: Size
    """Its size."""
    seed: int
    """What it was invented with."""
    aim: Aim
    """What is best."""
    goal: str
    """The task's text."""
    files: tuple[str, ...] = ()
    """The attachments, by the names that the task calls them."""
    target: int = Field(ge=0)
    """The proven optimum; for plans, the number of actions."""
    unit: str
    """What the optimum is counted in."""
    proof: str
    """How it was proven."""


class Ladder:
    """Ten families of optimisation and planning problems, each in three sizes.

    What it shows is where thinking alone stops: small ones fit a glance, medium ones long thought, large ones
    have their data in files. Right is the optimum; for large ones also what is within 5 % of it, when a true
    bound is given with it. Samples with the tag `first` are one for each family and size, and come first.

    >>> sample = next(iter(Ladder().samples()))
    >>> sample.id, sample.tags["size"], Ladder().score(sample, f"ANSWER: {sample.target}").value
    ('knapsack-small-1', 'small', 1.0)
    """

    name = "ladder"

    def samples(self, data: Path | None = None) -> Iterator[Sample]:
        """All instances; `data` is a folder as `agentkit.envs.ladder.build` writes it, by default its own.

        Raises `TaskError` where there are none.
        """
        folder = DATA if data is None else data
        return (_sample(folder, entry) for entry in read_entries(folder))

    def score(self, sample: Sample, answer: str | None) -> Score:
        """1 or 0, as `agentkit.envs.ladder.scoring` has it, which also says what the labels mean.

        Plans are carried out step by step. Raises `UnknownNameError` for samples that are not of the ladder.
        """
        rung = rung_of(sample.id)
        return judge(FAMILIES[rung.family], rung.instance(), int(sample.target), answer)


def read_entries(folder: Path) -> list[Entry]:
    """The lines of a folder's metadata. Raises `TaskError` where they cannot be read."""
    path = folder / METADATA
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
        return [Entry.model_validate(json.loads(line)) for line in lines]
    except OSError as error:
        mend = "python -m agentkit.envs.ladder.build writes it"
        raise TaskError(f"cannot be read: {error.strerror}", where=str(path), mend=mend) from error
    except (ValueError, ValidationError) as error:
        mend = "python -m agentkit.envs.ladder.build writes it anew"
        raise TaskError(f"is not the ladder's metadata: {error}", where=str(path), mend=mend) from error


def _sample(folder: Path, entry: Entry) -> Sample:
    tags = {"family": entry.family, "size": entry.size, "seed": str(entry.seed)}
    if entry.seed == 1:
        tags["first"] = "yes"
    attachments, fault = [], ""
    for name in entry.files:
        try:
            found = Attachment.from_path(folder / f"{entry.id}-{name}")
            attachments.append(found.model_copy(update={"name": name}))
        except TaskError as error:
            fault = str(error)
    task = Task(goal=entry.goal, attachments=tuple(attachments))
    return Sample(id=entry.id, task=task, target=entry.target, group=entry.family, tags=tags, fault=fault)
