"""Pieces of an answer across several tries: whoever shows them learns when an answer begins anew."""

from __future__ import annotations

from agentkit.protocols import Delta, OnDelta

__all__ = ["RestartableDeltas"]


class RestartableDeltas:
    """Passes pieces on, and says so first when a try follows one that had already said something."""

    def __init__(self, on_delta: OnDelta | None) -> None:
        self._on_delta = on_delta
        self._shown = False
        self._restart = False

    def next_try(self) -> OnDelta | None:
        """The listener to give to the next try; None where nobody listens."""
        if self._on_delta is None:
            return None
        self._restart = self._shown
        return self._pass_on

    def _pass_on(self, delta: Delta) -> None:
        if self._on_delta is None:
            return
        if self._restart and not delta.restart:
            self._on_delta(Delta("", restart=True))
        self._restart = False
        self._shown = True
        self._on_delta(delta)
