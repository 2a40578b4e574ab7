"""Arithmetic, lists and strings."""

from __future__ import annotations

import math
from collections.abc import Callable

from cellkit_ur.urscript import values
from cellkit_ur.urscript.builtins import builtin
from cellkit_ur.urscript.errors import RuntimeException
from cellkit_ur.urscript.runtime import Runtime
from cellkit_ur.urscript.values import LONGEST_LIST, Value, add, integer, kind, number, text, to_text, truth, wrapped


def _calculated(function: Callable[..., float], *arguments: Value) -> float:
    try:
        return function(*[number(argument) for argument in arguments])
    except (ValueError, OverflowError, ZeroDivisionError):
        raise RuntimeException(f"{function.__name__} of {', '.join(map(to_text, arguments))} has no value") from None


def _function_of_one_number(function: Callable[[float], float]) -> None:
    """Register a function of ``math`` as the builtin of the same name; angles are in rad."""
    builtin(lambda _, f: _calculated(function, f), name=function.__name__)


for _function in (math.acos, math.asin, math.atan, math.sin, math.cos, math.tan, math.sqrt):
    _function_of_one_number(_function)


@builtin
def atan2(_: Runtime, x: Value, y: Value) -> Value:
    """Return the arc tangent of x / y, rad."""
    return _calculated(math.atan2, x, y)


@builtin
def pow_(_: Runtime, base: Value, exponent: Value) -> Value:
    """Return the power."""
    return _calculated(math.pow, base, exponent)


@builtin
def log(_: Runtime, b: Value, f: Value) -> Value:
    """Return the logarithm of f to base b."""
    return _calculated(math.log, f, b)


@builtin
def ceil(_: Runtime, f: Value) -> Value:
    """Return the smallest integer not below f."""
    return wrapped(int(_calculated(math.ceil, f)))


@builtin
def floor(_: Runtime, f: Value) -> Value:
    """Return the largest integer not above f."""
    return wrapped(int(_calculated(math.floor, f)))


@builtin
def d2r(_: Runtime, d: Value) -> Value:
    """Convert degrees to radians."""
    return math.radians(number(d))


@builtin
def r2d(_: Runtime, r: Value) -> Value:
    """Convert radians to degrees."""
    return math.degrees(number(r))


@builtin
def random(runtime: Runtime) -> Value:
    """Return a number from 0 to 1; the sequence is the same in every run."""
    runtime.seed = (runtime.seed * 1_103_515_245 + 12_345) & 0x7FFFFFFF
    return runtime.seed / 0x7FFFFFFF


@builtin
def norm(_: Runtime, a: Value) -> Value:
    """Return the magnitude of a number or the Euclidean norm of a list or pose."""
    if isinstance(a, tuple):
        return math.hypot(*[number(item) for item in a])
    return abs(number(a))


@builtin
def length(_: Runtime, v: Value) -> Value:
    """Return the number of elements of a list or of characters of a string."""
    if isinstance(v, tuple | str):
        return len(v)
    raise RuntimeException(f"type error: a {kind(v)} has no length")


@builtin
def size(runtime: Runtime, v: Value) -> Value:
    """Return the number of elements of a list, or rows and columns of a matrix."""
    if isinstance(v, tuple) and v and isinstance(v[0], tuple):
        return (len(v), len(v[0]))
    return length(runtime, v)


builtin(length, name="get_list_length")


@builtin
def make_list(_: Runtime, length: Value, initial_value: Value, capacity: Value = 0) -> Value:
    """Return a list of equal elements."""
    count = integer(length)
    if not 0 <= max(count, integer(capacity)) <= LONGEST_LIST or count < 0:
        raise RuntimeException(f"a list has 0 to {LONGEST_LIST} elements")
    return values.make_list((initial_value,) * count)


@builtin
def binary_list_to_integer(_: Runtime, list: Value) -> Value:
    """Convert bits, least significant first, to a number."""
    if not isinstance(list, tuple) or len(list) > 32:
        raise RuntimeException("a list of at most 32 booleans is needed")
    return wrapped(sum(1 << i for i, bit in enumerate(list) if truth(bit)))


@builtin
def integer_to_binary_list(_: Runtime, x: Value) -> Value:
    """Convert a number to its 32 bits, least significant first."""
    bits = integer(x)
    return tuple(bool(bits >> i & 1) for i in range(32))


# --- strings --------------------------------------------------------------------------------------------------------


@builtin
def to_str(_: Runtime, val: Value) -> Value:
    """Return any value as text."""
    return to_text(val)


@builtin
def to_num(_: Runtime, str_: Value) -> Value:
    """Return the int or float of a string (or the number itself, or 1 and 0 for a boolean)."""
    if isinstance(str_, bool):
        return int(str_)
    if not isinstance(str_, str):
        return number(str_)
    written = str_.strip()
    try:
        value = float(written) if any(c in ".eE" for c in written) else wrapped(int(written[:20]))
    except ValueError:
        raise RuntimeException(f"'{written[:40]}' is not a number") from None
    return value


@builtin
def str_at(_: Runtime, src: Value, index: Value) -> Value:
    """Return one character."""
    place = integer(index)
    if not 0 <= place < len(text(src)):
        raise RuntimeException(f"index {place} is out of range: the string has {len(src)} characters")
    return src[place]


@builtin
def str_cat(_: Runtime, op1: Value, op2: Value) -> Value:
    """Return both operands as text, one after the other."""
    return add(to_text(op1), to_text(op2))


@builtin
def str_empty(_: Runtime, str_: Value) -> Value:
    """Return whether a string has no characters."""
    return not text(str_)


@builtin
def str_find(_: Runtime, src: Value, target: Value, start_from: Value = 0) -> Value:
    """Return the index of the first occurrence, -1 without one."""
    return text(src).find(text(target), max(0, integer(start_from)))


@builtin
def str_len(_: Runtime, str_: Value) -> Value:
    """Return the number of characters of a string."""
    return len(text(str_))


@builtin
def str_sub(_: Runtime, src: Value, index: Value = 0, len_: Value = -1) -> Value:
    """Return a part of a string; the rest of it for a negative length."""
    start, count = integer(index), integer(len_)
    if not 0 <= start <= len(text(src)):
        raise RuntimeException(f"index {start} is out of range: the string has {len(src)} characters")
    return src[start:] if count < 0 else src[start : start + count]


@builtin
def assert_(_: Runtime, condition: Value) -> Value:
    """End the program unless the condition holds."""
    if not truth(condition):
        raise RuntimeException("an assertion does not hold")
