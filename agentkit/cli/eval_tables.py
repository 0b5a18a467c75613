"""Evaluations as tables: for people, and as CSV."""

from __future__ import annotations

import csv
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console, Group, RenderableType
from rich.table import Table
from rich.text import Text

from agentkit.budget import Usage
from agentkit.cli.figures import cost_line, duration_text, first_line
from agentkit.errors import UsageError
from agentkit.evals.comparison import Comparison, CostDifferences, Pair, unique_names
from agentkit.evals.config import EvalConfig
from agentkit.evals.folder import EvalFolder
from agentkit.evals.record import Record
from agentkit.evals.statistics import Estimate, Interval
from agentkit.evals.summary import Part, Summary

__all__ = ["print_tables", "render_comparison", "render_summary", "write_csv"]

_IDS_SHOWN = 10
"""Samples named in a line; the rest is counted."""

_COLUMNS = ("outcome", "score", "label", "answer", "tokens", "usd", "seconds")
"""What the CSV file tells of a sample in each evaluation."""

_OUTCOMES = {"wrong": "wrong", "error": "errors", "limit": "limits", "unanswered": "unanswered"}
"""Ways not to be right, and what their columns are called."""


@dataclass(frozen=True, slots=True)
class _Row:
    """An evaluation that gets a line in the tables."""

    name: str
    config: EvalConfig | None
    summary: Summary


def render_summary(name: str, summary: Summary, config: EvalConfig | None = None) -> RenderableType:
    """One evaluation; with its configuration, agent and model are named too."""
    rows = [_Row(name, config, summary)]
    stages: list[RenderableType] = [_stage_table(summary), Text()] if summary.stages else []
    return Group(*_tables(rows), *stages, *_notes(rows))


def render_comparison(comparison: Comparison) -> RenderableType:
    """Evaluations side by side, and the verdict on each two of them."""
    rows = [_Row(one.name, one.config, one.summary) for one in comparison.evaluations]
    pairs = [part for pair in comparison.pairs for part in _pair_lines(pair)]
    return Group(*_tables(rows), *_notes(rows), *pairs)


def print_tables(*tables: RenderableType) -> None:
    """Print them on stdout: as wide as the terminal, and as wide as they are where it is none."""
    console = Console(width=None if sys.stdout.isatty() else 1000, highlight=False)
    for table in tables:
        console.print(table)


def write_csv(path: Path, folders: Sequence[EvalFolder]) -> None:
    """A line for each sample and epoch that any of these evaluations was asked, with columns for each.

    A sample that is not the same in all of them (its digest differs) gets a line for each of its forms; cells
    of evaluations that were not asked it are empty. Raises `UsageError` where it cannot be written.
    """
    names = unique_names(folders)
    lines: dict[tuple[str, int, str], dict[str, object]] = {}
    for name, folder in zip(names, folders, strict=True):
        _fill(lines, name, folder)
    header = ["sample", "epoch", "digest", "group", *(f"{n} {column}" for n in names for column in _COLUMNS)]
    try:
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, header, restval="")
            writer.writeheader()
            writer.writerows(lines.values())
    except OSError as error:
        what = f"the table cannot be written: {error.strerror}"
        raise UsageError(what, where=str(path), mend="choose another file with --csv") from error


def _fill(lines: dict[tuple[str, int, str], dict[str, object]], name: str, folder: EvalFolder) -> None:
    """Add what one evaluation has to tell."""
    selection = folder.selection()
    empty = {f"{name} {column}": "" for column in _COLUMNS} | {f"{name} outcome": "unanswered"}
    for asked in selection.asked:
        for epoch in range(1, selection.epochs + 1):
            line = lines.setdefault((asked.id, epoch, asked.digest), {})
            line |= {
                "sample": asked.id,
                "epoch": epoch,
                "digest": asked.digest,
                "group": asked.group,
                **empty,
            }
    for record in folder.records():
        line = lines.get((record.sample, record.epoch, record.digest), {})
        if f"{name} outcome" in line:
            line |= {f"{name} {column}": cell for column, cell in _cells(record).items()}


def _cells(record: Record) -> Mapping[str, object]:
    return {
        "outcome": record.outcome,
        "score": record.score,
        "label": record.label,
        "answer": record.answer,
        "tokens": record.usage.tokens,
        "usd": "" if record.usage.unpriced_calls else record.usage.usd,
        "seconds": record.seconds,
    }


def _tables(rows: Sequence[_Row]) -> list[RenderableType]:
    """All tables of figures that there is something to put in."""
    tables = [_setup_table(rows), _result_table(rows), _cost_table(rows), _tries_table(rows)]
    tables += [_tag_table(rows, tag) for tag in sorted({tag for row in rows for tag in row.summary.by_tag})]
    tables.append(_failure_table(rows))
    return [part for table in tables if table.row_count for part in (table, Text())]


