"""What the model is told about a problem."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from agentkit.formulation.formulation import Formulation
from agentkit.formulation.reading.files import formulation_to_text
from agentkit.messages import Message
from agentkit.prompts import load_prompt
from agentkit.protocols import Assignment
from agentkit.task import Attachment
from agentkit.tools.attachments import file_kind
from agentkit.tools.digest import describe_files
from agentkit.tools.whole_text import whole_text
from agentkit.workers.optimization.problem_classes import hints_for, recognise, speaks_of_actions
from agentkit.workers.optimization.sentences import Sentences, numbered

__all__ = ["WHOLE_FILES", "Opening", "opening_of", "task_text"]

WHOLE_FILES = 1_500
"""Characters of files that are shown whole: the solver reads them itself."""

MOST_DOCUMENT = 24_000
"""Characters of a document in words that are shown."""

MOST_EXISTING = 12_000
"""Characters of an existing formulation that are shown."""


def task_text(assignment: Assignment) -> str:
    """The task's words, or those of the part that is to be done."""
    subtask = assignment.subtask
    if assignment.final and subtask.goal == assignment.goal:
        return assignment.goal
    parts = [subtask.goal]
    if subtask.expects:
        parts.append(f"The result must contain: {subtask.expects}")
    if assignment.final:
        parts.insert(0, assignment.goal)
    return "\n".join(parts)


@dataclass(frozen=True, slots=True)
class Opening:
    """How the exchange with the model begins."""

    messages: tuple[Message, ...]
    sentences: Sentences
    """Those of the task and of its documents, by number."""


def opening_of(assignment: Assignment, existing: Formulation | None, *, code: bool) -> Opening:
    """The system prompt, with hints for the problem's class, and the problem."""
    texts = [a for a in assignment.attachments if file_kind(a) == "text" and not _is_formulation(a)]
    sentences = numbered("\n".join((task_text(assignment), *(_document(a) for a in texts))))
    kinds = recognise(str(sentences))
    parts = [load_prompt(__file__, "formulate")]
    if assignment.attachments:
        parts.append(load_prompt(__file__, "files"))
    if speaks_of_actions(str(sentences)):
        parts.append(load_prompt(__file__, "planning"))
    if code:
        parts.append(load_prompt(__file__, "code"))
    if hints := hints_for(kinds):
        parts.append(f"Mistakes that are often made in such problems:\n{hints}")
    if existing is not None:
        parts.append(load_prompt(__file__, "edit"))
    system = Message(role="system", content="\n".join(parts))
    user = Message(role="user", content=_brief(assignment, sentences, existing, texts))
    return Opening((system, user), sentences)


def _is_formulation(file: Attachment) -> bool:
    return file.path.suffix.lower() in (".yaml", ".yml")


def _document(file: Attachment) -> str:
    """A document's text, whose sentences count as the task's."""
    text = whole_text(file)
    shown = text if len(text) <= MOST_DOCUMENT else f"{text[:MOST_DOCUMENT]}\n(cut off here)"
    return f"The document {file.name}:\n{shown}"


def _brief(
    assignment: Assignment,
    sentences: Sentences,
    existing: Formulation | None,
    told: Sequence[Attachment],
) -> str:
    parts = []
    others = tuple(a for a in assignment.attachments if a not in told)
    if others:
        files = describe_files(others, examples=True, room=WHOLE_FILES)
        parts.append(f"Files (columns with their types and the first row's values):\n{files}")
    if existing is not None:
        text = formulation_to_text(existing)
        shown = text if len(text) <= MOST_EXISTING else f"{text[:MOST_EXISTING]}\n…"
        parts.append(f"The existing formulation:\n{shown}")
    parts.append(f"Task:\n{sentences}")
    for given in assignment.inputs:
        parts.append(f"Result [{given.id}] {given.goal}\n{given.answer}")
    if assignment.feedback:
        parts.append(assignment.feedback)
    return "\n\n".join(parts)
