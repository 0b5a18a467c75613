"""`agentkit compare`: sets evaluations side by side."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from agentkit.cli.errors import OK
from agentkit.evals.comparison import compare, find_folders

__all__ = ["compare_evaluations"]


def compare_evaluations(paths: Sequence[Path], *, as_json: bool = False, csv_file: Path | None = None) -> int:
    """Print tables and verdicts, or JSON, on stdout; returns the exit code.

    Raises `UsageError` where a path holds no evaluation, where they are of different benchmarks, and where
    the CSV file cannot be written.
    """
    from agentkit.cli.eval_tables import print_tables, render_comparison, write_csv

    folders = find_folders(paths)
    comparison = compare(folders)
    if csv_file is not None:
        write_csv(csv_file, folders)
        print(f"the samples are in {csv_file}", file=sys.stderr)
    if as_json:
        print(comparison.model_dump_json(indent=2))
    else:
        print_tables(render_comparison(comparison))
    return OK