def _table(*names: str, title: str = "") -> Table:
    """An empty table: the first column holds names, the others figures. What is too wide is wrapped and never
    cut, since half a figure is a wrong one."""
    table = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False, header_style="dim", title=title or None)
    table.title_justify, table.title_style = "left", "dim"
    for place, name in enumerate(names):
        table.add_column(_plain(name), justify="right" if place else "left", overflow="fold")
    return table


def _setup_table(rows: Sequence[_Row]) -> Table:
    table = _table("evaluation", "agent", "model", "samples", "epochs")
    for column in table.columns[1:3]:
        column.justify = "left"
    for row in rows:
        if row.config is not None:
            model = f"{row.config.model or '-'}{' (recorded)' if row.config.replayed else ''}"
            names = (_plain(row.name), _plain(row.config.agent), _plain(model))
            table.add_row(*names, f"{row.summary.samples:,}", f"{row.summary.epochs}")
    return table


def _result_table(rows: Sequence[_Row]) -> Table:
    summaries = [row.summary for row in rows]
    shown = dict(_OUTCOMES)
    if any(s.unscored for s in summaries):
        shown["unscored"] = "unscored"
    partly = any(s.score is not None and abs(s.score - (s.accuracy or 0)) > 1e-9 for s in summaries)
    others = sorted({name for s in summaries for name in s.others})
    optional = [*(["score"] if partly else []), *others]
    table = _table("evaluation", "right", "accuracy (95 %)", *optional, *shown.values())
    for row in rows:
        s = row.summary
        cells = [f"{s.right}/{s.total - s.unscored}", _share_text(s.accuracy, s.interval)]
        if partly:
            cells.append(_percent(s.score))
        cells += [_percent(s.others.get(name)) for name in others]
        table.add_row(_plain(row.name), *cells, *(f"{getattr(s, name):,}" for name in shown))
    return table


def _cost_table(rows: Sequence[_Row]) -> Table:
    title = "a sample takes, on average (± 95 %)"
    table = _table("evaluation", "calls", "tokens", "$", "seconds", title=title)
    for row in rows:
        means = row.summary.means
        table.add_row(
            _plain(row.name),
            _mean_text(means.calls, 1),
            _mean_text(means.tokens, 0),
            _money(means.usd, row.summary.usage),
            _mean_text(means.seconds, 1),
        )
    return table


def _tries_table(rows: Sequence[_Row]) -> Table:
    """How likely one of k tries is right, and how likely all are."""
    most = max(row.summary.epochs for row in rows)
    table = _table("tries", *(f"k = {k}" for k in range(1, most + 1)))
    for row in rows:
        for name, chances in (("pass@k", row.summary.pass_at), ("pass^k", row.summary.pass_all)):
            if chances:
                cells = (_percent(chances.get(k)) for k in range(1, most + 1))
                table.add_row(_plain(f"{name} {row.name}"), *cells)
    return table


def _tag_table(rows: Sequence[_Row], tag: str) -> Table:
    table = _table(tag, *(row.name for row in rows))
    values = {value: None for row in rows for value in row.summary.by_tag.get(tag, {})}
    for value in values:
        parts = [row.summary.by_tag.get(tag, {}).get(value) for row in rows]
        table.add_row(_plain(value), *(_part_text(part) for part in parts))
        if any(part is not None and part.tokens for part in parts):
            table.add_row("", *(_part_costs(part) for part in parts))
    return table


def _failure_table(rows: Sequence[_Row]) -> Table:
    table = _table("failures", *(row.name for row in rows))
    for name, counts in (
        ("", [row.summary.labels for row in rows]),
        ("error of the ", [row.summary.faults for row in rows]),
    ):
        for kind in {kind: None for each in counts for kind in each}:
            table.add_row(_plain(f"{name}{kind}"), *(f"{each.get(kind, 0):,}" for each in counts))
    return table


def _stage_table(summary: Summary) -> Table:
    table = _table("stage", "calls", "sent", "received", "cached", "cost", "time")
    for stage, usage in [*summary.stages.items(), ("all", summary.usage)]:
        sizes = (usage.calls, usage.prompt_tokens, usage.completion_tokens, usage.cached_tokens)
        cost = usage.cost_text().partition(" (")[0]
        table.add_row(_plain(stage), *(f"{size:,}" for size in sizes), cost, duration_text(usage.seconds))
    return table


