"""The base class of every blocking wrapper, its methods and attributes, and the choice of the wrapper of a device."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Coroutine
from functools import cache, wraps
from typing import Any, ClassVar, Concatenate, Generic, Never, ParamSpec, Self, TypeVar, overload

from cellkit.blocking.portal import Portal

P = ParamSpec("P")
T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)
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
            cls.__doc__ = cls.__doc__ or cls.asynchronous.__doc__

    def __eq__(self, other: object) -> bool:
        return isinstance(other, BlockingWrapper) and other._of is self._of

    def __hash__(self) -> int:
        return hash(self._of)

    def __repr__(self) -> str:
        model = getattr(getattr(self._of, "model", None), "id", None)
        return f"<{type(self).__name__} {getattr(self._of, 'name', '')!r}{f' ({model})' if model else ''}>"


@overload
def blocking(method: Callable[Concatenate[Any, P], Coroutine[Any, Any, T]]) -> Callable[Concatenate[Any, P], T]: ...
@overload
def blocking(method: Callable[Concatenate[Any, P], T]) -> Callable[Concatenate[Any, P], T]: ...
def blocking(method: Callable[..., Any]) -> Callable[..., Any]:
    """Return the method of a wrapper that calls a method of the original in the cell, and waits for its result.

    It has the parameters and the docstring of the original.
    """
    awaited = inspect.iscoroutinefunction(method)

    @wraps(method, updated=())  # not __isabstractmethod__
    def call(self: BlockingWrapper, *args: Any, **options: Any) -> Any:
        run = self._portal.call if awaited else self._portal.do
        return run(lambda: getattr(self._of, method.__name__)(*args, **options))

    return call


def wrapping(
    method: Callable[Concatenate[Any, P], object], kind: type[WrapperT]
) -> Callable[Concatenate[Any, P], WrapperT]:
    """Return the method of a wrapper that does the same, and wraps the device that the original returns."""
    unwrapped = blocking(method)

    @wraps(method)
    def call(self: Any, /, *args: P.args, **options: P.kwargs) -> WrapperT:
        return wrap(self._portal, unwrapped(self, *args, **options), kind)

    return call


class Attribute(Generic[T_co]):
    """A public attribute or property of the original, with its docstring."""

    def __set_name__(self, owner: type[BlockingWrapper], name: str) -> None:
        self._name = name
        self.__doc__ = getattr(owner.asynchronous, name, self).__doc__

    @overload
    def __get__(self, wrapper: None, owner: type) -> Self: ...
    @overload
    def __get__(self, wrapper: BlockingWrapper, owner: type) -> T_co: ...
    def __get__(self, wrapper: BlockingWrapper | None, owner: type) -> Any:
        return self if wrapper is None else getattr(wrapper._of, self._name)

    def __set__(self, wrapper: BlockingWrapper, value: Never) -> None:
        raise AttributeError(f"{self._name} cannot be set")


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
