"""The parts of PDDL that domain and problem share, and the domain: types, predicates, actions.

McDermott et al. 1998, "PDDL: the Planning Domain Definition Language"; of it STRIPS with types, equality,
negative preconditions, constants and action costs.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from agentkit.errors import FormulationError
from agentkit.planning.brackets import Group, Node, Word, read_brackets

__all__ = ["ActionText", "Domain", "Signature", "Source", "Typed", "read_domain"]

SUPPORTED = frozenset({":strips", ":typing", ":negative-preconditions", ":equality", ":action-costs"})
_BEYOND = {
    "when": ":conditional-effects",
    "forall": ":universal-preconditions or quantified effects",
    "exists": ":existential-preconditions",
    "or": ":disjunctive-preconditions",
    "imply": ":disjunctive-preconditions",
    "assign": ":numeric-fluents",
    "decrease": ":numeric-fluents",
    "scale-up": ":numeric-fluents",
    "scale-down": ":numeric-fluents",
    "at": ":durative-actions",
    "over": ":durative-actions",
    ">": ":numeric-fluents",
    "<": ":numeric-fluents",
    ">=": ":numeric-fluents",
    "<=": ":numeric-fluents",
    "preference": ":preferences",
}
"""Words that only the named parts of PDDL have; a predicate of the same name goes first."""


@dataclass(frozen=True, slots=True)
class Typed:
    """A name and its types, of which one must fit."""

    name: str
    """An object or a parameter."""
    types: tuple[str, ...]
    """Its type; several where it is `(either …)`."""
    line: int
    """Its line."""


@dataclass(frozen=True, slots=True)
class Signature:
    """A predicate or a function and the types of its arguments."""

    name: str
    """Its name."""
    parameters: tuple[Typed, ...]
    """Its parameters."""


@dataclass(frozen=True, slots=True)
class ActionText:
    """An action as it is written."""

    name: str
    """Its name."""
    parameters: tuple[Typed, ...]
    """Its parameters."""
    precondition: Group | None
    """What must hold."""
    effect: Group | None
    """What it changes."""
    line: int
    """Its line."""


@dataclass(frozen=True, slots=True)
class Source:
    """Where a text comes from, for errors."""

    name: str
    """The file's name."""

    def wrong(self, what: str, node: Node, mend: str = "") -> FormulationError:
        """An error at a place of the text."""
        return FormulationError(what, where=f"{self.name}:{node.line}", mend=mend)

    def word(self, node: Node, what: str) -> str:
        """The text of what must be a word."""
        if not isinstance(node, Word):
            raise self.wrong(f"there are brackets where {what} is wanted", node)
        return node.text

    def group(self, node: Node, what: str) -> Group:
        """What must be in brackets."""
        if not isinstance(node, Group):
            raise self.wrong(f"there is {node.text!r} where {what} in brackets is wanted", node)
        return node

    def typed(self, items: Sequence[Node], default: str = "object") -> tuple[Typed, ...]:
        """A list such as `a b - block c`."""
        found: list[Typed] = []
        waiting: list[Word] = []
        place = 0
        while place < len(items):
            item = items[place]
            if isinstance(item, Word) and item.text == "-":
                if not waiting or place + 1 == len(items):
                    raise self.wrong("a dash must stand between names and their type", item)
                types = self._types(items[place + 1])
                found.extend(Typed(word.text, types, word.line) for word in waiting)
                waiting = []
                place += 2
                continue
            if not isinstance(item, Word):
                raise self.wrong("there are brackets in a list of names", item)
            waiting.append(item)
            place += 1
        found.extend(Typed(word.text, (default,), word.line) for word in waiting)
        return tuple(found)

    def _types(self, node: Node) -> tuple[str, ...]:
        if isinstance(node, Word):
            return (node.text,)
        if node.head != "either" or not node.rest:
            raise self.wrong("a type is a name or (either …)", node)
        return tuple(self.word(item, "a type") for item in node.rest)

    def beyond(self, node: Group, known: Iterable[str]) -> FormulationError:
        """The error for an expression whose head is not understood."""
        if node.head in _BEYOND:
            part = _BEYOND[node.head]
            return self.wrong(
                f"({node.head} …) needs {part}, which is not supported",
                node,
                mend=f"supported are {' '.join(sorted(SUPPORTED))}",
            )
        return self.wrong(
            f"there is no predicate called {node.head!r}", node, mend=f"known: {', '.join(sorted(known))}"
        )


