"""Tables of tournaments: a village league with a deduction, and a chess tournament with tie-breaks."""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from agentkit.envs.gaia_style.dice import Dice
from agentkit.envs.gaia_style.question import Draft, Question, one_line, overlooked, words
from agentkit.envs.gaia_style.reading import query
from agentkit.envs.gaia_style.reading import text as read_text
from agentkit.envs.gaia_style.writing import json_lines, prose, separated

__all__ = ["ChessOpen", "VillageLeague"]

_CLUBS = ("Arden", "Bramley", "Cowden", "Duxford", "Eyam", "Flint", "Goring")


@dataclass(frozen=True, slots=True)
class _Match:
    home: str
    away: str
    score: tuple[int, int] | None
    """None where it was not played."""
    note: str
    """`postponed`, `abandoned`, `awarded` (3:0 to the home side whatever was played) or nothing."""

    def counted(self, rules: _LeagueRules) -> tuple[int, int] | None:
        """The score that goes into the table."""
        if self.note == "awarded" and rules.awarded:
            return (3, 0)
        return None if self.note == "abandoned" and rules.abandoned else self.score


@dataclass(frozen=True, slots=True)
class _LeagueRules:
    """How the rules are read; every field turned off is a mistake."""

    awarded: bool = True
    abandoned: bool = True
    deduction: bool = True
    head_to_head: bool = True


@dataclass(frozen=True)
class VillageLeague(Question):
    """The first clubs of a league, in order."""

    places: int

    family: ClassVar[str] = "village-league"
    steps: ClassVar[str] = (
        "Strike abandoned matches; put awarded scores in; give points; take the deduction away; break "
        "ties by the matches between the clubs concerned."
    )
    tools: ClassVar[tuple[str, ...]] = ("spreadsheet",)

    def make(self, dice: Dice) -> Draft:
        """Invent seasons until two clubs are level at the top, and every rule matters."""
        mistakes = overlooked(_LeagueRules())
        while True:
            matches, guilty = _season(dice), dice.pick(_CLUBS[:4])
            right = self._top(matches, guilty, _LeagueRules())
            wrong = [self._top(matches, guilty, mistake) for mistake in mistakes]
            if right and right not in wrong and all(wrong):
                break
        table, rules = self.file("results.csv"), self.file("rules.md")
        ordinal = {3: "three", 4: "four"}[self.places]
        text = f"""My late father kept the results of our village league ({table}); the league's rules are in
            {rules}. Which were the first {ordinal} clubs of the final table? Answer with their names in
            order, best first, separated by commas."""
        files = {table: _results(matches), rules: prose(_league_text(guilty))}
        return Draft(one_line(text), right, tuple(wrong), files)

    def _top(self, matches: Sequence[_Match], guilty: str, rules: _LeagueRules) -> str:
        """The first clubs; nothing where the rules leave two of them level."""
        points = _points(matches, rules)
        if rules.deduction:
            points[guilty] -= 4
        goals = _difference(matches, rules)
        keys = {}
        for club in _CLUBS:
            level = {other for other in _CLUBS if points[other] == points[club]}
            among = [m for m in matches if {m.home, m.away} <= level]
            mini = _points(among, rules)[club] if rules.head_to_head else 0
            keys[club] = (points[club], mini, goals[club])
        order = sorted(_CLUBS, key=lambda club: keys[club], reverse=True)
        first = order[: self.places + 1]
        if len({keys[club] for club in first}) <= self.places:
            return ""
        return ", ".join(order[: self.places])

    def prove(self, folder: Path) -> str:
        """In SQL; the club that lost points is read in the rules."""
        rules = read_text(folder / self.file("rules.md"))
        found = re.search(r"(\w+) fielded .+?(\d) points", rules, re.DOTALL)
        assert found
        rows = query(
            f"""WITH played AS (
                SELECT home, away, if(remark = 'awarded to home', '3:0', score) AS score
                FROM results WHERE remark IS DISTINCT FROM 'abandoned' AND score IS NOT NULL),
            numbers AS (SELECT home, away, split_part(score, ':', 1)::INT AS h, split_part(score, ':', 2)::INT
                AS a FROM played),
            sides AS (SELECT home AS club, away AS other, h AS f, a AS g FROM numbers
                UNION ALL SELECT away, home, a, h FROM numbers),
            scored AS (SELECT *, CASE WHEN f > g THEN 3 WHEN f = g THEN 1 ELSE 0 END AS p FROM sides),
            totals AS (
                SELECT club, sum(p) - if(club = '{found[1]}', {found[2]}, 0) AS points, sum(f - g) AS goals
                FROM scored GROUP BY club)
            SELECT t.club, (SELECT coalesce(sum(s.p), 0) FROM scored s JOIN totals o ON o.club = s.other
                WHERE s.club = t.club AND o.points = t.points) AS mini
            FROM totals t ORDER BY t.points DESC, mini DESC, t.goals DESC LIMIT {self.places}""",
            results=folder / self.file("results.csv"),
        )
        return ", ".join(row[0] for row in rows)


