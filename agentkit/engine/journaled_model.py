"""Answers from the journal where the same question was answered before, and writes down new answers."""

from __future__ import annotations

import json
from hashlib import blake2b

from agentkit.engine.emitter import Emitter
from agentkit.engine.journal import MessageNode
from agentkit.engine.tape import Slot, Tape
from agentkit.events import ModelCalled, TokenDelta
from agentkit.messages import ChatRequest, Completion, Message
from agentkit.protocols import ChatModel, Delta, ModelInfo, OnDelta

__all__ = ["JournaledModel"]


class JournaledModel:
    """A model whose answers survive the process. One object serves one scope (a subtask's attempt)."""

    def __init__(
        self, inner: ChatModel, tape: Tape, emitter: Emitter, *, scope: str, subtask: str = ""
    ) -> None:
        self._inner = inner
        self._tape = tape
        self._emitter = emitter
        self._scope = scope
        self._subtask = subtask
        self._sent: tuple[Message, ...] = ()
        self._nodes: list[MessageNode] = []
        self._filed: set[str] = set()

    @property
    def info(self) -> ModelInfo:
        """What is known of the model inside."""
        return self._inner.info

    async def complete(self, request: ChatRequest, on_delta: OnDelta | None = None) -> Completion:
        """The answer on file, or else a new one, which is on file before it is returned."""
        self._extend(request.messages)
        chain = tuple(self._nodes)
        head = chain[-1].digest if chain else ""
        slot = self._tape.slot(self._scope, "model", _key(head, request))
        if slot.record is not None and slot.record.response is not None:
            completion = Completion.model_validate_json(slot.record.response)
            self._filed.update(node.digest for node in chain)
            self._tell(request, completion, replayed=True)
            return completion
        completion = await self._inner.complete(request, self._listen(request, on_delta))
        # Also the messages of calls before it that failed: the conversation must be found whole.
        new = [node for node in chain if node.digest not in self._filed]
        await self._write(slot, head, request, completion, new)
        self._filed.update(node.digest for node in new)
        self._tell(request, completion, replayed=False)
        return completion

    def _extend(self, messages: tuple[Message, ...]) -> None:
        """Bring the chain of digests up to these messages.

        A long conversation is sent again and again with a little more at its end: only the end is
        digested.
        """
        kept = len(self._sent)
        if messages[:kept] != self._sent:
            kept = 0
        del self._nodes[kept:]
        parent = self._nodes[-1].digest if self._nodes else ""
        for message in messages[kept:]:
            body = message.model_dump_json()
            digest = blake2b(parent.encode() + body.encode(), digest_size=16).hexdigest()
            self._nodes.append(MessageNode(digest, parent, body))
            parent = digest
        self._sent = messages

    def _listen(self, request: ChatRequest, on_delta: OnDelta | None) -> OnDelta | None:
        """Hear the answer as it is written, where anybody does."""
        if self._emitter.listener is None:
            return on_delta

        def hear(delta: Delta) -> None:
            fields = {"stage": request.stage, "subtask": self._subtask}
            self._emitter.emit(TokenDelta, **fields, text=delta.text, restart=delta.restart)
            if on_delta is not None:
                on_delta(delta)

        return hear

    async def _write(
        self, slot: Slot, head: str, request: ChatRequest, completion: Completion, new: list[MessageNode]
    ) -> None:
        summary = {
            "head": head,
            "tools": [t.name for t in request.tools],
            "output": request.output.name if request.output else None,
            "max_tokens": request.max_tokens,
        }
        # A refusal is of no use to whoever tries the run again, perhaps with another model.
        await self._tape.write(
            slot,
            "void" if completion.finish == "refused" else "done",
            name=request.stage,
            request=json.dumps(summary),
            response=completion.model_dump_json(),
            usage=completion.usage.model_dump_json(),
            messages=new,
        )

    def _tell(self, request: ChatRequest, completion: Completion, *, replayed: bool) -> None:
        self._emitter.emit(
            ModelCalled,
            stage=request.stage,
            subtask=self._subtask,
            model=completion.model,
            usage=completion.usage,
            replayed=replayed,
        )


def _key(head: str, request: ChatRequest) -> str:
    """The digest of everything that decides the answer."""
    digest = blake2b(head.encode(), digest_size=16)
    for tool in request.tools:
        digest.update(tool.model_dump_json().encode())
    if request.output is not None:
        digest.update(request.output.model_dump_json().encode())
    digest.update(f"{request.temperature}|{request.stage}".encode())
    return digest.hexdigest()
