"""Distance and presence sensors on a port of an IO-Link master, by either protocol.

What is on the port is held against the model when the driver connects, and again whenever it may have changed. A
sensor that is unplugged, replaced, starting up or blinded is a ``DeviceFault``, which ends every wait: the link is to
the master, and that is still there. When the sensor is back, so are its distances.
"""

from __future__ import annotations

import asyncio
from abc import abstractmethod
from dataclasses import dataclass
from typing import TypeVar

from cellkit.devices import ProximitySensor
from cellkit.devices.polling import Poller
from cellkit.devices.wired import Wired
from cellkit.errors import (
    ConfigError,
    ConnectionFailed,
    DeviceFault,
)
from cellkit.models.sensor import DistanceModel, IoLink
from cellkit.timing import now
from cellkit.transport import Network
from cellkit_iolink.config import IotCoreConfig, JsonConfig, MasterConfig
from cellkit_iolink.masters import IotCore, JsonMaster
from cellkit_iolink.protocol import iotcore, jsoniol
from cellkit_iolink.protocol.iotcore import DeviceStatus, PortMode
from cellkit_iolink.protocol.process_data import read_distance
from cellkit_iolink.session import MasterRefused

STARTING = 5.0  # s that a sensor may take to start up when the driver connects
IDENTITY_PERIOD = 1.0  # s after which a JSON master is asked again what is on the port

NOT_CONNECTED, STARTING_UP, WRONG_DEVICE = "not-connected", "starting", "wrong-device"
WRONG_MODE, COMMUNICATION, INVALID, NO_MEASUREMENT = "wrong-mode", "communication", "invalid", "no-measurement"

ConfigT = TypeVar("ConfigT", bound=MasterConfig)


@dataclass(frozen=True, slots=True)
class View:
    """What the master shows of the sensor: a distance (m), or why there is none."""

    distance: float | None = None
    fault: str = ""
    why: str = ""


class MasterSensor(Wired[ConfigT], ProximitySensor):
    """What both protocols have in common."""

    def __init__(self, name: str, model: DistanceModel, config: ConfigT, network: Network) -> None:
        if model.io_link is None:
            raise ConfigError(f"{name}: the model {model.id} says nothing about IO-Link (`io_link: …`)")
        ProximitySensor.__init__(self, name)
        self._use(config, network)
        self.model = model
        self._wanted: IoLink = model.io_link
        self._seen: View | None = None
        self._session: IotCore | JsonMaster | None = None

    def _title(self) -> str:
        return "IO-Link master"

    @abstractmethod
    def _open_master(self) -> IotCore | JsonMaster:
        """Open a new session with the master, without sending (a hook)."""

    @abstractmethod
    async def _check(self) -> View:
        """Check the device on the port (a hook).

        Raises ``ConnectionFailed`` for an error that needs a change by the user.
        """

    @abstractmethod
    async def _look(self) -> View:
        """Read the present values of the master (a hook)."""

    async def _open_link(self) -> None:
        self._session = self._open_master()
        found = await self._started()
        if found.fault:
            raise ConnectionFailed(self.name, found.why)
        self._poller = self._pending(Poller(self.name, self._look, self.config.poll_period, self._noticed))
        await self._poller.once()
        self._background(self._poller.run(), "IO-Link master")

    async def _started(self) -> View:
        """Return the view of the port, once its device has started up or the time for it is over."""
        deadline = now() + STARTING
        while True:
            found = await self._check()
            if found.fault != STARTING_UP or now() >= deadline:
                return found
            await asyncio.sleep(self.config.poll_period)

    async def _close(self) -> None:
        await super()._close()
        session, self._session = self._session, None
        if session is not None:
            await session.close()

    def _compared(self, vendor: object, device: object, product: object = None) -> View:
        """Whether the device is the model's: a fault with both figures, or none."""
        wanted = self._wanted
        name = product.strip("\0 ") if isinstance(product, str) else ""
        if (vendor, device) == (wanted.vendor_id, wanted.device_id) and name in ("", wanted.product_name):
            return View()
        there = f"vendor {vendor}, device {device}{f' ({name})' if name else ''}"
        expected = f"vendor {wanted.vendor_id}, device {wanted.device_id} ({wanted.product_name})"
        return View(fault=WRONG_DEVICE, why=f"{self._where()} has {there}; {self.model.id} is {expected}")

    @abstractmethod
    def _where(self) -> str:
        """Which port, in words."""

    def _measured(self, data: bytes) -> View:
        reading = read_distance(self._wanted.process_data, data)
        if not reading.measured:
            return View(fault=NO_MEASUREMENT, why=f"the sensor cannot measure ({reading.counts} counts)")
        return View(reading.distance)

    def _noticed(self, view: View) -> None:
        changed, self._seen = view != self._seen, view
        if changed:
            self._notify_observers()

    async def _distance(self) -> float | None:
        view = self._poller.latest
        if view.fault:
            raise DeviceFault(self.name, view.why, code=view.fault)
        return view.distance


