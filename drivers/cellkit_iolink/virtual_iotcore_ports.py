"""What an IoT Core shows of a port and the device on it, as elements of its tree."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from cellkit.errors import ProtocolError
from cellkit_iolink.protocol import isdu
from cellkit_iolink.protocol.iotcore import (
    BAD_REQUEST,
    INVALID_DATA,
    IO_LINK_ERROR,
    PLC_CONNECTED,
    UNAVAILABLE,
    PortMode,
    from_hex,
    to_hex,
)
from cellkit_iolink.protocol.text import is_number, is_whole
from cellkit_iolink.virtual_events import Subscriptions
from cellkit_iolink.virtual_master import SERIAL, InvalidData, IsduError, Master, Port, SensorUnit, Unreachable
from cellkit_iolink.virtual_tree import Arguments, Element, Refusal, structure, value

CYCLE_TIME = 5000  # µs
COM2 = 1
LONGEST_TEXT = 64


def port_element(master: Master, port: Port, events: Subscriptions) -> Element:
    """One port."""
    path = f"/iolinkmaster/port[{port.number}]"

    def set_mode(new: Any) -> None:
        mode = PortMode(within(new, 0, len(PortMode) - 1))
        _require_unlocked(master)
        master.set_mode(port, mode)

    port_event = Element("portevent", "event", subs=[events.event(f"{path}/portevent")])
    return structure(
        f"port[{port.number}]",
        value("mode", lambda: int(port.mode), set_mode, "integer"),
        value("comspeed", lambda: COM2 * _present(port), form="integer"),
        value("mastercycletime_actual", lambda: CYCLE_TIME * _present(port), form="integer"),
        value("mastercycletime_preset", lambda: 0, form="integer"),
        value("validation_datastorage_mode", lambda: 0, form="integer"),
        value("validation_vendorid", lambda: 0, form="integer"),
        value("validation_deviceid", lambda: 0, form="integer"),
        value("pin2in", lambda: "00"),
        port_event,
        _device_element(master, port, f"{path}/iolinkdevice", events),
        profile="iolinkdevice_full",
    )


def _device_element(master: Master, port: Port, path: str, events: Subscriptions) -> Element:
    def read(one: Callable[[SensorUnit], Any]) -> Callable[[], Any]:
        return lambda: one(_unit(port))

    def set_tag(new: Any) -> None:
        unit = _unit(port)
        with _device_errors():
            unit.tag = text(new)

    event = Element("iolinkevent", "event", subs=[events.event(f"{path}/iolinkevent")])
    return structure(
        "iolinkdevice",
        value("status", lambda: int(port.status), form="integer"),
        value("vendorid", read(lambda unit: unit.vendor_id), form="integer"),
        value("deviceid", read(lambda unit: unit.device_id), form="integer"),
        value("productname", read(lambda unit: unit.product_name)),
        value("serial", read(lambda _unit: SERIAL)),
        value("applicationspecifictag", read(lambda unit: unit.tag), set_tag),
        value("pdin", lambda: to_hex(_process_data(port)), events=events.event(f"{path}/pdin")),
        value("pdout", lambda: _output(port), lambda new: _drive(master, port, new)),
        event,
        iolreadacyclic=lambda data, _request: _read_acyclic(port, data),
        iolwriteacyclic=lambda data, _request: _write_acyclic(port, data),
    )


@contextmanager
def _device_errors() -> Iterator[None]:
    """Errors of a device as the IoT Core reports them."""
    try:
        yield
    except Unreachable:
        raise Refusal(UNAVAILABLE, "no device, or another mode") from None
    except InvalidData:
        raise Refusal(INVALID_DATA, "the device marks its process data as invalid") from None
    except IsduError as error:
        raise Refusal(IO_LINK_ERROR, isdu.describe(error.code), error.code) from None


def _unit(port: Port) -> SensorUnit:
    with _device_errors():
        return port.unit


def _present(port: Port) -> bool:
    """Whether there is a device; the value of what depends on one is 0 otherwise."""
    try:
        return bool(port.unit)
    except Unreachable:
        return False


def _process_data(port: Port) -> bytes:
    with _device_errors():
        if port.mode is PortMode.DIGITAL_INPUT:
            return bytes([port.input])
        return port.unit.process_data()


def _output(port: Port) -> str:
    with _device_errors():
        return to_hex(bytes([port.output]))


def _drive(master: Master, port: Port, new: Any) -> None:
    if port.mode is not PortMode.DIGITAL_OUTPUT:
        raise Refusal(UNAVAILABLE, "the port is no digital output, and its device takes no process data")
    data = _hex(new)
    if data not in (b"\0", b"\1"):
        raise Refusal(INVALID_DATA, "a digital output is 00 or 01")
    _require_unlocked(master)
    port.output = bool(data[0])


def _require_unlocked(master: Master) -> None:
    if master.locked:
        raise Refusal(PLC_CONNECTED, "a fieldbus controller has the ports")


def _read_acyclic(port: Port, data: Arguments) -> dict[str, str]:
    index, subindex = _place(data, {"index", "subindex"})
    with _device_errors():
        return {"value": to_hex(port.unit.read_parameter(index, subindex))}


def _write_acyclic(port: Port, data: Arguments) -> None:
    index, subindex = _place(data, {"index", "subindex", "value"})
    written = _hex(data["value"])
    with _device_errors():
        port.unit.write_parameter(index, subindex, written)


def _place(data: Mapping[str, Any], expected: set[str]) -> tuple[int, int]:
    if set(data) != expected:
        raise Refusal(BAD_REQUEST, f"needs {', '.join(sorted(expected))}")
    return (
        within(data["index"], 0, isdu.HIGHEST_INDEX),
        within(data["subindex"], 0, isdu.HIGHEST_SUBINDEX),
    )


def within(new: Any, low: int, high: int) -> int:
    """Check a whole number against limits and return it. Raises ``Refusal``."""
    if not is_whole(new):
        raise Refusal(BAD_REQUEST, "a whole number is needed" if is_number(new) else "a number is needed")
    if not low <= new <= high:
        raise Refusal(INVALID_DATA, f"{new} is not within {low} to {high}")
    return int(new)


def text(new: Any) -> str:
    """Check the length of a text and return the text. Raises ``Refusal``."""
    if not isinstance(new, str):
        raise Refusal(BAD_REQUEST, "a text is needed")
    if len(new) > LONGEST_TEXT:
        raise Refusal(INVALID_DATA, f"{LONGEST_TEXT} characters are the most")
    return new


def _hex(new: Any) -> bytes:
    try:
        return from_hex(new)
    except ProtocolError:
        raise Refusal(BAD_REQUEST, "a hexadecimal text is needed") from None
