"""The commands and their options. What carries them out is loaded when they are called."""

from __future__ import annotations

import io
import logging
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.main import get_command

from agentkit.cli import options
from agentkit.cli.errors import report

__all__ = ["app", "execute"]

app = typer.Typer(
    name="agentkit",
    help="Plans a task and does it with tool-using workers, under a hard budget, across interruptions.",
    no_args_is_help=False,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def execute(arguments: Sequence[str] | None = None) -> int:
    """Carry out a command line; returns the exit code. Errors become a line on stderr."""
    given = list(sys.argv[1:] if arguments is None else arguments) or ["--help"]
    switches = options.Switches()
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # a terminal may lack letters; that is no reason to stop
    # Without a handler, Python would print the warnings of libraries, tracebacks included.
    logging.getLogger().addHandler(logging.NullHandler())
    try:
        code: Any = get_command(app).main(given, prog_name="agentkit", standalone_mode=False, obj=switches)
    except BrokenPipeError:
        sys.stdout = None  # whoever read it went away, as `head` does; nothing is left to flush to
        return 1
    except Exception as error:
        return report(error, debug=switches.debug)
    return code if isinstance(code, int) else 0


def _print_version(value: bool) -> None:
    if value:
        import agentkit

        print(f"agentkit {agentkit.__version__}")
        raise typer.Exit


@app.callback()
def _root(
    version: Annotated[
        bool,
        typer.Option("--version", help="Print the version.", callback=_print_version, is_eager=True),
    ] = False,
) -> None:
    pass


@app.command("run", help="Do a task. Exit codes: 0 answered, 1 failed, 2 wrong usage, 3 partial, 4 waiting.")
def _run(
    task: Annotated[str, typer.Argument(metavar="TASK", help="What is to be done, in plain words.")],
    attach: options.Attach = None,
    worker: Annotated[
        list[str] | None, typer.Option("--worker", metavar="NAME", help="A member of the team (repeat).")
    ] = None,
    planner: Annotated[str, typer.Option("--planner", metavar="NAME", help="Who plans.")] = "decompose",
    model: options.Model = None,
    api_base: options.ApiBase = None,
    usd: options.Usd = None,
    tokens: options.Tokens = None,
    seconds: options.Seconds = None,
    calls: options.Calls = None,
    approve_plan: Annotated[
        bool, typer.Option("--approve-plan", help="Have a person agree to the plan.")
    ] = False,
    verify: Annotated[bool, typer.Option("--verify", help="Have the model check every answer.")] = False,
    record: options.RecordFile = None,
    replay: options.ReplayFile = None,
    as_json: options.Json = False,
    debug: options.Debug = False,
    home: options.Home = None,
) -> int:
    from agentkit.cli.run import run_task
    from agentkit.cli.setup import TeamSetup, budget_of

    setup = TeamSetup(
        workers=tuple(worker or ["reasoning"]),
        planner=planner,
        model=model,
        api_base=api_base,
        record=record and record.expanduser().resolve(),
        replay=replay and replay.expanduser().resolve(),
        approve_plan=approve_plan,
        verify=verify,
    )
    budget = budget_of({"usd": usd, "tokens": tokens, "seconds": seconds, "calls": calls})
    return run_task(task, attach or [], setup, budget, home=home, as_json=as_json)


@app.command("resume", help="Go on with a run: answers, a larger budget, or just so.")
def _resume(
    run: options.Run,
    answer: Annotated[
        list[str] | None, typer.Option("--answer", metavar="ID=TEXT", help="Answer a question (repeat).")
    ] = None,
    model: options.Model = None,
    usd: options.Usd = None,
    tokens: options.Tokens = None,
    seconds: options.Seconds = None,
    calls: options.Calls = None,
    as_json: options.Json = False,
    debug: options.Debug = False,
    home: options.Home = None,
) -> int:
    from agentkit.cli.resume import resume_run

    limits = {"usd": usd, "tokens": tokens, "seconds": seconds, "calls": calls}
    return resume_run(run, answer or [], limits, model=model, home=home, as_json=as_json)


@app.command("runs", help="List the runs, newest first.")
def _runs(
    limit: Annotated[int, typer.Option("--limit", metavar="N", min=1, help="How many at most.")] = 50,
    as_json: options.Json = False,
    debug: options.Debug = False,
    home: options.Home = None,
) -> int:
    from agentkit.cli.runs import list_runs

    return list_runs(home=home, as_json=as_json, limit=limit)


@app.command("show", help="Tell all that is known of a run.")
def _show(
    run: options.Run,
    mermaid: Annotated[bool, typer.Option("--mermaid", help="Print the plan as a Mermaid chart.")] = False,
    calls: Annotated[bool, typer.Option("--calls", help="List the model and tool calls too.")] = False,
    as_json: options.Json = False,
    debug: options.Debug = False,
    home: options.Home = None,
) -> int:
    from agentkit.cli.show import show_run

    return show_run(run, home=home, as_json=as_json, mermaid=mermaid, calls=calls)


@app.command("cancel", help="Stop a run, whichever process carries it.")
def _cancel(run: options.Run, debug: options.Debug = False, home: options.Home = None) -> int:
    from agentkit.cli.cancel import cancel_run

    return cancel_run(run, home=home)


@app.command("doctor", help="Say which model would be used, and what is missing.")
def _doctor(as_json: options.Json = False, debug: options.Debug = False, home: options.Home = None) -> int:
    from agentkit.cli.doctor import examine

    return examine(home=home, as_json=as_json)


@app.command(
    "eval", help="Measure agents on a benchmark. Exit codes: 0 done, 1 failed, 2 wrong usage, 3 stopped."
)
def _eval(
    context: typer.Context,
    benchmark: options.Bench = None,
    data: options.Data = None,
    agent: options.Agents = None,
    config: options.Configs = None,
    model: options.Model = None,
    api_base: options.ApiBase = None,
    limit: options.Limit = None,
    sample_ids: options.SampleIds = None,
    seed: options.Seed = None,
    epochs: options.Epochs = 1,
    parallel: options.Parallel = 8,
    usd: options.Usd = None,
    tokens: options.Tokens = None,
    seconds: options.Seconds = None,
    calls: options.Calls = None,
    sample_usd: options.SampleUsd = None,
    sample_tokens: options.SampleTokens = None,
    sample_calls: options.SampleCalls = None,
    timeout: options.Timeout = None,
    retries: options.Retries = 2,
    record: options.RecordFolder = None,
    note: options.Note = "",
    withhold_prompts: options.WithholdPrompts = False,
    replay: options.ReplayFolder = None,
    strict: options.Strict = False,
    resume: options.Resume = False,
    out: options.Out = None,
    csv: options.Csv = None,
    listing: options.Listing = False,
    as_json: options.Json = False,
    debug: options.Debug = False,
    home: options.Home = None,
) -> int:
    from agentkit.cli.eval import eval_command, run_evaluations
    from agentkit.cli.eval_list import list_evaluables

    if listing:
        return list_evaluables(benchmark, data, as_json=as_json)
    return run_evaluations(eval_command(context.params))


@app.command("compare", help="Set evaluations side by side, and tell which is better.")
def _compare(
    folders: Annotated[
        list[Path], typer.Argument(metavar="DIR", help="Folders of evaluations, or of several of them.")
    ],
    csv: options.Csv = None,
    as_json: options.Json = False,
    debug: options.Debug = False,
) -> int:
    from agentkit.cli.compare import compare_evaluations

    return compare_evaluations(folders, as_json=as_json, csv_file=csv and csv.expanduser().resolve())


@app.command("formalise", help="Have a model write a problem down as a formulation. Exit codes as of run.")
def _formalise(
    problem: Annotated[str, typer.Argument(metavar="PROBLEM", help="The problem, in plain words.")],
    output: Annotated[
        Path | None, typer.Option("--output", "-o", metavar="FILE", help="Write it here too (YAML).")
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Write over a file that is there.")] = False,
    attach: options.Attach = None,
    model: options.Model = None,
    api_base: options.ApiBase = None,
    usd: options.Usd = None,
    tokens: options.Tokens = None,
    seconds: options.Seconds = None,
    calls: options.Calls = None,
    record: options.RecordFile = None,
    replay: options.ReplayFile = None,
    as_json: options.Json = False,
    debug: options.Debug = False,
    home: options.Home = None,
) -> int:
    from agentkit.cli.formalise import formalise_task
    from agentkit.cli.setup import TeamSetup, budget_of

    setup = TeamSetup(
        workers=("formalisation",),
        planner="whole",
        model=model,
        api_base=api_base,
        record=record and record.expanduser().resolve(),
        replay=replay and replay.expanduser().resolve(),
    )
    budget = budget_of({"usd": usd, "tokens": tokens, "seconds": seconds, "calls": calls})
    place = output and output.expanduser()
    return formalise_task(
        problem, attach or [], setup, budget, output=place, force=force, home=home, as_json=as_json
    )


@app.command(
    "solve",
    help="Solve a formulation (YAML or JSON), or a problem in PDDL. "
    "Exit codes: 0 proven optimal, 1 no solution, 2 wrong usage or malformed, 3 a solution without proof.",
)
def _solve(
    file: Annotated[Path | None, typer.Argument(metavar="FILE", help="The formulation.")] = None,
    data: Annotated[
        list[Path] | None, typer.Option("--data", metavar="FILE", help="JSON, CSV, TSV or XLSX (repeat).")
    ] = None,
    what_if: Annotated[
        list[str] | None,
        typer.Option("--what-if", metavar="EDITS", help="Such as 'demand[a] *= 1.3; drop limit' (repeat)."),
    ] = None,
    pddl: Annotated[
        tuple[Path, Path] | None, typer.Option("--pddl", metavar="DOMAIN PROBLEM", help="Two files of PDDL.")
    ] = None,
    explain: Annotated[
        bool, typer.Option("--explain", help="Tell shadow prices, and what looks odd.")
    ] = False,
    time_limit: Annotated[
        float | None, typer.Option("--time-limit", metavar="S", min=0, help="Most seconds to solve.")
    ] = None,
    gap: Annotated[
        float, typer.Option("--gap", metavar="G", min=0, help="Gap that will do, such as 0.01.")
    ] = 0.0,
    threads: Annotated[int, typer.Option("--threads", metavar="N", min=1, help="Threads to use.")] = 1,
    view: Annotated[
        str | None, typer.Option("--view", metavar="pyomo|rows", help="Show the model instead of solving.")
    ] = None,
    as_json: options.Json = False,
    debug: options.Debug = False,
) -> int:
    from agentkit.cli.solve import solve_command

    return solve_command(
        file,
        pddl,
        data=data or [],
        what_if=what_if or [],
        explain=explain,
        time_limit=time_limit,
        gap=gap,
        threads=threads,
        view=view,
        as_json=as_json,
    )


@app.command("demo", help="Do a whole job, by your model or a recorded one.")
def _demo(
    live: Annotated[bool, typer.Option("--live", help="Never fall back on the recording.")] = False,
    record: Annotated[
        Path | None, typer.Option("--record", metavar="FILE", help="Live, and write a cassette.")
    ] = None,
    debug: options.Debug = False,
    home: options.Home = None,
) -> int:
    from agentkit.cli.demo import show_demo

    return show_demo(live=live, home=home, record=record and record.expanduser().resolve())
