"""A school's examination marks, with resits, illness and a rounding that decides."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any, ClassVar

from agentkit.envs.gaia_style.dice import Dice
from agentkit.envs.gaia_style.question import Draft, Question, one_line, overlooked, words
from agentkit.envs.gaia_style.reading import cells
from agentkit.envs.gaia_style.writing import SheetPlan, workbook

__all__ = ["ExamMarks"]

_FIRST = words(
    "Aila Benno Ciro Dunja Emre Fritzi Gwen Hakim Ida Jovan Kaya Liv Malik Nele Otis Pola Quinn Runa"
)
_LAST = words(
    "Abel Birch Croft Dale Eaton Frost Glenn Hale Irwin Joyce Kerr Lowe Marsh Nash Odell Pike Reed Stone"
)
_WEIGHTS = (30, 45, 25)
"""In per cent, of paper 1, paper 2 and the project."""

Mark = int | str
"""Points of 100, `ill` or `absent`."""


@dataclass(frozen=True, slots=True)
class _Pupil:
    name: str
    marks: tuple[Mark, Mark, Mark]
    resit: tuple[int, int] | None
    """Which of the papers (0 or 1) was written again, and the points of it."""


@dataclass(frozen=True, slots=True)
class _Rules:
    """How the rules are read; every field turned off is a mistake."""

    resits: bool = True
    capped: bool = True
    ill: bool = True
    weights: bool = True
    floor: bool = True


@dataclass(frozen=True)
class ExamMarks(Question):
    """Who passed with distinction, or how many failed."""

    ask: str
    """`distinction` or `failed`."""

    family: ClassVar[str] = "exam-marks"
    steps: ClassVar[str] = (
        "Put resits in, capped; leave out illness and weigh the rest anew; round; apply the pass mark "
        "and the minimum for each part."
    )
    tools: ClassVar[tuple[str, ...]] = ("spreadsheet",)

    def make(self, dice: Dice) -> Draft:
        """Invent pupils until every rule changes the answer."""
        mistakes = overlooked(_Rules())
        while True:
            pupils = list(_pupils(dice))
            right = self._found(pupils, _Rules())
            wrong = [self._found(pupils, mistake) for mistake in mistakes]
            if wrong.count(right) <= 1 and 2 <= right.count(",") + 1 <= 6:
                break
        name = self.file("marks.xlsx")
        aim = {
            "distinction": "Who passes with distinction?",
            "failed": "Who fails?",
        }[self.ask]
        text = f"""{name} has the marks of our form and, on a sheet of its own, the rules by which they are
            counted. {aim} Give the surnames in alphabetical order, separated by commas."""
        traps = tuple(names for names in wrong if names != right)
        return Draft(one_line(text), right, traps, {name: _book(pupils)})

    def _found(self, pupils: Iterable[_Pupil], rules: _Rules) -> str:
        names = []
        for pupil in pupils:
            marks = _counted(pupil, rules)
            total = _total(marks, rules)
            low = any(mark is not None and mark < 30 for mark in marks) and rules.floor
            if self.ask == "failed" and (total < 50 or low):
                names.append(pupil.name.split()[1])
            if self.ask == "distinction" and total >= 70 and not low:
                names.append(pupil.name.split()[1])
        return ", ".join(sorted(names))

    def prove(self, folder: Path) -> str:
        """Count with whole numbers: hundredfold totals against hundredfold marks, a half taken up."""
        path = folder / self.file("marks.xlsx")
        resits: dict[tuple[Any, str], int] = {}
        for row in cells(path, "Resits", "Pupil"):
            resits[row["Pupil"], row["Paper"]] = row["Points"]
        found = []
        for row in cells(path, "Marks", "Pupil"):
            if row["Pupil"] is None:
                continue
            points: list[int] = []
            weights: list[int] = []
            for column, weight in (("Paper 1", 30), ("Paper 2", 45), ("Project", 25)):
                mark = row[column]
                if (again := resits.get((row["Pupil"], column))) is not None:
                    best = min(again, 50)
                    mark = best if isinstance(mark, str) else max(mark, best)
                if mark != "ill":
                    points.append(0 if mark == "absent" else mark)
                    weights.append(weight)
            both = 2 * sum(p * w for p, w in zip(points, weights, strict=True))
            # Rounded half up, the mean is at least 70 where twice the sum is at least 139 times the weight.
            least = {"distinction": 139, "failed": 99}[self.ask] * sum(weights)
            enough = both >= least and min(points) >= 30
            if enough == (self.ask == "distinction"):
                found.append(row["Pupil"].rpartition(" ")[2])
        return ", ".join(sorted(found))


def _counted(pupil: _Pupil, rules: _Rules) -> list[int | None]:
    """The points that count in each part; None where illness leaves it out."""
    marks: list[int | None] = [
        (None if rules.ill else 0) if mark == "ill" else 0 if isinstance(mark, str) else mark
        for mark in pupil.marks
    ]
    if pupil.resit and rules.resits:
        part, points = pupil.resit
        marks[part] = max(marks[part] or 0, min(points, 50) if rules.capped else points)
    return marks


def _total(marks: Sequence[int | None], rules: _Rules) -> int:
    weights = _WEIGHTS if rules.weights else (1, 1, 1)
    there = [(mark, weight) for mark, weight in zip(marks, weights, strict=True) if mark is not None]
    mean = Fraction(sum(m * w for m, w in there), sum(w for _, w in there))
    return int(mean + Fraction(1, 2))


def _pupils(dice: Dice) -> Iterator[_Pupil]:
    for first, last in zip(dice.shuffled(_FIRST), dice.shuffled(_LAST), strict=True):
        level = dice.whole(42, 78)
        marks: list[Mark] = [min(level + dice.whole(-22, 16), 99) for _ in _WEIGHTS]
        part = dice.whole(0, 1)
        resit = None
        if dice.chance(0.2):
            marks[part] = "ill"
        elif dice.chance(0.12):
            marks[part] = "absent"
            resit = (part, dice.whole(35, 80))
        elif dice.chance(0.25):
            marks[part] = dice.whole(18, 41)
            resit = (part, dice.whole(30, 85))
        yield _Pupil(f"{first} {last}", (marks[0], marks[1], marks[2]), resit)


def _book(pupils: Sequence[_Pupil]) -> bytes:
    marks: list[list[object]] = [
        ["Form 10 c: marks in geography, June 2025"],
        ["Pupil", "Paper 1", "Paper 2", "Project"],
    ]
    marks += [[pupil.name, *pupil.marks] for pupil in pupils]
    numbers = [mark for pupil in pupils for mark in pupil.marks if isinstance(mark, int)]
    marks.append([])
    marks.append([None, f"mean of all marks: {sum(numbers) / len(numbers):.1f}"])
    resits: list[list[object]] = [["Pupil", "Paper", "Points"]]
    resits += [
        [p.name, f"Paper {p.resit[0] + 1}", p.resit[1]]
        for p in sorted(pupils, key=lambda p: p.name)
        if p.resit
    ]
    rules: list[list[object]] = [["Rules"]]
    rules += [[rule] for rule in _RULES]
    return workbook(
        SheetPlan("Marks", marks, ("A1:D1",)), SheetPlan("Resits", resits), SheetPlan("Rules", rules)
    )


_RULES = (
    "1. The total is made of paper 1 (30 %), paper 2 (45 %) and the project (25 %).",
    "2. 'absent' counts as 0 points, unless the paper was written again.",
    "3. 'ill' leaves the part out; the total is then the mean of the others by their own weights.",
    "4. A resit counts with its points, but with 50 at most. The better of paper and resit counts.",
    "5. The total is rounded to a whole number, halves up, and only once.",
    "6. A total of 50 or more passes, of 70 or more with distinction.",
    "7. Whoever has fewer than 30 points in any part that counts (after resits) fails, whatever the total.",
)
