"""A museum's doors and its loans: how many visitors were inside, and what late borrowers owe."""

from __future__ import annotations

import datetime
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import ClassVar

from agentkit.envs.gaia_style.dice import Dice
from agentkit.envs.gaia_style.question import Draft, Question, one_line, overlooked
from agentkit.envs.gaia_style.reading import records
from agentkit.envs.gaia_style.reading import text as read_text
from agentkit.envs.gaia_style.writing import separated, text_lines

__all__ = ["GalleryDoors", "MuseumLoans"]

DAY = datetime.timedelta(days=1)


@dataclass(frozen=True, slots=True)
class _Line:
    at: int
    """Seconds after midnight."""
    door: str
    """Empty for the guards' head counts."""
    change: int
    """People coming in; negative for going out; for head counts how many there are."""
    staff: bool = False
    void: bool = False
    """Whether the door's counter was broken, as is found out later."""


@dataclass(frozen=True, slots=True)
class _Care:
    """What is minded; every field turned off is a mistake."""

    staff: bool = True
    void: bool = True
    heads: bool = True


@dataclass(frozen=True)
class GalleryDoors(Question):
    """How many visitors were in a gallery at most, or at a time."""

    ask: str
    """`most` or a time of day."""

    family: ClassVar[str] = "gallery-doors"
    steps: ClassVar[str] = (
        "Strike out what is declared void, leave staff out, add up line by line, restart at counts."
    )
    tools: ClassVar[tuple[str, ...]] = ("text editor", "a program")

    def make(self, dice: Dice) -> Draft:
        """Invent a day at three doors, one of which counts wrongly for an hour."""
        while True:
            lines = sorted(_visitors(dice), key=lambda line: (line.at, line.door))
            if min(_course(lines)) >= 0:
                break
        name = self.file("doors.log")
        aim = (
            """What was the greatest number of visitors in the house at any time, and at what time was it
            first reached? Answer in the form: number, HH:MM:SS."""
            if self.ask == "most"
            else f"How many visitors were in the house at {self.ask}? Answer with a whole number."
        )
        text = f"""{name} is the log of our gallery's doors on one day; it opened empty. Numbers behind "in"
            and "out" are people. Lines marked "staff" are no visitors. Where a line says that a door's counts
            are void between two times, all of that door's lines in that time (both ends included) are to be
            struck out, although they stand above. A head count is made by the guards and is right: from then
            on go on from its number. {aim}"""
        mistakes = overlooked(_Care())
        answer = self._found(lines, _Care())
        wrong = {self._found(lines, mistake) for mistake in mistakes}
        return Draft(
            one_line(text), answer, tuple(sorted(wrong - {answer})), {name: text_lines(_door_log(lines))}
        )

    def _found(self, lines: Iterable[_Line], care: _Care) -> str:
        inside, most, first = 0, 0, 0
        until = _seconds(self.ask) if self.ask != "most" else 24 * 3600
        for line in lines:
            if line.at > until:
                break
            if not line.door:
                inside = line.change if care.heads else inside
            elif not (line.staff and care.staff) and not (line.void and care.void):
                inside += line.change
            if inside > most:
                most, first = inside, line.at
        return f"{most}, {_time(first)}" if self.ask == "most" else str(inside)

    def prove(self, folder: Path) -> str:
        """Find the void times first, then add up from one head count to the next."""
        log = read_text(folder / self.file("doors.log"))
        void = re.findall(r"counts of (\w+) from (\S+) to (\S+) are void", log)
        entries: list[tuple[str, str, int]] = []
        for time, door, way, number, staff in re.findall(r"^(\S+) (\w+) (in|out) (\d+)( staff)?$", log, re.M):
            struck = any(door == d and a <= time <= b for d, a, b in void)
            if not staff and not struck:
                entries.append((time, "change", int(number) * (1 if way == "in" else -1)))
        entries += [(time, "set", int(n)) for time, n in re.findall(r"^(\S+) head count: (\d+)", log, re.M)]
        course: list[tuple[str, int]] = [("00:00:00", 0)]
        # At the same second doors come before counts, as in the log.
        for time, kind, number in sorted(entries, key=lambda e: (e[0], e[1] == "set")):
            course.append((time, number if kind == "set" else course[-1][1] + number))
        if self.ask != "most":
            return str([number for time, number in course if time <= self.ask][-1])
        most = max(number for _, number in course)
        return f"{most}, {next(time for time, number in course if number == most)}"