class IotCoreSensor(MasterSensor[IotCoreConfig]):
    """A sensor on an ifm master: mode and status of the port, device and process data in one request a look."""

    def _open_master(self) -> IotCore:
        self._core = IotCore(self.name, self.network, self.config)
        port = f"/iolinkmaster/port[{self.config.port}]"
        self._mode, device = f"{port}/mode", f"{port}/iolinkdevice"
        self._status, self._pdin = f"{device}/status", f"{device}/pdin"
        self._vendor, self._device, self._product = (
            f"{device}/{name}" for name in ("vendorid", "deviceid", "productname")
        )
        self._sure = False
        return self._core

    def _where(self) -> str:
        return f"port {self.config.port}"

    async def _check(self) -> View:
        items = await self._core.get([self._mode, self._status, self._vendor, self._device, self._product])
        if items[self._mode].code == iotcore.NOT_FOUND:
            raise ConnectionFailed(self.name, f"the master has no {self._where()}")
        return self._state(items) or View()

    async def _look(self) -> View:
        # A master may have to ask the device for its name, so it is read after interruptions only.
        name = [] if self._sure else [self._product]
        items = await self._core.get([self._mode, self._status, self._vendor, self._device, *name, self._pdin])
        state = self._state(items)
        self._sure = state is None
        return state or self._data(items[self._pdin])

    def _identity(self, items: dict[str, iotcore.Item]) -> list[object]:
        names = (self._vendor, self._device, self._product)
        return [items[name].data for name in names if name in items]

    def _state(self, items: dict[str, iotcore.Item]) -> View | None:
        """Why there is no process data of this sensor, if there is none."""
        mode, status = items[self._mode], items[self._status]
        if mode.code in iotcore.FINE and mode.data != PortMode.IO_LINK:
            wanted = f"{PortMode.IO_LINK} (IO-Link)"
            return View(fault=WRONG_MODE, why=f"{self._where()} is in mode {_named(mode.data)}, not {wanted}")
        absent = iotcore.UNAVAILABLE in (status.code, items[self._vendor].code)
        if absent or status.data == DeviceStatus.NOT_CONNECTED:
            return View(fault=NOT_CONNECTED, why=f"no device is connected to {self._where()}")
        if status.code not in iotcore.FINE:
            return View(fault=str(status.code), why=f"status of {self._where()}: {_diagnosis(status.code)}")
        if status.data == DeviceStatus.PREOPERATE:
            return View(fault=STARTING_UP, why=f"the device at {self._where()} is starting up")
        for number in (items[self._vendor], items[self._device]):
            if number.code not in iotcore.FINE:
                why = f"what is at {self._where()}: {_diagnosis(number.code)}"
                return View(fault=str(number.code), why=why)
        found = self._compared(*self._identity(items))
        if found.fault:
            return found
        if status.data != DeviceStatus.OPERATE:
            return View(fault=COMMUNICATION, why=f"{self._where()}: device status {status.data}, no communication")
        return None

    def _data(self, pdin: iotcore.Item) -> View:
        if pdin.code in iotcore.FINE:
            return self._measured(iotcore.from_hex(pdin.data))
        if pdin.code == iotcore.UNAVAILABLE:
            return View(fault=NOT_CONNECTED, why=f"no process data at {self._where()}")
        code = INVALID if pdin.code == iotcore.INVALID_DATA else str(pdin.code)
        return View(fault=code, why=f"process data of {self._where()}: {_diagnosis(pdin.code)}")


