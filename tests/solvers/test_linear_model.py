"""Models as arrays."""

from __future__ import annotations

import numpy as np
import pytest

from agentkit.solvers.common_measure import FINEST, common_measure
from agentkit.solvers.linear_model import LinearModel, rows_from_triplets

NONE = np.empty(0)


def model(rows: list[list[float]]) -> LinearModel:
    """A model with this matrix; all its bounds are 0 and 1."""
    table = np.array(rows, dtype=float)
    count, width = table.shape
    row, column = np.nonzero(table)
    sparse = rows_from_triplets(count, row, column, table[row, column])
    return LinearModel(
        cost=np.zeros(width),
        col_lower=np.zeros(width),
        col_upper=np.ones(width),
        integer=np.zeros(width, dtype=bool),
        row_lower=np.arange(count, dtype=float),
        row_upper=np.arange(count, dtype=float) + 10,
        starts=sparse.starts,
        indices=sparse.indices,
        values=sparse.values,
    )


class TestTriplets:
    def test_in_any_order(self) -> None:
        found = rows_from_triplets(3, [2, 0, 2, 0], [1, 3, 0, 2], [5.0, 4.0, 6.0, 7.0])
        assert found.starts.tolist() == [0, 2, 2, 4]
        assert found.indices.tolist() == [2, 3, 0, 1]
        assert found.values.tolist() == [7, 4, 6, 5]

    def test_what_meets_is_added_up_and_zeros_are_dropped(self) -> None:
        found = rows_from_triplets(2, [0, 0, 1, 1, 1], [1, 1, 0, 0, 2], [2.0, 3.0, 4.0, -4.0, 0.0])
        assert (found.starts.tolist(), found.indices.tolist(), found.values.tolist()) == ([0, 1, 1], [1], [5])

    @pytest.mark.parametrize("rows", [0, 3])
    def test_nothing(self, rows: int) -> None:
        found = rows_from_triplets(rows, [], [], [])
        assert found.starts.tolist() == [0] * (rows + 1)
        assert len(found.values) == 0

    def test_the_types_are_the_solver_s(self) -> None:
        found = rows_from_triplets(1, [0], [0], [1.0])
        types = [str(part.dtype) for part in (found.starts, found.indices, found.values)]
        assert types == ["int32", "int32", "float64"]


class TestModel:
    MODEL = model([[1, 0, 2], [0, 0, 0], [0, 3, 0], [0, 0, 0]])

    def test_sizes(self) -> None:
        assert (self.MODEL.rows, self.MODEL.columns, self.MODEL.nonzeros) == (4, 3, 3)

    def test_activities_also_of_empty_rows(self) -> None:
        assert self.MODEL.row_activity(np.array([1.0, 10.0, 100.0])).tolist() == [201, 0, 30, 0]

    def test_some_of_the_rows(self) -> None:
        part = self.MODEL.with_rows(np.array([False, True, True, False]))
        assert part.row_lower.tolist() == [1, 2]
        assert part.row_activity(np.array([1.0, 10.0, 100.0])).tolist() == [0, 30]
        assert part.columns == 3

    def test_none_of_the_rows(self) -> None:
        part = self.MODEL.with_rows(np.zeros(4, dtype=bool))
        assert (part.rows, part.nonzeros, part.row_activity(np.zeros(3)).tolist()) == (0, 0, [])


@pytest.mark.parametrize(
    ("figures", "wanted"),
    [
        ([1, 2, 3], 1),
        ([4, -6], 2),
        ([0.5, 0.75, 0], 0.25),
        ([0.1, 0.3], 0.1),
        ([1 / 3, 1 / 6], 1 / 6),
        ([2**-0.5, 1], FINEST),
        ([1 / 9973, 1 / 9967], FINEST),
        ([], 1),
        ([0.0], 1),
    ],
)
def test_the_common_measure(figures: list[float], wanted: float) -> None:
    assert common_measure(figures) == pytest.approx(wanted)
