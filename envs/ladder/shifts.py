"""Who works which shift of a month, under the rules of rest, streaks, seniority and days off."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from agentkit.envs.gaia_style.dice import Dice
from agentkit.envs.gaia_style.writing import separated
from agentkit.envs.ladder.family import Aim, Instance, Size, dice_for
from agentkit.envs.ladder.milp import Program
from agentkit.envs.ladder.wording import ask_value, paragraphs, table

__all__ = ["Clerk", "Month", "Shifts"]

_SHAPES: dict[Size, tuple[int, int, int]] = {"small": (5, 7, 1), "medium": (14, 28, 3), "large": (60, 28, 8)}
"""Workers, days, and by how many the need falls short, at most, of what one roster provides."""
STREAK = 5
"""Days in a row that anybody may work at most."""


@dataclass(frozen=True, slots=True)
class Clerk:
    """One worker."""

    name: str
    early: int
    """Euros for an early shift."""
    late: int
    """Euros for a late shift."""
    least: int
    """Shifts in the whole period that must be given."""
    most: int
    """Shifts in the whole period that may be given."""
    senior: bool
    off: tuple[int, ...]
    """Days, from 1, on which the worker is away."""


@dataclass(frozen=True, slots=True)
class Month:
    """The workers, and how many are needed."""

    clerks: tuple[Clerk, ...]
    seniors: int
    """Senior workers who must be there each day."""
    early: tuple[int, ...]
    """Workers needed on each day's early shift."""
    late: tuple[int, ...]
    """Workers needed on each day's late shift."""


class Shifts:
    """The cheapest roster that keeps all rules."""

    name = "shifts"
    aim: Aim = "least"
    unit = "euros"
    proofs = dict.fromkeys(_SHAPES, "binary program by HiGHS, gap 0")

    def make(self, size: Size, seed: int) -> Instance[Month]:
        """Needs and rules are read off a roster that keeps them, so there is always a solution."""
        month = _month(dice_for(self.name, size, seed), *_SHAPES[size])
        if size == "large":
            return Instance(size, seed, month, _text(month, size, _FILES), _files(month))
        return Instance(size, seed, month, _text(month, size, _tables(month)))

    def gold(self, instance: Instance[Month]) -> int:
        """By branch and cut over one variable for each worker, day and shift."""
        month = instance.data
        program = Program()
        early = [[program.column(c.early, d + 1 not in c.off) for d in _days(month)] for c in month.clerks]
        late = [[program.column(c.late, d + 1 not in c.off) for d in _days(month)] for c in month.clerks]
        for kind, needs in ((early, month.early), (late, month.late)):
            for day, need in enumerate(needs):
                program.row([(row[day], 1) for row in kind], low=need)
        guides = [n for n, clerk in enumerate(month.clerks) if clerk.senior]
        for day in _days(month):
            there = [(kind[n][day], 1.0) for n in guides for kind in (early, late)]
            program.row(there, low=month.seniors)
        for clerk, mornings, evenings in zip(month.clerks, early, late, strict=True):
            _add_rules(program, clerk, mornings, evenings)
        return round(program.solve().objective)


def _days(month: Month) -> range:
    return range(len(month.early))


def _add_rules(program: Program, clerk: Clerk, early: list[int], late: list[int]) -> None:
    """The rows of one worker."""
    days = range(len(early))
    program.row([(column, 1) for column in (*early, *late)], clerk.least, clerk.most)
    for day in days:
        program.row([(early[day], 1), (late[day], 1)], high=1)
    for day in days[:-1]:
        program.row([(late[day], 1), (early[day + 1], 1)], high=1)
    for first in days[:-STREAK]:
        span = days[first : first + STREAK + 1]
        program.row([(kind[day], 1) for day in span for kind in (early, late)], high=STREAK)


def _month(dice: Dice, workers: int, days: int, slack: int) -> Month:
    """Invents rosters until one has people on every shift and seniors every day; asks for a little less."""
    seniors = [number % 5 < 2 for number in range(workers)]
    while True:
        # Days of many early shifts after days of many late ones are what makes rest matter.
        shares = [dice.pick((0.25, 0.5, 0.8)) for _ in range(days)]
        rosters = [_roster(dice, shares) for _ in range(workers)]
        there = {kind: [sum(r[day] == kind for r in rosters) for day in range(days)] for kind in "EL"}
        guides = [r for r, senior in zip(rosters, seniors, strict=True) if senior]
        fewest = min(sum(r[day] != "-" for r in guides) for day in range(days))
        if fewest and all(map(all, there.values())):
            break
    needs = {
        kind: tuple(max(1, number - dice.whole(0, slack)) for number in numbers)
        for kind, numbers in there.items()
    }
    names = [f"W{number:02}" for number in range(1, workers + 1)]
    people = zip(names, rosters, seniors, strict=True)
    return Month(tuple(_clerk(dice, *person) for person in people), fewest, needs["E"], needs["L"])


