"""The benchmarks' runner: who takes part, what is shown, and that one failure does not stop the rest."""

from __future__ import annotations

import asyncio
import doctest
import io
import json
import sys
from dataclasses import replace
from pathlib import Path

import measure
import pytest
import table
from contestants import HERE, OURS, Contestant, SetupError, peers, prepare
from figures import BENCHES, Bench, Figure
from rich.console import Console
from run import ProgramError, Session, command, main, parse_line, run_program
from table import render

IMPORT = next(bench for bench in BENCHES if bench.name == "import")
LINE = {
    "bench": "x",
    "who": "ours",
    "figures": {"x_wall": 0.5},
    "versions": {"agentkit": "1"},
    "load": 0.1,
    "note": "",
}
BENCH = Bench("x", "some work", (Figure("x_wall", "wall, s", target=0.4, digits=2),))
MACHINE: dict[str, str | float] = {"cpu": "Z80", "cores": 1, "system": "CP/M", "python": "0.9", "load": 0.0}


def python_program(folder: Path, code: str) -> list[str]:
    path = folder / "program.py"
    path.write_text(code, encoding="utf-8")
    return [sys.executable, str(path)]


def test_every_program_belongs_to_a_bench_and_a_contestant() -> None:
    known = {f"{who.name}_{bench.name}.py" for who in (OURS, *peers()) for bench in BENCHES}
    helpers = {
        "camel_team.py",
        "evals_sums.py",
        "formulation_cases.py",
        "formulation_pyomo.py",
        "formulation_speed.py",
        "formulation_texts.py",
        "ours_team.py",
        "planning_truth.py",
        "small_tasks.py",
        "pydantic_ai_agent.py",
        "openai_agents_agent.py",
        "import_cost.py",
    }
    assert {
        path.name for path in HERE.glob("*_*.py") if not path.name.startswith(("test_", "__"))
    } <= known | helpers


def test_figures_have_names_of_their_own() -> None:
    keys = [figure.key for bench in BENCHES for figure in bench.figures]
    assert len(set(keys)) == len(keys)


def test_a_contestant_without_a_program_does_not_take_part() -> None:
    camel = next(peer for peer in peers() if peer.name == "camel")
    turns = next(bench for bench in BENCHES if bench.name == "turns")
    assert command(turns, camel) is None
    assert command(IMPORT, camel) is not None


def test_peers_have_environments_of_their_own_unless_they_share_ours() -> None:
    by_name = {peer.name: peer for peer in peers()}
    assert by_name["langgraph"].python == Path(sys.executable)
    assert by_name["camel"].python.parts[-4:] == (".bench", "camel", "bin", "python")


def test_a_program_reports_with_its_last_line_of_json(tmp_path: Path) -> None:
    code = f"print('noise'); print({json.dumps(LINE)!r}); print('more noise')"
    assert run_program(python_program(tmp_path, code), OURS) == LINE


def test_a_program_gets_its_settings_and_an_empty_folder(tmp_path: Path) -> None:
    code = "import json, os; print(json.dumps({'bench': os.environ['QUIET'], 'files': os.listdir()}))"
    quiet = replace(OURS, env={"QUIET": "yes"})
    assert run_program(python_program(tmp_path, code), quiet) == {"bench": "yes", "files": []}


def test_a_program_that_fails_says_why(tmp_path: Path) -> None:
    with pytest.raises(ProgramError, match="no cheese"):
        run_program(python_program(tmp_path, "raise SystemExit('no cheese')"), OURS)


def test_output_without_figures_is_refused() -> None:
    with pytest.raises(ProgramError, match="no figures"):
        parse_line("hello\n{}\n")


def test_a_peer_that_cannot_be_installed_is_noted_and_the_rest_goes_on(tmp_path: Path) -> None:
    # A file where the environments' folder would be: nothing can be installed there.
    blocker = tmp_path / "blocked"
    blocker.write_text("", encoding="utf-8")
    homeless = Contestant("nobody", "Nobody", "import nobody", (), requires=("nobody==0",), home=blocker)
    with pytest.raises(SetupError):
        prepare(homeless)
    session = Session(Console(quiet=True))
    session.measure(homeless, [IMPORT])
    session.measure(replace(OURS, statement="import json", packages=()), [IMPORT])
    assert [failure.split(":")[0] for failure in session.failures] == ["Nobody could not be installed"]
    assert session.results["import", "ours"]["figures"]["import_rss"] > 1


@pytest.mark.parametrize(("value", "colour"), [(0.40, "green"), (0.41, "red")])
def test_ours_is_judged_by_the_target(value: float, colour: str) -> None:
    results = {("x", "ours"): {**LINE, "figures": {"x_wall": value}}}
    assert table.cell(BENCH.figures[0], "ours", results, "x") == f"[{colour}]{value:.2f}[/{colour}]"


def test_the_table_shows_figures_gaps_and_failures() -> None:
    console = Console(width=80, file=io.StringIO(), record=True)
    rival = Contestant("rival", "Rival", "import rival", ())
    idle = Contestant("idle", "Idle", "import idle", ())
    results = {("x", "ours"): LINE, ("x", "rival"): {**LINE, "figures": {}, "note": "half of it"}}
    console.print(render(MACHINE, [BENCH], [OURS, rival, idle], results, ["x, Idle: failed: no cheese"]))
    text = console.export_text()
    lines = text.splitlines()
    assert next(line.split() for line in lines if "wall, s" in line) == [
        "wall,",
        "s",
        "≤",
        "0.4",
        "0.50",
        "-",
    ]
    assert next(line.split() for line in lines if "target" in line) == ["target", "agentkit", "Rival"]
    assert "Rival: half of it (load 0.1)" in lines
    assert "x, Idle: failed: no cheese" in lines
    assert "Versions: agentkit 1" in lines
    assert "Z80" in text


def test_a_bench_without_figures_takes_no_room() -> None:
    console = Console(width=80, file=io.StringIO(), record=True)
    console.print(render(MACHINE, [Bench("y", "other work", ())], [OURS], {("y", "ours"): LINE}, []))
    assert "other work" not in console.export_text()


def test_an_unknown_bench_is_refused_with_the_known_ones(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["cheese"])
    assert "cheese" in capsys.readouterr().err
    with pytest.raises(SystemExit):
        main(["--help"])
    assert all(bench.name in capsys.readouterr().out for bench in BENCHES[:1])


def test_timing_repeats_and_takes_the_least_cpu_and_the_median_wall() -> None:
    pauses = iter([0.0, 0.001, 0.03, 0.002])

    async def work() -> None:
        await asyncio.sleep(next(pauses))

    timing = asyncio.run(measure.timed(work, repeats=3))
    assert next(pauses, None) is None
    assert 0.001 < timing.wall < 0.03
    assert timing.cpu < timing.wall


def test_examples_hold() -> None:
    assert doctest.testmod(table).failed == 0
