"""The register of URScript's own functions, filled by the ``builtins_*`` modules.

A builtin is a Python function of the runtime and the script's arguments; its parameters' names and defaults are
URScript's. A builtin that takes control steps is a generator function that yields once per step.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

F = TypeVar("F", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True)
class Builtin:
    """One function: its parameters, and whether it waits."""

    name: str
    run: Callable[..., Any]
    parameters: tuple[tuple[str, Any], ...]
    """Name and default of each parameter; ``REQUIRED`` without a default."""
    waits: bool
    cost: int = 0
    """Cost in parts of a script that take as long; 0 for a function that takes no longer than its call."""
    idle: bool = False
    """Whether it changes nothing and depends on nothing but the input registers: see ``Runtime.effects``."""


REQUIRED: Any = object()
BUILTINS: dict[str, Builtin] = {}


def builtin(function: F, cost: int = 0, name: str = "", *, idle: bool = False) -> F:
    """Register a function under ``name``, by default its own name without a leading or trailing underscore."""
    parameters = tuple(
        (key.rstrip("_"), REQUIRED if parameter.default is parameter.empty else parameter.default)
        for key, parameter in list(inspect.signature(function).parameters.items())[1:]
    )
    name = name or function.__name__.strip("_")
    BUILTINS[name] = Builtin(name, function, parameters, inspect.isgeneratorfunction(function), cost, idle)
    return function


def costly(cost: int) -> Callable[[F], F]:
    """Register a function that takes as long as ``cost`` parts of a script."""
    return lambda function: builtin(function, cost)
