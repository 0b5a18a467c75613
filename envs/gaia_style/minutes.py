"""A museum's policy, amended by its board's minutes, and the objects that may be sold under it."""

from __future__ import annotations

import datetime
import json
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from agentkit.envs.gaia_style.dice import Dice
from agentkit.envs.gaia_style.question import Draft, Question, one_line, overlooked
from agentkit.envs.gaia_style.reading import cells
from agentkit.envs.gaia_style.reading import text as read_text
from agentkit.envs.gaia_style.writing import SheetPlan, json_lines, prose, workbook

__all__ = ["BoardMinutes"]

_DEPARTMENTS = {
    "Textiles": ("Sampler", "Bonnet", "Quilt", "Shawl", "Waistcoat", "Christening gown"),
    "Tools": ("Adze", "Plane", "Anvil", "Brace", "Spokeshave", "Last"),
    "Prints": ("View of the harbour", "Broadsheet", "Portrait of a mayor", "Map", "Calendar", "Handbill"),
}
_SALE = datetime.date(2025, 7, 1)
DAY = datetime.timedelta(days=1)


@dataclass(frozen=True, slots=True)
class _Thing:
    number: str
    department: str
    title: str
    year: int
    told: str
    """The year of acquisition as it stands in the catalogue."""
    value: int
    condition: str
    copy_of: str
    bound: bool
    """Whether a donor forbade its sale."""
    loans: tuple[tuple[datetime.date, datetime.date | None], ...]
    """When it went out, and came back."""


@dataclass(frozen=True, slots=True)
class _Policy:
    """How the policy and its changes are read; every field turned off is a mistake."""

    raised: bool = True
    repealed: bool = True
    lapse: bool = True
    tools: bool = True
    defeated: bool = True
    """Whether a motion that failed is left out."""
    loans: bool = True


@dataclass(frozen=True)
class BoardMinutes(Question):
    """How many objects may be sold, and which of them is worth most."""

    family: ClassVar[str] = "board-minutes"
    steps: ClassVar[str] = (
        "Read the policy and the three minutes in order; note what holds on the day; filter the three "
        "departments; take out what is on loan; count; take the dearest."
    )
    tools: ClassVar[tuple[str, ...]] = ("spreadsheet", "text editor")

    def make(self, dice: Dice) -> Draft:
        """Invent catalogues until every rule changes the answer."""
        mistakes = overlooked(_Policy())
        while True:
            things = list(_things(dice))
            right = _sellable(things, _Policy())
            wrong = [_sellable(things, mistake) for mistake in mistakes]
            if right not in wrong:
                break
        files = [self.file(name) for name in ("catalogue.xlsx", "policy.md", "minutes.md", "loans.jsonl")]
        text = f"""I am the treasurer of a town museum, and we must make room. {files[0]} is the catalogue
            with a sheet for each department, {files[1]} the policy on sales as it was passed in 2019,
            {files[2]} the minutes of the board's meetings since, and {files[3]} the register of loans. How
            many objects may be sold on 1 July 2025 under the policy as it stands on that day, and which of
            them has the highest value? Answer in the form: number, object number."""
        contents = (_catalogue(things), prose(_policy_text()), prose(_minutes_text()), _register(things))
        return Draft(one_line(text), right, tuple(wrong), dict(zip(files, contents, strict=True)))

    def prove(self, folder: Path) -> str:
        """Ask of every row of every sheet for a reason against its sale."""
        away = set()
        for line in read_text(folder / self.file("loans.jsonl")).splitlines():
            loan = json.loads(line)
            if loan["out"] <= "2025-07-01" and (loan["back"] or "9999") > "2025-07-01":
                away.add(loan["object"])
        sold = []
        for department in ("Textiles", "Tools", "Prints"):
            for row in cells(folder / self.file("catalogue.xlsx"), department, "No."):
                if not re.fullmatch(r"[A-Z]-\d+", str(row["No."])):
                    continue
                year = int(re.findall(r"\d{4}", str(row["Acquired"]))[0])
                year -= str(row["Acquired"]).startswith("before")
                state, value = row["Condition"], row["Value (EUR)"]
                limit = 900 if (department, state) == ("Textiles", "damaged") else 600
                poor = ("damaged",) if department == "Tools" else ("damaged", "worn")
                against = [
                    year > 1989,
                    value > limit,
                    state not in poor and not row["Copy of"],
                    "not to be sold" in str(row["Remarks"]) and year > 1975,
                    row["No."] in away,
                ]
                if not any(against):
                    sold.append((value, row["No."]))
        return f"{len(sold)}, {max(sold)[1]}"


def _sellable(things: Iterable[_Thing], policy: _Policy) -> str:
    """How many, and the dearest's number; of several the last in the alphabet."""
    free = [thing for thing in things if _may_be_sold(thing, policy)]
    dearest = max(free, key=lambda thing: (thing.value, thing.number))
    return f"{len(free)}, {dearest.number}"


