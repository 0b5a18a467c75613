"""What to take on a van that holds only so many kilograms and litres."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass

from agentkit.envs.gaia_style.dice import Dice
from agentkit.envs.gaia_style.writing import separated
from agentkit.envs.ladder.family import Aim, Instance, Size, dice_for
from agentkit.envs.ladder.milp import Program
from agentkit.envs.ladder.wording import ask_value, paragraphs, table

__all__ = ["Item", "Knapsack", "Load", "best_by_table"]

_ITEMS: dict[Size, int] = {"small": 6, "medium": 25, "large": 200}
_HEADER = ("item", "kg", "litres", "value_eur")


@dataclass(frozen=True, slots=True)
class Item:
    """One thing that could be taken."""

    name: str
    kg: int
    litres: int
    value: int
    """In euros."""


@dataclass(frozen=True, slots=True)
class Load:
    """What there is to take, and how much the van holds."""

    items: tuple[Item, ...]
    kg: int
    litres: int


class Knapsack:
    """The most valuable load under two limits."""

    name = "knapsack"
    aim: Aim = "most"
    unit = "euros"
    proofs = dict.fromkeys(_ITEMS, "binary program by HiGHS, gap 0")

    def make(self, size: Size, seed: int) -> Instance[Load]:
        """Items whose value goes roughly with weight and volume, and a van for about 40 % of them."""
        dice = dice_for(self.name, size, seed)
        items = tuple(_item(dice, number, size) for number in range(1, _ITEMS[size] + 1))
        load = Load(items, sum(i.kg for i in items) * 2 // 5, sum(i.litres for i in items) * 2 // 5)
        rows = [(i.name, i.kg, i.litres, i.value) for i in items]
        if size == "large":
            text = _text(load, size, "The items are in items.csv: one line each.")
            return Instance(size, seed, load, text, {"items.csv": separated(_HEADER, rows)})
        return Instance(size, seed, load, _text(load, size, f"The items:\n\n{table(_HEADER, rows)}"))

    def gold(self, instance: Instance[Load]) -> int:
        """By branch and cut over one yes-or-no variable an item."""
        load = instance.data
        program = Program(maximise=True)
        columns = [program.column(item.value) for item in load.items]
        program.row(((c, i.kg) for c, i in zip(columns, load.items, strict=True)), high=load.kg)
        program.row(((c, i.litres) for c, i in zip(columns, load.items, strict=True)), high=load.litres)
        return round(program.solve().objective)


def best_by_table(load: Load) -> int:
    """The optimum a second time, by keeping loads that no other load beats (Nemhauser and Ullmann 1969)."""
    loads = [(0, 0, 0)]
    for item in load.items:
        more = ((kg + item.kg, litres + item.litres, value + item.value) for kg, litres, value in loads)
        able = {entry for entry in more if entry[0] <= load.kg and entry[1] <= load.litres}
        loads = _unbeaten(able.union(loads))
    return max(value for _, _, value in loads)


def _unbeaten(loads: set[tuple[int, int, int]]) -> list[tuple[int, int, int]]:
    """Those than which none is as light, as small and as valuable at once.

    The lightest and smallest of those with more value form a staircase: litres fall where kilograms rise.
    """
    kept: list[tuple[int, int, int]] = []
    kilograms: list[int] = []
    litres: list[int] = []
    for load in sorted(loads, key=lambda entry: (-entry[2], entry[0], entry[1])):
        place = bisect_right(kilograms, load[0])
        if place and litres[place - 1] <= load[1]:
            continue
        kept.append(load)
        end = place
        while end < len(litres) and litres[end] >= load[1]:
            end += 1
        kilograms[place:end], litres[place:end] = [load[0]], [load[1]]
    return kept


def _item(dice: Dice, number: int, size: Size) -> Item:
    top = 400 if size == "large" else 60
    kg, litres = dice.whole(top // 10, top), dice.whole(top // 10, top)
    value = (kg + litres) // 2 + dice.whole(1, top // 2)
    return Item(f"I{number:03}", kg, litres, value)


def _text(load: Load, size: Size, items: str) -> str:
    opening = f"""
        We send one van to a trade fair and must choose what it takes. It carries at most {load.kg} kilograms
        and at most {load.litres} litres. We have {len(load.items)} items; of each there is just one: it is
        taken whole or left behind. For each item we know its weight in kilograms, its volume in litres and
        what it is worth to us at the fair, in euros. Items can be packed without loss of space, so only the
        two totals matter."""
    asked = "Which items should we take so that their total value is as great as possible?"
    end = ask_value(size, "the greatest total value in euros")
    return "\n\n".join([paragraphs(opening), items, asked, end])
