"""Reads plan problems from files: lines of JSON with the domain's PDDL beside them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from agentkit.envs.planning.generators import PlanProblem
from agentkit.errors import FormulationError, TaskError
from agentkit.planning.grounding import ActionSchema, Schema
from agentkit.planning.pddl import read_schema
from agentkit.planning.strips import written

__all__ = ["FileProblem", "read_problems", "rules_in_words"]


@dataclass(frozen=True, slots=True)
class FileProblem:
    """One line of a file."""

    id: str
    """Unique within the folder: the file's name and the line's own id."""
    family: str
    """The file's name."""
    problem: PlanProblem | None
    """The problem."""
    fault: str = ""
    """Why it cannot be asked."""


def read_problems(data: Path) -> Iterator[FileProblem]:
    """The problems of a file `NAME.jsonl`, or of all such files of a folder.

    Each line has `id`, `text` and `pddl`; the actions are in `NAME.domain.pddl` beside. Raises `TaskError`
    where there is nothing to read.
    """
    files = [data] if data.is_file() else sorted(data.glob("*.jsonl"))
    if not files:
        raise TaskError(
            "there are no plan problems",
            where=str(data),
            mend="give a file NAME.jsonl or a folder of such files",
        )
    for path in files:
        domain = path.with_name(f"{path.stem}.domain.pddl")
        if not domain.is_file():
            raise TaskError(
                "the domain of these problems is missing",
                where=str(path),
                mend=f"put {domain.name} beside it",
            )
        actions = domain.read_text(encoding="utf-8")
        with path.open(encoding="utf-8") as lines:
            for number, line in enumerate(lines, 1):
                if line.strip():
                    yield _problem(path.stem, actions, line, f"{path.name}:{number}")


def _problem(name: str, domain: str, line: str, where: str) -> FileProblem:
    try:
        row: Any = json.loads(line)
    except ValueError:
        row = None
    if not isinstance(row, dict) or not all(isinstance(row.get(key), str) for key in ("id", "text", "pddl")):
        raise TaskError("this is no plan problem", where=where, mend="a line needs id, text and pddl")
    own_id = f"{name}/{row['id']}"
    try:
        schema = read_schema(domain, row["pddl"], domain_name=f"{name}.domain.pddl", problem_name=row["id"])
    except FormulationError as error:
        return FileProblem(own_id, name, None, str(error))
    text = row["text"].strip()
    return FileProblem(own_id, name, PlanProblem(domain, row["pddl"], text, rules_in_words(schema)))


def rules_in_words(schema: Schema) -> str:
    """What the actions need and change, said from the schema itself."""
    lines = ["These are the actions; what is not listed as a change stays as it is."]
    return "\n".join([*lines, *(_rule(action) for action in schema.actions)])


def _rule(action: ActionSchema) -> str:
    names = {parameter.name: parameter.name.lstrip("?") for parameter in action.parameters}

    def said(atoms: tuple[tuple[str, ...], ...]) -> str:
        return ", ".join(written(names.get(term, term) for term in atom) for atom in atoms)

    parts = [f"- {written((action.name, *names.values()))}:"]
    needs = [said(action.preconditions)] if action.preconditions else []
    needs += [f"not {said((atom,))}" for atom in action.negative]
    needs += [f"{names.get(one, one)} is not {names.get(other, other)}" for one, other in action.different]
    if needs:
        parts.append(f"needs {', '.join(needs)};")
    if action.add:
        parts.append(f"makes true {said(action.add)};")
    if action.delete:
        parts.append(f"makes untrue {said(action.delete)};")
    return " ".join(parts).rstrip(";") + "."
