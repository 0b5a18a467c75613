"""Parcels that lorries and a plane take from city to city, in as few actions as possible."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from agentkit.envs.gaia_style.dice import Dice
from agentkit.envs.gaia_style.writing import separated
from agentkit.envs.ladder.family import Aim, Instance, Replay, Size, dice_for
from agentkit.envs.ladder.wording import ask_plan, paragraphs, table

__all__ = ["Logistics", "Parcel", "World", "fewest_actions"]

_SHAPES: dict[Size, tuple[int, int, int]] = {"small": (2, 2, 2), "medium": (2, 3, 4), "large": (3, 4, 8)}
"""Cities, places in each (the airport included), and parcels."""
_ARGUMENTS = dict.fromkeys(("load", "unload", "drive", "fly"), 3)


@dataclass(frozen=True, slots=True)
class Parcel:
    """What must be brought from a place to another."""

    name: str
    start: str
    end: str


@dataclass(frozen=True, slots=True)
class World:
    """Cities with a lorry each, an airport in each, and one plane. A lorry's name tells its city."""

    cities: Mapping[str, tuple[str, ...]]
    """The places of each city, the airport first."""
    lorries: Mapping[str, str]
    """Where each city's lorry (named after it) stands."""
    plane: str
    """At which airport the plane stands."""
    parcels: tuple[Parcel, ...]

    def city(self, place: str) -> str:
        """In which city a place lies."""
        return next(city for city, places in self.cities.items() if place in places)


class Logistics:
    """The shortest plan that delivers all parcels (the logistics domain with one plane)."""

    name = "logistics"
    aim: Aim = "shortest plan"
    unit = "actions"
    proofs = dict.fromkeys(_SHAPES, "breadth-first search over vehicles' trips; loading is counted apart")
    actions = _ARGUMENTS

    def make(self, size: Size, seed: int) -> Instance[World]:
        """Random places, so that most parcels must change city."""
        world = _world(dice_for(self.name, size, seed), *_SHAPES[size])
        if size == "large":
            return Instance(size, seed, world, _text(world, size, _FILES), _files(world))
        return Instance(size, seed, world, _text(world, size, _tables(world)))

    def gold(self, instance: Instance[World]) -> int:
        """Every load and unload that must be, and the fewest trips."""
        return fewest_actions(instance.data)

    def replay(self, instance: Instance[World], plan: Sequence[Sequence[str]]) -> Replay:
        """Carry the actions out, one by one."""
        world = instance.data
        places = {place.lower(): place for row in world.cities.values() for place in row}
        where = {f"lorry-{city}".lower(): place for city, place in world.lorries.items()}
        where |= {"plane": world.plane, **{p.name.lower(): p.start for p in world.parcels}}
        for number, step in enumerate(plan):
            fault = _carry_out(world, where, places, step)
            if fault:
                return Replay(False, number, f"action {number + 1} ({' '.join(step)}): {fault}")
        left = [p.name for p in world.parcels if where[p.name.lower()] != p.end]
        if left:
            return Replay(False, len(plan), f"{', '.join(left)} did not arrive")
        return Replay(True, len(plan))


def _carry_out(world: World, where: dict[str, str], places: Mapping[str, str], step: Sequence[str]) -> str:
    """Change where everything is; why that is not allowed, or empty."""
    action, first, second, third = step
    parcels = {parcel.name.lower() for parcel in world.parcels}
    if action in ("load", "unload"):
        if first not in parcels or second not in where or second in parcels or third not in places:
            return "there is no such parcel, vehicle or place"
        if where[second] != places[third]:
            return f"{second} is not at {third}"
        old, new = (places[third], second) if action == "load" else (second, places[third])
        if where[first] != old:
            return f"{first} is not {'at' if action == 'load' else 'in'} {old}"
        where[first] = new
        return ""
    return _travel(world, where, places, step)


