"""The formulations under examples/, with their data and their optima."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from agentkit.formulation.formulation import Formulation
from agentkit.formulation.reading.data_files import read_data
from agentkit.formulation.reading.files import read_formulation
from agentkit.formulation.task_data import TaskData

__all__ = ["EXAMPLES", "FOLDER", "Example"]

FOLDER = Path(__file__).resolve().parents[2] / "examples" / "formulations"


@dataclass(frozen=True)
class Example:
    """One of them."""

    name: str
    optimum: float
    data_files: tuple[str, ...] = ()

    @property
    def formulation(self) -> Formulation:
        """As it is read."""
        return read_formulation(FOLDER / self.name)

    @property
    def data(self) -> TaskData:
        """What its files hold."""
        return read_data(FOLDER / name for name in self.data_files)


EXAMPLES = (
    Example("blending.yaml", 115.5),
    Example("facility.yaml", 995.0, ("facility_costs.csv", "facility.json")),
    Example("shifts.yaml", 4.0),
    Example("blocks.yaml", 6.0),
)
