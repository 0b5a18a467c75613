"""What agents print goes into their samples' records; what anybody else prints goes where it always went."""

from __future__ import annotations

import asyncio
import sys
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from agentkit.evals.agents import as_agent
from agentkit.evals.capture import KEPT, captured_output, printed_by_this_sample

Capture = pytest.CaptureFixture[str]


def test_a_sample_s_output_is_its_own_and_does_not_reach_the_terminal(capsys: Capture) -> None:
    with captured_output(), printed_by_this_sample() as printed:
        print("to stdout")
        print("to stderr", file=sys.stderr)
        print("and", "more", sep=", ", end="!\n")
    assert printed.text == "to stdout\nto stderr\nand, more!"
    assert capsys.readouterr() == ("", "")


def test_what_is_printed_outside_samples_passes_through(capsys: Capture) -> None:
    with captured_output():
        print("before")
        with printed_by_this_sample() as printed:
            print("within")
        print("after")
        print("a mistake", file=sys.stderr)
    print("at the end")
    assert capsys.readouterr() == ("before\nafter\nat the end\n", "a mistake\n")
    assert printed.text == "within"


def test_afterwards_the_streams_are_the_usual_ones_also_after_an_error(capsys: Capture) -> None:
    usual = sys.stdout, sys.stderr
    with pytest.raises(ZeroDivisionError), captured_output(), printed_by_this_sample() as printed:
        print("so far")
        print(1 / 0)
    assert (sys.stdout, sys.stderr) == usual
    assert printed.text == "so far"
    print("again")
    assert capsys.readouterr().out == "again\n"


async def test_samples_at_the_same_time_are_told_apart(capsys: Capture) -> None:
    async def sample(number: int) -> str:
        with printed_by_this_sample() as printed:
            for line in range(20):
                print(f"{number}: line {line}")
                await asyncio.sleep(0)
        return printed.text

    with captured_output():
        texts = await asyncio.gather(*map(sample, range(30)))
    for number, text in enumerate(texts):
        assert text.splitlines() == [f"{number}: line {line}" for line in range(20)]
    assert capsys.readouterr() == ("", "")


async def test_tasks_and_threads_that_a_sample_begins_belong_to_it(capsys: Capture) -> None:
    async def helper() -> None:
        print("from a task")

    with captured_output(), printed_by_this_sample() as printed:
        await asyncio.create_task(helper())
        await asyncio.to_thread(print, "from a thread")
    assert printed.text == "from a task\nfrom a thread"
    assert capsys.readouterr() == ("", "")


async def test_a_plain_function_s_output_is_its_sample_s(capsys: Capture) -> None:
    agent = as_agent(lambda sample: print("asked", sample), name="printer")

    async def ask(number: int) -> str:
        with printed_by_this_sample() as printed:
            await agent.run(number, None)  # type: ignore[arg-type]  # it only prints them
        return printed.text

    with captured_output():
        assert await asyncio.gather(*map(ask, range(8))) == [f"asked {number}" for number in range(8)]
    assert capsys.readouterr() == ("", "")


def test_a_thread_that_knows_of_no_sample_prints_as_usual(capsys: Capture) -> None:
    with captured_output(), printed_by_this_sample() as printed:
        stranger = threading.Thread(target=print, args=("a library's thread",))
        stranger.start()
        stranger.join()
        with ThreadPoolExecutor(1) as pool:
            pool.submit(print, "a pool's thread").result()
    assert printed.text == ""
    assert capsys.readouterr().out == "a library's thread\na pool's thread\n"


def test_only_the_last_of_it_is_kept() -> None:
    with captured_output(), printed_by_this_sample() as printed:
        for number in range(2_000):
            print(f"line {number}")
    assert KEPT == 2_000
    assert len(printed.text) <= KEPT
    assert printed.text.endswith("line 1998\nline 1999")
    assert printed.text.count("\n") > 150


def test_one_huge_print_is_cut_too() -> None:
    with captured_output(), printed_by_this_sample() as printed:
        print("x" * 1_000_000, end="the end")
    assert printed.text == "x" * (KEPT - 7) + "the end"


def test_a_sample_within_a_sample_has_its_own() -> None:
    with captured_output(), printed_by_this_sample() as outer:
        print("outer")
        with printed_by_this_sample() as inner:
            print("inner")
        print("outer again")
    assert (outer.text, inner.text) == ("outer\nouter again", "inner")


def test_the_streams_can_still_do_all_that_streams_do(capsys: Capture) -> None:
    with captured_output(), printed_by_this_sample() as printed:
        assert sys.stdout.write("four") == 4
        sys.stdout.writelines(["a", "b"])
        sys.stdout.flush()
        assert not sys.stdout.isatty()
        assert sys.stdout.encoding
        print("now", flush=True)
    assert printed.text == "fourabnow"
    assert capsys.readouterr() == ("", "")