def _season(dice: Dice) -> list[_Match]:
    """Everybody against everybody, at home and away."""
    matches = []
    strength = {club: dice.whole(0, 2) for club in _CLUBS}
    pairs = [(a, b) for a in _CLUBS for b in _CLUBS if a != b]
    for home, away in dice.shuffled(pairs):
        score = (dice.whole(0, 2 + strength[home]), dice.whole(0, 1 + strength[away]))
        note = dice.pick(["abandoned", "postponed", "awarded"]) if dice.chance(0.16) else ""
        matches.append(_Match(home, away, None if note == "postponed" else score, note))
    return matches


def _points(matches: Iterable[_Match], rules: _LeagueRules) -> dict[str, int]:
    points = dict.fromkeys(_CLUBS, 0)
    for match in matches:
        if score := match.counted(rules):
            points[match.home] += 3 if score[0] > score[1] else score[0] == score[1]
            points[match.away] += 3 if score[0] < score[1] else score[0] == score[1]
    return points


def _difference(matches: Iterable[_Match], rules: _LeagueRules) -> dict[str, int]:
    goals = dict.fromkeys(_CLUBS, 0)
    for match in matches:
        if score := match.counted(rules):
            goals[match.home] += score[0] - score[1]
            goals[match.away] += score[1] - score[0]
    return goals


def _results(matches: Sequence[_Match]) -> bytes:
    remarks = {"awarded": "awarded to home", "postponed": "postponed, never played"}
    rows = [
        (m.home, m.away, f"{m.score[0]}:{m.score[1]}" if m.score else "", remarks.get(m.note, m.note))
        for m in matches
    ]
    return separated(("home", "away", "score", "remark"), rows)


def _league_text(guilty: str) -> str:
    return f"""
        # Rules of the Seven Villages League

        - Everybody plays everybody twice, once at home and once away.
        - A win is worth 3 points, a draw 1 point.
        - A match awarded to a side by the board counts as won 3:0 by it, whatever was played.
        - Abandoned matches are not repeated and do not count, even if a score was written down. Matches never
          played do not count either.
        - Clubs level on points are ordered by the points of the matches between them alone (all the clubs
          that are level), only then by the difference of goals in all matches that count.
        - {guilty} fielded a player of another club and loses 4 points. This is taken into account before
          anything is said about being level.
        """


_PLAYERS = words("""Achaibar Bielski Calloway Dragomir Eastwood Fekete Grünwald Holmström Ishikawa Jovanovic
    Kerimov Lapointe""")
_ROUNDS = 6


@dataclass(frozen=True, slots=True)
class _Game:
    round: int
    white: str
    black: str
    """Empty for a bye, which is White's."""
    halves: int
    """Half points for White; two less these for Black."""
    forfeit: bool


@dataclass(frozen=True, slots=True)
class _ChessRules:
    """How the rules are read; every field turned off is a mistake."""

    drop_lowest: bool = True
    unplayed: bool = True
    corrected: bool = True
    tie_break: bool = True


@dataclass(frozen=True)
class ChessOpen(Question):
    """Who is at a place in a chess tournament, with which tie-break."""

    place: int

    family: ClassVar[str] = "chess-open"
    steps: ClassVar[str] = (
        "Enter the corrections; add up points; sum the opponents' points without the lowest, games "
        "not played apart; order."
    )
    tools: ClassVar[tuple[str, ...]] = ("spreadsheet", "a program")

    def make(self, dice: Dice) -> Draft:
        """Invent tournaments until the tie-break decides the place asked for, and every rule matters."""
        mistakes = overlooked(_ChessRules())
        while True:
            games = _chess(dice)
            wrong_game = dice.whole(12, len(games) - 1)
            right = self._placed(games, wrong_game, _ChessRules())
            wrong = [self._placed(games, wrong_game, mistake) for mistake in mistakes]
            playable = games[wrong_game].black and not games[wrong_game].forfeit
            if playable and right and all(wrong) and right not in wrong:
                break
        table, rules = self.file("games.jsonl"), self.file("rules.md")
        text = f"""Our chess club held its open tournament over {_ROUNDS} rounds. {table} has the games as
            they were typed in on the day, {rules} the rules and a correction. Who came in place {self.place},
            and with which Buchholz number? Answer in the form: surname, number with one decimal."""
        files = {table: _game_lines(games), rules: prose(_chess_text(games[wrong_game]))}
        return Draft(one_line(text), right, tuple(wrong), files)

    def _placed(self, games: Sequence[_Game], wrong_game: int, rules: _ChessRules) -> str:
        """Who is there; nothing where the tie-break leaves two level."""
        if rules.corrected:
            games = [_turned(game) if n == wrong_game else game for n, game in enumerate(games)]
        points: dict[str, int] = dict.fromkeys(_PLAYERS, 0)
        for game in games:
            points[game.white] += game.halves
            if game.black:
                points[game.black] += 2 - game.halves
        buchholz = {player: _buchholz(games, points, player, rules) for player in _PLAYERS}
        order = sorted(
            _PLAYERS, key=lambda p: (points[p], buchholz[p] if rules.tie_break else 0), reverse=True
        )
        keys = [(points[p], buchholz[p]) for p in order]
        if rules.tie_break and keys.count(keys[self.place - 1]) > 1:
            return ""
        player = order[self.place - 1]
        return f"{player}, {buchholz[player] / 2:.1f}"

    def prove(self, folder: Path) -> str:
        """Keep a card for each player, game by game."""
        rules = read_text(folder / self.file("rules.md"))
        found = re.search(r"in round (\d),\s+(\w+) against (\w+): (\S+) is right", rules)
        assert found
        cards: dict[str, list[tuple[float, str]]] = defaultdict(list)
        for line in read_text(folder / self.file("games.jsonl")).splitlines():
            game = json.loads(line)
            white, black, result = game["white"], game.get("black", ""), game["result"]
            if [str(game["round"]), white, black] == [found[1], found[2], found[3]]:
                result = found[4]
            first = {"1-0": 1.0, "+/-": 1.0, "bye": 1.0, "1/2": 0.5}.get(result, 0.0)
            met = result in ("1-0", "0-1", "1/2")
            cards[white].append((first, black if met else ""))
            if black:
                cards[black].append((1 - first, white if met else ""))
        total = {player: sum(gained for gained, _ in card) for player, card in cards.items()}
        seconds = {}
        for player, card in cards.items():
            sums = sorted(total[other] if other else total[player] for _, other in card)
            seconds[player] = sum(sums) - sums[0]
        order = sorted(total, key=lambda player: (-total[player], -seconds[player]))
        return f"{order[self.place - 1]}, {seconds[order[self.place - 1]]:.1f}"


