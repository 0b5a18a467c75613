"""A shop's loyalty points: levels, returned purchases, expiry by month, and households put together."""

from __future__ import annotations

import datetime
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from agentkit.envs.gaia_style.dice import Dice
from agentkit.envs.gaia_style.question import Draft, Question, one_line, overlooked, words
from agentkit.envs.gaia_style.reading import query
from agentkit.envs.gaia_style.reading import text as read_text
from agentkit.envs.gaia_style.writing import json_file, prose, separated

__all__ = ["LoyaltyPoints"]

_TODAY = datetime.date(2025, 6, 30)
_START = datetime.date(2023, 9, 1)
_CARDS = 60
_DOUBLE = (datetime.date(2024, 11, 22), datetime.date(2024, 11, 24))
"""First and last day of the double points."""

DAY = datetime.timedelta(days=1)


@dataclass(frozen=True, slots=True)
class _Line:
    receipt: int
    card: int
    day: datetime.date
    kind: str
    """`buy` or `spend`."""
    amount: int
    """Cents for purchases, points for spending."""
    returned: bool = False


@dataclass(frozen=True, slots=True)
class _Club:
    lines: Sequence[_Line]
    gold: Mapping[int, datetime.date]
    """By card: since when it has been gold."""
    household: tuple[int, int]
    """Two cards that share their points."""


@dataclass(frozen=True, slots=True)
class _Terms:
    """How the terms are read; every field turned off is a mistake."""

    returns: bool = True
    gold: bool = True
    doubles: bool = True
    expiry: bool = True
    month_end: bool = True
    household: bool = True


@dataclass(frozen=True)
class LoyaltyPoints(Question):
    """How many points a household has left."""

    family: ClassVar[str] = "loyalty-points"
    steps: ClassVar[str] = (
        "Find the household's cards; drop returned purchases; give points by level and day; spend the "
        "oldest first; let the rest expire at the ends of months."
    )
    tools: ClassVar[tuple[str, ...]] = ("a program", "SQL")

    def make(self, dice: Dice) -> Draft:
        """Invent two years of purchases; the household never spends more than it has."""
        mistakes = overlooked(_Terms())
        while True:
            club = _club(dice)
            right = _left(club, _Terms())
            wrong = [_left(club, mistake) for mistake in mistakes]
            if right is not None and right > 100 and right not in wrong:
                break
        names = [self.file(name) for name in ("ledger.csv", "cards.json", "terms.md")]
        text = f"""I help out in our village shop. {names[0]} is the ledger of the loyalty cards, {names[1]}
            the list of the cards, and {names[2]} our terms. Mrs Wieland, one of the two holders of the
            household "Wieland", asks how many points her household can still spend on the evening of 30 June
            2025. Answer with a whole number."""
        contents = (_ledger(club), json_file(_cards(club)), prose(_terms_text()))
        traps = tuple(str(points) for points in wrong if points is not None)
        return Draft(one_line(text), str(right), traps, dict(zip(names, contents, strict=True)))

    def prove(self, folder: Path) -> str:
        """Get the household's lines by SQL; keep a purse for every month of expiry."""
        cards = json.loads(read_text(folder / self.file("cards.json")))
        own = {
            card["card"]: card.get("gold_since", "9999")
            for card in cards
            if card.get("household") == "Wieland"
        }
        listed = ", ".join(f"'{card}'" for card in own)
        rows = query(
            f"""SELECT date, kind, amount, card FROM ledger l
            WHERE card IN ({listed}) AND kind IN ('buy', 'spend') AND NOT EXISTS (
                SELECT 1 FROM ledger r WHERE r.kind = 'return' AND r.refers_to = l.receipt)
            ORDER BY date, kind""",
            ledger=folder / self.file("ledger.csv"),
        )
        purses: dict[str, int] = {}
        for day, kind, amount, card in [*rows, ("2025-06-30", "end", "0", "")]:
            month = day[:7]
            purses = {until: points for until, points in purses.items() if until >= month}
            if kind == "buy":
                euros = int(amount.partition(".")[0])
                points = euros * 3 // 2 if day >= own[card] else euros
                until = f"{int(day[:4]) + 1}{day[4:7]}"
                purses[until] = purses.get(until, 0) + points * (
                    2 if "2024-11-22" <= day <= "2024-11-24" else 1
                )
            due = int(amount) if kind == "spend" else 0
            for until in sorted(purses):
                used = min(purses[until], due)
                purses[until] -= used
                due -= used
        return str(sum(purses.values()))


