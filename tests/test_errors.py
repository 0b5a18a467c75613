"""The error tree is as drawn, and every error says what, where and how to mend it."""

import inspect
import pickle

import pytest

from agentkit import errors
from agentkit.errors import (
    AgentkitError,
    BudgetExceededError,
    ModelError,
    OutputError,
    PlanError,
    RateLimitedError,
    UnknownNameError,
)


def drawn_tree() -> dict[str, str | None]:
    """Each error in the drawing, and the one that it hangs from."""
    found: dict[str, str | None] = {}
    above: list[tuple[int, str]] = []
    for line in (errors.__doc__ or "").splitlines():
        name = line.lstrip(" │├└─").split(" ")[0]
        if not name.endswith("Error"):
            continue
        column = line.index(name)
        while above and above[-1][0] >= column:
            above.pop()
        found[name] = above[-1][1] if above else None
        above.append((column, name))
    return found


def class_tree() -> dict[str, str | None]:
    classes = [c for _, c in inspect.getmembers(errors, inspect.isclass) if c.__module__ == errors.__name__]
    return {c.__name__: None if c is AgentkitError else c.__bases__[0].__name__ for c in classes}


def test_the_drawing_in_the_docstring_is_the_class_tree() -> None:
    assert drawn_tree() == class_tree()


def test_every_error_is_offered_and_explained() -> None:
    assert set(errors.__all__) == set(class_tree())
    for name in errors.__all__:
        assert inspect.getdoc(getattr(errors, name))


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (AgentkitError("it broke"), "it broke"),
        (AgentkitError("it broke", where="a.csv"), "a.csv: it broke"),
        (AgentkitError("it broke", mend="wait"), "it broke (wait)"),
        (AgentkitError("it broke", where="a.csv", mend="wait"), "a.csv: it broke (wait)"),
        (ModelError("is down", model="openai/x"), "openai/x: is down"),
        (ModelError("is down", model="openai/x", where="plan"), "plan: is down"),
        (UnknownNameError("tool", "x", known=("a", "b")), "there is no tool called 'x' (known: a, b)"),
        (UnknownNameError("tool", "x"), "there is no tool called 'x'"),
        (UnknownNameError("tool", "x", known=("a",), mend="try a"), "there is no tool called 'x' (try a)"),
        (
            BudgetExceededError("usd", cap=0.5, spent=0.4375, scope="run/s1"),
            "run/s1: the budget of 0.5 usd is used up (0.4375 spent) (raise it, for example with --usd)",
        ),
    ],
)
def test_the_text_says_what_where_and_how_to_mend(error: AgentkitError, text: str) -> None:
    assert str(error) == text


def test_errors_carry_what_programs_need() -> None:
    assert PlanError("circle", subtasks=("a", "b")).subtasks == ("a", "b")
    assert RateLimitedError("slow down", model="m", retry_after=2.5).retry_after == 2.5
    assert OutputError("no JSON", text="{").text == "{"
    budget = BudgetExceededError("calls", cap=3, spent=3, scope="run")
    assert (budget.limit, budget.cap, budget.spent, budget.scope) == ("calls", 3, 3, "run")
    unknown = UnknownNameError("worker", "wrker", known=("worker",))
    assert (unknown.kind, unknown.name, unknown.known) == ("worker", "wrker", ("worker",))


def test_large_amounts_are_written_out() -> None:
    error = BudgetExceededError("tokens", cap=2_000_000, spent=1_999_950, scope="run")
    assert error.what == "the budget of 2000000 tokens is used up (1999950 spent)"
    late = BudgetExceededError("seconds", cap=60, spent=60.00000000123, scope="run")
    assert late.what == "the budget of 60 seconds is used up (60 spent)"


def example(name: str) -> AgentkitError:
    match getattr(errors, name):
        case errors.BudgetExceededError:
            return BudgetExceededError("usd", cap=1, spent=1, scope="run")
        case errors.UnknownNameError:
            return UnknownNameError("tool", "x", known=("a",))
        case kind:
            error: AgentkitError = kind("what", where="where", mend="mend")
            return error


@pytest.mark.parametrize("name", errors.__all__)
def test_errors_cross_between_processes(name: str) -> None:
    error = example(name)
    again = pickle.loads(pickle.dumps(error))
    assert type(again) is type(error)
    assert str(again) == str(error)
    assert vars(again) == vars(error)