def _travel(world: World, where: dict[str, str], places: Mapping[str, str], step: Sequence[str]) -> str:
    action, vehicle, *ends = step
    if any(end not in places for end in ends) or ends[0] == ends[1]:
        return "there are no such two places"
    start, end = (places[name] for name in ends)
    if action == "fly":
        airports = [row[0] for row in world.cities.values()]
        able = vehicle == "plane" and start in airports and end in airports
    else:
        able = vehicle == f"lorry-{world.city(start)}".lower() == f"lorry-{world.city(end)}".lower()
    if not able:
        return f"{vehicle} cannot go from {start} to {end}"
    if where[vehicle] != start:
        return f"{vehicle} is not at {start}"
    where[vehicle] = end
    return ""


@dataclass(frozen=True, slots=True)
class _Leg:
    """A part of a parcel's way, in one vehicle."""

    vehicle: int
    """The lorries by number, then the plane."""
    start: str
    end: str


def fewest_actions(world: World) -> int:
    """The length of a shortest plan.

    A parcel's legs are given: by lorry within a city and to and from the airport, by plane between cities.
    Each needs one load and one unload, and more never help, as vehicles hold any number and each leg has
    only one vehicle that can do it. Loading at once whatever waits, and unloading it at its leg's end, costs
    the same as doing so later, so only the trips are searched: breadth first, over where the vehicles are
    and how far each parcel has come.
    """
    legs = [tuple(_legs(world, parcel)) for parcel in world.parcels]
    vehicles = (*(world.lorries[city] for city in world.cities), world.plane)
    start = (vehicles, _come_on(legs, vehicles, tuple(0 for _ in legs)))
    final = tuple(2 * len(way) for way in legs)
    stops = _stops(world)
    seen, border, trips = {start}, [start], 0
    while all(state[1] != final for state in border):
        following = []
        for places, stages in border:
            for number, place in _useful(legs, places, stages, stops):
                moved = (*places[:number], place, *places[number + 1 :])
                state = (moved, _come_on(legs, moved, stages))
                if state not in seen:
                    seen.add(state)
                    following.append(state)
        border, trips = following, trips + 1
    return trips + sum(final)


def _legs(world: World, parcel: Parcel) -> Iterator[_Leg]:
    numbers = {city: number for number, city in enumerate(world.cities)}
    a, b = world.city(parcel.start), world.city(parcel.end)
    if a == b:
        ways = [_Leg(numbers[a], parcel.start, parcel.end)]
    else:
        out, into = world.cities[a][0], world.cities[b][0]
        ways = [
            _Leg(numbers[a], parcel.start, out),
            _Leg(len(numbers), out, into),
            _Leg(numbers[b], into, parcel.end),
        ]
    yield from (leg for leg in ways if leg.start != leg.end)


def _stops(world: World) -> tuple[tuple[str, ...], ...]:
    """Where each vehicle can go."""
    return (*world.cities.values(), tuple(row[0] for row in world.cities.values()))


def _come_on(
    legs: Sequence[tuple[_Leg, ...]], places: Sequence[str], stages: tuple[int, ...]
) -> tuple[int, ...]:
    """Load and unload all that can be; a stage is 2 for each leg done, and 1 in a vehicle."""
    return tuple(_stage(way, places, stage) for way, stage in zip(legs, stages, strict=True))