def _may_be_sold(thing: _Thing, policy: _Policy) -> bool:
    limit = 600
    if (
        thing.department == "Textiles"
        and policy.raised
        and (not policy.repealed or thing.condition == "damaged")
    ):
        limit = 900
    if thing.department == "Prints" and not policy.defeated:
        limit = 300
    worn = thing.condition == "worn" and not (thing.department == "Tools" and policy.tools)
    poor = worn or thing.condition == "damaged" or bool(thing.copy_of)
    bound = thing.bound and not (thing.year <= _SALE.year - 50 and policy.lapse)
    lent = any(out <= _SALE and (back is None or back > _SALE) for out, back in thing.loans) and policy.loans
    return thing.year <= 1989 and thing.value <= limit and poor and not bound and not lent


def _things(dice: Dice) -> Iterator[_Thing]:
    values = dice.shuffled(range(40, 1300))
    for department, titles in _DEPARTMENTS.items():
        for count in range(1, 46):
            number = f"{department[0] if department != 'Tools' else 'W'}-{count * 3 + 100}"
            year = dice.whole(1948, 1999)
            told = dice.pick([f"{year}", f"{year}", f"c. {year}", f"before {year + 1}"])
            copy_of = f"{number[:2]}{dice.whole(1, 45) * 3 + 100}" if dice.chance(0.2) else ""
            yield _Thing(
                number,
                department,
                dice.pick(titles),
                year,
                told,
                values.pop(),
                dice.pick(["good", "good", "worn", "damaged"]),
                copy_of if copy_of != number else "",
                dice.chance(0.3),
                tuple(_loans(dice)),
            )


def _loans(dice: Dice) -> Iterator[tuple[datetime.date, datetime.date | None]]:
    """Up to two loans, one after the other, of which only the last may be going on."""
    if dice.chance(0.3):
        yield datetime.date(2023, 1, 9) + dice.whole(0, 90) * DAY, datetime.date(2024, 2, 1)
    if dice.chance(0.3):
        out = datetime.date(2024, 9, 2) + dice.whole(0, 330) * DAY
        yield out, out + dice.whole(60, 300) * DAY if dice.chance(0.6) else None


def _catalogue(things: Sequence[_Thing]) -> bytes:
    sheets = []
    for department in _DEPARTMENTS:
        own = [thing for thing in things if thing.department == department]
        rows: list[list[object]] = [[f"Town Museum, department of {department.lower()}"]]
        rows.append(["No.", "Title", "Acquired", "Value (EUR)", "Condition", "Copy of", "Remarks"])
        for n, t in enumerate(own):
            year: object = int(t.told) if t.told.isdigit() else t.told
            remark = "donor: not to be sold" if t.bound else "shelf mark renewed" if n % 7 == 0 else None
            rows.append([t.number, t.title, year, t.value, t.condition, t.copy_of or None, remark])
        rows.append([f"{len(own)} objects", None, None, sum(t.value for t in own)])
        sheets.append(SheetPlan(department, rows, ("A1:G1",)))
    return workbook(*sheets)


def _register(things: Iterable[_Thing]) -> bytes:
    loans = [(out, thing.number, back) for thing in things for out, back in thing.loans]
    return json_lines(
        {"object": number, "out": f"{out}", "back": f"{back}" if back else None}
        for out, number, back in sorted(loans, key=lambda loan: loan[:2])
    )


def _policy_text() -> str:
    return """
        # Policy on sales (2019)

        An object may be sold if all of this is true:

        (a) it was acquired in 1989 or earlier;
        (b) its value is not above 600 euros;
        (c) its condition is "worn" or "damaged", or it is a copy of another object in the catalogue;
        (d) no donor has laid down that it is not to be sold;
        (e) it is not on loan on the day of the sale. An object that comes back on that day is not on loan any
            more.

        "c. 1974" counts as 1974, "before 1950" as 1949.
        """


def _minutes_text() -> str:
    return """
        # Minutes of the board

        ## 14 January 2025

        Present: nine members. The roof leaks again. Resolved with 6 votes to 3: in (b) of the policy on sales
        the limit is 900 euros for the department of textiles. The heating is postponed.

        ## 11 March 2025

        Present: nine members. Ms Thorne moved that the limit in (b) be lowered to 300 euros for prints. After
        a debate the motion was put to the vote: 4 in favour, 5 against. Resolved unanimously: (d) does not
        apply to objects acquired in 1975 or earlier, as no donor can bind us for more than fifty years.

        ## 20 May 2025

        Present: eight members. The resolution of 14 January has led to unrest among the friends of the
        museum. Resolved with 5 votes to 3: it is repealed from 1 June 2025 on, except for objects whose
        condition is "damaged". Mr Odell reported on the tools. Resolved unanimously, with effect from the
        same day: in (c), "worn" is no longer enough for the department of tools; "damaged", or being a copy,
        still is. Ms Thorne announced that she will bring her motion in again in September.
        """
