"""Loads the prompts, which live in text files beside the code that uses them."""

from __future__ import annotations

from functools import cache
from pathlib import Path

__all__ = ["load_prompt"]


@cache
def load_prompt(module_file: str, name: str) -> str:
    """The text of `prompts/<name>.txt` beside the module whose `__file__` is given.

    Placeholders are `{name}`; they are filled with `str.replace`, so other braces stay as they are.
    """
    return (Path(module_file).parent / "prompts" / f"{name}.txt").read_text(encoding="utf-8").strip()
