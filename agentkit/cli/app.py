"""The commands and their options. What carries them out is loaded when they are called."""

from __future__ import annotations

import io
import logging
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.main import get_command

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


@dataclass(slots=True)
class _Switches:
    """What holds for a whole command line."""

    debug: bool = False


def execute(arguments: Sequence[str] | None = None) -> int:
    """Carry out a command line; returns the exit code. Errors become a line on stderr."""
    given = list(sys.argv[1:] if arguments is None else arguments) or ["--help"]
    switches = _Switches()
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


def _note_debug(context: typer.Context, value: bool) -> bool:
    if value and isinstance(context.obj, _Switches):
        context.obj.debug = True
        logging.basicConfig(level=logging.INFO, force=True)
    return value


def _print_version(value: bool) -> None:
    if value:
        import agentkit

        print(f"agentkit {agentkit.__version__}")
        raise typer.Exit


Run = Annotated[str, typer.Argument(metavar="RUN", help="The run's id, or how it begins.")]
Home = Annotated[
    Path | None,
    typer.Option("--home", metavar="DIR", help="The folder of runs [default: AGENTKIT_HOME, or .agentkit]."),
]
Json = Annotated[bool, typer.Option("--json", help="Print JSON on stdout, and nothing else there.")]
Debug = Annotated[
    bool,
    typer.Option("--debug", help="Show tracebacks and logs.", callback=_note_debug, is_eager=True),
]
Model = Annotated[
    str | None,
    typer.Option("--model", metavar="ID", help="The model, such as openai/gpt-5.4-mini, or local:FILE.gguf."),
]
ApiBase = Annotated[
    str | None, typer.Option("--api-base", metavar="URL", help="Address of an OpenAI-compatible server.")
]
Usd = Annotated[float | None, typer.Option("--usd", metavar="N", help="Most US dollars to spend.")]
Tokens = Annotated[int | None, typer.Option("--tokens", metavar="N", help="Most tokens, both ways together.")]
Seconds = Annotated[float | None, typer.Option("--seconds", metavar="N", help="Most seconds to take.")]
Calls = Annotated[int | None, typer.Option("--calls", metavar="N", help="Most model calls to make.")]


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
    attach: Annotated[
        list[Path] | None, typer.Option("--attach", metavar="FILE", help="A file for it (repeat).")
    ] = None,
    worker: Annotated[
        list[str] | None, typer.Option("--worker", metavar="NAME", help="A member of the team (repeat).")
    ] = None,
    planner: Annotated[str, typer.Option("--planner", metavar="NAME", help="Who plans.")] = "decompose",
    model: Model = None,
    api_base: ApiBase = None,
    usd: Usd = None,
    tokens: Tokens = None,
    seconds: Seconds = None,
    calls: Calls = None,
    approve_plan: Annotated[
        bool, typer.Option("--approve-plan", help="Have a person agree to the plan.")
    ] = False,
    verify: Annotated[bool, typer.Option("--verify", help="Have the model check every answer.")] = False,
    record: Annotated[
        Path | None, typer.Option("--record", metavar="FILE", help="Write the model's answers to a cassette.")
    ] = None,
    replay: Annotated[
        Path | None, typer.Option("--replay", metavar="FILE", help="Take the answers from a cassette.")
    ] = None,
    as_json: Json = False,
    debug: Debug = False,
    home: Home = None,
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
    run: Run,
    answer: Annotated[
        list[str] | None, typer.Option("--answer", metavar="ID=TEXT", help="Answer a question (repeat).")
    ] = None,
    model: Model = None,
    usd: Usd = None,
    tokens: Tokens = None,
    seconds: Seconds = None,
    calls: Calls = None,
    as_json: Json = False,
    debug: Debug = False,
    home: Home = None,
) -> int:
    from agentkit.cli.resume import resume_run

    limits = {"usd": usd, "tokens": tokens, "seconds": seconds, "calls": calls}
    return resume_run(run, answer or [], limits, model=model, home=home, as_json=as_json)


@app.command("runs", help="List the runs, newest first.")
def _runs(
    limit: Annotated[int, typer.Option("--limit", metavar="N", min=1, help="How many at most.")] = 50,
    as_json: Json = False,
    debug: Debug = False,
    home: Home = None,
) -> int:
    from agentkit.cli.runs import list_runs

    return list_runs(home=home, as_json=as_json, limit=limit)


@app.command("show", help="Tell all that is known of a run.")
def _show(
    run: Run,
    mermaid: Annotated[bool, typer.Option("--mermaid", help="Print the plan as a Mermaid chart.")] = False,
    calls: Annotated[bool, typer.Option("--calls", help="List the model and tool calls too.")] = False,
    as_json: Json = False,
    debug: Debug = False,
    home: Home = None,
) -> int:
    from agentkit.cli.show import show_run

    return show_run(run, home=home, as_json=as_json, mermaid=mermaid, calls=calls)


@app.command("cancel", help="Stop a run, whichever process carries it.")
def _cancel(run: Run, debug: Debug = False, home: Home = None) -> int:
    from agentkit.cli.cancel import cancel_run

    return cancel_run(run, home=home)


@app.command("doctor", help="Say which model would be used, and what is missing.")
def _doctor(as_json: Json = False, debug: Debug = False, home: Home = None) -> int:
    from agentkit.cli.doctor import examine

    return examine(home=home, as_json=as_json)


