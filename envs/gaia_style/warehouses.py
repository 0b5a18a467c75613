"""A stockroom's log against a count: which article is missing most, by value."""

from __future__ import annotations

import datetime
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar

from agentkit.envs.gaia_style.dice import Dice
from agentkit.envs.gaia_style.question import Draft, Question, one_line, overlooked
from agentkit.envs.gaia_style.reading import cells
from agentkit.envs.gaia_style.reading import text as read_text
from agentkit.envs.gaia_style.writing import SheetPlan, prose, text_lines, workbook

__all__ = ["StockroomAudit"]

_ARTICLES = {
    "BR-14": ("Brass hinge", 6),
    "CH-02": ("Chain link", 20),
    "DR-33": ("Drawer runner", 10),
    "GL-07": ("Glue cartridge", 12),
    "HK-21": ("Coat hook", 24),
    "LK-05": ("Cam lock", 10),
    "PN-40": ("Panel pin box", 12),
    "SH-18": ("Shelf bracket", 8),
    "VR-09": ("Varnish tin", 6),
}
"""By number: what it is, and how many pieces a case has."""

_KIT = {"SH-18": 4, "PN-40": 1, "GL-07": 2}
"""What a shelf kit is made of."""

_COUNTED = datetime.datetime(2025, 3, 28, 18)
_RECASED = ("GL-07", datetime.datetime(2025, 2, 12), 10)
"""Whose case has another number of pieces from a day on."""


@dataclass(frozen=True, slots=True)
class _Entry:
    number: int
    at: datetime.datetime
    kind: str
    """RECEIVE, PICK, RETURN, SCRAP, MOVE, KIT, UNKIT or VOID."""
    article: str = ""
    quantity: int = 0
    cases: bool = False
    target: int = 0
    """The entry that a VOID takes back."""


@dataclass(frozen=True, slots=True)
class _Care:
    """What is minded; every field turned off is a mistake."""

    voids: bool = True
    cases: bool = True
    recased: bool = True
    kits: bool = True
    moment: bool = True
    by_value: bool = True


@dataclass(frozen=True, slots=True)
class _Stock:
    opening: Mapping[str, int]
    cents: Mapping[str, int]
    entries: Sequence[_Entry]
    counted: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class StockroomAudit(Question):
    """Which article is short by the highest value, and by how much."""

    family: ClassVar[str] = "stockroom-audit"
    steps: ClassVar[str] = (
        "Replay the log up to the count without voided entries; unpack cases and kits; compare with "
        "the count; price the differences; take the worst."
    )
    tools: ClassVar[tuple[str, ...]] = ("a program", "spreadsheet")

    def make(self, dice: Dice) -> Draft:
        """Invent a quarter of entries, and a count with small differences everywhere."""
        mistakes = overlooked(_Care())
        while True:
            stock = _stock(dice)
            right = _shortage(stock, _Care())
            wrong = [_shortage(stock, mistake) for mistake in mistakes]
            others = tuple(sorted(set(wrong) - {right}))
            if len(others) >= 5:
                break
        names = [self.file(name) for name in ("movements.log", "stock.xlsx", "memo.md")]
        text = f"""Something is wrong in our stockroom. {names[0]} is the scanner's log, {names[1]} has the
            opening stock of 1 January 2025, prices, cases, kits and the count of 28 March 2025, and
            {names[2]} is the manager's memo on how to read them. Which article is short by the highest value,
            that is, what should have been there at the count less what was there, times its price? Answer in
            the form: article number, value of its shortage in euros with two decimals."""
        contents = (text_lines(_lines(stock.entries)), _book(stock), prose(_memo()))
        return Draft(one_line(text), right, others, dict(zip(names, contents, strict=True)))

    def prove(self, folder: Path) -> str:
        """Parse every line into a signed change of every article, and add up."""
        book = folder / self.file("stock.xlsx")
        sizes = {row["Article"]: row["Pieces per case"] for row in cells(book, "Articles", "Article")}
        prices = {
            row["Article"]: round(row["Price (EUR)"] * 100) for row in cells(book, "Articles", "Article")
        }
        kit = {row["Part"]: row["Pieces"] for row in cells(book, "Shelf kit", "Part")}
        balance = Counter({row["Article"]: row["Pieces"] for row in cells(book, "Opening", "Article")})
        lines = read_text(folder / self.file("movements.log")).splitlines()
        early = [line for line in lines if line < "2025-03-28 18:00"]
        ((recased, size),) = re.findall(
            r"on, (\S+) comes in cases of (\d+)", read_text(folder / self.file("memo.md"))
        )
        void = set(re.findall(r"VOID (#\d+)", "\n".join(early)))
        for line in early:
            found = re.match(r"(.{10}) .{5} (#\d+) (\w+) (?:sku=(\S+) )?qty=(\d+)(cs)?", line)
            if not found or found[2] in void:
                continue
            pieces = int(found[5])
            if found[6]:
                new = found[4] == recased and found[1] >= "2025-02-12"
                pieces *= int(size) if new else sizes[found[4]]
            sign = {"RECEIVE": 1, "RETURN": 1, "PICK": -1, "SCRAP": -1, "KIT": -1, "UNKIT": 1, "MOVE": 0}[
                found[3]
            ]
            changed = kit if "KIT" in found[3] else {found[4]: 1}
            for article, number in changed.items():
                balance[article] += sign * pieces * number
        for row in cells(book, "Count", "Article"):
            balance[row["Article"]] -= row["Counted"]
        article, short = max(balance.items(), key=lambda item: item[1] * prices[item[0]])
        return f"{article}, {short * prices[article] / 100:.2f}"