def _roster(dice: Dice, shares: Sequence[float]) -> str:
    """A legal sequence of early, late and free days, the early shifts' share being given for each day."""
    days = ""
    for share in shares:
        tired = len(days) >= STREAK and "-" not in days[-STREAK:]
        if tired or not dice.chance(0.75):
            days += "-"
        else:
            days += "E" if not days.endswith("L") and dice.chance(share) else "L"
    return days


def _clerk(dice: Dice, name: str, roster: str, senior: bool) -> Clerk:
    """A worker to whom this roster would be just bearable."""
    free = [day for day, kind in enumerate(roster, start=1) if kind == "-"]
    worked = len(roster) - len(free)
    off = tuple(sorted(dice.several(free, dice.whole(0, len(free) // 2))))
    pay = 5 * dice.whole(18, 30) + (40 if senior else 0)
    early, late = (pay + 5 * dice.whole(0, 8) for _ in range(2))
    return Clerk(name, early, late, worked // 2, worked + dice.whole(1, 5), senior, off)


_STAFF = ("worker", "early_eur", "late_eur", "least_shifts", "most_shifts", "senior")
_NEEDS = ("day", "early_needed", "late_needed")
_FILES = (
    "The workers are in workers.csv (senior is 1 for senior workers and 0 for the others), the days on which"
    " they are away in away.csv (one line for each worker and day), and the numbers needed on each day in"
    " days.csv."
)


def _staff_rows(month: Month) -> list[tuple[str, int, int, int, int, int]]:
    return [(c.name, c.early, c.late, c.least, c.most, int(c.senior)) for c in month.clerks]


def _need_rows(month: Month) -> list[tuple[int, int, int]]:
    return [(day + 1, month.early[day], month.late[day]) for day in _days(month)]


def _files(month: Month) -> dict[str, bytes]:
    away = [(clerk.name, day) for clerk in month.clerks for day in clerk.off]
    return {
        "workers.csv": separated(_STAFF, _staff_rows(month)),
        "away.csv": separated(("worker", "day"), away),
        "days.csv": separated(_NEEDS, _need_rows(month)),
    }


def _tables(month: Month) -> str:
    away = [" ".join(map(str, clerk.off)) or "none" for clerk in month.clerks]
    staff = [(*row, days) for row, days in zip(_staff_rows(month), away, strict=True)]
    workers = table((*_STAFF, "days away"), staff)
    needs = table(_NEEDS, _need_rows(month))
    return f"The workers (senior is 1 for senior workers, else 0):\n\n{workers}\n\nThe days:\n\n{needs}"


def _text(month: Month, size: Size, data: str) -> str:
    opening = f"""
        We plan the next {len(month.early)} days, numbered from 1, for our {len(month.clerks)} workers. Every
        day has an early and a late shift, and for each we know how many workers are needed at least; more may
        be there. Every shift given to a worker costs what that worker is paid for it, which differs between
        early and late shifts (early_eur and late_eur, in euros a shift); nothing else costs anything."""
    rules = "\n".join(f"{number}. {paragraphs(rule)}" for number, rule in enumerate(_rules(month), start=1))
    asked = "Which roster keeps all the rules at the least total pay?"
    end = ask_value(size, "the least total pay in euros for the whole period")
    return "\n\n".join([paragraphs(opening), f"The rules:\n{rules}", data, asked, end])


def _rules(month: Month) -> list[str]:
    days = len(month.early)
    return [
        "A worker works at most one shift a day.",
        "Nobody works an early shift on the day after a late shift.",
        f"""Nobody works on more than {STREAK} days in a row, so of any {STREAK + 1} days in a row within the
        period at least one is free. What was worked before day 1 or comes after day {days} does not
        matter.""",
        "Every day at least "
        + _people(month.seniors)
        + ", early and late together; they count among those needed.",
        f"""Over the {days} days every worker works at least least_shifts and at most most_shifts shifts, as
        given for that worker.""",
        "Nobody works on a day on which they are away.",
    ]


def _people(seniors: int) -> str:
    return "1 senior worker is there" if seniors == 1 else f"{seniors} senior workers are there"