@app.command(
    "eval", help="Measure agents on a benchmark. Exit codes: 0 done, 1 failed, 2 wrong usage, 3 stopped."
)
def _eval(
    benchmark: Annotated[
        str | None,
        typer.Argument(metavar="BENCH", help="A benchmark's name, FILE.py, or module:Name; see --list."),
    ] = None,
    data: Annotated[Path | None, typer.Option("--data", metavar="PATH", help="The benchmark's data.")] = None,
    agent: Annotated[
        list[str] | None,
        typer.Option(
            "--agent",
            metavar="NAME",
            help="An agent's name, FILE.py or module:object (repeat) [default: bare and workforce].",
        ),
    ] = None,
    config: Annotated[
        list[Path] | None,
        typer.Option("--config", metavar="FILE", help="An agent described in a TOML file (repeat)."),
    ] = None,
    model: Model = None,
    api_base: ApiBase = None,
    limit: Annotated[
        int | None, typer.Option("--limit", metavar="N", help="At most so many samples.")
    ] = None,
    sample_ids: Annotated[
        str | None, typer.Option("--sample-ids", metavar="ID,ID", help="These samples only.")
    ] = None,
    seed: Annotated[
        int | None, typer.Option("--seed", metavar="N", help="Shuffle before the limit is applied.")
    ] = None,
    epochs: Annotated[int, typer.Option("--epochs", metavar="K", help="How often each sample is asked.")] = 1,
    parallel: Annotated[int, typer.Option("--parallel", metavar="N", min=1, help="Samples at a time.")] = 8,
    usd: Usd = None,
    tokens: Tokens = None,
    seconds: Seconds = None,
    calls: Calls = None,
    sample_usd: Annotated[
        float | None, typer.Option("--sample-usd", metavar="N", help="Most US dollars for one sample.")
    ] = None,
    sample_tokens: Annotated[
        int | None, typer.Option("--sample-tokens", metavar="N", help="Most tokens for one sample.")
    ] = None,
    sample_calls: Annotated[
        int | None, typer.Option("--sample-calls", metavar="N", help="Most model calls for one sample.")
    ] = None,
    timeout: Annotated[
        float | None, typer.Option("--timeout", metavar="S", help="Most seconds for one sample.")
    ] = None,
    retries: Annotated[
        int, typer.Option("--retries", metavar="N", min=0, help="Tries more where a server was out of reach.")
    ] = 2,
    record: Annotated[
        Path | None, typer.Option("--record", metavar="DIR", help="Write a cassette for every sample.")
    ] = None,
    note: Annotated[
        str, typer.Option("--note", metavar="TEXT", help="What the cassettes say of who answered.")
    ] = "",
    replay: Annotated[
        Path | None, typer.Option("--replay", metavar="DIR", help="Take the answers from cassettes.")
    ] = None,
    strict: Annotated[
        bool, typer.Option("--strict", help="With --replay: a changed prompt is an error.")
    ] = False,
    resume: Annotated[
        bool, typer.Option("--resume", help="Go on; an error where there is nothing to go on with.")
    ] = False,
    out: Annotated[
        Path | None,
        typer.Option("--out", metavar="DIR", help="The folder [default: one below AGENTKIT_HOME]."),
    ] = None,
    csv: Annotated[
        Path | None, typer.Option("--csv", metavar="FILE", help="Write a line for each sample to this file.")
    ] = None,
    listing: Annotated[
        bool, typer.Option("--list", help="List benchmarks and agents, or BENCH's samples.")
    ] = False,
    as_json: Json = False,
    debug: Debug = False,
    home: Home = None,
) -> int:
    from agentkit.cli.eval import EvalCommand, run_evaluations
    from agentkit.cli.eval_list import list_evaluables

    if listing:
        return list_evaluables(benchmark, data, as_json=as_json)
    command = EvalCommand(
        benchmark=benchmark or "",
        agents=tuple(agent or ()),
        configs=tuple(config or ()),
        budget={"usd": usd, "tokens": tokens, "seconds": seconds, "calls": calls},
        sample_budget={"usd": sample_usd, "tokens": sample_tokens, "calls": sample_calls},
        options={
            "data": data,
            "model": model,
            "api_base": api_base,
            "limit": limit,
            "sample_ids": tuple(name for name in (sample_ids or "").split(",") if name),
            "seed": seed,
            "epochs": epochs,
            "parallel": parallel,
            "timeout": timeout,
            "retries": retries,
            "record": record and record.expanduser().resolve(),
            "note": note,
            "replay": replay and replay.expanduser().resolve(),
            "strict": strict,
            "resume": resume,
            "out": out and out.expanduser().resolve(),
            "home": home,
        },
        csv=csv and csv.expanduser().resolve(),
        as_json=as_json,
    )
    return run_evaluations(command)


@app.command("compare", help="Set evaluations side by side, and tell which is better.")
def _compare(
    folders: Annotated[
        list[Path], typer.Argument(metavar="DIR", help="Folders of evaluations, or of several of them.")
    ],
    csv: Annotated[
        Path | None, typer.Option("--csv", metavar="FILE", help="Write a line for each sample to this file.")
    ] = None,
    as_json: Json = False,
    debug: Debug = False,
) -> int:
    from agentkit.cli.compare import compare_evaluations

    return compare_evaluations(folders, as_json=as_json, csv_file=csv and csv.expanduser().resolve())


@app.command("demo", help="Do a whole job, by your model or a recorded one.")
def _demo(
    live: Annotated[bool, typer.Option("--live", help="Never fall back on the recording.")] = False,
    record: Annotated[
        Path | None, typer.Option("--record", metavar="FILE", help="Live, and write a cassette.")
    ] = None,
    debug: Debug = False,
    home: Home = None,
) -> int:
    from agentkit.cli.demo import show_demo

    return show_demo(live=live, home=home, record=record and record.expanduser().resolve())
