"""The tree of a parsed script: plain data with the line (from 1) of each construct."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

Scalar: TypeAlias = bool | int | float | str


@dataclass(frozen=True, slots=True)
class Literal:
    """A number, boolean or string."""

    value: Scalar


@dataclass(frozen=True, slots=True)
class Name:
    """A variable."""

    text: str
    line: int


@dataclass(frozen=True, slots=True)
class ListOf:
    """``[a, b]``."""

    items: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class Index:
    """``base[i]`` or ``base[i, j]``; with base ``p`` and more than one index a pose literal."""

    base: Expression
    items: tuple[Expression, ...]
    line: int


@dataclass(frozen=True, slots=True)
class Attribute:
    """``base.name`` of a struct."""

    base: Expression
    name: str
    line: int


@dataclass(frozen=True, slots=True)
class Call:
    """``name(a, b, key=c)``."""

    name: str
    arguments: tuple[Expression, ...]
    keywords: tuple[tuple[str, Expression], ...]
    line: int


@dataclass(frozen=True, slots=True)
class StartThread:
    """``run name()``."""

    name: str
    line: int


@dataclass(frozen=True, slots=True)
class Chain:
    """Operators of one precedence, from left to right: ``first op1 second op2 …``; for ``and``/``or``/``xor`` too."""

    first: Expression
    rest: tuple[tuple[str, Expression], ...]


@dataclass(frozen=True, slots=True)
class Unary:
    """``-x`` or ``not x``."""

    operator: str
    operand: Expression


Expression: TypeAlias = Literal | Name | ListOf | Index | Attribute | Call | StartThread | Chain | Unary


@dataclass(frozen=True, slots=True)
class Assign:
    """``[global|local] name = value``."""

    scope: str | None
    name: str
    value: Expression
    line: int


@dataclass(frozen=True, slots=True)
class AssignPart:
    """``name[i].key = value``: ``path`` holds indices and attribute names, outermost first."""

    name: str
    path: tuple[Expression | str, ...]
    value: Expression
    line: int


@dataclass(frozen=True, slots=True)
class Evaluate:
    """A call (or ``run``) whose value is not used."""

    value: Call | StartThread
    line: int


@dataclass(frozen=True, slots=True)
class Branch:
    """``if``/``elif`` arms as (condition, body, line), and ``else``."""

    arms: tuple[tuple[Expression, tuple[Statement, ...], int], ...]
    otherwise: tuple[Statement, ...]
    line: int


@dataclass(frozen=True, slots=True)
class Loop:
    """``while``."""

    condition: Expression
    body: tuple[Statement, ...]
    line: int


@dataclass(frozen=True, slots=True)
class Return:
    """``return`` with or without value."""

    value: Expression | None
    line: int


@dataclass(frozen=True, slots=True)
class OnThread:
    """``kill`` or ``join`` of a handle."""

    verb: str
    handle: Expression
    line: int


@dataclass(frozen=True, slots=True)
class Word:
    """A statement of one word: break, continue, pass, halt, enter_critical, exit_critical."""

    text: str
    line: int


@dataclass(frozen=True, slots=True)
class Definition:
    """``def``, ``sec`` or ``thread``; ``parameters`` with their default values."""

    kind: str
    name: str
    parameters: tuple[tuple[str, Expression | None], ...]
    body: tuple[Statement, ...]
    line: int


def weight(part: object) -> int:
    """Return the number of statements and expressions of a part of the tree."""
    if isinstance(part, tuple):
        return sum(map(weight, part))
    if isinstance(part, Statement | Expression):
        return 1 + sum(weight(getattr(part, name)) for name in part.__slots__)
    return 0


Statement: TypeAlias = Assign | AssignPart | Evaluate | Branch | Loop | Return | OnThread | Word | Definition
