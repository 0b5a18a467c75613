"""The figures side by side, as people read them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from contestants import OURS, Contestant
from figures import Bench, Figure
from rich.box import SIMPLE
from rich.console import Group, RenderableType
from rich.markup import escape
from rich.table import Table
from rich.text import Text

__all__ = ["Results", "cell", "render"]

Results = dict[tuple[str, str], dict[str, Any]]
"""What was reported, by bench and contestant."""


def cell(figure: Figure, who: str, results: Results, bench: str) -> str:
    """A figure with its colour: ours is green within the target and red beyond.

    >>> results = {("import", "ours"): {"figures": {"import_cpu": 160.4}}}
    >>> cell(Figure("import_cpu", "CPU, ms", target=150, digits=0), "ours", results, "import")
    '[red]160[/red]'
    """
    line = results.get((bench, who))
    if line is None:
        return "-"
    value = line["figures"].get(figure.key)
    if value is None:
        return "-"
    text = f"{value:.{figure.digits}f}"
    if who != OURS.name or figure.target is None:
        return text
    colour = "green" if value <= figure.target else "red"
    return f"[{colour}]{text}[/{colour}]"


def render(
    machine: dict[str, str | float],
    benches: Iterable[Bench],
    columns: Sequence[Contestant],
    results: Results,
    failures: Sequence[str],
) -> RenderableType:
    """A table for each bench, what each number is, the versions, and what failed."""
    parts: list[RenderableType] = [
        Text("{cpu}, {cores} cores, {system}, {python}, load {load}".format(**machine))
    ]
    for bench in benches:
        present = [who for who in columns if (bench.name, who.name) in results]
        if bench.figures and present:
            parts += [Text(f"\n{bench.name}: {bench.title}", style="bold"), _table(bench, present, results)]
            parts += [Text(_note(who, results[bench.name, who.name]), style="dim") for who in present]
    parts.append(Text("\nCPU time is the least of several repetitions, wall the median."))
    parts.append(Text(f"Versions: {_versions(results)}"))
    parts += [Text(failure, style="red") for failure in failures]
    return Group(*parts)


def _table(bench: Bench, present: Sequence[Contestant], results: Results) -> Table:
    table = Table(box=SIMPLE)
    table.add_column("")
    for heading in ("target", *(who.title for who in present)):
        table.add_column(heading, justify="right", no_wrap=True)
    for figure in bench.figures:
        target = "" if figure.target is None else f"≤ {figure.target:g}"
        cells = (cell(figure, who.name, results, bench.name) for who in present)
        table.add_row(escape(figure.label), target, *cells)
    return table


def _note(who: Contestant, line: dict[str, Any]) -> str:
    words = f": {line['note']}" if line["note"] else ""
    return f"{who.title}{words} (load {line['load']:g})"


def _versions(results: Results) -> str:
    versions: dict[str, str] = {}
    for line in results.values():
        versions.update(line["versions"])
    return ", ".join(f"{name} {version}" for name, version in sorted(versions.items()))
