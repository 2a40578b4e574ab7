"""The tree of elements that an IoT Core is: structures, data points, events, and the services on them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from cellkit_iolink.protocol.iotcore import (
    BAD_REQUEST,
    FORBIDDEN,
    NOT_FOUND,
    OK,
    Item,
    Request,
)

HIGHEST_LEVEL = 20


class Refusal(Exception):
    """An answer without success: diagnostic code, and its description in words."""

    def __init__(self, code: int, text: str = "", error: int | None = None) -> None:
        self.code, self.text, self.error = code, text, error
        super().__init__(f"{code} {text}")

    @property
    def data(self) -> dict[str, Any] | None:
        """What stands in ``data``."""
        shown = {} if self.error is None else {"error": f"0x{self.error:04X}"}
        return ({"msg": self.text} | shown) if self.text else shown or None


Arguments: TypeAlias = Mapping[str, Any]
Service: TypeAlias = Callable[[Arguments, Request], Any]
"""Gets ``data`` and the whole request; returns the ``data`` of the answer, or ``(code, data)``."""


@dataclass(slots=True)
class Element:
    """One element. ``read`` and ``write`` make a data point of it; ``write`` may return another code than 200."""

    identifier: str
    kind: str = "structure"
    profile: str = ""
    form: str = ""
    read: Callable[[], Any] | None = None
    write: Callable[[Any], int | None] | None = None
    subs: list[Element] = field(default_factory=list)
    services: dict[str, Service] = field(default_factory=dict)

    def get(self) -> Any:
        """Return the value of a data point. Raises ``Refusal``."""
        if self.kind != "data":
            raise Refusal(NOT_FOUND, f"{self.identifier} is no data point")
        if self.read is None:
            raise Refusal(FORBIDDEN, f"{self.identifier} cannot be read")
        return self.read()

    def set(self, value: Any) -> int:
        """Set a data point; the diagnostic code. Raises ``Refusal``."""
        if self.kind != "data":
            raise Refusal(NOT_FOUND, f"{self.identifier} is no data point")
        if self.write is None:
            raise Refusal(FORBIDDEN, f"{self.identifier} is read only")
        return self.write(value) or OK

    def find(self, path: tuple[str, ...]) -> Element:
        """Find an element below this one. Raises ``Refusal``."""
        here = self
        for name in path:
            there = next((sub for sub in here.subs if sub.identifier == name), None)
            if there is None:
                raise Refusal(NOT_FOUND, f"no element {'/'.join(path)}")
            here = there
        return here

    def offered(self) -> dict[str, Service]:
        """Services on this element, those of data points among them."""
        known: dict[str, Service] = {}
        if self.kind == "data":
            known["getdata"] = lambda _data, _request: {"value": self.get()}
            known["setdata"] = self._set
        return known | self.services

    def _set(self, data: Arguments, _request: Request) -> tuple[int, None]:
        if set(data) != {"newvalue"}:
            raise Refusal(BAD_REQUEST, "setdata takes newvalue")
        return self.set(data["newvalue"]), None

    def shown(self, level: int = HIGHEST_LEVEL) -> dict[str, Any]:
        """Return the element and the elements below it, as ``gettree`` shows them."""
        found: dict[str, Any] = {"identifier": self.identifier, "type": self.kind}
        if self.form:
            found["format"] = {"type": self.form, "namespace": "json"}
        if self.profile:
            found["profiles"] = [self.profile]
        if level > 0:
            names = [name for name in self.offered() if name != "setdata" or self.write is not None]
            below = [sub.shown(level - 1) for sub in self.subs]
            below += [{"identifier": name, "type": "service"} for name in names]
            if below:
                found["subs"] = below
        return found

    def walk(self, path: str = "") -> Iterator[tuple[str, Element]]:
        """Every element below, with its path."""
        for sub in self.subs:
            here = f"{path}/{sub.identifier}"
            yield here, sub
            yield from sub.walk(here)

    def item(self) -> Item:
        """Return the value of a data point with its diagnostic code."""
        try:
            return Item(OK, self.get())
        except Refusal as refusal:
            return Item(refusal.code)


def structure(identifier: str, *subs: Element, profile: str = "", **services: Service) -> Element:
    """Return a folder."""
    return Element(identifier, profile=profile, subs=list(subs), services=services)


def value(
    identifier: str,
    read: Callable[[], Any] | None,
    write: Callable[[Any], int | None] | None = None,
    form: str = "string",
    events: Element | None = None,
) -> Element:
    """Return a data point; ``events`` is the element ``datachanged`` on it."""
    subs = [] if events is None else [events]
    return Element(identifier, "data", "parameter", form, read, write, subs)
