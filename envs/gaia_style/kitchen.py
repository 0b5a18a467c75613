"""A recipe in cups and ounces, cooked for many more people than it was written for."""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction
from math import ceil
from pathlib import Path
from typing import ClassVar

from agentkit.envs.gaia_style.dice import Dice
from agentkit.envs.gaia_style.question import Draft, Question, one_line
from agentkit.envs.gaia_style.reading import text as read_text
from agentkit.envs.gaia_style.writing import prose

__all__ = ["HarvestSupper"]


@dataclass(frozen=True, slots=True)
class _Use:
    part: str
    """Of the recipe: cake, filling or glaze."""
    amount: Fraction
    unit: str
    what: str


_GRAMS = {
    ("sugar", "cup"): Fraction(200),
    ("flour", "cup"): Fraction(125),
    ("butter", "cup"): Fraction(227),
    ("sugar", "oz"): Fraction(28),
    ("flour", "oz"): Fraction(28),
    ("butter", "oz"): Fraction(28),
    ("sugar", "tbsp"): Fraction(25, 2),
    ("flour", "tbsp"): Fraction(8),
    ("butter", "tbsp"): Fraction(14),
}
_SERVES = 8
_PARTS = ("Cake", "Filling", "Glaze")


@dataclass(frozen=True)
class HarvestSupper(Question):
    """How much of an ingredient is needed for many guests."""

    what: str
    """`sugar` or `butter`."""
    guests: int

    family: ClassVar[str] = "harvest-supper"
    steps: ClassVar[str] = (
        "Add the ingredient over all parts in grams; scale; add the tenth where it applies."
    )
    tools: ClassVar[tuple[str, ...]] = ("calculator",)

    def make(self, dice: Dice) -> Draft:
        """Invent the amounts; every part of the recipe needs every ingredient, in units of its own."""
        uses = []
        for what in ("flour", "sugar", "butter"):
            units = dice.shuffled(["cup", "oz", "tbsp"])
            for part, unit in zip(_PARTS, units, strict=True):
                whole = {"cup": dice.whole(1, 2), "oz": dice.whole(3, 9), "tbsp": dice.whole(2, 7)}[unit]
                half = Fraction(1, 2) if dice.chance(0.5) and unit != "tbsp" else Fraction(0)
                uses.append(_Use(part, whole + half, unit, what))
        name = self.file("recipe.md")
        text = f"""I am cooking for the harvest supper of our allotment society, {self.guests} guests, after
            the recipe in {name}. How many grams of {self.what} do I need in all, if I follow the notes under
            the recipe? Do not round on the way; round the total up to a whole gram."""
        wrong = (
            self._grams(uses, spared="", tenth=Fraction(11, 10)),
            self._grams(uses, spared="", tenth=Fraction(1)),
            self._grams([use for use in uses if use.part != "Glaze"]),
            self._grams([use for use in uses if use.part == "Cake"]),
            self._grams(uses) + 1,
        )
        return Draft(
            one_line(text),
            str(self._grams(uses)),
            tuple(str(grams) for grams in wrong),
            {name: _recipe(uses)},
        )

    def _grams(self, uses: list[_Use], spared: str = "Glaze", tenth: Fraction = Fraction(11, 10)) -> int:
        total = Fraction(0)
        for use in uses:
            if use.what == self.what:
                more = Fraction(1) if use.part == spared else tenth
                total += use.amount * _GRAMS[use.what, use.unit] * more
        return ceil(total * self.guests / _SERVES)

    def prove(self, folder: Path) -> str:
        """Read recipe and notes; count in 4400ths of a gram, so that all numbers are whole."""
        text = read_text(folder / self.file("recipe.md"))
        weights = {
            (unit, what): round(float(grams) * 2)
            for unit, what, grams in re.findall(r"1 (cup|tbsp) of (\w+) weighs ([\d.]+) g", text)
        }
        (ounce,) = re.findall(r"An ounce \(oz\) is (\d+) g", text)
        total = 0
        for part in re.split(r"^## ", text, flags=re.MULTILINE)[1:]:
            for amount, half, unit in re.findall(rf"- (\d+)( 1/2)? (\w+) {self.what}", part):
                halves = int(amount) * 2 + bool(half)
                double = weights.get((unit, self.what), int(ounce) * 2)
                total += halves * double * (10 if part.startswith("Glaze") else 11)
        # Halves of halves of tenths of grams for eight people.
        return str(-(-total * self.guests // (2 * 2 * 10 * _SERVES)))


def _recipe(uses: list[_Use]) -> bytes:
    parts = "\n".join(
        f"\n## {part}\n\n" + "\n".join(f"- {_told(use)}" for use in uses if use.part == part)
        for part in _PARTS
    )
    head = f"# Plum cake of the Lower Mill\n\nServes {_SERVES}.\n{parts}\n"
    notes = """
        ## Notes

        - An ounce (oz) is 28 g here, whatever is weighed.
        - 1 cup of flour weighs 125 g, 1 cup of sugar weighs 200 g, 1 cup of butter weighs 227 g.
        - 1 tbsp of flour weighs 8 g, 1 tbsp of sugar weighs 12.5 g, 1 tbsp of butter weighs 14 g.
        - For more than 20 guests scale everything by the number of guests, and then take a tenth more of each
          ingredient, because large tins lose more at the rims.(1)

        (1) Not for the glaze: it is only scaled.
        """
    return f"{head}\n".encode() + prose(notes)


def _told(use: _Use) -> str:
    whole = int(use.amount)
    return f"{whole}{' 1/2' if use.amount != whole else ''} {use.unit} {use.what}"
