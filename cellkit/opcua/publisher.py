"""The publisher, which writes the cell's readings to variables; only changes beyond the deadband are reported."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from asyncua import Server, ua
from asyncua.server.address_space import AttributeValue

from cellkit.opcua.model.model import Model

STATUS = {
    "good": ua.StatusCodes.Good,
    "waiting": ua.StatusCodes.BadWaitingForInitialData,
    "no communication": ua.StatusCodes.BadNoCommunication,
    "not supported": ua.StatusCodes.BadNotSupported,
    "failure": ua.StatusCodes.BadDeviceFailure,
}
"""The status code by a reading's quality (``cellkit.supervision.readings.Quality``)."""

DEADBANDS = {"deg": 1e-3, "rad": 1e-5, "rad/s": 1e-4, "deg/s": 1e-2, "m": 1e-6, "m/s": 1e-5, "N": 1e-2, "Pa": 10.0}
"""The deadband by unit: a number is reported again when it moved further from the last reported value."""


@dataclass(slots=True)
class Binding:
    """A variable that shows one item of a device; ``convert`` computes its value from the item's."""

    node: ua.NodeId
    variant: ua.VariantType
    convert: Callable[[Any], Any] = lambda value: value
    deadband: float = 0.0
    reported: Any = None
    status: str = ""


@dataclass(slots=True)
class NewestTime:
    """The times of the newest reading of a device whose values have not changed; None: the values have times."""

    source: datetime | None = None
    server: datetime | None = None


class RenewedValue(AttributeValue):
    """The value of a variable, whose times are renewed when it is read: most are renewed far more often than read."""

    def __init__(self, stored: ua.DataValue | None, newest: NewestTime) -> None:
        self._newest = newest
        self._stored = stored
        super().__init__(stored)

    @property
    def value(self) -> ua.DataValue | None:
        """The value, as old as the newest reading of its device."""
        stored, source = self._stored, self._newest.source
        if stored is None or source is None or stored.SourceTimestamp is None or stored.SourceTimestamp >= source:
            return stored
        # A new object: subscribers may still hold the old one.
        self._stored = replace(stored, SourceTimestamp=source, ServerTimestamp=self._newest.server)
        return self._stored

    @value.setter
    def value(self, value: ua.DataValue | None) -> None:
        self._stored = value


@dataclass
class Publisher:
    """Writes values to variables of one server."""

    model: Model
    bindings: dict[tuple[str, str], list[Binding]] = field(default_factory=dict)
    newest: dict[str, NewestTime] = field(default_factory=dict)
    """By device."""
    written: int = 0
    """The number of values written to subscribers so far."""

    def bind(self, device: str, item: str, binding: Binding) -> None:
        """Bind a variable to an item of a device."""
        self.bindings.setdefault((device, item), []).append(binding)
        attributes = self.model.data(binding.node).attributes
        newest = self.newest.setdefault(device, NewestTime())
        attributes[ua.AttributeIds.Value] = RenewedValue(attributes[ua.AttributeIds.Value].value, newest)

    @property
    def _server(self) -> Server:
        return self.model.server

    async def write_readings(self, device: str, values: Mapping[str, Sequence[Any]]) -> None:
        """Write a device's readings: by item, its value, quality and time (s UTC)."""
        now = datetime.now(UTC)
        if device in self.newest:
            self.newest[device].source = None
        times: dict[float, datetime] = {}
        for item, (value, quality, moment) in values.items():
            bindings = self.bindings.get((device, item))
            if not bindings:
                continue
            if moment not in times:
                times[moment] = datetime.fromtimestamp(moment, UTC)
            for binding in bindings:
                await self._write_reading(binding, value, quality, times[moment], now)

    def renew(self, times: Mapping[str, float]) -> None:
        """Renew the times (s UTC), by device, of readings that have not changed."""
        now = datetime.now(UTC)
        for device, moment in times.items():
            newest = self.newest.get(device)
            if newest is not None:
                newest.source, newest.server = datetime.fromtimestamp(moment, UTC), now

    async def write(self, node: ua.NodeId, value: Any, variant: ua.VariantType, when: datetime | None = None) -> None:
        """Write one variable, changed or not."""
        now = datetime.now(UTC)
        data = ua.DataValue(ua.Variant(value, variant), SourceTimestamp=when or now, ServerTimestamp=now)
        self.written += 1
        await self._server.write_attribute_value(node, data)

    async def write_bad(self, node: ua.NodeId, code: int) -> None:
        """Write a status code without a value."""
        now = datetime.now(UTC)
        empty = ua.Variant(None, ua.VariantType.Null)
        data = ua.DataValue(empty, ua.StatusCode(code), SourceTimestamp=now, ServerTimestamp=now)
        await self._server.write_attribute_value(node, data)

    async def write_all_bad(self, code: int) -> None:
        """Write a status code without a value to all bound variables, because the cell has ended."""
        for newest in self.newest.values():
            newest.source = None
        for bindings in self.bindings.values():
            for binding in bindings:
                binding.status, binding.reported = "cell ended", None
                await self.write_bad(binding.node, code)

    async def _write_reading(self, binding: Binding, value: Any, quality: str, when: datetime, now: datetime) -> None:
        shown = binding.convert(value) if quality == "good" else None
        if quality == "good":
            data = ua.DataValue(ua.Variant(shown, binding.variant), SourceTimestamp=when, ServerTimestamp=now)
        else:
            status = ua.StatusCode(STATUS[quality])
            data = ua.DataValue(ua.Variant(None, ua.VariantType.Null), status, when, now)
        if quality == binding.status and (quality != "good" or not _moved(shown, binding.reported, binding.deadband)):
            self.model.data(binding.node).attributes[ua.AttributeIds.Value].value = data  # newer time, no report
            return
        binding.status, binding.reported = quality, shown
        self.written += 1
        await self._server.write_attribute_value(binding.node, data)


def _moved(new: Any, old: Any, deadband: float) -> bool:
    if deadband == 0.0 or old is None:
        return bool(new != old)
    if isinstance(new, list):
        return len(new) != len(old) or any(abs(a - b) > deadband for a, b in zip(new, old, strict=True))
    return bool(abs(new - old) > deadband)