def _stock(dice: Dice) -> _Stock:
    opening = {article: dice.whole(900, 1500) for article in _ARTICLES}
    cents = {article: dice.whole(35, 940) for article in _ARTICLES}
    stock = _Stock(opening, cents, list(_entries(dice)))
    counted = {}
    for article, pieces in _balance(stock, _Care()).items():
        # One article is missing in numbers, others a little.
        counted[article] = pieces - dice.whole(0, 9)
    # The dearest shortage is a kit's part with new cases; of something cheap more pieces are missing.
    dear = _RECASED[0]
    cheap = min(_ARTICLES, key=lambda article: cents[article])
    counted[dear] -= 9000 // cents[dear] + dice.whole(9, 20)
    counted[cheap] -= 6000 // cents[cheap]
    return _Stock(opening, cents, stock.entries, counted)


def _entries(dice: Dice) -> Iterator[_Entry]:
    at = datetime.datetime(2025, 1, 2, 7)
    made: list[_Entry] = []
    for number in range(10_001, 11_501):
        at += datetime.timedelta(minutes=dice.whole(8, 84))
        if at.hour >= 19:
            at = (at + datetime.timedelta(days=1)).replace(hour=7, minute=dice.whole(0, 20))
        kind = dice.pick(["PICK"] * 8 + ["RECEIVE"] * 2 + ["RETURN", "SCRAP", "MOVE", "KIT", "UNKIT"])
        article = "" if "KIT" in kind else dice.pick(list(_ARTICLES))
        cases = kind in ("RECEIVE", "RETURN") and dice.chance(0.6)
        quantity = dice.whole(2, 6) if cases or "KIT" in kind else dice.whole(1, 9)
        entry = _Entry(number, at, kind, article, quantity, cases)
        if made and dice.chance(0.04):
            entry = _Entry(number, at, "VOID", target=dice.pick(made[-30:]).number)
        else:
            made.append(entry)
        yield entry


def _balance(stock: _Stock, care: _Care) -> dict[str, int]:
    """How many pieces there should be of each article at the count."""
    pieces = dict(stock.opening)
    void = {e.target for e in stock.entries if e.kind == "VOID" and (e.at < _COUNTED or not care.moment)}
    for e in stock.entries:
        late = e.at >= _COUNTED and care.moment
        if late or e.kind in ("VOID", "MOVE") or (e.number in void and care.voids):
            continue
        if e.kind in ("KIT", "UNKIT"):
            for part, number in _KIT.items() if care.kits else ():
                pieces[part] += number * e.quantity * (1 if e.kind == "UNKIT" else -1)
        else:
            change = e.quantity * _case(e, care)
            pieces[e.article] += change if e.kind in ("RECEIVE", "RETURN") else -change
    return pieces


def _case(entry: _Entry, care: _Care) -> int:
    """Pieces for one of what the entry counts."""
    if not entry.cases or not care.cases:
        return 1
    article, since, size = _RECASED
    if entry.article == article and entry.at >= since and care.recased:
        return size
    return _ARTICLES[entry.article][1]


def _shortage(stock: _Stock, care: _Care) -> str:
    """The article with the highest shortage, and its value."""
    short = {article: pieces - stock.counted[article] for article, pieces in _balance(stock, care).items()}
    worst = max(short, key=lambda article: short[article] * (stock.cents[article] if care.by_value else 1))
    value = max(short[worst], 0) * stock.cents[worst]
    return f"{worst}, {value // 100}.{value % 100:02}"


def _lines(entries: Iterable[_Entry]) -> Iterator[str]:
    for e in entries:
        head = f"{e.at:%Y-%m-%d %H:%M} #{e.number} {e.kind}"
        if e.kind == "VOID":
            yield f"{head} #{e.target}"
        elif e.article:
            yield f"{head} sku={e.article} qty={e.quantity}{'cs' if e.cases else ''}"
        else:
            yield f"{head} qty={e.quantity}"


def _book(stock: _Stock) -> bytes:
    articles: list[list[object]] = [["Articles and prices, valid from 1 January 2025"]]
    articles.append(["Article", "Name", "Price (EUR)", "Pieces per case"])
    articles += [[a, name, stock.cents[a] / 100, size] for a, (name, size) in _ARTICLES.items()]
    opening: list[list[object]] = [["Article", "Pieces"], *([a, n] for a, n in stock.opening.items())]
    kit: list[list[object]] = [["Part", "Pieces"], *([part, n] for part, n in _KIT.items())]
    count: list[list[object]] = [["Count of 28 March 2025, begun at 18:00"], ["Article", "Name", "Counted"]]
    count += [
        [a, _ARTICLES[a][0], n] for a, n in sorted(stock.counted.items(), key=lambda item: item[0][::-1])
    ]
    return workbook(
        SheetPlan("Articles", articles, ("A1:D1",)),
        SheetPlan("Opening", opening),
        SheetPlan("Shelf kit", kit),
        SheetPlan("Count", count, ("A1:C1",)),
    )


def _memo() -> str:
    article, _, size = _RECASED
    return f"""
        # How to read the movements

        - RECEIVE and RETURN bring articles in, PICK and SCRAP take them out. MOVE is from shelf to shelf
          inside the stockroom and changes nothing.
        - Quantities are pieces; with "cs" behind them they are cases, whose size stands in the workbook.
        - KIT makes that many shelf kits: the parts leave the stock, the kits go straight to the shop. UNKIT
          takes kits apart again, and their parts come back.
        - VOID takes back the entry whose number it names, as if that had never been. Some entries were voided
          twice by mistake, which is the same as once. A VOID itself is never voided.
        - The count of 28 March began at 18:00 sharp. Entries of 18:00 and later, voids included, came after
          it.

        Addendum of 11 February: from 12 February 2025 on, {article} comes in cases of {size}. That holds for
        everything received or returned in cases from that day on.
        """
