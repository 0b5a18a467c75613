"""What the model is told about a problem."""

from __future__ import annotations

from agentkit.formulation.files import formulation_to_text
from agentkit.formulation.formulation import Formulation
from agentkit.messages import Message
from agentkit.prompts import load_prompt
from agentkit.protocols import Assignment
from agentkit.tools.digest import describe_files
from agentkit.workers.optimization.problem_classes import hints_for, recognise, speaks_of_actions
from agentkit.workers.optimization.sentences import Sentences, numbered

__all__ = ["WHOLE_FILES", "opening_messages", "task_text"]

WHOLE_FILES = 1_500
"""Characters of files that are shown whole: the solver reads them itself."""

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


def opening_messages(
    assignment: Assignment, existing: Formulation | None, *, code: bool
) -> tuple[tuple[Message, ...], Sentences]:
    """The system prompt and the problem, with hints for its class; and its sentences by number."""
    sentences = numbered(task_text(assignment))
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
    return (system, Message(role="user", content=_brief(assignment, sentences, existing))), sentences


def _brief(assignment: Assignment, sentences: Sentences, existing: Formulation | None) -> str:
    parts = []
    if assignment.attachments:
        files = describe_files(assignment.attachments, examples=True, room=WHOLE_FILES)
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
