"""Every example in a docstring does what it shows.

Not by `pytest --doctest-modules`: that goes by files, and would find the modules of workers, planners
and envs by the wrong name, or twice.
"""

from __future__ import annotations

import doctest
from importlib import import_module

FLAGS = doctest.NORMALIZE_WHITESPACE | doctest.IGNORE_EXCEPTION_DETAIL


def test_examples_in_docstrings_hold(module_name: str) -> None:
    module = import_module(module_name)
    report: list[str] = []
    runner = doctest.DocTestRunner(optionflags=FLAGS)
    for example in doctest.DocTestFinder(exclude_empty=True).find(module, module_name):
        runner.run(example, out=report.append)
    assert not runner.failures, "".join(report)
