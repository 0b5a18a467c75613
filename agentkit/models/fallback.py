"""`FallbackModel`: asks the next model when one cannot be reached."""

from __future__ import annotations

from collections.abc import Sequence

from agentkit.errors import ModelAccessError, ModelError, ModelNotFoundError, ModelUnavailableError
from agentkit.messages import ChatRequest, Completion
from agentkit.models.deltas import RestartableDeltas
from agentkit.protocols import ChatModel, ModelInfo, OnDelta, Price

__all__ = ["FallbackModel"]


class FallbackModel:
    """Asks models in order and gives the first answer.

    Goes on to the next when a model is down (`ModelUnavailableError`), refuses the key
    (`ModelAccessError`) or does not exist (`ModelNotFoundError`). Any other error is about the request
    or the answer, and another server would say the same. If none answers, the error is of the last
    one's kind and says what each one said.
    """

    def __init__(self, models: Sequence[ChatModel]) -> None:
        if not models:
            raise ValueError("there must be at least one model to ask")
        self._models = tuple(models)

    @property
    def info(self) -> ModelInfo:
        """What can be counted on, whichever of them answers: the first's name, the dearest price."""
        infos = [model.info for model in self._models]
        contexts = [info.context_tokens for info in infos if info.context_tokens is not None]
        return ModelInfo(
            name=infos[0].name,
            price=_dearest([info.price for info in infos]),
            context_tokens=min(contexts, default=None),
            native_tools=all(info.native_tools for info in infos),
            json_schema=all(info.json_schema for info in infos),
        )

    async def complete(self, request: ChatRequest, on_delta: OnDelta | None = None) -> Completion:
        """The answer of the first model that can be reached."""
        deltas = RestartableDeltas(on_delta)
        failures: list[ModelError] = []
        for model in self._models:
            try:
                return await model.complete(request, deltas.next_try())
            except (ModelUnavailableError, ModelAccessError, ModelNotFoundError) as error:
                failures.append(error)
        raise _all_failed(failures)


def _all_failed(failures: Sequence[ModelError]) -> ModelError:
    last = failures[-1]
    if len(failures) == 1:
        return last
    said = "; ".join(str(failure) for failure in failures)
    what, mend = f"none of {len(failures)} models could be asked: {said}", "see what each of them says"
    error: ModelError
    if isinstance(last, ModelUnavailableError):
        error = type(last)(what, model=last.model, mend=mend, retry_after=last.retry_after)
    else:
        error = type(last)(what, model=last.model, mend=mend)
    error.__cause__ = last
    return error


def _dearest(prices: Sequence[Price | None]) -> Price | None:
    """A price that none of them passes; unknown as soon as one is, so that no limit is broken."""
    known = [price for price in prices if price is not None]
    if len(known) < len(prices):
        return None
    return Price(prompt=max(p.prompt for p in known), completion=max(p.completion for p in known))
