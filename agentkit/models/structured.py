"""`structured`: a typed value out of any language model, repaired by the model itself where need be."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Generic, TypeVar, overload

from agentkit.budget import Usage
from agentkit.errors import ContextLengthError, ModelRefusedError, ModelRequestError, OutputError
from agentkit.messages import ChatRequest, Completion, Message
from agentkit.models.output_form import OutputForm
from agentkit.protocols import ChatModel

__all__ = ["Structured", "structured"]

T = TypeVar("T")

_refused: dict[str, set[str]] = {}
"""By a model's name, the schemas that its server would not take: they go into the prompt at once.

By name, as every scope of a run has a wrapper of its own round the model.
"""


@dataclass(frozen=True, slots=True)
class Structured(Generic[T]):
    """A typed answer and what it took to get it."""

    value: T
    usage: Usage
    """Of all calls together."""
    calls: int
    """How many answers it took; 1 where the first was good."""
    text: str
    """The answer that the value was read from."""


@overload
async def structured(
    model: ChatModel,
    request: ChatRequest,
    output_type: type[T],
    *,
    repairs: int = 2,
    name: str | None = None,
) -> Structured[T]: ...


@overload
async def structured(
    model: ChatModel, request: ChatRequest, output_type: Any, *, repairs: int = 2, name: str | None = None
) -> Structured[Any]: ...


async def structured(
    model: ChatModel, request: ChatRequest, output_type: Any, *, repairs: int = 2, name: str | None = None
) -> Structured[Any]:
    """Ask for a value of a type that pydantic can validate: a model, `list[int]`, `Literal["a", "b"]`, …

    Servers that enforce a JSON schema are given it (under `name`); others have it in the prompt. An
    answer that does not fit goes back to the model with what is wrong, at most `repairs` times. New
    messages come at the end, so that what a provider has cached of the prompt's front stays useful.

    Raises `OutputError` with the last text when no answer fits, `ModelRefusedError` when the model
    declines, and whatever the model raises.
    """
    form = _form(output_type, name)
    conversation = _Conversation(model, request, form)
    while True:
        completion = await conversation.ask()
        try:
            value = form.read(completion.text, cut_off=completion.finish == "length")
            return Structured(value, conversation.usage, conversation.calls, completion.text)
        except OutputError as error:
            what = _what_is_wrong(completion, request, error)
        if conversation.calls > repairs:
            answers = "1 answer" if conversation.calls == 1 else f"{conversation.calls} answers"
            raise OutputError(
                f"no {form.schema.name} in {answers}; the last one {what}",
                model=model.info.name,
                mend=_mend(completion),
                text=completion.text,
            )
        conversation.complain(completion, what)


class _Conversation:
    """The request, and what is added to it until an answer fits."""

    def __init__(self, model: ChatModel, request: ChatRequest, form: OutputForm[Any]) -> None:
        self._model = model
        self._request = request
        self._form = form
        self._added: tuple[Message, ...] = ()
        self._native = model.info.json_schema and form.schema.name not in _refused_by(model)
        self.usage = Usage()
        self.calls = 0

    async def ask(self) -> Completion:
        """One answer. Raises `ModelRefusedError` where the model declines."""
        try:
            completion = await self._model.complete(self._as_request())
        except ContextLengthError:
            raise
        except ModelRequestError:
            if not self._native:
                raise
            # It may be the schema that the server refuses: if it takes the request without, it was.
            self._native = False
            completion = await self._model.complete(self._as_request())
            _refused_by(self._model).add(self._form.schema.name)
        self.usage += completion.usage
        self.calls += 1
        if completion.finish == "refused":
            what = completion.text.strip() or "the model declined to answer"
            mend = "word the request differently or ask another model"
            raise ModelRefusedError(what[:500], model=self._model.info.name, mend=mend)
        return completion

    def complain(self, completion: Completion, what: str) -> None:
        """Show the model its answer and say what is wrong with it."""
        # Some servers refuse an empty turn, and two turns of the same side in a row.
        said = completion.text if completion.text.strip() else "(nothing)"
        # With a native schema the model may never have seen it in words.
        wanted = self._form.in_words if self._native else "Answer again, with the JSON object only."
        words = f"That answer {what}. {wanted}"
        self._added = (Message(role="assistant", content=said), Message(role="user", content=words))

    def _as_request(self) -> ChatRequest:
        messages = self._request.messages
        if not self._native:
            messages = _with_words(messages, self._form.in_words)
        schema = self._form.schema if self._native else None
        return self._request.model_copy(update={"messages": messages + self._added, "output": schema})


def _refused_by(model: ChatModel) -> set[str]:
    return _refused.setdefault(model.info.name, set())


@lru_cache(maxsize=128)
def _form_of_class(output_type: type[Any], name: str | None) -> OutputForm[Any]:
    """Making a schema takes longer than all else here, and a worker asks for the same one every turn."""
    return OutputForm(output_type, name)


def _form(output_type: Any, name: str | None) -> OutputForm[Any]:
    if isinstance(output_type, type):
        return _form_of_class(output_type, name)
    return OutputForm(output_type, name)


def _with_words(messages: tuple[Message, ...], words: str) -> tuple[Message, ...]:
    """The messages with something added at the end of the last one, or after it if it is not the user's."""
    if messages and messages[-1].role == "user":
        last = messages[-1]
        return (*messages[:-1], last.model_copy(update={"content": f"{last.content}\n\n{words}"}))
    return (*messages, Message(role="user", content=words))


def _what_is_wrong(completion: Completion, request: ChatRequest, error: OutputError) -> str:
    if not completion.text.strip():
        thought = " (all of its tokens went into thinking)" if completion.finish == "length" else ""
        return f"was empty{thought}"
    if completion.finish == "length":
        return f"was cut off after {request.max_tokens} tokens; be shorter"
    return f"does not fit: {error.what}"


def _mend(completion: Completion) -> str:
    return "raise max_tokens" if completion.finish == "length" else "ask a stronger model or a simpler form"
