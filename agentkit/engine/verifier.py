"""A verifier that asks the model."""

from __future__ import annotations

from agentkit.messages import ChatRequest, Message
from agentkit.models.structured import structured
from agentkit.prompts import load_prompt
from agentkit.protocols import Assignment, ChatModel, Verdict
from agentkit.result import WorkerResult

__all__ = ["ModelVerifier"]


class ModelVerifier:
    """Has the model check each answer against its subtask."""

    async def verify(self, assignment: Assignment, result: WorkerResult, model: ChatModel) -> Verdict:
        """Accept or reject."""
        inputs = "".join(f"\nGiven [{i.id}]: {i.answer}" for i in assignment.inputs)
        text = (
            f"Task: {assignment.goal}\n\nPart: {assignment.subtask.goal}\n"
            f"Expected: {assignment.subtask.expects or 'an answer'}{inputs}\n\nAnswer: {result.answer}"
        )
        request = ChatRequest(
            messages=(
                Message(role="system", content=load_prompt(__file__, "verify")),
                Message(role="user", content=text),
            ),
            stage="verify",
            max_tokens=1024,
        )
        return (await structured(model, request, Verdict)).value
