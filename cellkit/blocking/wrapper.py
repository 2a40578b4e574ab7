"""The base class of every blocking wrapper, and the choice of the wrapper that fits a device."""

from __future__ import annotations

from functools import cache
from typing import Any, ClassVar, TypeVar

from cellkit.blocking.portal import Portal

WrapperT = TypeVar("WrapperT", bound="BlockingWrapper")
_KINDS: list[type[BlockingWrapper]] = []


class BlockingWrapper:
    """A blocking wrapper of an asynchronous object. ``asynchronous`` is the wrapped class."""

    asynchronous: ClassVar[type]

    def __init__(self, portal: Portal, of: Any) -> None:
        self._portal = portal
        self._of = of

    def __init_subclass__(cls) -> None:
        if "asynchronous" in vars(cls):
            _KINDS.append(cls)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, BlockingWrapper) and other._of is self._of

    def __hash__(self) -> int:
        return hash(self._of)

    def __repr__(self) -> str:
        model = getattr(getattr(self._of, "model", None), "id", None)
        return f"<{type(self).__name__} {getattr(self._of, 'name', '')!r}{f' ({model})' if model else ''}>"


def wrap(portal: Portal, of: object, kind: type[WrapperT]) -> WrapperT:
    """Return the wrapper of a device, with all its interfaces and abilities; ``kind`` is one of them."""
    made: Any = type(of)
    wrapper = _fitting(made)(portal, of)
    assert isinstance(wrapper, kind)
    return wrapper


@cache
def _fitting(kind: type) -> type[BlockingWrapper]:
    """Return the wrapper of a driver's class; a class with several interfaces gets a wrapper with all of them."""
    wrappers = [wrapper for wrapper in _KINDS if issubclass(kind, wrapper.asynchronous)]
    most = [
        wrapper
        for wrapper in wrappers
        if not any(other is not wrapper and issubclass(other, wrapper) for other in wrappers)
    ]
    most.sort(key=lambda wrapper: -len(wrapper.__mro__))  # the device's kind comes before its abilities
    return most[0] if len(most) == 1 else type(most[0].__name__, tuple(most), {"__doc__": most[0].__doc__})
