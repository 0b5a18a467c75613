"""The worker behind `agentkit formalise`: its answer is the formulation itself, as YAML for people."""

from __future__ import annotations

from agentkit.errors import WorkerError
from agentkit.formulation.reading.files import formulation_to_text
from agentkit.protocols import Assignment, WorkerContext
from agentkit.result import Evidence, Failure, WorkerResult
from agentkit.workers.optimization.worker import OptimizationWorker

__all__ = ["FormalisationWorker"]

_DESCRIPTION = "Writes an optimisation or planning problem down as a formulation that a solver can solve."


class FormalisationWorker:
    """Formulates a problem; the formulation is compiled and solved once, so that it is known to hold."""

    def __init__(
        self, name: str = "formalisation", description: str = _DESCRIPTION, *, time_limit: float = 20.0
    ) -> None:
        self.name = name
        self.description = description
        self.tools = ()
        self._inner = OptimizationWorker(time_limit=time_limit)

    async def run(self, assignment: Assignment, context: WorkerContext) -> WorkerResult:
        """Do it."""
        try:
            found = await self._inner.formalise(assignment, context)
        except WorkerError as error:
            return WorkerResult(failure=Failure(kind="bad_output", message=error.what))
        evidence = tuple(Evidence(source="assumed", quote=text) for text in found.assumptions)
        return WorkerResult(answer=formulation_to_text(found), evidence=evidence)
