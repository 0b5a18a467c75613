"""What tells that a formula is beyond arrays for HiGHS."""

from __future__ import annotations

from agentkit.errors import FormulationError

__all__ = ["NonlinearError"]


class NonlinearError(FormulationError):
    """Raised by the compiler where a formula is not linear; such problems go to a nonlinear solver."""
