"""Times, amounts and texts as people read them."""

from __future__ import annotations

import re

from agentkit.budget import Usage

__all__ = ["age_text", "cost_line", "duration_text", "first_line", "printable"]

_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")


def printable(text: str) -> str:
    """The text without control characters: a model's words must not steer the terminal.

    >>> printable("red" + chr(27) + "[31m alert")
    'red[31m alert'
    """
    return _CONTROL.sub("", text)


def first_line(text: str) -> str:
    """A text on one line.

    >>> first_line("a   b" + chr(10) + "c")
    'a b c'
    """
    return " ".join(printable(text.replace("\n", " ")).split())


def duration_text(seconds: float) -> str:
    """Seconds as people read them.

    >>> duration_text(0.04), duration_text(7.26), duration_text(75), duration_text(3700)
    ('0.0 s', '7.3 s', '1:15 min', '1:01 h')
    """
    if seconds < 59.95:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    if whole < 3600:
        return f"{whole // 60}:{whole % 60:02} min"
    return f"{whole // 3600}:{whole % 3600 // 60:02} h"


def age_text(seconds: float) -> str:
    """How long ago something was, roughly.

    >>> age_text(5), age_text(150), age_text(7300), age_text(200000)
    ('5 s', '2 min', '2 h', '2 days')
    """
    for size, unit in ((86400, "days"), (3600, "h"), (60, "min")):
        if seconds >= size * (2 if unit == "days" else 1):
            return f"{int(seconds // size)} {unit}"
    return f"{max(0, int(seconds))} s"


def cost_line(usage: Usage, seconds: float | None = None) -> str:
    """Money, tokens, calls and time on a line.

    >>> cost_line(Usage(calls=2, prompt_tokens=1200, completion_tokens=34, usd=0.5), 3.0)
    '$0.5000 · 1,234 tokens · 2 calls · 3.0 s'
    """
    calls = "1 call" if usage.calls == 1 else f"{usage.calls:,} calls"
    money = [usage.cost_text()] if usage.calls or usage.usd else ["$0"]
    parts = [*money, f"{usage.tokens:,} tokens", calls]
    if seconds is not None:
        parts.append(duration_text(seconds))
    return " · ".join(parts)
