"""The common part of both protocols of a virtual master: its ports, and the devices plugged into them."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from cellkit.controller.plants.proximity import ProximityPlant
from cellkit.models.sensor import DistanceModel, IoLink
from cellkit.timing import now
from cellkit_iolink.protocol import isdu
from cellkit_iolink.protocol.iotcore import DeviceStatus, PortMode
from cellkit_iolink.protocol.process_data import write_distance

STARTUP = 0.3  # s that a sensor takes from plugging to operating
CYCLE = 5.0  # ms of the master's cycle, as it reports it
SERIAL = "000000000001"
ANOTHER_DEVICE = 0x00FFFF
"""Device ID of the sensor that replaces the right one in a test."""


class Unreachable(Exception):
    """There is no device that could answer, or the port is in another mode."""


class InvalidData(Exception):
    """The device marks its process data as invalid."""


class IsduError(Exception):
    """The device refuses a parameter; ``code`` is its error type."""

    def __init__(self, code: int) -> None:
        self.code = code
        super().__init__(isdu.describe(code))


class SensorUnit:
    """A distance sensor over a plant, as an IO-Link device."""

    def __init__(self, model: DistanceModel, io_link: IoLink, plant: ProximityPlant) -> None:
        self._model, self._io_link, self._plant = model, io_link, plant
        self.plugged = True
        self.wrong = False
        self.dazzled = False
        self.invalid = False
        self._operating_at = 0.0
        self._tag = b"***"

    def plug(self, wrong: bool = False) -> None:
        """Plug in this sensor, or one of another kind, and start it up."""
        self.plugged, self.wrong = True, wrong
        self._operating_at = now() + STARTUP

    @property
    def status(self) -> DeviceStatus:
        """Whether it can be talked to."""
        if not self.plugged:
            return DeviceStatus.NOT_CONNECTED
        return DeviceStatus.PREOPERATE if now() < self._operating_at else DeviceStatus.OPERATE

    @property
    def vendor_id(self) -> int:
        """The vendor's number."""
        return self._io_link.vendor_id

    @property
    def device_id(self) -> int:
        """The vendor's number for the kind of device."""
        return ANOTHER_DEVICE if self.wrong else self._io_link.device_id

    @property
    def product_name(self) -> str:
        """Name of the variant."""
        return "another sensor" if self.wrong else self._io_link.product_name

    @property
    def tag(self) -> str:
        """Application-specific tag."""
        return self._tag.decode("utf-8", "replace")

    @tag.setter
    def tag(self, text: str) -> None:
        data = text.encode()
        if len(data) > isdu.LONGEST_TAG:
            raise IsduError(isdu.TOO_LONG)
        self._tag = data

    def process_data(self) -> bytes:
        """Return the cyclic process data. Raises ``InvalidData`` and ``Unreachable``."""
        if self.status is not DeviceStatus.OPERATE:
            raise Unreachable
        if self.invalid:
            raise InvalidData
        distance = float("nan") if self.dazzled else self._plant.distance()
        return write_distance(self._model, self._io_link.process_data, distance)

    def read_parameter(self, index: int, subindex: int) -> bytes:
        """Read a parameter. Raises ``IsduError`` and ``Unreachable``."""
        if not self.plugged:
            raise Unreachable
        value = self._parameters().get(index)
        if value is None:
            raise IsduError(isdu.INDEX_NOT_AVAILABLE)
        if subindex:
            raise IsduError(isdu.SUBINDEX_NOT_AVAILABLE)
        return value

    def write_parameter(self, index: int, subindex: int, value: bytes) -> None:
        """Set a parameter. Raises ``IsduError`` and ``Unreachable``."""
        self.read_parameter(index, subindex)
        if index != isdu.APPLICATION_TAG:
            raise IsduError(isdu.ACCESS_DENIED)
        if len(value) > isdu.LONGEST_TAG:
            raise IsduError(isdu.TOO_LONG)
        if not value:
            raise IsduError(isdu.TOO_SHORT)
        self._tag = value

    def _parameters(self) -> Mapping[int, bytes]:
        texts = {
            isdu.VENDOR_NAME: self._model.vendor.name,
            isdu.VENDOR_TEXT: "pretended by cellkit",
            isdu.PRODUCT_NAME: self.product_name,
            isdu.PRODUCT_ID: self.product_name,
            isdu.PRODUCT_TEXT: "distance sensor",
            isdu.SERIAL_NUMBER: SERIAL,
            isdu.HARDWARE_REVISION: "AA",
            isdu.FIRMWARE_REVISION: "1.0.0",
        }
        return {index: text.encode() for index, text in texts.items()} | {isdu.APPLICATION_TAG: self._tag}

    def on_change(self, callback: Callable[[], None]) -> None:
        """Call when something enters or leaves the beam."""
        self._plant.on_change(callback)


