"""Puzzles told in the question itself: a queue to be put in order, a board game, a note in cipher."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import permutations
from pathlib import Path
from string import ascii_lowercase
from typing import ClassVar

from agentkit.envs.gaia_style.dice import Dice
from agentkit.envs.gaia_style.question import Draft, Question, one_line

__all__ = ["BoardGame", "QueuePuzzle", "ShiftedNote"]

_NAMES = ("Amara", "Bjarne", "Carlota", "Dimitri", "Elif", "Fenna", "Goran", "Hanako")
_ORDINALS = ("first", "second", "third", "fourth", "fifth", "sixth", "seventh")


@dataclass(frozen=True, slots=True)
class _Clue:
    text: str
    holds: Callable[[Sequence[str]], bool]
    """Whether it is true of an order."""


@dataclass(frozen=True)
class QueuePuzzle(Question):
    """Who stands where in a queue."""

    people: int

    family: ClassVar[str] = "queue-puzzle"
    steps: ClassVar[str] = "Go through the orders that the clues leave; exactly one is left."

    def make(self, dice: Dice) -> Draft:
        """Invent an order, then clues until no other order fits, then drop those that add nothing."""
        order = dice.several(_NAMES, self.people)
        every = list(permutations(order))
        clues: list[_Clue] = []
        left = every
        while len(left) > 1:
            clue = _clue(dice, order)
            fewer = [other for other in left if clue.holds(other)]
            if clue.holds(order) and len(fewer) < len(left):
                clues.append(clue)
                left = fewer
        for clue in list(clues):
            others = [c for c in clues if c is not clue]
            if sum(all(c.holds(other) for c in others) for other in every) == 1:
                clues = others
        place = dice.pick([n for n in range(1, self.people - 1) if n * 2 != self.people - 1])
        told = " ".join(f"({n}) {clue.text}" for n, clue in enumerate(clues, start=1))
        names = ", ".join(sorted(order))
        text = f"""{self.people} people queue at a bakery, one behind the other; the first is served next.
            They are {names}. {told} Who is {_ORDINALS[place]} in the queue? Answer with the name only."""
        wrong = {order[-1 - place], order[place - 1], order[place + 1]}
        return Draft(one_line(text), order[place], tuple(sorted(wrong)))

    def prove(self, folder: Path) -> str:
        """Read the clues in the text, and try all orders."""
        text = self.asked(folder)
        (names,) = re.findall(r"They are ([\w, ]+)\.", text)
        clues = re.findall(r"\(\d\) ([^.]+)\.", text)
        (asked,) = re.findall(r"Who is (\w+) in the queue", text)
        fitting: set[str] = {
            order[_ORDINALS.index(asked)]
            for order in permutations(str(names).split(", "))
            if all(_true(c, order) for c in clues)
        }
        (name,) = fitting
        return name


def _clue(dice: Dice, order: Sequence[str]) -> _Clue:
    """A clue of a random kind, true or not."""
    a, b, c, d = dice.several(order, 4)
    gap = dice.whole(1, 3)
    kinds = (
        _Clue(f"{a} stands somewhere ahead of {b}.", lambda o: o.index(a) < o.index(b)),
        _Clue(
            f"Exactly {gap} people stand between {a} and {b}.",
            lambda o: abs(o.index(a) - o.index(b)) == gap + 1,
        )
        if gap > 1
        else _Clue(f"{a} stands directly behind {b}.", lambda o: o.index(a) == o.index(b) + 1),
        _Clue(f"{a} is neither first nor last.", lambda o: a not in (o[0], o[-1])),
        _Clue(
            f"If {a} is ahead of {b}, then {c} is ahead of {d}.",
            lambda o: o.index(a) > o.index(b) or o.index(c) < o.index(d),
        ),
        _Clue(f"Of {a} and {b}, one is last.", lambda o: o[-1] in (a, b)),
    )
    return dice.pick(kinds)


def _true(clue: str, order: Sequence[str]) -> bool:
    """Whether a clue, in words, is true of an order."""
    places = {name: n for n, name in enumerate(order)}
    at = [places[word] for word in re.findall(r"\w+", clue) if word in places]
    if clue.startswith("If"):
        return not at[0] < at[1] or at[2] < at[3]
    if "between" in clue:
        return abs(at[0] - at[1]) - 1 == int(re.findall(r"\d", clue)[0])
    if "directly behind" in clue:
        return at[0] - at[1] == 1
    if "somewhere ahead" in clue:
        return at[0] < at[1]
    if "neither" in clue:
        return at[0] not in (0, len(order) - 1)
    assert "one is last" in clue
    return len(order) - 1 in at


@dataclass(frozen=True, slots=True)
class _Board:
    """A game's rules; every field turned off is a rule overlooked."""

    jumps: dict[int, int]
    throws: list[int]
    again: bool = True
    """A six throws again."""
    bounce: bool = True
    """Who comes past the end goes back."""
    kick: bool = True
    """Who is met goes back to the start."""


_END = 36


