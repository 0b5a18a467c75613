"""`agentkit resume`: goes on with a run that was interrupted, waits for answers, or ran out of budget."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from agentkit.budget import Budget, Usage
from agentkit.cli.conduct import Conductor
from agentkit.cli.home import journal_of
from agentkit.cli.outcome import tell
from agentkit.cli.setup import CONFIG_KEY, budget_of, saved_setup
from agentkit.cli.view import RunView, read_events
from agentkit.engine.journal import Journal, RunRecord
from agentkit.engine.workforce import Workforce
from agentkit.errors import UsageError
from agentkit.result import RunResult

__all__ = ["resume_run"]


@dataclass(frozen=True, slots=True)
class _Saved:
    """What the journal has of the run."""

    record: RunRecord
    view: RunView
    usage: Usage


def resume_run(
    run_id: str,
    answers: Sequence[str],
    limits: Mapping[str, float | None],
    *,
    model: str | None = None,
    home: Path | None = None,
    as_json: bool = False,
) -> int:
    """Go on; returns the exit code. A run that has answered tells its answer again.

    `answers` have the form ID=TEXT. `limits` that are given take the place of the run's own; the others
    stay. Raises `AgentkitError` for what could not go on or broke.
    """
    given = _read_answers(answers)
    with journal_of(home) as journal:
        saved = _load(journal, run_id)
        if saved.record.state == "answered" and saved.record.result:
            return tell(RunResult.model_validate_json(saved.record.result), as_json=as_json)
        _check_asked(journal, saved.record.id, given)
        setup = saved_setup(saved.record.id, saved.record.config)
        if model is not None:
            setup = setup.model_copy(update={"model": model, "api_base": None, "replay": None})
            config = json.loads(saved.record.config) | {CONFIG_KEY: setup.model_dump(mode="json")}
            journal.reconfigure_run(saved.record.id, json.dumps(config))
    budget = _new_budget(saved.record, limits)

    async def carry(force: Workforce, shown: Conductor) -> RunResult:
        return await force.resume(
            saved.record.id,
            given,
            budget=budget,
            home=home,
            on_event=shown.listen,
            answer=shown.answerer(),
        )

    return Conductor(setup, as_json, home, saved.view).conduct(carry)


def _load(journal: Journal, run_id: str) -> _Saved:
    record = journal.run(run_id)
    usage = sum(journal.spent(record.id).values(), Usage())
    return _Saved(record, RunView.of(read_events(journal.events(record.id)), usage), usage)


def _read_answers(answers: Sequence[str]) -> dict[str, str]:
    """The texts by the questions' ids."""
    found = {}
    for answer in answers:
        key, sign, text = answer.partition("=")
        if not (sign and key.strip() and text.strip()):
            raise UsageError("an answer has the form ID=TEXT", where=f"--answer {answer}")
        found[key.strip()] = text.strip()
    return found


def _check_asked(journal: Journal, run_id: str, answers: Mapping[str, str]) -> None:
    """Refuse answers to what nobody asked before anything is begun."""
    known = {q.id for q in journal.open_questions(run_id)}
    if wrong := [key for key in answers if key not in known]:
        mend = f"it asks: {', '.join(sorted(known))}" if known else "it has no open questions"
        raise UsageError(f"the run asks nothing called {wrong[0]!r}", where=f"run {run_id}", mend=mend)


def _new_budget(record: RunRecord, limits: Mapping[str, float | None]) -> Budget:
    old = json.loads(record.config).get("budget", {})
    return budget_of(old | {name: limit for name, limit in limits.items() if limit is not None})
