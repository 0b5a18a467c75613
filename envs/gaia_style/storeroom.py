"""Things that are kept: a garden centre's stock count in a workbook, and the log of a pharmacy's fridge."""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from agentkit.envs.gaia_style.dice import Dice
from agentkit.envs.gaia_style.question import Draft, Question, one_line
from agentkit.envs.gaia_style.reading import sheet
from agentkit.envs.gaia_style.reading import text as read_text
from agentkit.envs.gaia_style.writing import SheetPlan, text_lines, workbook

__all__ = ["FridgeLog", "StockCount"]

_ARTICLES = {
    "Pots": ("Clay pot 12 cm", "Clay pot 18 cm", "Glazed pot 24 cm", "Hanging basket", "Window box 60 cm"),
    "Tools": ("Hand trowel", "Pruning shears", "Leaf rake", "Dibber", "Watering can 5 l", "Twine 50 m"),
    "Seeds": ("Runner bean", "Marigold", "Beetroot", "Rocket", "Sweet pea", "Chard", "Radish"),
}


@dataclass(frozen=True, slots=True)
class _Item:
    number: str
    group: str
    name: str
    cents: int
    counted: int | None
    pack: int
    """How many pieces one counted unit is."""
    damaged: bool

    @property
    def pieces(self) -> int:
        return (self.counted or 0) * self.pack

    @property
    def remark(self) -> str | None:
        if self.pack > 1:
            return f"counted in packs of {self.pack}"
        return "damaged, to be written off" if self.damaged else None


@dataclass(frozen=True)
class StockCount(Question):
    """The value or the number of what is on stock, in a workbook with subtotals and remarks."""

    ask: str
    """`value` or `pieces`."""

    family: ClassVar[str] = "stock-count"
    steps: ClassVar[str] = "Take the item rows of the right sheet; unpack packs; leave out damaged; add up."
    tools: ClassVar[tuple[str, ...]] = ("spreadsheet",)

    def make(self, dice: Dice) -> Draft:
        """Invent two counts, a year apart, in the same form."""
        old, new = _count(dice), _count(dice)
        name = self.file("stock.xlsx")
        if self.ask == "value":
            aim = """What is the undamaged stock of the 2025 count worth, in euros with two decimals? The unit
                price is for one piece."""
        else:
            aim = "How many undamaged pieces were there in the 2025 count, pots, tools and seeds together?"
        text = f"""{name} is the stock count of our garden centre. {aim} Where a remark says that packs were
            counted, the number in the column Count is the number of packs; elsewhere it is the number of
            pieces, and a blank means that there were none. What is damaged does not count at all."""
        good = [item for item in new if not item.damaged]
        wrong = (
            self._sum(new),
            self._sum(good, packs=False),
            self._sum(new) * 3,
            self._sum([item for item in old if not item.damaged]),
            self._sum(good) * 2,
        )
        return Draft(
            one_line(text),
            self._told(self._sum(good)),
            tuple(self._told(amount) for amount in wrong),
            {name: workbook(_sheet("Count 2024", 2024, old), _sheet("Count 2025", 2025, new))},
        )

    def _sum(self, items: Sequence[_Item], *, packs: bool = True) -> int:
        pieces = [(item.pieces if packs else item.counted or 0) for item in items]
        if self.ask == "pieces":
            return sum(pieces)
        return sum(item.cents * number for item, number in zip(items, pieces, strict=True))

    def _told(self, amount: int) -> str:
        return f"{amount // 100}.{amount % 100:02}" if self.ask == "value" else str(amount)

    def prove(self, folder: Path) -> str:
        """Read the cells; an item is what has a number of its own."""
        worth, pieces = 0.0, 0
        for row in sheet(folder / self.file("stock.xlsx"), "Count 2025"):
            number, _, price, count, remark = row[:5]
            if not re.fullmatch(r"[A-Z]-\d+", str(number)) or "damaged" in str(remark):
                continue
            pack = int(str(remark).rpartition("packs of ")[2]) if "packs of" in str(remark) else 1
            pieces += int(count or 0) * pack
            worth += float(price) * int(count or 0) * pack
        return f"{worth:.2f}" if self.ask == "value" else str(pieces)


def _count(dice: Dice) -> list[_Item]:
    items = []
    for group, names in _ARTICLES.items():
        for n, name in enumerate(names, start=1):
            pack = dice.pick([6, 10, 12]) if group != "Tools" and dice.chance(0.35) else 1
            items.append(
                _Item(
                    number=f"{group[0]}-{n * 7 + 100}",
                    group=group,
                    name=name,
                    cents=dice.whole(19, 390) * 5,
                    counted=None if dice.chance(0.12) else dice.whole(3, 60),
                    pack=pack,
                    damaged=pack == 1 and dice.chance(0.2),
                )
            )
    return items


def _sheet(title: str, year: int, items: Sequence[_Item]) -> SheetPlan:
    rows: list[list[object]] = [[f"Hollin Garden Centre: stock count of 29 March {year}"]]
    rows.append(["Number", "Article", "Unit price (EUR)", "Count", "Remark"])
    for group in _ARTICLES:
        own = [item for item in items if item.group == group]
        rows.append([group])
        rows += [[i.number, i.name, i.cents / 100, i.counted, i.remark] for i in own]
        rows.append([f"Subtotal {group.lower()}", None, None, sum(i.counted or 0 for i in own)])
        rows.append([])
    rows.append(["Total", None, None, sum(i.counted or 0 for i in items)])
    return SheetPlan(title, rows, ("A1:E1",))


