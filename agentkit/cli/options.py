"""The options of the commands: what they are called and what help says of them."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

__all__ = [
    "Agents",
    "ApiBase",
    "Attach",
    "Bench",
    "Calls",
    "Configs",
    "Csv",
    "Data",
    "Debug",
    "Epochs",
    "Home",
    "Json",
    "Limit",
    "Listing",
    "Model",
    "Note",
    "Out",
    "Parallel",
    "RecordFile",
    "RecordFolder",
    "ReplayFile",
    "ReplayFolder",
    "Resume",
    "Retries",
    "Run",
    "SampleCalls",
    "SampleIds",
    "SampleTokens",
    "SampleUsd",
    "Seconds",
    "Seed",
    "Strict",
    "Switches",
    "Timeout",
    "Tokens",
    "Usd",
    "WithholdPrompts",
    "note_debug",
]


@dataclass(slots=True)
class Switches:
    """What holds for a whole command line."""

    debug: bool = False


def note_debug(context: typer.Context, value: bool) -> bool:
    """Remember that tracebacks are wanted, and have logs shown."""
    if value and isinstance(context.obj, Switches):
        context.obj.debug = True
        logging.basicConfig(level=logging.INFO, force=True)
    return value


Run = Annotated[str, typer.Argument(metavar="RUN", help="The run's id, or how it begins.")]
Home = Annotated[
    Path | None,
    typer.Option("--home", metavar="DIR", help="The folder of runs [default: AGENTKIT_HOME, or .agentkit]."),
]
Json = Annotated[bool, typer.Option("--json", help="Print JSON on stdout, and nothing else there.")]
Debug = Annotated[
    bool,
    typer.Option("--debug", help="Show tracebacks and logs.", callback=note_debug, is_eager=True),
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

Bench = Annotated[
    str | None,
    typer.Argument(metavar="BENCH", help="A benchmark's name, FILE.py, or module:Name; see --list."),
]
Data = Annotated[Path | None, typer.Option("--data", metavar="PATH", help="The benchmark's data.")]
Agents = Annotated[
    list[str] | None,
    typer.Option(
        "--agent",
        metavar="NAME",
        help="An agent's name, FILE.py or module:object (repeat) [default: BENCH's, or bare and workforce].",
    ),
]
Configs = Annotated[
    list[Path] | None,
    typer.Option("--config", metavar="FILE", help="An agent described in a TOML file (repeat)."),
]
Limit = Annotated[int | None, typer.Option("--limit", metavar="N", help="At most so many samples.")]
SampleIds = Annotated[str | None, typer.Option("--sample-ids", metavar="ID,ID", help="These samples only.")]
Seed = Annotated[int | None, typer.Option("--seed", metavar="N", help="Shuffle before the limit is applied.")]
Epochs = Annotated[int, typer.Option("--epochs", metavar="K", help="How often each sample is asked.")]
Parallel = Annotated[int, typer.Option("--parallel", metavar="N", min=1, help="Samples at a time.")]
SampleUsd = Annotated[
    float | None, typer.Option("--sample-usd", metavar="N", help="Most US dollars for one sample.")
]
SampleTokens = Annotated[
    int | None, typer.Option("--sample-tokens", metavar="N", help="Most tokens for one sample.")
]
SampleCalls = Annotated[
    int | None, typer.Option("--sample-calls", metavar="N", help="Most model calls for one sample.")
]
Timeout = Annotated[float | None, typer.Option("--timeout", metavar="S", help="Most seconds for one sample.")]
Retries = Annotated[
    int, typer.Option("--retries", metavar="N", min=0, help="Tries more where a server was out of reach.")
]
RecordFolder = Annotated[
    Path | None, typer.Option("--record", metavar="DIR", help="Write a cassette for every sample.")
]
Attach = Annotated[
    list[Path] | None, typer.Option("--attach", metavar="FILE", help="A file for it (repeat).")
]
RecordFile = Annotated[
    Path | None, typer.Option("--record", metavar="FILE", help="Write the model's answers to a cassette.")
]
ReplayFile = Annotated[
    Path | None, typer.Option("--replay", metavar="FILE", help="Take the answers from a cassette.")
]
WithholdPrompts = Annotated[
    bool,
    typer.Option("--withhold-prompts", help="Record answers only: for data that may not be passed on."),
]
Note = Annotated[str, typer.Option("--note", metavar="TEXT", help="What the cassettes say of who answered.")]
ReplayFolder = Annotated[
    Path | None, typer.Option("--replay", metavar="DIR", help="Take the answers from cassettes.")
]
Strict = Annotated[bool, typer.Option("--strict", help="With --replay: a changed prompt is an error.")]
Resume = Annotated[
    bool, typer.Option("--resume", help="Go on; an error where there is nothing to go on with.")
]
Out = Annotated[
    Path | None,
    typer.Option("--out", metavar="DIR", help="The folder [default: one below AGENTKIT_HOME]."),
]
Csv = Annotated[
    Path | None, typer.Option("--csv", metavar="FILE", help="Write a line for each sample to this file.")
]
Listing = Annotated[bool, typer.Option("--list", help="List benchmarks and agents, or BENCH's samples.")]
