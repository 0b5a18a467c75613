"""Questions in how many ways something can be done: choosing a band's delegation, filling a shelf."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import combinations, permutations, product
from math import comb, factorial
from pathlib import Path
from typing import ClassVar

from agentkit.envs.gaia_style.dice import Dice
from agentkit.envs.gaia_style.question import Draft, Question, one_line, words

__all__ = ["BandTrip", "ShelfOrders"]

_SECTIONS = ("brass", "woodwind", "percussion")
_NAMES = words("""Agnes Bruno Clara Dario Edda Felix Gerda Hugo Ilse Jonas Karla Leon Mira Nils Olga Pablo
    Rosa Sven Tilda Udo""")


@dataclass(frozen=True)
class BandTrip(Question):
    """How many delegations a band may send under conditions."""

    family: ClassVar[str] = "band-trip"
    steps: ClassVar[str] = "Split by the twins and by the quarrel; count each case; drop empty sections."
    tools: ClassVar[tuple[str, ...]] = ("calculator",)

    def make(self, dice: Dice) -> Draft:
        """Invent sections, a pair that only goes together, and a pair that never does."""
        sizes = [dice.whole(4, 6), dice.whole(4, 5), dice.whole(3, 4)]
        send = dice.whole(6, 7)
        names = dice.several(_NAMES, sum(sizes))
        sections = [names[sum(sizes[:n]) : sum(sizes[: n + 1])] for n in range(3)]
        twins = (dice.pick(sections[0]), dice.pick(sections[1]))
        foes = (dice.pick([n for n in sections[0] if n not in twins]), dice.pick(sections[2]))
        told = "; ".join(
            f"{name}: {', '.join(people)}" for name, people in zip(_SECTIONS, sections, strict=True)
        )
        text = f"""Our village band may send exactly {send} players to the festival. The members are, by
            section, {told}. Every section must be represented by at least one player. {twins[0]} and
            {twins[1]} are twins: either both of them go or neither does. {foes[0]} and {foes[1]} do not
            speak to each other, so they must not both go (one of them or neither is fine). How many
            different delegations of {send} players are possible? Answer with a whole number."""
        wrong = (
            _delegations(sizes, send, twins=False),
            _delegations(sizes, send, foes=False),
            _delegations(sizes, send, every_section=False),
            comb(sum(sizes), send),
        )
        return Draft(one_line(text), str(_delegations(sizes, send)), tuple(str(number) for number in wrong))

    def prove(self, folder: Path) -> str:
        """Go through all choices of players."""
        text = self.asked(folder)
        section = {
            player: name
            for name, told in re.findall(r"(brass|woodwind|percussion): ([\w, ]+)", text)
            for player in told.split(", ")
        }
        (send,) = {int(n) for n in re.findall(r"exactly (\d+) players", text)}
        ((a, b),) = re.findall(r"(\w+) and (\w+) are twins", text)
        ((c, d),) = re.findall(r"(\w+) and (\w+) do not speak", text)
        return str(
            sum(
                len({section[player] for player in chosen}) == 3
                and (a in chosen) == (b in chosen)
                and not {c, d} <= set(chosen)
                for chosen in combinations(sorted(section), send)
            )
        )


def _delegations(
    sizes: list[int], send: int, *, twins: bool = True, foes: bool = True, every_section: bool = True
) -> int:
    """Count by cases: who of the four special players goes; the rest fill up, no section left empty."""
    total = 0
    for first, second, third, fourth in product((0, 1), repeat=4):
        # The twins play in sections 0 and 1, the foes in 0 and 2.
        if (twins and first != second) or (foes and third and fourth):
            continue
        free = [sizes[0] - 2, sizes[1] - 1, sizes[2] - 1]
        taken = [first + third, second, fourth]
        bare = [n for n in range(3) if not taken[n]] if every_section else []
        for count in range(len(bare) + 1):
            for left_out in combinations(bare, count):
                pool = sum(size for n, size in enumerate(free) if n not in left_out)
                total += (-1) ** count * comb(pool, send - sum(taken))
    return total


@dataclass(frozen=True)
class ShelfOrders(Question):
    """In how many orders books can stand under conditions."""

    family: ClassVar[str] = "shelf-orders"
    steps: ClassVar[str] = "Take the block as one book; halve for the ordered pair; mind the ends."
    tools: ClassVar[tuple[str, ...]] = ("calculator",)

    others: int = 3
    """Books without any condition."""

    def make(self, dice: Dice) -> Draft:
        """Invent nothing but the order in which the conditions are told."""
        conditions = dice.shuffled(
            [
                "the three dictionaries must stand next to each other, in whatever order",
                "volume 1 of the atlas must be somewhere to the left of volume 2, not necessarily beside it",
                "the cookery book must not be at either end of the shelf",
            ]
        )
        text = f"""I have {self.others + 6} different books for one shelf: three dictionaries, volumes 1 and 2
            of an atlas, a cookery book and {self.others} novels. {conditions[0].capitalize()};
            {conditions[1]}; and {conditions[2]}. In how many different orders, from left to right, can the
            {self.others + 6} books stand on the shelf? Answer with a whole number."""
        units = self.others + 4
        # The cookery book may take all places among the units but the two outer ones.
        right = (units - 2) * factorial(units - 1) // 2 * factorial(3)
        wrong = (right * 2, right // 6, factorial(units) // 2 * 6, right // 3 * 2, factorial(units + 2) // 2)
        return Draft(one_line(text), str(right), tuple(str(number) for number in wrong))

    def prove(self, folder: Path) -> str:
        """Go through all orders of the books."""
        (number,) = (int(n) for n in re.findall(r"I have (\d+) different books", self.asked(folder)))
        found = 0
        for order in permutations(range(number)):
            # 0 to 2 are dictionaries, 3 and 4 the atlas, 5 the cookery book.
            if 0 < order[5] < number - 1 and order[3] < order[4]:
                found += max(order[:3]) - min(order[:3]) == 2
        return str(found)