@dataclass(frozen=True, slots=True)
class _Event:
    minute: int
    """Of the day."""
    kind: str
    """`reading`, `off`, `on` or `scale`."""
    tenths: int = 0
    """Of a degree Celsius, for readings."""
    scale: str = "C"
    """What the display shows from now on."""


_LIMIT = 80
_OPEN, _CLOSE = 8 * 60, 18 * 60


@dataclass(frozen=True)
class FridgeLog(Question):
    """How long a fridge was too warm, by a log with gaps and a change of scale."""

    ask: str
    """`total` or `longest`."""

    family: ClassVar[str] = "fridge-log"
    steps: ClassVar[str] = (
        "Turn readings into Celsius; each holds until the next or a gap; clip to the hours."
    )
    tools: ClassVar[tuple[str, ...]] = ("text editor", "calculator")

    def make(self, dice: Dice) -> Draft:
        """Invent a day."""
        events = list(_day(dice))
        name = self.file("fridge.log")
        aim = {
            "total": "For how many minutes in all was it warmer than 8.0 °C",
            "longest": "How many minutes long was the longest unbroken spell warmer than 8.0 °C",
        }[self.ask]
        text = f"""{name} is the log of our pharmacy's vaccine fridge on one day. {aim} between 08:00 and
            18:00? A reading holds from its own minute until the next reading; after "sensor off" nothing is
            known until the next reading after "sensor on", and unknown minutes do not count as too warm (and
            break a spell). Watch out for the scale: the day began in °C, but the display was
            switched. Answer with a whole number of minutes."""
        wrong = (
            self._minutes(events, scales=False),
            self._minutes(events, gaps=False),
            self._minutes(events, hours=False),
            self._minutes(events, limit=_LIMIT - 1),
            self._minutes(events, other=True),
        )
        answer = str(self._minutes(events))
        traps = tuple(str(minutes) for minutes in wrong if str(minutes) != answer)
        return Draft(one_line(text), answer, traps, {name: text_lines(map(_line, events))})

    def _minutes(
        self,
        events: Sequence[_Event],
        *,
        scales: bool = True,
        gaps: bool = True,
        hours: bool = True,
        limit: int = _LIMIT,
        other: bool = False,
    ) -> int:
        """Add up spells between events; a spell goes on over readings that are all too warm."""
        spells: list[int] = []
        warm = going = False
        ends = [event.minute for event in events[1:]] + [24 * 60]
        for event, end in zip(events, ends, strict=True):
            if event.kind == "reading":
                warm = event.tenths > limit or (event.scale == "F" and not scales)
            elif event.kind == "off" and gaps:
                warm = False
            first, last = (max(event.minute, _OPEN), min(end, _CLOSE)) if hours else (event.minute, end)
            if warm and last > first:
                spells = [*spells[:-1], spells[-1] + last - first] if going else [*spells, last - first]
            going = warm and last > first
        return (max if (self.ask == "longest") != other else sum)(spells)

    def prove(self, folder: Path) -> str:
        """Fill in a table of all minutes of the day, and read it as a text."""
        known: list[float | None] = [None for _ in range(24 * 60)]
        fahrenheit = False
        for line in read_text(folder / self.file("fridge.log")).splitlines():
            clock = datetime.datetime.strptime(line[11:16], "%H:%M")
            minute = clock.hour * 60 + clock.minute
            if "display" in line:
                fahrenheit = line.endswith("F")
            elif "off" in line:
                known[minute:] = [None for _ in range(minute, 24 * 60)]
            elif found := re.search(r"temp (-?[\d.]+)", line):
                shown = float(found.group(1))
                celsius = (shown - 32) / 1.8 if fahrenheit else shown
                known[minute:] = [celsius] * (24 * 60 - minute)
        marks = "".join(".#"[v is not None and v > 8.0001] for v in known[8 * 60 : 18 * 60])
        return str(marks.count("#") if self.ask == "total" else max(map(len, marks.split("."))))


def _day(dice: Dice) -> Iterator[_Event]:
    minute, tenths, scale = 6 * 60 + dice.whole(2, 9), 55, "C"
    changes = {22: "F", 52: "C"}
    for number in range(90):
        if number in changes:
            scale = changes[number]
            yield _Event(minute, "scale", scale=scale)
            minute += 1
        if dice.chance(0.06):
            yield _Event(minute, "off")
            minute += dice.whole(7, 25)
            yield _Event(minute, "on")
            minute += dice.whole(1, 3)
        # Steps of half a degree, so that Fahrenheit has one decimal too.
        tenths = min(
            max(tenths + 5 * dice.whole(-2, 2) + (5 if tenths < 60 else -5 if tenths > 95 else 0), 40), 115
        )
        yield _Event(minute, "reading", tenths, scale)
        minute += dice.whole(4, 12)


def _line(event: _Event) -> str:
    stamp = f"2025-06-03 {event.minute // 60:02}:{event.minute % 60:02}"
    if event.kind == "reading":
        shown = event.tenths if event.scale == "C" else event.tenths * 9 // 5 + 320
        return f"{stamp} temp {shown // 10}.{shown % 10}"
    if event.kind == "scale":
        return f"{stamp} display switched to {event.scale}"
    return f"{stamp} sensor {event.kind}"
