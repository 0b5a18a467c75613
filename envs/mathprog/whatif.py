"""Questions of the form "what if …?" about three base problems: coffee, facility and workforce.

They come from the OptiGuide benchmark (Li et al. 2023, arXiv 2307.03875). A question alone says too little to
be answered by a number, so the task holds the base problem, its data as JSON, the question, and how the set
understands such questions: a "why" asks what the opposite would cost, a rise of demand meets whole units, an
edge is selected by one unit. These conventions were not guessed: with them, a solver reproduces the gold of
348 of the 352 questions that have words (`tests/envs/test_mathprog_whatif.py` does so again). The other four
golds fit no reading: two swap Bob to a day on which he is not available and keep the old optimum, two ask
why an edge is not selected that an optimal plan uses.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from agentkit.errors import TaskError
from agentkit.prompts import load_prompt

__all__ = ["PREFIX", "Bases", "read_bases", "whatif_text"]

PREFIX = "whatif_"
"""How the names of such sets begin; the rest is the base problem's."""

PROBLEMS = "whatif_problems.json"
"""The file with the base problems, beside the questions."""

KNOWN = ("coffee", "facility", "workforce")
"""Base problems whose conventions we know."""

Bases = Mapping[str, Mapping[str, Any]]
"""Base problems by name: each has a `statement` and `data`."""


def read_bases(folder: Path) -> Bases:
    """The base problems in a folder; none where it has no such file. Raises `TaskError` for a broken one."""
    place = folder / PROBLEMS
    if not place.is_file():
        return {}
    try:
        content = json.loads(place.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        mend = "download it again"
        raise TaskError("the base problems cannot be read", where=str(place), mend=mend) from error
    if not isinstance(content, dict):
        raise TaskError("the base problems are no JSON object", where=str(place), mend="download it again")
    return {
        name: base
        for name, base in content.items()
        if isinstance(base, dict) and isinstance(base.get("statement"), str) and "data" in base
    }


def whatif_text(set_name: str, question: str, bases: Bases) -> str:
    """The whole problem. Raises `ValueError` where the question says nothing or its base is not known."""
    name = set_name.removeprefix(PREFIX)
    if not re.search(r"\w", question):
        raise ValueError("the question has no words")
    if name not in bases:
        raise ValueError(f"there is no base problem {name!r} in {PROBLEMS} beside the questions")
    if name not in KNOWN:
        raise ValueError(f"nothing says how questions about {name!r} are meant; known: {', '.join(KNOWN)}")
    base = bases[name]
    parts = {
        "statement": base["statement"],
        "data": "\n".join(
            f"{key}: {json.dumps(value, ensure_ascii=False)}" for key, value in base["data"].items()
        ),
        "question": question,
        "conventions": load_prompt(__file__, f"{PREFIX}{name}"),
    }
    return re.sub(
        r"\{(statement|data|question|conventions)\}",
        lambda place: str(parts[place[1]]),
        load_prompt(__file__, "whatif"),
    )
