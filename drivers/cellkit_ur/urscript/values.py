"""Values of a running script and the operations on them.

Numbers, booleans and strings are Python's. Lists are tuples and poses tuples of a class of their own: URScript passes
all values by value, and immutable values need no copies. No value can grow without bound: integers have 32 bits,
strings and lists a greatest length, lists nest two deep.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, TypeAlias

from cellkit_ur.urscript.errors import RuntimeException
from cellkit_ur.urscript.machine import Six, Three

LONGEST_STRING = 65_536
LONGEST_LIST = 4_096

NUMBERS = frozenset({int, float})


class PoseValue(tuple[float, ...]):
    """``p[x, y, z, rx, ry, rz]``."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class StructValue:
    """``struct(a=1, b=2)``: names with their values."""

    fields: tuple[tuple[str, Any], ...]

    def get(self, name: str) -> Value:
        """Return the value of a field. Raises ``RuntimeException`` for an unknown name."""
        for field, value in self.fields:
            if field == name:
                return value
        raise RuntimeException(f"the struct has no field '{name}'")

    def replaced(self, name: str, value: Value) -> StructValue:
        """Return a copy with another value in one field."""
        self.get(name)
        return make_struct(tuple((field, value if field == name else old) for field, old in self.fields))


Value: TypeAlias = Any  # bool | int | float | str | tuple | PoseValue | StructValue | None


def kind(value: Value) -> str:
    """Return the name of a value's type for messages."""
    return _KINDS.get(type(value), "nothing")


_KINDS: dict[type, str] = {
    bool: "boolean",
    int: "int",
    float: "float",
    str: "string",
    tuple: "list",
    PoseValue: "pose",
    StructValue: "struct",
}


# --- operators ------------------------------------------------------------------------------------------------------


def wrapped(number: int) -> int:
    """Return an integer wrapped to 32 bits."""
    if -0x80000000 <= number < 0x80000000:
        return number
    return (number + 0x80000000 & 0xFFFFFFFF) - 0x80000000


def add(a: Value, b: Value) -> Value:
    """Return ``a + b``: numbers, strings."""
    if type(a) in NUMBERS and type(b) in NUMBERS:
        result = a + b
        return result if type(result) is float else wrapped(result)
    if type(a) is str and type(b) is str:
        if len(a) + len(b) > LONGEST_STRING:
            raise RuntimeException(f"a string longer than {LONGEST_STRING} characters")
        return a + b
    raise _unfit("+", a, b)


def subtract(a: Value, b: Value) -> Value:
    """Return ``a - b``."""
    if type(a) in NUMBERS and type(b) in NUMBERS:
        result = a - b
        return result if type(result) is float else wrapped(result)
    raise _unfit("-", a, b)


def multiply(a: Value, b: Value) -> Value:
    """Return ``a * b``."""
    if type(a) in NUMBERS and type(b) in NUMBERS:
        result = a * b
        return result if type(result) is float else wrapped(result)
    raise _unfit("*", a, b)


def divide(a: Value, b: Value) -> Value:
    """Return ``a / b``, always a float."""
    if type(a) in NUMBERS and type(b) in NUMBERS:
        if b == 0:
            raise RuntimeException("division by zero")
        return a / b
    raise _unfit("/", a, b)


def modulo(a: Value, b: Value) -> Value:
    """Return ``a % b`` with the sign of ``a``, as in C."""
    if type(a) in NUMBERS and type(b) in NUMBERS:
        if b == 0:
            raise RuntimeException("division by zero")
        result = math.fmod(a, b)
        return int(result) if type(a) is int and type(b) is int else result
    raise _unfit("%", a, b)


def negative(a: Value) -> Value:
    """Return ``-a``."""
    if type(a) in NUMBERS:
        return -a if type(a) is float else wrapped(-a)
    raise RuntimeException(f"type error: '-' does not fit a {kind(a)}")


def equal(a: Value, b: Value) -> bool:
    """Return ``a == b`` of two values of one kind; all numbers are one kind."""
    ta, tb = type(a), type(b)
    if ta is tb or (ta in NUMBERS and tb in NUMBERS):
        result: bool = a == b
        return result
    raise _unfit("==", a, b)


def differ(a: Value, b: Value) -> bool:
    """Return ``a != b``."""
    return not equal(a, b)


def _ordering(sign: str, compare: Callable[[Any, Any], bool]) -> Callable[[Value, Value], bool]:
    def ordering(a: Value, b: Value) -> bool:
        if type(a) in NUMBERS and type(b) in NUMBERS:
            return compare(a, b)
        raise _unfit(sign, a, b)

    return ordering


def exclusive(a: Value, b: Value) -> bool:
    """Return ``a xor b``."""
    return truth(a) is not truth(b)


OPERATORS: dict[str, Callable[[Value, Value], Value]] = {
    "+": add,
    "-": subtract,
    "*": multiply,
    "/": divide,
    "%": modulo,
    "==": equal,
    "!=": differ,
    "<": _ordering("<", operator.lt),
    "<=": _ordering("<=", operator.le),
    ">": _ordering(">", operator.gt),
    ">=": _ordering(">=", operator.ge),
    "xor": exclusive,
}


