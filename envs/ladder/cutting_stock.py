"""How few rolls are enough to cut all that was ordered."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import ceil

from agentkit.envs.gaia_style.dice import Dice
from agentkit.envs.gaia_style.writing import separated
from agentkit.envs.ladder.family import Aim, Instance, Size, dice_for
from agentkit.envs.ladder.milp import Program
from agentkit.envs.ladder.wording import ask_value, paragraphs, table
from agentkit.errors import SolverError

__all__ = ["CuttingStock", "Order", "Orders"]

_SIZES: dict[Size, tuple[int, int, int]] = {"small": (3, 2, 5), "medium": (7, 3, 9), "large": (25, 5, 20)}
"""Different widths, and the fewest and most pieces of each."""
_FEW = 8
"""Widths up to which all patterns can be written down."""
_PROOFS: dict[Size, str] = {
    "small": "integer program by HiGHS over all patterns, gap 0",
    "medium": "integer program by HiGHS over all patterns, gap 0",
    "large": "column generation by HiGHS: the linear bound, rounded up, is reached",
}


@dataclass(frozen=True, slots=True)
class Order:
    """Pieces of one width."""

    width: int
    """Millimetres."""
    pieces: int


@dataclass(frozen=True, slots=True)
class Orders:
    """All that was ordered, and what it is cut from."""

    roll: int
    """Millimetres."""
    orders: tuple[Order, ...]


class CuttingStock:
    """The fewest rolls (one-dimensional cutting stock)."""

    name = "cutting_stock"
    aim: Aim = "least"
    unit = "rolls"
    proofs = _PROOFS

    def make(self, size: Size, seed: int) -> Instance[Orders]:
        """Widths between a tenth and a half of a roll."""
        orders = _orders(dice_for(self.name, size, seed), *_SIZES[size])
        rows = [(order.width, order.pieces) for order in orders.orders]
        if size == "large":
            files = {"orders.csv": separated(_HEADER, rows)}
            data = "The widths and numbers of pieces are in orders.csv."
            return Instance(size, seed, orders, _text(orders, size, data), files)
        return Instance(size, seed, orders, _text(orders, size, f"The orders:\n\n{table(_HEADER, rows)}"))

    def gold(self, instance: Instance[Orders]) -> int:
        """Over all patterns where they are few; else by the method of Gilmore and Gomory 1961.

        That meets a few hundred patterns, and whole rolls over these are proven fewest where they reach the
        linear bound, rounded up; nearly always they do. Raises `SolverError` where they do not.
        """
        orders = instance.data
        if len(orders.orders) <= _FEW:
            return _rolls(orders, list(_all_patterns(orders, orders.roll, 0)))
        patterns, bound = _patterns(orders)
        rolls = _rolls(orders, patterns)
        if rolls != bound:
            what = f"{rolls} rolls are not proven fewest: the bound is {bound}"
            raise SolverError(what, where=self.name, mend="take another seed")
        return rolls


def _rolls(orders: Orders, patterns: Sequence[Sequence[int]]) -> int:
    """The fewest rolls, each cut by one of these patterns."""
    program = Program()
    columns = [program.column(1, 10_000) for _ in patterns]
    _add_orders(program, columns, orders, patterns)
    return round(program.solve().objective)


def _add_orders(
    program: Program, columns: Sequence[int], orders: Orders, patterns: Sequence[Sequence[int]]
) -> None:
    for place, order in enumerate(orders.orders):
        held = [(c, float(p[place])) for c, p in zip(columns, patterns, strict=True) if p[place]]
        program.row(held, low=order.pieces)


def _all_patterns(orders: Orders, room: int, place: int) -> Iterator[list[int]]:
    """Every way to cut a roll, from this width on."""
    if place == len(orders.orders):
        yield []
        return
    width = orders.orders[place].width
    for pieces in range(room // width + 1):
        for rest in _all_patterns(orders, room - pieces * width, place + 1):
            yield [pieces, *rest]


def _patterns(orders: Orders) -> tuple[list[list[int]], int]:
    """Patterns among which a best linear mix is, and that mix's number of rolls, rounded up."""
    number = len(orders.orders)
    patterns = [[0] * number for _ in range(number)]
    for place, order in enumerate(orders.orders):
        patterns[place][place] = orders.roll // order.width
    while True:
        program = Program()
        columns = [program.column(1, 10_000, whole=False) for _ in patterns]
        _add_orders(program, columns, orders, patterns)
        solved = program.solve()
        worth, pattern = _best_pattern(orders, solved.duals)
        # Farley's bound: prices divided by the best pattern's worth are feasible for the dual.
        bound = ceil(solved.objective / max(worth, 1.0) - 1e-6)
        if worth <= 1 + 1e-9 or bound >= ceil(solved.objective - 1e-6):
            return patterns, bound
        patterns.append(pattern)


def _best_pattern(orders: Orders, prices: Sequence[float]) -> tuple[float, list[int]]:
    """The pieces of one roll that are worth most at these prices, by the table of an unbounded knapsack."""
    best = [0.0] * (orders.roll + 1)
    last = [-1] * (orders.roll + 1)
    for room in range(1, orders.roll + 1):
        best[room] = best[room - 1]
        for number, order in enumerate(orders.orders):
            if order.width <= room and best[room - order.width] + prices[number] > best[room] + 1e-12:
                best[room], last[room] = best[room - order.width] + prices[number], number
    pattern, room = [0] * len(orders.orders), orders.roll
    while room > 0:
        if last[room] < 0:
            room -= 1
        else:
            pattern[last[room]] += 1
            room -= orders.orders[last[room]].width
    return best[orders.roll], pattern


def _orders(dice: Dice, widths: int, fewest: int, most: int) -> Orders:
    roll = 1000
    chosen = sorted(dice.several(range(roll // 10, roll // 2), widths), reverse=True)
    return Orders(roll, tuple(Order(width, dice.whole(fewest, most)) for width in chosen))


_HEADER = ("width_mm", "pieces")


def _text(orders: Orders, size: Size, data: str) -> str:
    opening = f"""
        We cut paper rolls that are {orders.roll} millimetres wide into narrower pieces. From one roll any
        pieces can be cut side by side as long as their widths add up to no more than {orders.roll}
        millimetres; cutting itself loses nothing, and what is left over is thrown away. Pieces cannot be
        joined. We have enough rolls, all alike, and must cut at least the ordered number of pieces of every
        width."""
    asked = "How few rolls are enough?"
    end = ask_value(size, "the least number of rolls")
    return "\n\n".join([paragraphs(opening), data, asked, end])