def _visitors(dice: Dice) -> Iterator[_Line]:
    """Groups that come and go; now and then somebody slips out uncounted, until heads are counted."""
    broken = (13 * 3600 + dice.whole(0, 1200), 14 * 3600 + dice.whole(0, 1200))
    taken: set[int] = set()
    for _ in range(75):
        came = 10 * 3600 + dice.whole(0, 6 * 3600)
        left = min(came + dice.whole(1200, 7000), 17 * 3600 + 3000 + dice.whole(0, 500))
        size = dice.pick([1, 1, 2, 2, 3, 4])
        for at, change in ((came, size), (left, -size)):
            while at in taken:
                at += 1
            taken.add(at)
            door = dice.pick(["north", "east", "south"])
            if change > 0 or not dice.chance(0.1):
                yield _Line(at, door, change, void=door == "east" and broken[0] <= at <= broken[1])
    for _ in range(16):
        at = 10 * 3600 + dice.whole(0, 7 * 3600)
        if at not in taken:
            taken.add(at)
            door = dice.pick(["north", "south"])
            yield _Line(at, door, dice.pick([1, -1]), staff=True)
    for hour, number in ((12, dice.whole(31, 36)), (15, dice.whole(38, 46))):
        yield _Line(hour * 3600 + 1860, "", number)


def _course(lines: Iterable[_Line]) -> Iterator[int]:
    """How many visitors there are after each line."""
    inside = 0
    for line in lines:
        if not line.staff and not line.void:
            inside = inside + line.change if line.door else line.change
        yield inside


def _door_log(lines: Sequence[_Line]) -> Iterator[str]:
    broken = [line.at for line in lines if line.void]
    told = False
    for line in lines:
        if line.at > 16 * 3600 and not told:
            told = True
            first, last = _time(min(broken)), _time(max(broken))
            yield f"16:00:00 technician: the counts of east from {first} to {last} are void (a spider)"
        if not line.door:
            yield f"{_time(line.at)} head count: {line.change}"
        else:
            way = "in" if line.change > 0 else "out"
            yield f"{_time(line.at)} {line.door} {way} {abs(line.change)}{' staff' if line.staff else ''}"


def _time(seconds: int) -> str:
    return f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}"


def _seconds(time: str) -> int:
    hours, minutes, seconds = map(int, time.split(":"))
    return hours * 3600 + minutes * 60 + seconds


_BORROWERS = ("Stadtmuseum Weil", "Galleria Aurelio", "Ferry House", "Kunsthal Nørre")
_POUND = Fraction("1.18")


@dataclass(frozen=True, slots=True)
class _Loan:
    thing: int
    borrower: str
    due: datetime.date
    extended: datetime.date | None
    returned: datetime.date
    revoked: bool
    """Whether the extension was taken back in a later letter."""

    def late_days(self, rules: _LoanRules) -> int:
        """Days after the last day allowed."""
        has_grace = self.extended and rules.extensions and not (self.revoked and rules.revoked)
        due = self.extended if has_grace and self.extended else self.due
        return max(0, (self.returned - due).days)


@dataclass(frozen=True, slots=True)
class _LoanRules:
    """How the terms are read; every field turned off is a mistake."""

    extensions: bool = True
    revoked: bool = True
    started_weeks: bool = True
    pounds: bool = True


