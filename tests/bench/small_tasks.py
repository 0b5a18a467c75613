"""Ten small tasks, each of which a strong model can do alone: what does orchestration cost there?"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

__all__ = ["SMALL_TASKS", "SmallTask"]

_FILES = Path(__file__).resolve().parent / "small_tasks"


@dataclass(frozen=True, slots=True)
class SmallTask:
    """A task, its files, and the answer that is right."""

    name: str
    goal: str
    answer: str
    files: tuple[str, ...] = ()

    @property
    def paths(self) -> list[Path]:
        """Where its files lie."""
        return [_FILES / name for name in self.files]


SMALL_TASKS = (
    SmallTask("percent", "What is 17.5 % of 2360? Answer with the number alone.", "413"),
    SmallTask(
        "days",
        "How many days lie between 14 February 2024 and 3 November 2025 (the difference of the two "
        "dates)? Answer with the number alone.",
        "628",
    ),
    SmallTask(
        "speed",
        "Convert 72 miles per hour to metres per second, rounded to two decimals. "
        "Answer with the number alone.",
        "32.19",
    ),
    SmallTask(
        "sorting",
        "Sort these words alphabetically and give them separated by commas, without spaces: "
        "quince, apple, fig, cherry, damson, banana.",
        "apple,banana,cherry,damson,fig,quince",
    ),
    SmallTask("primes", "Which of 91, 97, 101 and 103 is not a prime? Answer with the number alone.", "91"),
    SmallTask(
        "payroll",
        "What do the people of Research earn together? Answer with the amount in EUR, two decimals, no "
        "thousands separator, nothing else.",
        "192215.75",
        ("staff.csv",),
    ),
    SmallTask(
        "meeting",
        "Where and when does the spring review take place now? Answer in the form ROOM HH:MM.",
        "Humboldt 11:15",
        ("invitation.txt",),
    ),
    SmallTask(
        "revenue",
        "Which product brought the most revenue over both quarters, and how much? Answer in the form "
        "PRODUCT | AMOUNT with two decimals and no thousands separator.",
        "blender | 21462.00",
        ("sales.csv", "prices.csv"),
    ),
    SmallTask(
        "reorder",
        "Which items must be reordered (stock below reorder_at)? Answer with their names in the order of the "
        "file, separated by a comma and a space.",
        "bolt M6, nut M6, rivet, screw 4x40",
        ("stock.json",),
    ),
    SmallTask(
        "puzzle",
        "Anna, Ben and Cem each own one pet: a cat, a dog, a parrot. Anna is allergic to fur. Cem's pet does "
        "not bark. Who owns the dog? Answer with the name alone.",
        "Ben",
    ),
)
"""The tasks; three of them need a file, one needs two, and five need none."""