class JsonSensor(MasterSensor[JsonConfig]):
    """A sensor on a master that speaks JSON for IO-Link.

    What is on the port is asked for again after every interruption, and every second. Where the cell names a port, a
    sensor whose alias changes is found again.
    """

    def _open_master(self) -> JsonMaster:
        self._master = JsonMaster(self.name, self.network, self.config)
        self._alias, self._port = "", 0
        self._sure_until = 0.0
        return self._master

    def _where(self) -> str:
        return f"port {self._port} ({self._alias})"

    async def _check(self) -> View:
        if not self._alias:
            await self._find()
        status = await self._master.status(self.config.master, self._port)
        if status != jsoniol.DEVICE_ONLINE:
            return self._not_online(status)
        return await self._identify()

    async def _find(self) -> None:
        config = self.config
        everywhere = config.alias is not None
        path = "/devices" if everywhere else f"/masters/{config.master}/ports"
        places = await self._master.places(path)
        if everywhere:
            places = [place for place in places if place.master in (None, config.master)]
        for place in places:
            if place.alias == config.alias or (not everywhere and place.port == config.port):
                self._alias, self._port = place.alias, place.port
                return
        what = f"deviceAlias {config.alias!r}" if everywhere else f"port {config.port}"
        known = ", ".join(f"{place.port} ({place.alias})" for place in places) or "none"
        raise ConnectionFailed(self.name, f"master {config.master} has no {what}; its ports: {known}")

    def _not_online(self, status: str) -> View:
        faults = {
            jsoniol.DEVICE_STARTING: (STARTING_UP, "the device is starting up"),
            jsoniol.DEVICE_ONLINE: (STARTING_UP, "the device has just come back"),
            jsoniol.COMMUNICATION_LOST: (NOT_CONNECTED, "no device is connected"),
            jsoniol.INCORRECT_DEVICE: (WRONG_DEVICE, "the master says that it is not the device it was set up for"),
            jsoniol.NOT_AVAILABLE: (NOT_CONNECTED, "the port is not available"),
        }
        fault, why = faults.get(status, (WRONG_MODE, "the port is not in IO-Link mode"))
        return View(fault=fault, why=f"{self._where()}: {why} ({status})")

    async def _identify(self) -> View:
        there = await self._master.identification(self._alias)
        self._sure_until = now() + IDENTITY_PERIOD
        return self._compared(there.vendor_id, there.device_id, there.product_name)

    async def _look(self) -> View:
        try:
            if now() >= self._sure_until:
                found = await self._identify()
                if found.fault:
                    self._sure_until = 0.0
                    return found
            value = await self._master.process_data(self._alias)
        except MasterRefused as refused:
            self._sure_until = 0.0  # whatever is there next may be another device
            if refused.code in (jsoniol.NOT_IO_LINK, jsoniol.NOT_ACCESSIBLE):
                return self._not_online(await self._master.status(self.config.master, self._port))
            if refused.code == jsoniol.UNKNOWN_ALIAS and self.config.alias is None:
                await self._find()
            return View(fault=str(refused.code), why=refused.message)
        if value.data is None:
            self._sure_until = 0.0
            return View(fault=WRONG_MODE, why=f"{self._where()} is not in IO-Link mode")
        if not value.valid:
            return View(fault=INVALID, why=f"{self._where()}: the device marks its process data as invalid")
        return self._measured(value.data)


def _named(mode: object) -> str:
    try:
        return f"{mode} ({PortMode(mode).name.lower().replace('_', ' ')})"  # type: ignore[arg-type]
    except ValueError:
        return f"{mode}"


def _diagnosis(code: int) -> str:
    return f"{iotcore.DIAGNOSTICS.get(code, 'unknown diagnostic code')} ({code})"