def _left(club: _Club, terms: _Terms) -> int | None:
    """Points at the end; None where more would be spent than there is."""
    cards = club.household if terms.household else club.household[:1]
    lots: list[tuple[datetime.date, int]] = []
    for line in club.lines:
        if line.card not in cards or (line.returned and terms.returns):
            continue
        lots = [lot for lot in lots if lot[0] >= line.day]
        if line.kind == "buy":
            lots.append((_last_day(line.day, terms), _points(line, club, terms)))
            lots.sort()
            continue
        owed = line.amount
        while owed and lots:
            until, points = lots.pop(0)
            used = min(points, owed)
            owed -= used
            if points > used:
                lots.insert(0, (until, points - used))
        if owed and terms == _Terms():
            return None
    return sum(points for until, points in lots if until >= _TODAY)


def _points(line: _Line, club: _Club, terms: _Terms) -> int:
    points = line.amount // 100
    if terms.gold and line.day >= club.gold.get(line.card, datetime.date.max):
        points = points * 3 // 2
    return points * 2 if terms.doubles and _DOUBLE[0] <= line.day <= _DOUBLE[1] else points


def _last_day(day: datetime.date, terms: _Terms) -> datetime.date:
    """On which points can be spent last."""
    if not terms.expiry:
        return datetime.date.max
    anniversary = datetime.date(day.year + 1, day.month, min(day.day, 28))
    if not terms.month_end:
        return anniversary
    following = datetime.date(anniversary.year + anniversary.month // 12, anniversary.month % 12 + 1, 1)
    return following - DAY


def _club(dice: Dice) -> _Club:
    household = (dice.whole(1, 30), dice.whole(31, _CARDS))
    gold = {card: _START + dice.whole(60, 560) * DAY for card in range(1, _CARDS + 1) if dice.chance(0.3)}
    gold[household[0]] = _START + dice.whole(420, 520) * DAY
    drafts = []
    for card in range(1, _CARDS + 1):
        visits = dice.whole(48, 56) if card in household else dice.whole(22, 44)
        for _ in range(visits):
            day = _START + dice.whole(0, (_TODAY - _START).days - 1) * DAY
            if dice.chance(0.16) and day > _START + 120 * DAY:
                drafts.append((day, "spend", card, dice.whole(3, 11) * 10, False))
            else:
                drafts.append((day, "buy", card, dice.whole(250, 6800), dice.chance(0.09)))
        drafts += [(_DOUBLE[0] + DAY, "buy", card, dice.whole(1500, 5000), False)] * (card in household)
    lines = [
        _Line(30_000 + n, card, day, kind, amount, returned)
        for n, (day, kind, card, amount, returned) in enumerate(sorted(drafts))
    ]
    return _Club(lines, gold, household)


def _card_number(card: int) -> str:
    return f"K{card * 613 % 9000 + 1000}"


def _ledger(club: _Club) -> bytes:
    rows: list[tuple[object, ...]] = []
    for line in club.lines:
        amount = f"{line.amount / 100:.2f}" if line.kind == "buy" else line.amount
        rows.append((line.day, line.receipt, _card_number(line.card), line.kind, amount, ""))
        if line.returned:
            back = min(line.day + (line.receipt % 9 + 1) * DAY, _TODAY)
            receipt = line.receipt + 50_000
            rows.append((back, receipt, _card_number(line.card), "return", amount, line.receipt))
    rows.sort(key=lambda row: (str(row[0]), str(row[1])))
    return separated(("date", "receipt", "card", "kind", "amount", "refers_to"), rows)


def _cards(club: _Club) -> list[dict[str, str]]:
    names = words(
        "Adler Brunn Cramer Deich Eller Forst Grund Heide Imhof Jost Kolb Lenz Mohr Nagel Ott Prinz"
    )
    found = []
    for card in range(1, _CARDS + 1):
        entry = {"card": _card_number(card), "household": f"{names[card % 16]}-{card // 16}"}
        if card in club.household:
            entry["household"] = "Wieland"
        if card in club.gold:
            entry["gold_since"] = f"{club.gold[card]}"
        found.append(entry)
    return sorted(found, key=lambda entry: entry["card"])


def _terms_text() -> str:
    return f"""
        # Terms of the loyalty cards

        1. Every full euro of a purchase gives 1 point. Gold cards get half as much again, rounded down to
           whole points for each purchase, from the day on which the card became gold (included).
        2. Points can be spent from the moment of the purchase until the end of the same month of the
           following year: points of 5 March 2024 until the end of 31 March 2025. What was not spent by then
           is gone.
        3. In the ledger, "buy" has the amount in euros and "spend" the number of points that were spent. On a
           day on which both stand, the purchases come first. Whoever spends always spends the points that
           expire first.
        4. All cards of a household have one common account.
        5. Whoever returns a purchase (kind "return"; refers_to names its receipt) loses its points. The
           account is then reckoned as if the purchase had never been made, from its very day on.
        6. (added in November 2024) On the days from {_DOUBLE[0].day} to {_DOUBLE[1].day} November 2024 the
           points that result from 1 are doubled.
        """
