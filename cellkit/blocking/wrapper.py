"""What every blocking wrapper is made of, and how a device gets the one that fits."""

from __future__ import annotations

from functools import cache
from typing import Any, ClassVar, TypeVar

from cellkit.blocking.portal import Portal

WrapperT = TypeVar("WrapperT", bound="BlockingWrapper")
_KINDS: list[type[BlockingWrapper]] = []


class BlockingWrapper:
    """A blocking face of something asynchronous. ``asynchronous`` is the class that it stands for."""

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
    """The wrapper of a device, with every interface and ability that it has; ``kind`` is one of them."""
    made: Any = type(of)
    wrapper = _fitting(made)(portal, of)
    assert isinstance(wrapper, kind)
    return wrapper


@cache
def _fitting(kind: type) -> type[BlockingWrapper]:
    """The wrapper of a class, whatever driver it comes from; where it is several things at once, so is its wrapper."""
    wrappers = [one for one in _KINDS if issubclass(kind, one.asynchronous)]
    most = [one for one in wrappers if not any(other is not one and issubclass(other, one) for other in wrappers)]
    most.sort(key=lambda one: -len(one.__mro__))  # what it is comes before what it can do as well
    return most[0] if len(most) == 1 else type(most[0].__name__, tuple(most), {"__doc__": most[0].__doc__})
