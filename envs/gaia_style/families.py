"""A family's letters, over which births, deaths and parents are scattered."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from agentkit.envs.gaia_style.dice import Dice
from agentkit.envs.gaia_style.question import Draft, Question, one_line, words
from agentkit.envs.gaia_style.reading import text as read_text

__all__ = ["FamilyLetters"]

_FOUNDER = "Agnes"
_WOMEN = words("Berta Clara Dora Emma Frieda Grete Hedwig Ida Johanna Lina Martha Nelly Ottilie Paula")
_MEN = words("Albert Bruno Carl Ernst Franz Georg Heinrich Jakob Konrad Ludwig Moritz Otto Peter Rudolf")


@dataclass(frozen=True, slots=True)
class _Person:
    name: str
    parent: str
    """Empty for the founder."""
    born: int
    died: int
    generation: int


@dataclass(frozen=True)
class FamilyLetters(Question):
    """How many of a generation were alive in a year, or how old somebody turned in a year."""

    ask: str
    """`alive` or `turned`."""

    family: ClassVar[str] = "family-letters"
    steps: ClassVar[str] = (
        "Draw the family tree from all letters; work out the years that are told through other "
        "people's; answer from the tree."
    )
    tools: ClassVar[tuple[str, ...]] = ("pen and paper",)

    def make(self, dice: Dice) -> Draft:
        """Invent a family of four generations, until every hasty reading gives another answer."""
        while True:
            people = list(_family(dice))
            year = dice.whole(1926, 1936)
            heroine = dice.pick([p for p in people if p.generation == 3])
            answer, wrong = self._answers(people, year, heroine)
            if answer not in wrong and int(answer) > 2 and int(answer) < heroine.died - heroine.born:
                break
        name = self.file("letters.txt")
        head = f"I found some old letters about the family of my great-great-grandmother {_FOUNDER} ({name})."
        if self.ask == "alive":
            text = f"""{head} How many of {_FOUNDER}'s grandchildren were alive at the end of the year {year}?
                Count grandchildren only, no children and no great-grandchildren; whoever died in {year} or
                before no longer counts, whoever was born in {year} or before does. Answer with a whole
                number."""
        else:
            text = f"""{head} {heroine.name} is one of {_FOUNDER}'s great-grandchildren and descends from one
                of her children. How old did {heroine.name} turn in the year in which that child of {_FOUNDER}
                died? Answer with a whole number, the difference of the two years."""
        return Draft(one_line(text), answer, wrong, {name: _letters(dice, people)})

    def _answers(self, people: Sequence[_Person], year: int, heroine: _Person) -> tuple[str, tuple[str, ...]]:
        """The right answer, and those of hasty readings."""
        by_name = {p.name: p for p in people}
        if self.ask == "turned":
            parent = by_name[heroine.parent]
            elder = by_name[parent.parent]
            deaths = (elder.died, parent.died, by_name[_FOUNDER].died, elder.died + 1, elder.born)
            ages = [death - heroine.born for death in deaths]
            return str(ages[0]), tuple(str(abs(age)) for age in ages[1:])
        grown = [p for p in people if p.generation == 2]
        alive = [p for p in people if p.born <= year < p.died]
        return str(sum(p.generation == 2 for p in alive)), (
            str(sum(p.born <= year for p in grown)),
            str(sum(p.generation in (2, 3) for p in alive)),
            str(sum(p.generation in (1, 2) for p in alive)),
            str(len(grown)),
        )

    def prove(self, folder: Path) -> str:
        """Read the sentences, and go on until every year is known."""
        text = read_text(folder / self.file("letters.txt"))
        parents = {child: parent for child, parent in re.findall(r"(\w+) was a child of (\w+)\.", text)}
        parents |= {child: parent for parent, child in re.findall(r"(\w+) had a child named (\w+)\.", text)}
        years: dict[tuple[str, str], int] = {}
        years |= {
            (name, "born"): int(year) for name, year in re.findall(r"(\w+) was born in (\d{4})\.", text)
        }
        years |= {(name, "died"): int(year) for name, year in re.findall(r"(\w+) died in (\d{4})\.", text)}
        younger = re.findall(r"(\w+) was born (\d+) years after (\w+)\.", text)
        turning = re.findall(r"(\w+) was born in the year in which (\w+) turned (\d+)\.", text)
        ages = re.findall(r"(\w+) died in the year in which (\w+) turned (\d+)\.", text)
        facts = [(a, "born", int(n), b) for a, n, b in younger]
        facts += [(a, "born", int(n), b) for a, b, n in turning] + [
            (a, "died", int(n), b) for a, b, n in ages
        ]
        for _ in facts:
            for name, what, number, other in facts:
                if (other, "born") in years:
                    years[name, what] = years[other, "born"] + number
        if self.ask == "turned":
            (name,) = re.findall(r"(\w+) is one of", self.asked(folder))
            return str(years[parents[parents[name]], "died"] - years[name, "born"])
        (year,) = (int(found) for found in re.findall(r"end of the year (\d{4})", self.asked(folder)))
        second = [name for name, parent in parents.items() if parents.get(parent) == _FOUNDER]
        return str(sum(years[name, "born"] <= year < years[name, "died"] for name in second))


def _family(dice: Dice) -> Iterator[_Person]:
    names = dice.shuffled([*_WOMEN, *_MEN])
    founder = _Person(_FOUNDER, "", 1838 + dice.whole(0, 6), 1905 + dice.whole(0, 9), 0)
    yield founder
    older = [founder]
    for generation, numbers in ((1, (4, 4)), (2, (2, 4)), (3, (0, 2))):
        new = []
        for parent in older:
            born = parent.born + dice.whole(21, 25)
            for _ in range(dice.whole(*numbers) if names else 0):
                # Nobody has children after death.
                if names and born < parent.died:
                    age = dice.whole(2, 30) if generation == 2 and dice.chance(0.35) else dice.whole(58, 84)
                    new.append(_Person(names.pop(), parent.name, born, born + age, generation))
                    born += dice.whole(1, 4)
        yield from new
        older = new


def _letters(dice: Dice, people: Sequence[_Person]) -> bytes:
    """All facts, in letters that each tell some of them."""
    known = {p.name: p for p in people}
    sentences = [sentence for p in people for sentence in _facts(dice, p, known, people)]
    lot = dice.shuffled(sentences)
    openings = (
        "Dear cousin, you asked me what I still know. Here it is, without order, as it comes to my mind.",
        "Dearest, in the attic I found the family Bible, and in it this.",
        "Dear nephew, my eyes are weak, but my memory is not.",
        "To whom it may concern: from the papers of the late schoolmaster.",
        "Dear sister, about your question. I asked the aunts, and they agree on the following.",
    )
    size = -(-len(lot) // len(openings))
    letters = []
    for number, opening in enumerate(openings):
        body = " ".join(lot[number * size : (number + 1) * size])
        letters.append(f"Letter {number + 1}\n\n{opening}\n{body}\n")
    return "\n".join(letters).encode()


def _facts(
    dice: Dice, person: _Person, known: Mapping[str, _Person], people: Iterable[_Person]
) -> Iterator[str]:
    """What the letters tell of somebody; years are told directly or through somebody older."""
    name = person.name
    if person.parent:
        parent = person.parent
        yield dice.pick([f"{name} was a child of {parent}.", f"{parent} had a child named {name}."])
    older = [p for p in people if p.born < person.born and p.generation <= person.generation]
    if older and dice.chance(0.65):
        other = dice.pick(older)
        years = person.born - other.born
        yield (
            dice.pick(
                [
                    f"{name} was born {years} years after {other.name}.",
                    f"{name} was born in the year in which {other.name} turned {years}.",
                ]
            )
            if years > 1
            else f"{name} was born in the year in which {other.name} turned 1."
        )
    else:
        yield f"{name} was born in {person.born}."
    living = [p for p in people if p.born < person.died < p.died and p.name != name]
    if living and dice.chance(0.5):
        other = known[dice.pick(living).name]
        yield f"{name} died in the year in which {other.name} turned {person.died - other.born}."
    else:
        yield f"{name} died in {person.died}."
