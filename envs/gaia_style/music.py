"""Who sang where: a choir's concerts, nested in a JSON document."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from agentkit.envs.gaia_style.dice import Dice
from agentkit.envs.gaia_style.question import Draft, Question, one_line, words
from agentkit.envs.gaia_style.writing import json_file

__all__ = ["ChoirSeason"]

_VOICES = ("soprano", "alto", "tenor", "bass")
_SINGERS = words("""Adela Boris Cosima Dirk Edith Ferenc Gisela Hanno Irma Jurek Kirsten Ludo Margit Nestor
    Odile Pascal Quirin Ragna Silvio Tamara Ulrich Vesna Wanda Xaver Yvonne Zoltan""")


@dataclass(frozen=True, slots=True)
class _Appearance:
    concert: int
    name: str
    voice: str
    guest: bool
    sang: bool
    """Whether they stayed; some came but fell ill before the first piece."""


@dataclass(frozen=True)
class ChoirSeason(Question):
    """How many members sang a voice in most concerts."""

    voice: str
    least: int = 4

    family: ClassVar[str] = "choir-season"
    steps: ClassVar[str] = (
        "Count each member's concerts in that voice, without guests and those who fell ill."
    )
    tools: ClassVar[tuple[str, ...]] = ("text editor",)

    def make(self, dice: Dice) -> Draft:
        """Invent six concerts; some singers help out in another voice."""
        own = {name: _VOICES[n % 4] for n, name in enumerate(_SINGERS)}
        found = [
            _Appearance(
                concert,
                name,
                dice.pick(_VOICES) if dice.chance(0.18) else voice,
                guest=dice.chance(0.12),
                sang=not dice.chance(0.1),
            )
            for concert in range(6)
            for name, voice in own.items()
            if dice.chance(0.8)
        ]
        name = self.file("concerts.json")
        text = f"""{name} lists who took part in our choir's six concerts. How many different people sang
            {self.voice} as members in at least {self.least} of the six concerts? Leave out a concert for
            somebody who was there as a guest, who sang another voice that evening, or who fell ill before it
            began (the field "ill" is true). Answer with a whole number."""
        good = [a for a in found if a.voice == self.voice and a.sang and not a.guest]
        wrong = (
            self._often([a for a in found if own[a.name] == self.voice and a.sang and not a.guest]),
            self._often([a for a in found if a.voice == self.voice and not a.guest]),
            self._often([a for a in found if a.voice == self.voice and a.sang]),
            self._often([a for a in found if a.voice == self.voice]),
            sum(number > self.least for number in Counter(a.name for a in good).values()),
        )
        return Draft(
            one_line(text), str(self._often(good)), tuple(map(str, wrong)), {name: json_file(_season(found))}
        )

    def _often(self, found: Sequence[_Appearance]) -> int:
        return sum(number >= self.least for number in Counter(a.name for a in found).values())

    def prove(self, folder: Path) -> str:
        """In SQL over the nested document."""
        import duckdb

        path = folder / self.file("concerts.json")
        with duckdb.connect() as database:
            rows = database.execute(
                f"""WITH singers AS (
                    SELECT unnest(c.singers, recursive := true)
                    FROM (SELECT unnest(concerts) AS c FROM read_json('{path}')))
                SELECT name FROM singers
                WHERE voice = '{self.voice}' AND NOT coalesce(guest, false) AND NOT coalesce(ill, false)
                GROUP BY name HAVING count(*) >= {self.least}"""
            ).fetchall()
        return str(len(rows))


def _season(found: Sequence[_Appearance]) -> dict[str, object]:
    concerts = []
    dates = ("2024-10-12", "2024-11-09", "2024-12-15", "2025-02-01", "2025-03-29", "2025-05-17")
    for number, date in enumerate(dates):
        singers = []
        for a in found:
            if a.concert == number:
                entry: dict[str, object] = {"name": a.name, "voice": a.voice}
                # Said only where it is so, as people keep such lists.
                entry |= {"guest": True} if a.guest else {}
                entry |= {} if a.sang else {"ill": True}
                singers.append(entry)
        concerts.append({"date": date, "singers": singers})
    return {"choir": "Kantorei am Wehr", "concerts": concerts}
