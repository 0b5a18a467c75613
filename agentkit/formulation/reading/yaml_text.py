"""Reads and writes the part of YAML that formulations need, by the core schema of YAML 1.2.

Words such as `no`, `on` and `yes`, dates, `1_000` and `12:30` are text, as is what begins with a nought
(`007`): they are members of sets far more often than anything else. Keys are never repeated, tags are
refused, and aliases cannot blow a small file up.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from agentkit.errors import FormulationError

__all__ = ["FlowList", "FlowMapping", "Steps", "YamlDocument", "read_yaml", "write_yaml"]

Steps: TypeAlias = tuple[str | int, ...]
"""Where in a document something is: keys as text, and places in lists."""

MOST_NODES = 5_000_000
"""Values in a document, those that aliases repeat counted each time."""
DEEPEST = 60
"""Levels within levels."""
WIDTH = 100
"""Columns after which text is folded."""

_INTEGER = re.compile(r"[-+]?(0|[1-9][0-9]*)|0o[0-7]+|0x[0-9a-fA-F]+")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|(0|[1-9][0-9]*)(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_WORDS: dict[str, Any] = {"": None, "~": None, "null": None, "Null": None, "NULL": None}
_WORDS |= {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}
_WORDS |= {".inf": float("inf"), "+.inf": float("inf"), "-.inf": float("-inf"), ".nan": float("nan")}
_TEXT_TAG, _LIST_TAG, _MAPPING_TAG = (f"tag:yaml.org,2002:{kind}" for kind in ("str", "seq", "map"))


class FlowList(list[Any]):
    """A list to be written on one line: `[a, b]`."""


class FlowMapping(dict[Any, Any]):
    """A mapping to be written on one line: `{a: 1, b: 2}`."""


@dataclass(frozen=True, slots=True)
class YamlDocument:
    """What a text holds, and where."""

    data: Any
    lines: Mapping[Steps, int]
    """The line on which each value, or its key, begins; the first is 1."""


@dataclass(slots=True)
class _Level:
    """A mapping or a list that is being read."""

    steps: Steps
    into: dict[Any, Any] | list[Any]
    line: int
    anchor: str | None
    key: Any = None
    has_key: bool = False
    nodes: int = 1


@dataclass(slots=True)
class _Reader:
    where: str
    lines: dict[Steps, int] = field(default_factory=dict)
    levels: list[_Level] = field(default_factory=list)
    anchors: dict[str, tuple[Any, int]] = field(default_factory=dict)
    """What each anchor stands for, and how many nodes that is."""
    result: Any = None
    documents: int = 0

    def fail(self, what: str, line: int, mend: str = "") -> FormulationError:
        """An error at a line."""
        return FormulationError(
            what, where=f"{self.where}, line {line}" if self.where else f"line {line}", mend=mend
        )

    def take(self, event: Any) -> None:
        """One more event of the parser."""
        kind = type(event).__name__
        line = event.start_mark.line + 1
        match kind:
            case "DocumentStartEvent":
                self.documents += 1
                if self.documents > 1:
                    raise self.fail("a second document begins here", line, "keep one formulation a file")
            case "MappingStartEvent" | "SequenceStartEvent":
                self._open(event, line, {} if kind == "MappingStartEvent" else [])
            case "MappingEndEvent" | "SequenceEndEvent":
                self._close()
            case "ScalarEvent":
                value = self._scalar(event, line)
                if event.anchor:
                    self.anchors[event.anchor] = (value, 1)
                self._place(value, line, 1)
            case "AliasEvent":
                if event.anchor not in self.anchors:
                    raise self.fail(f"nothing is called &{event.anchor}", line)
                value, nodes = self.anchors[event.anchor]
                self._place(value, line, nodes)

    def _open(self, event: Any, line: int, into: dict[Any, Any] | list[Any]) -> None:
        self._check_tag(event, line)
        if self.levels and isinstance(self.levels[-1].into, dict) and not self.levels[-1].has_key:
            mend = "write a pair of members as the text 'a, b'"
            raise self.fail("a key must be a text or a figure", line, mend)
        if len(self.levels) >= DEEPEST:
            raise self.fail(f"this is nested more than {DEEPEST} levels deep", line)
        steps = self._here(line)
        self.levels.append(_Level(steps, into, line, event.anchor))

    def _close(self) -> None:
        level = self.levels.pop()
        if level.anchor:
            self.anchors[level.anchor] = (level.into, level.nodes)
        self._place(level.into, level.line, level.nodes)

    def _place(self, value: Any, line: int, nodes: int) -> None:
        """Put a value where it belongs: into the list or mapping around it, or as its key."""
        if not self.levels:
            self.result = value
            return
        level = self.levels[-1]
        level.nodes += nodes
        if level.nodes > MOST_NODES:
            raise self.fail(f"more than {MOST_NODES:,} values", line, "put large tables into data files")
        if isinstance(level.into, list):
            self.lines[(*level.steps, len(level.into))] = line
            level.into.append(value)
        elif level.has_key:
            level.into[level.key] = value
            level.has_key = False
        else:
            self._take_key(level, value, line)

    def _take_key(self, level: _Level, key: Any, line: int) -> None:
        if isinstance(key, (dict, list)) or key is None or isinstance(key, bool):
            raise self.fail("a key must be a text or a figure", line, "quote it")
        assert isinstance(level.into, dict)
        if key in level.into:
            raise self.fail(f"the key {key!r} is given twice", line, "rename or drop one")
        self.lines[(*level.steps, str(key))] = line
        level.key, level.has_key = key, True

    def _here(self, line: int) -> Steps:
        if not self.levels:
            return ()
        level = self.levels[-1]
        if isinstance(level.into, list):
            return (*level.steps, len(level.into))
        return (*level.steps, str(level.key))

    def _scalar(self, event: Any, line: int) -> Any:
        self._check_tag(event, line)
        if not event.implicit[0] or event.tag == _TEXT_TAG:  # quoted, or !!str
            return event.value
        try:
            return _resolved(event.value)
        except ValueError:  # thousands of digits
            raise self.fail("this figure is too long", line) from None

    def _check_tag(self, event: Any, line: int) -> None:
        if event.tag not in (None, _TEXT_TAG):
            raise self.fail(f"tags such as {event.tag} are not taken", line, "leave the tag out")


def read_yaml(text: str, where: str = "") -> YamlDocument:
    """What a YAML text holds. Raises `FormulationError` with the line of whatever is wrong.

    >>> read_yaml("countries: [DE, NO]\\nfrom: 2026-01-05\\nopen: true\\nshare: 1e-3").data
    {'countries': ['DE', 'NO'], 'from': '2026-01-05', 'open': True, 'share': 0.001}
    """
    import yaml

    reader = _Reader(where)
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # the one in C is ten times as fast
    try:
        for event in yaml.parse(text, Loader=loader):
            reader.take(event)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        what = f"this is not YAML: {error.problem or error.context}"
        raise reader.fail(what, mark.line + 1 if mark else 1, _hint(str(error.problem))) from error
    except yaml.YAMLError as error:  # characters that YAML does not know
        raise FormulationError(f"this is not YAML: {' '.join(str(error).split())}", where=where) from error
    return YamlDocument(reader.result, reader.lines)


def _hint(problem: str) -> str:
    if "mapping values are not allowed" in problem or "':'" in problem:
        return "quote texts that hold a colon, and indent equally"
    if "expected ',' or" in problem:
        return "quote formulas that stand between { and }, or [ and ]"
    if "cannot start any token" in problem:
        return "quote the text, and indent with spaces"
    return ""


def _resolved(text: str) -> Any:
    """A plain scalar's value by the core schema; what looks like no figure is text.

    >>> [_resolved(t) for t in ("12", "-0.5", "007", "no", "null", "1_000", "0x1F")]
    [12, -0.5, '007', 'no', None, '1_000', 31]
    """
    if text in _WORDS:
        return _WORDS[text]
    if _INTEGER.fullmatch(text):
        return int(text, 0) if text[:2] in ("0o", "0x") else int(text)
    if _FLOAT.fullmatch(text):
        return float(text)
    return text


def write_yaml(data: Any) -> str:
    """Plain data as YAML for people: long texts folded, `FlowList` and `FlowMapping` on one line.

    >>> print(write_yaml({"a": FlowList([1, "no"]), "b": {"c": "x <= 3"}}), end="")
    a: [1, 'no']
    b:
      c: x <= 3
    """
    import yaml

    class Dumper(yaml.SafeDumper):
        """Indents lists in mappings, and repeats instead of making aliases."""

        def ignore_aliases(self, data: Any) -> bool:
            return True

        def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
            super().increase_indent(flow, False)

    Dumper.add_representer(str, _text_node)
    Dumper.add_representer(FlowList, lambda d, v: d.represent_sequence(_LIST_TAG, v, flow_style=True))
    Dumper.add_representer(
        FlowMapping, lambda d, v: d.represent_mapping(_MAPPING_TAG, v.items(), flow_style=True)
    )
    text = yaml.dump(
        data, Dumper=Dumper, sort_keys=False, allow_unicode=True, width=WIDTH, default_flow_style=False
    )
    return str(text)


def _text_node(dumper: Any, text: str) -> Any:
    """Quoted where it could be read as something else, here or by a reader of YAML 1.1."""
    style = None
    if not text.replace("\n", "").isprintable():
        style = '"'
    elif not isinstance(_resolved_or_none(text), str):
        style = "'"
    elif "\n" in text:
        style = "|"
    elif len(text) > WIDTH - 20:
        style = ">"
    return dumper.represent_scalar(_TEXT_TAG, text, style=style)


def _resolved_or_none(text: str) -> Any:
    try:
        return _resolved(text)
    except ValueError:
        return None
