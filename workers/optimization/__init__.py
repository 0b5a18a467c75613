"""The worker that formulates problems, has them solved exactly, and checks what comes out."""

from __future__ import annotations

from agentkit.workers.optimization.worker import OptimizationWorker

__all__ = ["OptimizationWorker"]