class Port:
    """One port; ``level`` reads its input, ``drive`` sets what hangs on its output (mode DI and DO, pin 4)."""

    def __init__(
        self,
        number: int,
        mode: PortMode,
        device: SensorUnit | None = None,
        level: Callable[[], bool] = lambda: False,
        drive: Callable[[bool], None] = lambda _on: None,
    ) -> None:
        self.number = number
        self.mode = mode
        self.device = device
        self.alias = f"master1port{number}"
        self._level, self._drive = level, drive
        self._output = False

    @property
    def unit(self) -> SensorUnit:
        """The device that can be talked to. Raises ``Unreachable``."""
        if self.mode is not PortMode.IO_LINK or self.device is None or not self.device.plugged:
            raise Unreachable
        return self.device

    @property
    def status(self) -> DeviceStatus:
        """Of the device."""
        if self.mode is not PortMode.IO_LINK or self.device is None:
            return DeviceStatus.NOT_CONNECTED
        return self.device.status

    @property
    def input(self) -> bool:
        """Level of an input. Raises ``Unreachable`` in another mode."""
        if self.mode is not PortMode.DIGITAL_INPUT:
            raise Unreachable
        return self._level()

    @property
    def output(self) -> bool:
        """Level of an output. Raises ``Unreachable`` in another mode."""
        if self.mode is not PortMode.DIGITAL_OUTPUT:
            raise Unreachable
        return self._output

    @output.setter
    def output(self, on: bool) -> None:
        if self.mode is not PortMode.DIGITAL_OUTPUT:
            raise Unreachable
        self._output = on
        self._drive(on)

    def set_mode(self, mode: PortMode) -> None:
        """Another mode; an output that no longer is one goes off."""
        if self._output and mode is not PortMode.DIGITAL_OUTPUT:
            self._output = False
            self._drive(False)
        self.mode = mode
        if self.device is not None and self.device.plugged and mode is PortMode.IO_LINK:
            self.device.plug(self.device.wrong)


class Master:
    """Ports by number, and what is noticed there."""

    def __init__(self, ports: list[Port]) -> None:
        self.ports = {port.number: port for port in ports}
        self.locked = False
        """Whether a fieldbus controller has the ports: then no other client can set modes and outputs."""
        self._listeners: list[Callable[[Port, str], None]] = []

    def on_event(self, listener: Callable[[Port, str], None]) -> None:
        """Call ``listener(port, what)``; ``port``: a device came or went, or the mode changed; ``data``: its own."""
        self._listeners.append(listener)

    def tell(self, port: Port, what: str) -> None:
        """Something has happened at a port."""
        for listener in tuple(self._listeners):
            listener(port, what)

    def set_mode(self, port: Port, mode: PortMode) -> None:
        """Set the mode of a port, as another client would."""
        if mode is not port.mode:
            port.set_mode(mode)
            self.tell(port, "port")

    def status_line(self) -> str:
        """Every port in a few words."""
        return ", ".join(f"X0{port.number} {_words(port)}" for port in self.ports.values())


def _words(port: Port) -> str:
    if port.mode is PortMode.DIGITAL_INPUT:
        return f"DI={int(port.input)}"
    if port.mode is PortMode.DIGITAL_OUTPUT:
        return f"DO={int(port.output)}"
    if port.mode is PortMode.DEACTIVATED or port.device is None:
        return "off" if port.mode is PortMode.DEACTIVATED else "-"
    unit = port.device
    if unit.status is not DeviceStatus.OPERATE:
        return unit.status.name.lower().replace("_", " ")
    try:
        return f"{unit.product_name} {unit.process_data().hex().upper()}"
    except InvalidData:
        return f"{unit.product_name} invalid"
