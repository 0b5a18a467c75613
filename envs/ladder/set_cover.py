"""Where to place first-aid posts so that every district is covered."""

from __future__ import annotations

from dataclasses import dataclass

from agentkit.envs.gaia_style.dice import Dice
from agentkit.envs.gaia_style.writing import separated
from agentkit.envs.ladder.family import Aim, Instance, Size, dice_for
from agentkit.envs.ladder.milp import Program
from agentkit.envs.ladder.wording import ask_value, paragraphs, table

__all__ = ["Cover", "Post", "SetCover"]

_SHAPES: dict[Size, tuple[int, int, int]] = {
    "small": (6, 8, 3),
    "medium": (20, 20, 4),
    "large": (200, 100, 7),
}
"""Posts, districts, and districts that a post covers on average."""


@dataclass(frozen=True, slots=True)
class Post:
    """A place where a post could be set up."""

    name: str
    cost: int
    """Euros a day."""
    covers: tuple[str, ...]
    """The districts in reach."""


@dataclass(frozen=True, slots=True)
class Cover:
    """Posts, and how many posts each district needs in reach."""

    posts: tuple[Post, ...]
    needs: dict[str, int]


class SetCover:
    """The cheapest posts that cover every district once, and some twice."""

    name = "set_cover"
    aim: Aim = "least"
    unit = "euros"
    proofs = dict.fromkeys(_SHAPES, "binary program by HiGHS, gap 0")

    def make(self, size: Size, seed: int) -> Instance[Cover]:
        """Random reaches; a district that too few posts reach gets more of them."""
        cover = _cover(dice_for(self.name, size, seed), *_SHAPES[size])
        if size == "large":
            return Instance(size, seed, cover, _text(cover, size, _FILES), _files(cover))
        return Instance(size, seed, cover, _text(cover, size, _tables(cover)))

    def gold(self, instance: Instance[Cover]) -> int:
        """By branch and cut over one yes-or-no variable a post."""
        cover = instance.data
        program = Program()
        columns = [program.column(post.cost) for post in cover.posts]
        for district, need in cover.needs.items():
            reach = zip(columns, cover.posts, strict=True)
            program.row([(column, 1) for column, post in reach if district in post.covers], low=need)
        return round(program.solve().objective)


def _cover(dice: Dice, posts: int, districts: int, reach: int) -> Cover:
    names = [f"D{number:03}" for number in range(1, districts + 1)]
    needs = {name: 2 if dice.chance(0.2) else 1 for name in names}
    sets = [set(dice.several(names, dice.whole(reach - 2, reach + 2))) for _ in range(posts)]
    for name in names:
        while sum(name in held for held in sets) < 3:
            dice.pick(sets).add(name)
    made = tuple(
        Post(f"P{number:03}", 60 + 8 * len(held) + dice.whole(0, 120), tuple(sorted(held)))
        for number, held in enumerate(sets, start=1)
    )
    return Cover(made, needs)


_FILES = (
    "The posts with their costs are in posts.csv, the districts that each post has in reach in reach.csv (one"
    " line for each post and district), and the districts with the number of posts that they need in"
    " districts.csv."
)
_POSTS = ("post", "cost_eur")
_REACH = ("post", "district")
_NEEDS = ("district", "posts_needed")


def _files(cover: Cover) -> dict[str, bytes]:
    return {
        "posts.csv": separated(_POSTS, [(p.name, p.cost) for p in cover.posts]),
        "reach.csv": separated(_REACH, [(p.name, d) for p in cover.posts for d in p.covers]),
        "districts.csv": separated(_NEEDS, cover.needs.items()),
    }


def _tables(cover: Cover) -> str:
    posts = table(
        (*_POSTS, "districts in reach"), [(p.name, p.cost, " ".join(p.covers)) for p in cover.posts]
    )
    needs = table(_NEEDS, cover.needs.items())
    return f"The posts:\n\n{posts}\n\nThe districts:\n\n{needs}"


def _text(cover: Cover, size: Size, data: str) -> str:
    opening = f"""
        For the city marathon we can set up first-aid posts at {len(cover.posts)} places. Each place can hold
        one post, which costs a fixed sum in euros and has certain districts in reach. There are
        {len(cover.needs)} districts; every district must have at least as many posts in reach as it needs
        (one, or two where the risk is high)."""
    asked = "At which places should we set up posts so that the total cost is least?"
    end = ask_value(size, "the least total cost in euros")
    return "\n\n".join([paragraphs(opening), data, asked, end])