def _unfit(sign: str, a: Value, b: Value) -> RuntimeException:
    return RuntimeException(f"type error: '{sign}' does not fit {kind(a)} and {kind(b)}")


# --- parts ----------------------------------------------------------------------------------------------------------


def make_list(items: tuple[Value, ...]) -> tuple[Value, ...]:
    """Return a list of values.

    Raises ``RuntimeException`` for a list that is too long or too deep, or that holds a value no list can hold.
    """
    if len(items) > LONGEST_LIST:
        raise RuntimeException(f"a list has more than {LONGEST_LIST} elements")
    for item in items:
        if item is None or type(item) is StructValue:
            raise RuntimeException(f"type error: a list cannot hold a {kind(item)}")
        if type(item) is tuple and any(type(inner) is tuple for inner in item):
            raise RuntimeException("lists nest two deep at most")
    return items


def make_struct(fields: tuple[tuple[str, Value], ...]) -> StructValue:
    """Return a struct of values that are no structs themselves."""
    for _, value in fields:
        if value is None or type(value) is StructValue:
            raise RuntimeException(f"type error: a struct cannot hold a {kind(value)}")
    return StructValue(fields)


def make_pose(items: tuple[Value, ...]) -> PoseValue:
    """Return a pose literal of six numbers."""
    if len(items) != 6:
        raise RuntimeException(f"a pose has 6 numbers, not {len(items)}")
    for item in items:
        if type(item) not in NUMBERS:
            raise RuntimeException(f"type error: a pose holds numbers, not a {kind(item)}")
    return PoseValue(map(float, items))


def item_of(base: Value, index: Value) -> Value:
    """Return ``base[index]``."""
    if type(index) is not int:
        index = integer(index)
    if type(base) is not tuple and type(base) is not PoseValue:
        raise RuntimeException(f"type error: a {kind(base)} has no elements")
    if 0 <= index < len(base):
        return base[index]
    raise RuntimeException(f"index {index} is out of range: the {kind(base)} has {len(base)} elements")


def with_item(base: Value, index: Value, value: Value) -> Value:
    """Return a copy of ``base`` with another element."""
    item_of(base, index)
    index = integer(index)
    if type(base) is PoseValue:
        return PoseValue((*base[:index], float(number(value)), *base[index + 1 :]))
    return make_list((*base[:index], value, *base[index + 1 :]))


# --- arguments of builtins -------------------------------------------------------------------------------------------


def truth(value: Value) -> bool:
    """Return a boolean; no other type counts as one."""
    if value is True or value is False:
        return bool(value)
    raise RuntimeException(f"type error: a boolean is needed, not a {kind(value)}")


def number(value: Value) -> float:
    """Return an int or float."""
    if type(value) in NUMBERS:
        result: float = value
        return result
    raise RuntimeException(f"type error: a number is needed, not a {kind(value)}")


def integer(value: Value) -> int:
    """Return an int; a float loses its fraction."""
    if type(value) is int:
        return value
    if type(value) is float and math.isfinite(value):
        return wrapped(int(value))
    raise RuntimeException(f"type error: an integer is needed, not a {kind(value)}")


def text(value: Value) -> str:
    """Return a string."""
    if type(value) is str:
        return value
    raise RuntimeException(f"type error: a string is needed, not a {kind(value)}")


def six(value: Value) -> Six:
    """Return six finite numbers, from a list or pose."""
    numbers = _numbers(value, 6)
    return (numbers[0], numbers[1], numbers[2], numbers[3], numbers[4], numbers[5])


def three(value: Value) -> Three:
    """Return three finite numbers, from a list."""
    numbers = _numbers(value, 3)
    return (numbers[0], numbers[1], numbers[2])


def pose(value: Value) -> Six:
    """Return the numbers of a pose; a list is not a pose."""
    if type(value) is PoseValue:
        return six(value)
    raise RuntimeException(f"type error: a pose is needed, not a {kind(value)}")


def _numbers(value: Value, count: int) -> tuple[float, ...]:
    if type(value) is not tuple and type(value) is not PoseValue:
        raise RuntimeException(f"type error: a list of {count} numbers is needed, not a {kind(value)}")
    if len(value) != count:
        raise RuntimeException(f"a list of {count} numbers is needed, not of {len(value)}")
    result = tuple(float(number(item)) for item in value)
    if not all(map(math.isfinite, result)):
        raise RuntimeException("a number is not finite")
    return result


def to_text(value: Value) -> str:
    """Return the text that ``to_str`` and ``textmsg`` write.

    Raises ``RuntimeException`` for a text that is too long.
    """
    if type(value) is str:
        return value
    if type(value) is PoseValue:
        return f"p[{_joined(value)}]"
    if type(value) is tuple:
        return f"[{_joined(value)}]"
    if type(value) is StructValue:
        return "struct(" + _joined([f"{name}={to_text(part)}" for name, part in value.fields]) + ")"
    if type(value) is float:
        return f"{value:g}"
    return str(value)


def _joined(values: Iterable[Value]) -> str:
    parts: list[str] = []
    length = 0
    for value in values:
        parts.append(to_text(value))
        length += len(parts[-1]) + 2
        if length > LONGEST_STRING:
            raise RuntimeException(f"a string longer than {LONGEST_STRING} characters")
    return ", ".join(parts)
