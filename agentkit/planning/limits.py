"""When to stop."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace

__all__ = ["Limits"]


@dataclass(frozen=True, slots=True)
class Limits:
    """When to stop looking for something better.

    >>> Limits(deadline=0).reached()
    True
    """

    deadline: float | None = None
    """When to stop, on the clock of `time.monotonic`, in seconds."""
    should_stop: Callable[[], bool] | None = None
    """Asked now and then; True stops."""
    max_states: int = 4_000_000
    """How many states may be remembered; each takes about 300 bytes."""

    def reached(self) -> bool:
        """Whether it is time to stop."""
        if self.deadline is not None and time.monotonic() >= self.deadline:
            return True
        return self.should_stop is not None and self.should_stop()

    def within(self, seconds: float) -> Limits:
        """The same, but at most so many seconds from now."""
        soon = time.monotonic() + seconds
        return replace(self, deadline=soon if self.deadline is None else min(soon, self.deadline))

    def left(self) -> float | None:
        """The seconds that are left; None where there is no end to them."""
        return None if self.deadline is None else max(0.0, self.deadline - time.monotonic())