@dataclass
class Domain:
    """A domain as it is written."""

    name: str
    """Its name."""
    source: Source
    """Where it comes from."""
    parents: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """The types above each type."""
    constants: tuple[Typed, ...] = ()
    """Objects of every problem."""
    predicates: dict[str, Signature] = field(default_factory=dict)
    """What can be said, by name."""
    functions: dict[str, Signature] = field(default_factory=dict)
    """Numbers, by name."""
    actions: tuple[ActionText, ...] = ()
    """What can be done."""

    def fits(self, kinds: Iterable[str], wanted: Iterable[str]) -> bool:
        """Whether one of these types is, or lies below, one of those that are wanted."""
        goals = set(wanted)
        if "object" in goals:
            return True
        waiting, seen = list(kinds), set[str]()
        while waiting:
            kind = waiting.pop()
            if kind in goals:
                return True
            if kind not in seen:
                seen.add(kind)
                waiting.extend(self.parents.get(kind, ()))
        return False

    def check_types(self, names: Iterable[Typed], source: Source) -> None:
        """Raise `FormulationError` for a type that is not declared."""
        for name in names:
            for kind in name.types:
                if kind not in self.parents:
                    raise FormulationError(
                        f"there is no type called {kind!r}",
                        where=f"{source.name}:{name.line}",
                        mend=f"known: {', '.join(sorted(self.parents))}",
                    )


def read_domain(text: str, name: str) -> Domain:
    """Read a domain; `name` is its file's, for errors. Raises `FormulationError` with the line."""
    source = Source(name)
    whole = read_brackets(text, name)
    domain = Domain(head_of(whole, "domain", source), source)
    domain.parents["object"] = ()
    for node in whole.items[2:]:
        part = source.group(node, "a part of the domain")
        _read_part(domain, part, source)
    for signature in (*domain.predicates.values(), *domain.functions.values()):
        domain.check_types(signature.parameters, source)
    domain.check_types(domain.constants, source)
    for action in domain.actions:
        domain.check_types(action.parameters, source)
    return domain


def head_of(whole: Group, kind: str, source: Source) -> str:
    """The name in `(define (domain NAME) …)`."""
    title = whole.items[1] if len(whole.items) > 1 else whole
    if whole.head != "define" or not isinstance(title, Group) or title.head != kind or len(title.items) != 2:
        raise source.wrong(f"this is no {kind}", title, mend=f"it must begin (define ({kind} name) …")
    return source.word(title.items[1], "a name")


def check_requirements(part: Group, source: Source) -> None:
    """Refuse what is not supported, by its name."""
    for node in part.rest:
        wanted = source.word(node, "a requirement")
        if wanted not in SUPPORTED:
            raise source.wrong(
                f"{wanted} is not supported", node, mend=f"supported are {' '.join(sorted(SUPPORTED))}"
            )


def _read_part(domain: Domain, part: Group, source: Source) -> None:
    match part.head:
        case ":requirements":
            check_requirements(part, source)
        case ":types":
            _read_types(domain, part, source)
        case ":constants":
            domain.constants += source.typed(part.rest)
        case ":predicates":
            for node in part.rest:
                signature = _signature(source.group(node, "a predicate"), source)
                if signature.name in domain.predicates:
                    raise source.wrong(f"the predicate {signature.name} is declared twice", node)
                domain.predicates[signature.name] = signature
        case ":functions":
            for node in part.rest:
                # `- number` after a function says nothing: all are numbers.
                if isinstance(node, Group):
                    signature = _signature(node, source)
                    domain.functions[signature.name] = signature
        case ":action":
            action = _action(part, source)
            if any(action.name == other.name for other in domain.actions):
                raise source.wrong(f"the action {action.name} is declared twice", part)
            domain.actions += (action,)
        case _:
            raise source.wrong(f"the part {part.head or '(…)'!r} of a domain is not supported", part)


def _read_types(domain: Domain, part: Group, source: Source) -> None:
    for kind in source.typed(part.rest):
        before = domain.parents.get(kind.name, ())
        domain.parents[kind.name] = before + kind.types if kind.name != "object" else ()
        for above in kind.types:
            domain.parents.setdefault(above, ("object",) if above != "object" else ())


def _signature(node: Group, source: Source) -> Signature:
    if not node.head:
        raise source.wrong("a declaration needs a name", node)
    parameters = source.typed(node.rest)
    for parameter in parameters:
        if not parameter.name.startswith("?"):
            raise source.wrong(f"the parameter {parameter.name!r} needs a question mark", node)
    return Signature(node.head, parameters)


def _action(part: Group, source: Source) -> ActionText:
    if len(part.items) < 2:
        raise source.wrong("an action needs a name", part)
    name = source.word(part.items[1], "an action's name")
    fields: dict[str, Group] = {}
    rest = part.items[2:]
    for place in range(0, len(rest), 2):
        key = source.word(rest[place], "a keyword")
        if key not in (":parameters", ":precondition", ":effect"):
            raise source.wrong(f"an action has no {key}", rest[place])
        if place + 1 == len(rest):
            raise source.wrong(f"nothing follows {key}", rest[place])
        if key in fields:
            raise source.wrong(f"the action {name} has {key} twice", rest[place])
        fields[key] = source.group(rest[place + 1], key)
    given = fields.get(":parameters")
    parameters = source.typed(given.items) if given else ()
    for parameter in parameters:
        if not parameter.name.startswith("?"):
            raise source.wrong(f"the parameter {parameter.name!r} needs a question mark", part)
    return ActionText(name, parameters, fields.get(":precondition"), fields.get(":effect"), part.line)