def _turned(game: _Game) -> _Game:
    """The same game with the result the other way round; a draw becomes White's."""
    halves = 2 - game.halves if game.halves != 1 else 2
    return _Game(game.round, game.white, game.black, halves, game.forfeit)


def _buchholz(games: Iterable[_Game], points: Mapping[str, int], player: str, rules: _ChessRules) -> int:
    """Half points of the opponents; for games that were not played the player's own instead."""
    found = []
    for game in games:
        if player in (game.white, game.black):
            other = game.black if player == game.white else game.white
            real = bool(other) and not game.forfeit
            if real or (other and not rules.unplayed):
                found.append(points[other])
            else:
                found.append(points[player] if rules.unplayed else 0)
    return sum(found) - (min(found) if rules.drop_lowest else 0)


def _chess(dice: Dice) -> list[_Game]:
    """Rounds in which those with most points meet, as far as they have not met before."""
    games: list[_Game] = []
    points: dict[str, int] = dict.fromkeys(_PLAYERS, 0)
    met: set[frozenset[str]] = set()
    for number in range(1, _ROUNDS + 1):
        waiting = sorted(dice.shuffled(_PLAYERS), key=lambda p: -points[p])
        if number in (2, 4):
            # One player is away and one has a bye.
            away = waiting.pop(dice.whole(4, 11))
            lucky = waiting.pop()
            games.append(_Game(number, lucky, "", 2, False))
            points[lucky] += 2
            games.append(_Game(number, away, "", 0, False))
        while waiting:
            white = waiting.pop(0)
            free = [p for p in waiting if frozenset((white, p)) not in met] or waiting
            black = free[0]
            waiting.remove(black)
            met.add(frozenset((white, black)))
            forfeit = dice.chance(0.08)
            halves = 2 if forfeit else dice.pick([0, 1, 2, 2])
            games.append(_Game(number, white, black, halves, forfeit))
            points[white] += halves
            points[black] += 2 - halves
    return games


def _game_lines(games: Sequence[_Game]) -> bytes:
    lines = []
    for game in games:
        entry: dict[str, object] = {"round": game.round, "white": game.white}
        if game.black:
            entry["black"] = game.black
            result = "+/-" if game.forfeit else ("0-1", "1/2", "1-0")[game.halves]
        else:
            result = "bye" if game.halves else "absent"
        lines.append({**entry, "result": result})
    return json_lines(lines)


def _chess_text(wrong: _Game) -> str:
    result = {0: "0-1", 2: "1-0"}[_turned(wrong).halves]
    return f"""
        # Rules of the open tournament

        - A win gives 1 point, a draw half a point. "+/-" is a win of White without play, because Black did
          not come. A bye gives 1 point, an absence ("absent") none.
        - Players are ordered by their points. Those with equal points are ordered by their Buchholz number.
        - The Buchholz number is the sum of the final points of all opponents, without the lowest of these
          numbers (only one is left out, even if it occurs several times).
        - For every round in which a player did not really play (bye, absent, or a win or loss without play),
          the player's own final points stand in the place of an opponent's points.

        Correction of a result that was typed in wrong: in round {wrong.round},
        {wrong.white} against {wrong.black}: {result} is right.
        """
