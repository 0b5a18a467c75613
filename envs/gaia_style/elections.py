"""A village council's election by transferable vote, with void boxes, faulty ballots and a withdrawal."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from agentkit.envs.gaia_style.dice import Dice
from agentkit.envs.gaia_style.question import Draft, Question, one_line, overlooked
from agentkit.envs.gaia_style.reading import records
from agentkit.envs.gaia_style.reading import text as read_text
from agentkit.envs.gaia_style.writing import json_file, prose, separated

__all__ = ["CouncilVote"]

_NAMES = ("Abernathy", "Bellweather", "Corrigan", "Dunmore", "Esterhazy", "Farquhar", "Gallagher")
_LETTERS = "ABCDEFG"
_WEIGHTS = (21, 20, 16, 14, 12, 10, 8)
"""How popular candidates are, in some order."""
_VOID_BOX = 7
_PLACES = 5
"""How many preferences a ballot has room for."""


@dataclass(frozen=True, slots=True)
class _Ballot:
    serial: str
    """P at the beginning means by post."""
    box: int
    places: tuple[str, ...]
    """What stands in each place; empty where nothing does."""
    copies: int
    """How often it was scanned."""


@dataclass(frozen=True, slots=True)
class _Rules:
    """How the rules are read; every field turned off is a mistake."""

    boxes: bool = True
    postal: bool = True
    gaps: bool = True
    repeats: bool = True
    withdrawn: bool = True
    scanned: bool = True


@dataclass(frozen=True, slots=True)
class _Count:
    """How an election ended."""

    winner: str
    votes: int
    excluded: tuple[str, ...]
    """In order."""
    leader: str
    """Who led in the first count."""


@dataclass(frozen=True)
class CouncilVote(Question):
    """Who is elected with how many votes, or who was excluded in which order."""

    ask: str
    """`winner` or `excluded`."""

    family: ClassVar[str] = "council-vote"
    steps: ClassVar[str] = (
        "Drop void and doubled ballots; cut faulty ones where they go wrong; strike the withdrawn "
        "candidate; exclude the last and pass ballots on until one has more than half."
    )
    tools: ClassVar[tuple[str, ...]] = ("a program", "SQL")

    def make(self, dice: Dice) -> Draft:
        """Invent ballots until there is no tie, and most of the rules matter."""
        mistakes = overlooked(_Rules())
        while True:
            ballots = _ballots(dice)
            gone = dice.pick(_LETTERS[1:4])
            right = _elect(ballots, gone, _Rules())
            wrong = [self._told(_elect(ballots, gone, mistake)) for mistake in mistakes]
            others = set(wrong) - {self._told(right)}
            if right.winner != right.leader and len(right.excluded) >= 4 and len(others) >= 3:
                break
        names = [self.file(name) for name in ("ballots.csv", "candidates.json", "rules.md", "protocol.txt")]
        head = f"""I am the new clerk of our parish and must write the report on the by-election to the
            council. {names[0]} has all ballots as they were scanned, {names[1]} the candidates, {names[2]}
            the rules, and {names[3]} what the returning officer put on record."""
        aim = {
            "winner": """Who is elected, and with how many ballots in the last count? Answer in the form:
                surname, number.""",
            "excluded": """Which candidates were excluded, in the order of their exclusion (whoever had
                withdrawn is not excluded)? Answer with surnames separated by commas.""",
        }[self.ask]
        contents = (
            _scan(dice, ballots),
            json_file(_candidates()),
            prose(_rules_text()),
            prose(_protocol(gone)),
        )
        return Draft(
            one_line(f"{head} {aim}"),
            self._told(right),
            tuple(sorted(others)),
            dict(zip(names, contents, strict=True)),
        )

    def _told(self, count: _Count) -> str:
        if self.ask == "winner":
            return f"{_name(count.winner)}, {count.votes}"
        return ", ".join(map(_name, count.excluded))

    def prove(self, folder: Path) -> str:
        """Turn every ballot into a string of letters, and strike letters out of the strings."""
        protocol = read_text(folder / self.file("protocol.txt"))
        names = {
            c["letter"]: c["surname"] for c in json.loads(read_text(folder / self.file("candidates.json")))
        }
        (withdrawn,) = re.findall(r"Candidate (\w+) withdrew", protocol)
        (gone,) = (letter for letter, name in names.items() if name == withdrawn)
        strings: dict[str, str] = {}
        for row in records(folder / self.file("ballots.csv")):
            if row["box"] == str(_VOID_BOX) and not row["serial"].startswith("P"):
                continue
            marks = "".join(row[f"place_{n}"] or "-" for n in range(1, _PLACES + 1)).split("-")[0]
            clean = ""
            for letter in marks:
                if letter in clean:
                    break
                clean += letter
            strings[row["serial"]] = clean.replace(gone, "")
        out: list[str] = []
        first = Counter(string[0] for string in strings.values() if string)
        standing = [letter for letter in names if letter != gone]
        while True:
            heads = Counter(string[0] for string in strings.values() if string)
            leader, votes = heads.most_common(1)[0]
            if 2 * votes > sum(heads.values()):
                break
            last = min(standing, key=lambda letter: (heads[letter], first[letter], -ord(letter)))
            standing.remove(last)
            out.append(names[last])
            strings = {serial: string.replace(last, "") for serial, string in strings.items()}
        return f"{names[leader]}, {votes}" if self.ask == "winner" else ", ".join(out)


def _name(letter: str) -> str:
    return _NAMES[_LETTERS.index(letter)]


def _ballots(dice: Dice) -> list[_Ballot]:
    found = []
    popular = dict(zip(_LETTERS, dice.shuffled(_WEIGHTS), strict=True))
    for number in range(1250):
        places = list(_preferences(dice, popular))
        if dice.chance(0.07):
            places[dice.whole(0, 2)] = ""
        if dice.chance(0.06):
            places[dice.whole(1, 3)] = places[0]
        box = dice.whole(1, 9)
        post = dice.chance(0.3 if box == _VOID_BOX else 0.08)
        serial = f"{'P' if post else 'B'}{(number * 7919) % 9973 + 10_000}"
        found.append(_Ballot(serial, box, tuple(places), 2 if dice.chance(0.05) else 1))
    return found


def _preferences(dice: Dice, popular: Mapping[str, int]) -> Iterator[str]:
    """Candidates in a random order, the popular ones sooner; not every place is filled in."""
    left = list(_LETTERS)
    filled = dice.whole(1, _PLACES)
    for place in range(_PLACES):
        if place >= filled:
            yield ""
            continue
        weights = [popular[letter] for letter in left]
        drawn = dice.whole(1, sum(weights))
        while drawn > weights[0]:
            drawn -= weights[0]
            left.append(left.pop(0))
            weights.append(weights.pop(0))
        yield left.pop(0)


def _elect(ballots: Iterable[_Ballot], gone: str, rules: _Rules) -> _Count:
    """Count round by round, every ballot lying with its highest candidate still in."""
    papers = [
        _valid(ballot, rules)
        for ballot in ballots
        for _ in range(1 if rules.scanned else ballot.copies)
        if not rules.boxes or ballot.box != _VOID_BOX or (rules.postal and ballot.serial.startswith("P"))
    ]
    running = [letter for letter in _LETTERS if letter != gone or not rules.withdrawn]
    excluded: list[str] = []
    first: Mapping[str, int] = {}
    while True:
        piles = Counter(next((letter for letter in paper if letter in running), "") for paper in papers)
        piles.pop("", None)
        first = first or dict(piles)
        best = max(running, key=lambda letter: piles[letter])
        if piles[best] * 2 > sum(piles.values()):
            return _Count(best, piles[best], tuple(excluded), max(first, key=lambda letter: first[letter]))
        worst = min(
            running, key=lambda letter: (piles[letter], first.get(letter, 0), -_LETTERS.index(letter))
        )
        running.remove(worst)
        excluded.append(worst)


def _valid(ballot: _Ballot, rules: _Rules) -> tuple[str, ...]:
    """The preferences that count: those before a gap or a repetition."""
    kept: list[str] = []
    for letter in ballot.places:
        if not letter and rules.gaps:
            break
        if letter in kept and rules.repeats:
            break
        if letter:
            kept.append(letter)
    return tuple(kept)


def _scan(dice: Dice, ballots: Sequence[_Ballot]) -> bytes:
    rows = [ballot for ballot in ballots for _ in range(ballot.copies)]
    header = ("serial", "box", *(f"place_{n}" for n in range(1, _PLACES + 1)))
    return separated(header, [(b.serial, b.box, *b.places) for b in dice.shuffled(rows)])


def _candidates() -> list[dict[str, str]]:
    return [{"letter": letter, "surname": name} for letter, name in zip(_LETTERS, _NAMES, strict=True)]


def _rules_text() -> str:
    return """
        # Rules for by-elections

        1. One seat is filled. Voters put candidates' letters in the order of their preference, in places 1 to
           5.
        2. A ballot counts as far as it is clear: from the first empty place on, and from the first letter on
           that already stood in an earlier place, nothing of it counts. (A ballot without anything in place 1
           counts nowhere at all.)
        3. In every count each ballot goes to the highest of its preferences that is still in the race.
           Ballots without any such preference are set aside.
        4. Whoever has more than half of the ballots not set aside in a count is elected, and the counting
           ends. Otherwise the candidate with the fewest ballots is excluded, and the next count begins.
        5. If several have the fewest, the one of them with the fewest ballots in the first count is excluded;
           if that does not decide, the one whose letter is last in the alphabet.
        6. A ballot is known by its serial number. One that was scanned more than once counts once.
        """


def _protocol(gone: str) -> str:
    return f"""
        Protocol of the returning officer

        19:10  The seal of ballot box {_VOID_BOX} was found broken. Its ballots are void.
        19:25  Candidate {_name(gone)} withdrew after the poll had closed but before the first count. The
               ballots are read as if this candidate's letter were not on them: what stands behind it moves
               up. (Rule 2 comes first: where the letter stands twice, the ballot still ends at the second
               one; and an empty place is an empty place.)
        19:40  I have to correct my entry of 19:10. The postal ballots (serial numbers beginning with P) were
               put into box {_VOID_BOX} only after the seal had been replaced, before witnesses. They are
               valid.
        20:30  Scanning finished. Some ballots went through the machine twice.
        """
