"""The phrases and tables that tasks are written with."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from textwrap import dedent

from agentkit.envs.ladder.family import Size

__all__ = ["ask_plan", "ask_value", "paragraphs", "table"]


def paragraphs(text: str) -> str:
    """A text as it stands in the source: lines run on, empty lines part paragraphs.

    >>> paragraphs('''one
    ...     two
    ...
    ...     three''')
    'one two\\n\\nthree'
    """
    blocks = dedent(text).strip().split("\n\n")
    return "\n\n".join(" ".join(block.split()) for block in blocks)


def table(header: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """A table in plain text, columns parted by bars.

    >>> print(table(["item", "kg"], [("rope", 3)]))
    item | kg
    rope | 3
    """
    lines = [header, *rows]
    return "\n".join(" | ".join(str(cell) for cell in line) for line in lines)


def ask_value(size: Size, what: str) -> str:
    """How the answer must end where it is a number."""
    text = f"End your answer with a line of the form\nANSWER: <number>\nwhere the number is {what}."
    if size == "large":
        text += (
            " If you cannot prove that it is the best possible, give the value of the best plan that you"
            " have, and one more line of the form\nBOUND: <number>\nwith a value that no plan can beat."
        )
    return text


def ask_plan(size: Size, example: str) -> str:
    """How the answer must end where it is a plan."""
    text = (
        "End your answer with a line that says PLAN: and below it the actions in their order, one a line"
        f" and nothing else, for example\nPLAN:\n{example}"
    )
    if size == "large":
        text += (
            "\nIf you cannot prove that there is no shorter plan, give the shortest that you have, and as"
            " the very last line\nBOUND: <number>\nwith a number of actions that no plan can go below."
        )
    return text