def _stage(way: tuple[_Leg, ...], places: Sequence[str], stage: int) -> int:
    while stage < 2 * len(way):
        leg = way[stage // 2]
        if places[leg.vehicle] != (leg.end if stage % 2 else leg.start):
            break
        stage += 1
    return stage


def _useful(
    legs: Sequence[tuple[_Leg, ...]],
    places: Sequence[str],
    stages: Sequence[int],
    stops: Sequence[Sequence[str]],
) -> Iterator[tuple[int, str]]:
    """Trips to where a vehicle has, or will have, something to do; no other can be part of a shortest plan.

    A trip to elsewhere could be left out, as every two stops of a vehicle are one trip apart.
    """
    wanted: set[tuple[int, str]] = set()
    for way, stage in zip(legs, stages, strict=True):
        for number in range(stage // 2, len(way)):
            leg = way[number]
            wanted.add((leg.vehicle, leg.end))
            if number > stage // 2 or stage % 2 == 0:
                wanted.add((leg.vehicle, leg.start))
    for number, around in enumerate(stops):
        yield from (
            (number, place) for place in around if (number, place) in wanted and place != places[number]
        )


def _world(dice: Dice, cities: int, places: int, parcels: int) -> World:
    names = [f"CITY{number}" for number in range(1, cities + 1)]
    rows = {
        city: tuple([f"AIRPORT{n}", *(f"PLACE{n}{chr(64 + k)}" for k in range(1, places))])
        for n, city in enumerate(names, start=1)
    }
    everywhere = [place for row in rows.values() for place in row]
    made = []
    for number in range(1, parcels + 1):
        start, end = dice.several(everywhere, 2)
        made.append(Parcel(f"PARCEL{number}", start, end))
    lorries = {city: dice.pick(rows[city]) for city in names}
    return World(rows, lorries, dice.pick([row[0] for row in rows.values()]), tuple(made))


_PLACES = ("place", "city", "airport")
_VEHICLES = ("vehicle", "stands_at")
_PARCELS = ("parcel", "from", "to")
_FILES = (
    "The places with their cities are in places.csv (airport is 1 for airports, else 0), the vehicles with"
    " the places where they stand at the beginning in vehicles.csv, and the parcels in parcels.csv."
)


def _place_rows(world: World) -> list[tuple[str, str, int]]:
    return [(place, city, int(place == row[0])) for city, row in world.cities.items() for place in row]


def _vehicle_rows(world: World) -> list[tuple[str, str]]:
    return [*((f"LORRY-{city}", place) for city, place in world.lorries.items()), ("PLANE", world.plane)]


def _parcel_rows(world: World) -> list[tuple[str, str, str]]:
    return [(parcel.name, parcel.start, parcel.end) for parcel in world.parcels]


def _files(world: World) -> dict[str, bytes]:
    return {
        "places.csv": separated(_PLACES, _place_rows(world)),
        "vehicles.csv": separated(_VEHICLES, _vehicle_rows(world)),
        "parcels.csv": separated(_PARCELS, _parcel_rows(world)),
    }


def _tables(world: World) -> str:
    places = f"The places (airport is 1 for airports, else 0):\n\n{table(_PLACES, _place_rows(world))}"
    vehicles = table(_VEHICLES, _vehicle_rows(world))
    parcels = table(_PARCELS, _parcel_rows(world))
    standing = f"The vehicles, and where they stand at the beginning:\n\n{vehicles}"
    return "\n\n".join([places, standing, f"The parcels:\n\n{parcels}"])


_ACTIONS = (
    "- load PARCEL VEHICLE PLACE: parcel and vehicle must be at the place; the parcel then is in the"
    " vehicle.",
    "- unload PARCEL VEHICLE PLACE: the parcel must be in the vehicle and the vehicle at the place; the"
    " parcel then lies at the place.",
    "- drive LORRY FROM TO: from one place to any other place of the lorry's own city.",
    "- fly PLANE FROM TO: from one airport to any other airport.",
)


def _text(world: World, size: Size, data: str) -> str:
    opening = f"""
        We have {len(world.parcels)} parcels to deliver in {len(world.cities)} cities. Each city has several
        places, one of which is its airport, and one lorry, which never leaves the city (LORRY-CITY1 is that
        of CITY1, and so on). One plane flies between the airports. All vehicles hold any number of parcels.
        These actions exist:"""
    asked = """
        What is the shortest sequence of actions after which every parcel lies at the place where it must go
        (unloaded there)? Every action counts one; where the vehicles end does not matter."""
    example = (
        "load PARCEL9 LORRY-CITY9 PLACE9A\ndrive LORRY-CITY9 PLACE9A AIRPORT9\nfly PLANE AIRPORT8 AIRPORT9"
    )
    return "\n\n".join(
        [paragraphs(opening), "\n".join(_ACTIONS), data, paragraphs(asked), ask_plan(size, example)]
    )