@dataclass(frozen=True)
class MuseumLoans(Question):
    """What a borrower owes for late returns, or who was late most often."""

    ask: str
    """A borrower's name, or `most`."""

    family: ClassVar[str] = "museum-loans"
    steps: ClassVar[str] = (
        "Bring numbers of objects and dates to one form; apply the letters; count started weeks; take "
        "the share of the value in euros; add up."
    )
    tools: ClassVar[tuple[str, ...]] = ("spreadsheet", "calculator")

    def make(self, dice: Dice) -> Draft:
        """Invent objects, loans and letters."""
        values = {
            n: (dice.whole(8, 190) * 100, dice.pick(["EUR", "EUR", "GBP"]))
            for n in dice.several(range(2, 400), 30)
        }
        loans = [_loan(dice, thing) for thing in values]
        names = [self.file(name) for name in ("objects.csv", "loans.csv", "letters.txt")]
        head = f"""I am the registrar of a small museum. {names[0]} lists our objects with their insured
            values, {names[1]} the loans that came back, and {names[2]} the letters about extensions, in
            order. Dates are written in several ways, all of them with the day before the month or in the form
            year-month-day; and in numbers of objects leading zeros, spaces and hyphens mean nothing."""
        if self.ask == "most":
            text = f"""{head} Which borrower brought objects back late for the most days in all (the days
                after the last day allowed, summed over its loans)? Answer in the form: borrower, days."""
        else:
            text = f"""{head} A late return costs 0.5 % of the insured value for every started week after the
                last day allowed (a day late is a week, eight days are two). 1 GBP is {float(_POUND)} EUR. How
                much does {self.ask} owe for all its loans together, in euros with two decimals? Round only
                the total, halves up."""
        mistakes = [_LoanRules(extensions=False), _LoanRules(revoked=False)]
        if self.ask != "most":
            mistakes += [_LoanRules(started_weeks=False), _LoanRules(pounds=False)]
        answer = self._told(loans, values, _LoanRules())
        files = (_objects(dice, values), _loan_list(dice, loans), _letters(dice, loans))
        return Draft(
            one_line(text),
            answer,
            tuple(self._told(loans, values, mistake) for mistake in mistakes),
            dict(zip(names, files, strict=True)),
        )

    def _told(self, loans: Iterable[_Loan], values: dict[int, tuple[int, str]], rules: _LoanRules) -> str:
        days: dict[str, int] = defaultdict(int)
        owed: dict[str, Fraction] = defaultdict(Fraction)
        for loan in loans:
            late = loan.late_days(rules)
            weeks = -(-late // 7) if rules.started_weeks else late // 7
            amount, currency = values[loan.thing]
            rate = _POUND if currency == "GBP" and rules.pounds else Fraction(1)
            days[loan.borrower] += late
            owed[loan.borrower] += Fraction(weeks * amount, 200) * rate
        if self.ask == "most":
            most = max(days, key=lambda borrower: days[borrower])
            return f"{most}, {days[most]}"
        cents = int(owed[self.ask] * 100 + Fraction(1, 2))
        return f"{cents // 100}.{cents % 100:02}"

    def prove(self, folder: Path) -> str:
        """Read every date and number by its form, and apply the letters one after the other."""
        worth = {}
        for row in records(folder / self.file("objects.csv")):
            found = re.fullmatch(r"(EUR|GBP) ([\d']+)", row["insured value"])
            assert found
            worth[_bare(row["object"])] = int(found[2].replace("'", "")) * (118 if found[1] == "GBP" else 100)
        dues = {_bare(row["object"]): _date(row["due"]) for row in records(folder / self.file("loans.csv"))}
        plain = dict(dues)
        for letter in read_text(folder / self.file("letters.txt")).split("\n\n"):
            (thing,) = re.findall(r"object (M[ -]?\d+)", letter)
            if until := re.search(r"until (.+?)\.", letter):
                dues[_bare(thing)] = _date(until[1])
            else:
                dues[_bare(thing)] = plain[_bare(thing)]
        days: dict[str, int] = defaultdict(int)
        owed = 0
        for row in records(folder / self.file("loans.csv")):
            late = max((_date(row["returned"]) - dues[_bare(row["object"])]).days, 0)
            days[row["borrower"]] += late
            if row["borrower"] == self.ask:
                owed += (late + 6) // 7 * worth[_bare(row["object"])]
        if self.ask == "most":
            number, name = max((number, name) for name, number in days.items())
            return f"{name}, {number}"
        # Hundredths of euros, of which half a per cent is meant.
        return f"{(owed + 100) // 200 / 100:.2f}"


def _bare(number: str) -> int:
    return int(re.sub(r"\D", "", number))


def _date(text: str) -> datetime.date:
    for form in ("%Y-%m-%d", "%d.%m.%Y", "%d/%m/%Y", "%d %B %Y"):
        try:
            return datetime.datetime.strptime(text, form).date()
        except ValueError:
            continue
    raise ValueError(text)


def _loan(dice: Dice, thing: int) -> _Loan:
    due = datetime.date(2024, 2, 1) + dice.whole(0, 240) * DAY
    extended = due + dice.whole(2, 6) * 7 * DAY if dice.chance(0.45) else None
    last = extended or due
    returned = last + (dice.whole(1, 40) if dice.chance(0.4) else -dice.whole(0, 12)) * DAY
    return _Loan(thing, dice.pick(_BORROWERS), due, extended, returned, bool(extended) and dice.chance(0.35))


def _written(dice: Dice, day: datetime.date) -> str:
    return dice.pick([f"{day}", f"{day:%d.%m.%Y}", f"{day:%d/%m/%Y}", f"{day.day} {day:%B %Y}"])


def _objects(dice: Dice, values: dict[int, tuple[int, str]]) -> bytes:
    kinds = (
        "Pewter jug",
        "Map of the estuary",
        "Child's sledge",
        "Brass sextant",
        "Mourning brooch",
        "Painted chest",
    )
    rows = []
    for n, (amount, currency) in sorted(values.items()):
        shown = f"{amount // 1000}'{amount % 1000:03}" if amount >= 1000 else str(amount)
        rows.append((f"M-{n:04}", dice.pick(kinds), f"{currency} {shown}"))
    return separated(("object", "title", "insured value"), rows)


def _loan_list(dice: Dice, loans: Iterable[_Loan]) -> bytes:
    rows = []
    for loan in sorted(loans, key=lambda loan: loan.returned):
        number = dice.pick([f"M-{loan.thing:04}", f"M {loan.thing}", f"M{loan.thing:03}"])
        rows.append((number, loan.borrower, _written(dice, loan.due), _written(dice, loan.returned)))
    return separated(("object", "borrower", "due", "returned"), rows)


def _letters(dice: Dice, loans: Iterable[_Loan]) -> bytes:
    extended = [loan for loan in loans if loan.extended]
    letters = [
        f"To {loan.borrower}: with pleasure we leave object M-{loan.thing:04} with you "
        f"until {_written(dice, loan.extended).replace('.', '/')}."
        for loan in extended
        if loan.extended
    ]
    letters += [
        f"To {loan.borrower}: to our regret the restorer needs object M {loan.thing}; our letter about its "
        "longer stay is void, and the date first agreed holds again."
        for loan in extended
        if loan.revoked
    ]
    return ("\n\n".join(letters) + "\n").encode()
