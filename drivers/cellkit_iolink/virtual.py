"""Virtual IO-Link masters: a sensor or signals on their ports, reached by either protocol over HTTP."""

from __future__ import annotations

import asyncio
from abc import abstractmethod
from collections.abc import Callable, Mapping
from typing import ClassVar

from starlette.responses import Response
from typing_extensions import override

from cellkit.controller.plants.proximity import ProximityPlant
from cellkit.controller.plants.signal_image import IoImage
from cellkit.controller.virtual_device import Endpoint, VirtualDevice
from cellkit.digits import whole_number
from cellkit.errors import ConfigError
from cellkit.models.sensor import DistanceModel
from cellkit.transport import ByteStream
from cellkit.transport.http_server import App, Receive, Scope, Send, serve_http
from cellkit.transport.tls import Identity, self_signed, tls_server
from cellkit_iolink.config import FIRST_INPUT, FIRST_OUTPUT
from cellkit_iolink.protocol.iotcore import PortMode
from cellkit_iolink.virtual_iotcore import IotCoreWeb
from cellkit_iolink.virtual_json import JsonWeb
from cellkit_iolink.virtual_master import Master, Port, SensorUnit

SENSOR_PORT = 1
HTTP = Endpoint("tcp", 80, "IoT Core, or JSON for IO-Link under /iolink/v1")


