"""`@tool`: makes a tool that models can call out of a typed Python function."""

from __future__ import annotations

import inspect
import typing
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, overload

from pydantic import BaseModel, ConfigDict, Field, ValidationError, create_model

from agentkit.errors import ToolDefinitionError, ToolInputError
from agentkit.messages import ToolSpec
from agentkit.task import Attachment

__all__ = ["Reconcile", "Tool", "ToolContext", "tool"]

DEFAULT_TIMEOUT = 120.0

Reconcile = Callable[[Mapping[str, Any]], Any]
"""Told the arguments of a call that was cut off, finds out what became of it: returns its result, or
None if it never took effect. May be async."""


@dataclass(frozen=True, slots=True)
class ToolContext:
    """What a tool is told of the run; a parameter of this type is filled in and hidden from the model."""

    attachments: tuple[Attachment, ...] = ()
    """The task's files."""
    cache: dict[str, Any] = field(default_factory=dict)
    """Lives as long as the run; for what is dear to load twice."""
    idempotency_key: str = ""
    """The same whenever the same call is made again, for services that can tell repeats by a key."""


@dataclass(frozen=True, slots=True)
class Tool:
    """A function that a model can call. Made by `@tool`; calling it calls the function."""

    name: str
    description: str
    function: Callable[..., Any]
    arguments: type[BaseModel]
    """Validates the arguments."""
    context_parameter: str | None
    """The parameter that takes a `ToolContext`, if there is one."""
    repeatable: bool
    """Whether running it twice does no harm; where not, a cut-off call is never silently made again."""
    needs_approval: bool
    """Whether a person must agree to every call."""
    timeout: float
    """Seconds."""
    reconcile: Reconcile | None
    when: Callable[[ToolContext], bool] | None = None
    """Offered only where this holds; None means always."""

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self.function(*args, **kwargs)

    @property
    def spec(self) -> ToolSpec:
        """What a model is told of it."""
        schema = self.arguments.model_json_schema()
        return ToolSpec(name=self.name, description=self.description, parameters=_plain(schema))

    def check(self, arguments: Mapping[str, Any]) -> dict[str, Any]:
        """The arguments as the function takes them. Raises `ToolInputError` naming what does not fit."""
        try:
            parsed = self.arguments.model_validate(arguments)
        except ValidationError as error:
            faults = "; ".join(f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors())
            names = ", ".join(self.arguments.model_fields)
            raise ToolInputError(faults, where=self.name, mend=f"its parameters are: {names}") from error
        return {name: getattr(parsed, name) for name in self.arguments.model_fields}


@overload
def tool(function: Callable[..., Any], /) -> Tool: ...


@overload
def tool(
    *,
    name: str | None = None,
    repeatable: bool = True,
    needs_approval: bool = False,
    timeout: float = DEFAULT_TIMEOUT,
    reconcile: Reconcile | None = None,
    when: Callable[[ToolContext], bool] | None = None,
) -> Callable[[Callable[..., Any]], Tool]: ...


def tool(
    function: Callable[..., Any] | None = None,
    /,
    *,
    name: str | None = None,
    repeatable: bool = True,
    needs_approval: bool = False,
    timeout: float = DEFAULT_TIMEOUT,
    reconcile: Reconcile | None = None,
    when: Callable[[ToolContext], bool] | None = None,
) -> Tool | Callable[[Callable[..., Any]], Tool]:
    """Make a tool of a sync or async function: its schema comes from signature and docstring.

    The docstring's `Args:` section (Google style) describes the parameters. Set `repeatable=False`
    for whatever changes the world and must not happen twice, `needs_approval=True` for what a person
    must agree to, and `when` for what makes sense only in some runs. Raises `ToolDefinitionError` for a
    parameter without a type or a function without a docstring.

    >>> @tool
    ... def greet(name: str, loudly: bool = False) -> str:
    ...     '''Greet somebody.
    ...
    ...     Args:
    ...         name: Whom to greet.
    ...     '''
    ...     return f"Hello, {name}{'!' if loudly else '.'}"
    >>> greet.spec.parameters["properties"]["name"]
    {'description': 'Whom to greet.', 'type': 'string'}
    """

    def make(target: Callable[..., Any]) -> Tool:
        model, context_parameter, description = _read(target)
        return Tool(
            name=name or target.__name__,
            description=description,
            function=target,
            arguments=model,
            context_parameter=context_parameter,
            repeatable=repeatable,
            needs_approval=needs_approval,
            timeout=timeout,
            reconcile=reconcile,
            when=when,
        )

    return make(function) if function is not None else make


def _read(target: Callable[..., Any]) -> tuple[type[BaseModel], str | None, str]:
    """A function's argument model, its context parameter and its description."""
    from docstring_parser import DocstringStyle, parse

    name = target.__name__
    if not (target.__doc__ or "").strip():
        mend = "say what the tool does in a docstring"
        raise ToolDefinitionError("the function has no docstring", where=name, mend=mend)
    document = parse(inspect.cleandoc(target.__doc__ or ""), style=DocstringStyle.GOOGLE)
    described = {p.arg_name: p.description or "" for p in document.params}
    description = "\n\n".join(t for t in (document.short_description, document.long_description) if t)
    hints = typing.get_type_hints(target, include_extras=True)
    fields: dict[str, Any] = {}
    context_parameter = None
    for parameter in inspect.signature(target).parameters.values():
        if parameter.kind in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD, parameter.POSITIONAL_ONLY):
            mend = "give every parameter a name and a type"
            raise ToolDefinitionError(f"parameter {parameter} has no single name", where=name, mend=mend)
        if parameter.name not in hints:
            text = f"parameter {parameter.name} has no type"
            raise ToolDefinitionError(text, where=name, mend=f"write {parameter.name}: str, for example")
        if hints[parameter.name] is ToolContext:
            context_parameter = parameter.name
            continue
        default = ... if parameter.default is parameter.empty else parameter.default
        about = described.get(parameter.name) or None
        fields[parameter.name] = (hints[parameter.name], Field(default=default, description=about))
    config = ConfigDict(extra="forbid", arbitrary_types_allowed=False)
    model = create_model(name, __config__=config, **fields)
    return model, context_parameter, description


def _plain(schema: dict[str, Any]) -> dict[str, Any]:
    """The schema without pydantic's titles, which only cost tokens."""

    def strip(value: Any) -> Any:
        if isinstance(value, dict):
            return {
                key: {name: strip(sub) for name, sub in inner.items()}
                if key == "properties" and isinstance(inner, dict)
                else strip(inner)
                for key, inner in value.items()
                if not (key == "title" and isinstance(inner, str))
            }
        if isinstance(value, list):
            return [strip(item) for item in value]
        return value

    plain: dict[str, Any] = strip(schema)
    return plain