def _notes(rows: Sequence[_Row]) -> list[Text]:
    """A line for each evaluation: what all of it cost, and what is to be known of its figures."""
    lines = []
    for row in rows:
        s = row.summary
        recorded = " when recorded" if row.config and row.config.replayed else ""
        told = [f"{row.name}: {cost_line(s.usage, s.seconds)} in all{recorded}"]
        if s.tool_calls:
            told.append(f"{s.tool_calls:,} tool calls, {s.tool_errors:,} of them failed")
        if s.interval_by_group:
            told.append(f"accuracy clustered by group {_share_text(s.accuracy, s.interval_by_group)}")
        if s.drift:
            told.append(f"{s.drift:,} model calls were answered by the recording of another prompt")
        if s.withheld:
            told.append(f"{s.withheld:,} tool calls or results were withheld by the benchmark's screen")
        if s.retried:
            told.append(f"{s.retried:,} took more than one try")
        lines.append(_plain("; ".join(told)))
    return lines


def _pair_lines(pair: Pair) -> list[Text]:
    """The verdict on two evaluations, and what it rests on."""
    unscored = f", and {pair.unscored:,} that cannot be judged" if pair.unscored else ""
    heading = f"{pair.first} against {pair.second}, on {pair.samples:,} samples of both{unscored}"
    lines = [Text(), Text(first_line(heading), style="bold"), _plain(pair.verdict)]
    lists = {
        f"only {pair.first} right": pair.only_first,
        f"only {pair.second} right": pair.only_second,
        "both wrong": pair.both_wrong,
        f"left out, for only {pair.first} was asked": pair.asked_only_first,
        f"left out, for only {pair.second} was asked": pair.asked_only_second,
    }
    lines += [_plain(f"{what} ({len(ids):,}): {_ids_text(ids)}") for what, ids in lists.items() if ids]
    costs = _cost_differences(pair.costs)
    return [
        *lines,
        *([_plain(f"difference for a sample ({pair.first} - {pair.second}): {costs}")] if costs else []),
    ]


def _cost_differences(costs: CostDifferences) -> str:
    told = [
        (costs.tokens, 0, "", " tokens"),
        (costs.usd, 4, "$", ""),
        (costs.seconds, 1, "", " s"),
        (costs.calls, 1, "", " calls"),
    ]
    parts = []
    for estimate, digits, before, after in told:
        if estimate is not None:
            sign = "-" if estimate.mean < 0 else "+"
            ends = ""
            if estimate.low is not None and estimate.high is not None:
                ends = f" ({estimate.low:,.{digits}f} to {estimate.high:,.{digits}f})"
            parts.append(f"{sign}{before}{abs(estimate.mean):,.{digits}f}{after}{ends}")
    return " · ".join(parts)


def _plain(text: str) -> Text:
    """Words from files: on one line, and neither markup nor control characters."""
    return Text(first_line(text))


def _percent(share: float | None) -> str:
    return "-" if share is None else f"{100 * share:.1f} %"


def _interval_text(interval: Interval | None) -> str:
    return "-" if interval is None else f"({100 * interval.low:.1f} to {100 * interval.high:.1f})"


def _share_text(share: float | None, interval: Interval | None) -> str:
    return "-" if share is None else f"{_percent(share)} {_interval_text(interval)}"


def _part_text(part: Part | None) -> str:
    return "-" if part is None else f"{part.right}/{part.n}  {_share_text(part.accuracy, part.interval)}"


def _part_costs(part: Part | None) -> str:
    if part is None or part.calls is None or part.tokens is None:
        return "-"
    return f"{part.calls:.1f} calls, {part.tokens:,.0f} tokens"


def _mean_text(estimate: Estimate | None, digits: int) -> str:
    """A mean, and how far its interval reaches.

    >>> _mean_text(Estimate(1234.5, 10.0, 1214.5, 1254.5, 40), 0), _mean_text(None, 1)
    ('1,234 ± 20', '-')
    """
    if estimate is None:
        return "-"
    reach = "" if estimate.high is None else f" ± {estimate.high - estimate.mean:,.{digits}f}"
    return f"{estimate.mean:,.{digits}f}{reach}"


def _money(estimate: Estimate | None, usage: Usage) -> str:
    """Dollars; what is not known is said."""
    if usage.unpriced_calls and usage.unpriced_calls >= usage.calls:
        return "price unknown"
    return f"{'at least ' if usage.unpriced_calls else ''}{_mean_text(estimate, 4)}"


def _ids_text(ids: Sequence[str]) -> str:
    """Samples' ids, cut.

    >>> _ids_text(["a", "b"]), _ids_text("abcdefghijklm")
    ('a, b', 'a, b, c, d, e, f, g, h, i, j, and 3 more')
    """
    more = f", and {len(ids) - _IDS_SHOWN:,} more" if len(ids) > _IDS_SHOWN else ""
    return ", ".join(ids[:_IDS_SHOWN]) + more