class VirtualMaster(VirtualDevice):
    """The common part of all masters: HTTP, and its faults."""

    ENDPOINTS: ClassVar[Mapping[str, Endpoint]] = {"http": HTTP}

    def __init__(self, master: Master) -> None:
        super().__init__()
        self.master = master
        self.identity: Identity | None = None
        """Certificate, while connections are encrypted."""
        self._broken = 0
        self._speaking = asyncio.Event()
        self._speaking.set()

    @property
    @abstractmethod
    def web(self) -> App:
        """The protocol, as an ASGI application."""

    async def _open(self) -> None:
        await self._serve("http", self._converse)

    async def _converse(self, stream: ByteStream) -> None:
        if self.identity is None:
            await serve_http(stream, self._app)
        else:
            await serve_http(await tls_server(stream, self.identity), self._app, "https")

    async def _app(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._speaking.wait()
        if self._broken:
            self._broken -= 1
            await Response("internal server error", 500, media_type="text/plain")(scope, receive, send)
            return
        await self.web(scope, receive, send)

    def encrypt(self, on: bool) -> None:
        """Switch TLS on or off, from the next connection on."""
        self.identity = self_signed(self.host) if on else None

    @override
    def status_line(self) -> str:
        return self.master.status_line()

    @override
    def switches(self) -> dict[str, Callable[..., object]]:
        return {"mute": self._speaking.clear, "speak": self._speaking.set, "http500": self._break, "plc": self._lock}

    def _lock(self, how: str = "on") -> None:
        self.master.locked = _on(how)

    def _break(self, times: str = "1") -> None:
        count = whole_number(times, most=2**31)
        if count is None:
            raise ValueError("http500 [N]: so many requests fail")
        self._broken = count


class VirtualSensorMaster(VirtualMaster):
    """A master with four ports and a sensor on the first; the others are an input, an output and switched off."""

    def __init__(self, model: DistanceModel, plant: ProximityPlant) -> None:
        if model.io_link is None:
            raise ConfigError(f"the model {model.id} has no IO-Link data (`io_link: …`)")
        self.unit = SensorUnit(model, model.io_link, plant)
        self.port = Port(SENSOR_PORT, PortMode.IO_LINK, self.unit)
        others = (PortMode.DIGITAL_INPUT, PortMode.DIGITAL_OUTPUT, PortMode.DEACTIVATED)
        ports = [self.port, *(Port(number, mode) for number, mode in enumerate(others, 2))]
        super().__init__(Master(ports))
        self.unit.on_change(lambda: self.master.tell(self.port, "data"))

    @override
    def switches(self) -> dict[str, Callable[..., object]]:
        unit = self.unit

        def unplug() -> None:
            unit.plugged = False
            self.master.tell(self.port, "port")

        def plug(wrong: bool) -> None:
            unit.plug(wrong)
            self.master.tell(self.port, "port")

        def glare(how: str = "on") -> None:
            unit.dazzled = _on(how)

        def invalid(how: str = "on") -> None:
            unit.invalid = _on(how)

        def mode(number: str) -> None:
            if number not in ("0", "1", "2", "3"):
                raise ValueError("mode 0|1|2|3 (off, digital input, digital output, IO-Link)")
            self.master.set_mode(self.port, PortMode(int(number)))

        return super().switches() | {
            "unplug": unplug,
            "plug": lambda: plug(False),
            "wrong": lambda: plug(True),
            "glare": glare,
            "invalid": invalid,
            "mode": mode,
        }


class VirtualIotCoreSensor(VirtualSensorMaster):
    """A sensor on an ifm master."""

    def __init__(self, model: DistanceModel, plant: ProximityPlant) -> None:
        super().__init__(model, plant)
        self.core = IotCoreWeb(self.master, "AL1350", lambda: self.network, self._background, self.encrypt)

    @property
    @override
    def web(self) -> App:
        return self.core

    @property
    @override
    def title(self) -> str:
        return f"ifm IO-Link master with {self.unit.product_name}"

    @override
    def switches(self) -> dict[str, Callable[..., object]]:
        return super().switches() | {"secure": lambda how="on": _secure(self.core, self, _on(how))}


class VirtualJsonSensor(VirtualSensorMaster):
    """A sensor on a master that speaks JSON for IO-Link."""

    def __init__(self, model: DistanceModel, plant: ProximityPlant) -> None:
        super().__init__(model, plant)
        self.json = JsonWeb(self.master)

    @property
    @override
    def web(self) -> App:
        return self.json

    @property
    @override
    def title(self) -> str:
        return f"IO-Link master (JSON for IO-Link) with {self.unit.product_name}"

    @override
    def switches(self) -> dict[str, Callable[..., object]]:

        def secure(how: str = "on") -> None:
            self.json.login = self.json.LOGIN if _on(how) else None

        def spelling(word: str) -> None:
            if word not in ("ioLink", "iolink"):
                raise ValueError("spelling ioLink|iolink")
            self.json.spelling = word

        return super().switches() | {"secure": secure, "spelling": spelling}


class VirtualIotCoreIo(VirtualMaster):
    """An ifm master with eight ports: inputs and outputs where there are signals; the others wait for devices."""

    def __init__(self, inputs: Mapping[str, int], outputs: Mapping[str, int], image: IoImage) -> None:
        self._image = image
        self._in = {FIRST_INPUT + terminal: signal for signal, terminal in inputs.items()}
        self._out = {FIRST_OUTPUT + terminal: signal for signal, terminal in outputs.items()}
        super().__init__(Master([self._port(number) for number in range(1, 9)]))
        self.core = IotCoreWeb(self.master, "AL1352", lambda: self.network, self._background, self.encrypt)

    def _port(self, number: int) -> Port:
        image = self._image
        if number in self._in:
            signal = self._in[number]
            return Port(number, PortMode.DIGITAL_INPUT, level=lambda: image[signal])
        if number in self._out:
            signal = self._out[number]
            return Port(number, PortMode.DIGITAL_OUTPUT, drive=lambda on: image.__setitem__(signal, on))
        return Port(number, PortMode.IO_LINK)

    @property
    @override
    def web(self) -> App:
        return self.core

    @property
    @override
    def title(self) -> str:
        return "ifm IO-Link master with digital signals"

    @override
    def switches(self) -> dict[str, Callable[..., object]]:

        def put(signal: str, level: str) -> None:
            if signal not in self._in.values() or level not in ("0", "1"):
                raise ValueError(f"set SIGNAL 0|1, with an input of {', '.join(self._in.values())}")
            self._image[signal] = level == "1"

        def mode(port: str, number: str) -> None:
            if port not in map(str, self.master.ports) or number not in ("0", "1", "2", "3"):
                raise ValueError("mode PORT 0|1|2|3 (off, digital input, digital output, IO-Link)")
            self.master.set_mode(self.master.ports[int(port)], PortMode(int(number)))

        return super().switches() | {
            "set": put,
            "mode": mode,
            "secure": lambda how="on": _secure(self.core, self, _on(how)),
        }


def _secure(core: IotCoreWeb, device: VirtualMaster, on: bool) -> None:
    core.security = on
    device.encrypt(on)


def _on(how: str) -> bool:
    if how not in ("on", "off"):
        raise ValueError("on or off")
    return how == "on"
