"""That all contestants solve the same models, and that ours does not get slow unnoticed."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable

import arrays_call_formulation
import arrays_formulation
import highspy
import ours_formulation
import pyomo_appsi_formulation
import pyomo_v2_formulation
import pyomo_view_formulation
import pytest
from formulation_cases import CASES, Case, data_of
from formulation_speed import OPTIONS
from formulation_texts import TEXTS, values_of

from agentkit.formulation.compiler import compile_instance
from agentkit.formulation.formulation import Formulation
from agentkit.formulation.instance import Instance
from agentkit.formulation.task_data import TaskData
from agentkit.solvers.highs import as_highs

CONTESTANTS = {
    "arrays": arrays_formulation.solve,
    "arrays_call": arrays_call_formulation.solve,
    "ours": ours_formulation.solve,
    "pyomo_appsi": pyomo_appsi_formulation.solve,
    "pyomo_v2": pyomo_v2_formulation.solve,
    "pyomo_view": pyomo_view_formulation.solve,
}


@pytest.mark.parametrize("case", CASES)
def test_all_contestants_find_the_same_optimum(case: Case) -> None:
    found = {who: solve(case, data_of(case, "small"), OPTIONS["small"]) for who, solve in CONTESTANTS.items()}
    assert found == {who: pytest.approx(found["arrays"], rel=1e-7) for who in found}


@pytest.mark.parametrize("case", CASES)
def test_building_takes_little_more_than_arrays_by_hand(case: Case) -> None:
    """It takes 1.2 to 1.8 times as long; five times would be a fault, whatever else the machine does."""
    data = data_of(case, "full")

    def by_hand() -> None:
        highs = highspy.Highs()  # type: ignore[no-untyped-call]  # it has no types
        highs.setOptionValue("output_flag", False)
        highs.passModel(arrays_formulation.filled(arrays_formulation.MODELS[case](data)))

    def ours() -> None:
        instance = Instance(Formulation.read(TEXTS[case]), TaskData(values_of(case, data)))
        as_highs(compile_instance(instance).model)

    pairs = [(cpu(ours), cpu(by_hand)) for _ in range(6)]
    assert min(pair[0] for pair in pairs) < 5 * min(pair[1] for pair in pairs)


def cpu(work: Callable[[], None]) -> float:
    """The CPU seconds that it takes."""
    gc.collect()
    began = time.process_time()
    work()
    return time.process_time() - began