@dataclass(frozen=True)
class BoardGame(Question):
    """Where two counters stand after some throws."""

    family: ClassVar[str] = "board-game"
    steps: ClassVar[str] = "Play the throws one by one with all rules."

    def make(self, dice: Dice) -> Draft:
        """Invent ladders, snakes and throws that nobody wins with."""
        squares = dice.several(range(3, _END - 1), 10)
        jumps = dict(zip(squares[:5], squares[5:], strict=True))
        while True:
            throws = [6 if dice.chance(0.25) else dice.whole(1, 5) for _ in range(18)]
            mia, jon = _play(_Board(jumps, throws))
            if _END not in (mia, jon) and throws[-1] != 6:
                break
        up = ", ".join(f"{a} to {b}" for a, b in sorted(jumps.items()) if b > a)
        down = ", ".join(f"{a} to {b}" for a, b in sorted(jumps.items()) if b < a)
        text = f"""My children play on a board with squares numbered from 1 up to {_END}; both counters begin
            off the board, on square 0. They take turns, Mia first, and whoever throws a 6 moves and then has
            another turn at once. Who would go beyond square {_END} counts forward to {_END} and the rest of
            the throw backward. Only {_END} exactly wins, and nobody has won yet. Whoever ends the count of a
            throw on the start of a ladder or a snake goes to its other end, once only. Ladders lead from
            {up}; snakes from {down}. After that, if the other child's counter is on the square reached (not
            square 0), the other counter goes back to 0. The throws so far were, in order:
            {", ".join(map(str, throws))}. On which squares do the counters stand now? Answer with two
            numbers, Mia's and then Jon's, separated by a comma."""
        wrong = (
            _play(_Board(jumps, throws, again=False)),
            _play(_Board(jumps, throws, bounce=False)),
            _play(_Board(jumps, throws, kick=False)),
            (jon, mia),
        )
        return Draft(one_line(text), f"{mia}, {jon}", tuple(f"{a}, {b}" for a, b in wrong))

    def prove(self, folder: Path) -> str:
        """Deal the throws out to the children first, then move."""
        text = self.asked(folder)
        ways = {int(a): int(b) for a, b in re.findall(r"(\d+) to (\d+)(?=[,;.])", text)}
        (told,) = re.findall(r"in order: ([\d, ]+)\.", text)
        mover, moves = 0, []
        for throw in map(int, told.split(", ")):
            moves.append((mover, throw))
            mover = mover if throw == 6 else 1 - mover
        stand = [0, 0]
        for child, throw in moves:
            reached = _END - abs(_END - stand[child] - throw)
            stand[child] = ways.get(reached, reached)
            assert stand[child] != _END
            if stand[0] == stand[1]:
                stand[1 - child] = 0
        return f"{stand[0]}, {stand[1]}"


def _play(board: _Board) -> tuple[int, int]:
    """Where both stand at the end; whoever wins ends the game."""
    here, there, swapped = 0, 0, False
    for throw in board.throws:
        here += throw
        if here > _END:
            here = 2 * _END - here if board.bounce else here - throw
        here = board.jumps.get(here, here)
        if here == _END:
            break
        if board.kick and here == there:
            there = 0
        if throw != 6 or not board.again:
            here, there, swapped = there, here, not swapped
    return (there, here) if swapped else (here, there)


_NOTE = "tomorrow the ferry leaves without passengers from jetty eleven"


@dataclass(frozen=True)
class ShiftedNote(Question):
    """A note in which every word is shifted by what the word before it says."""

    family: ClassVar[str] = "shifted-note"
    steps: ClassVar[str] = "Decode the first word; its vowels give the next word's shift; and so on."

    def make(self, dice: Dice) -> Draft:
        """Encode a note."""
        plain = _NOTE.split()
        first = dice.whole(2, 6)
        shifts = [first, *(_vowels(word) for word in plain)]
        cipher = [_shift(word, by) for word, by in zip(plain, shifts, strict=False)]
        text = f"""My grandson and I write each other notes in cipher. Every letter of the first word is moved
            forward by {first} places in the alphabet (after z comes a again). Every letter of each further
            word is moved forward by as many places as the word before it has vowels (a, e, i, o, u, each
            occurrence counted) in plain language, not as it stands in the cipher. His note reads:
            "{" ".join(cipher)}". What is the last word of the note in plain language? Answer with that word
            only."""
        by_cipher = _shift(cipher[-1], -_vowels(cipher[-2]))
        wrong = (by_cipher, _shift(cipher[-1], -first), _shift(cipher[-1], shifts[-2]), plain[-2])
        return Draft(one_line(text), plain[-1], wrong)

    def prove(self, folder: Path) -> str:
        """Decode word by word with translation tables."""
        text = self.asked(folder)
        (by,) = (int(n) for n in re.findall(r"forward by (\d+) places", text))
        (note,) = re.findall(r'"([a-z ]+)"', text)
        word = ""
        for hidden in note.split():
            table = str.maketrans(ascii_lowercase, ascii_lowercase[-by:] + ascii_lowercase[:-by])
            word = hidden.translate(table)
            by = len(re.findall("[aeiou]", word))
        return word


def _vowels(word: str) -> int:
    return sum(letter in "aeiou" for letter in word)


def _shift(word: str, by: int) -> str:
    return "".join(chr((ord(letter) - 97 + by) % 26 + 97) for letter in word)
