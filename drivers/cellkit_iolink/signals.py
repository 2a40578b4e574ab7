"""Digital signals on pin 4 of an ifm master's ports: inputs in mode DI, outputs in mode DO."""

from __future__ import annotations

from collections.abc import Mapping

from cellkit.devices import DigitalIO
from cellkit.devices.polling import Poller
from cellkit.devices.wired import Wired
from cellkit.errors import (
    ConfigError,
    ConnectionFailed,
    ConnectionLost,
    DeviceFault,
)
from cellkit.transport import Network
from cellkit_iolink.config import IotCoreIoConfig
from cellkit_iolink.masters import IotCore
from cellkit_iolink.protocol import iotcore
from cellkit_iolink.protocol.iotcore import Item, PortMode

ON, OFF = "01", "00"
NO_PORT, WRONG_MODE = "no-port", "wrong-mode"


class _Signal:
    """One signal's place on the master."""

    def __init__(self, port: int, mode: PortMode, level: str) -> None:
        self.port, self.mode = port, mode
        self.mode_path = f"/iolinkmaster/port[{port}]/mode"
        self.level_path = f"/iolinkmaster/port[{port}]/iolinkdevice/{level}"


class IotCoreDigitalIO(Wired[IotCoreIoConfig], DigitalIO):
    """Ports of an ifm master as digital signals.

    The ports must be in the right mode already; the driver reports the others, and changes none. When another
    client changes a port's mode later, reading its signal raises ``DeviceFault`` (``wrong-mode``), and the master refuses to write it
    (``CommandRejected``), as it does where a fieldbus controller has the outputs.
    """

    def __init__(
        self,
        name: str,
        inputs: Mapping[str, int],
        outputs: Mapping[str, int],
        config: IotCoreIoConfig,
        network: Network,
    ) -> None:
        DigitalIO.__init__(self, name, tuple(inputs), tuple(outputs))
        self._use(config, network)
        self._signals = {
            signal: _Signal(config.first_input + terminal, PortMode.DIGITAL_INPUT, "pdin")
            for signal, terminal in inputs.items()
        } | {
            signal: _Signal(config.first_output + terminal, PortMode.DIGITAL_OUTPUT, "pdout")
            for signal, terminal in outputs.items()
        }
        self._require_distinct()
        self._paths = [path for one in self._signals.values() for path in (one.mode_path, one.level_path)]
        if len(self._paths) > iotcore.MOST_AT_ONCE:
            raise ConfigError(f"{name}: {len(self._signals)} signals are more than a master can be asked for at once")
        self._seen: dict[str, Item] = {}

    def _require_distinct(self) -> None:
        taken: dict[int, str] = {}
        for signal, one in self._signals.items():
            if one.port in taken:
                raise ConfigError(
                    f"{self.name}: {taken[one.port]} and {signal} are both on port {one.port}; "
                    "choose other terminals, or another `first_input` or `first_output`"
                )
            taken[one.port] = signal

    def _title(self) -> str:
        return "IO-Link master"

    async def _open_link(self) -> None:
        self._core = IotCore(self.name, self.network, self.config)
        self._poller = self._pending(Poller(self.name, self._look, self.config.poll_period, self._noticed))
        items = await self._poller.once()
        for signal, one in self._signals.items():
            if (trouble := self._trouble(signal, items)) is not None:
                raise ConnectionFailed(self.name, f"{signal} on port {one.port}: {trouble[1]}")
        self._background(self._poller.run(), "IO-Link master")

    async def _close(self) -> None:
        await super()._close()
        await self._core.close()

    async def _look(self) -> dict[str, Item]:
        return await self._core.get(self._paths) if self._paths else {}

    def _noticed(self, items: dict[str, Item]) -> None:
        changed, self._seen = items != self._seen, items
        if changed:
            self._notify_observers()

    def _trouble(self, signal: str, items: Mapping[str, Item]) -> tuple[str, str] | None:
        """Why a signal cannot be read, if it cannot: a code, and words."""
        one = self._signals[signal]
        mode, level = items[one.mode_path], items[one.level_path]
        if mode.code == iotcore.NOT_FOUND:
            return NO_PORT, "the master has no such port"
        if mode.code in iotcore.FINE and mode.data != one.mode:
            wanted = f"{one.mode} ({one.mode.name.lower().replace('_', ' ')})"
            return WRONG_MODE, f"the port is in mode {mode.data}, not {wanted}"
        for item in (mode, level):
            if item.code not in iotcore.FINE:
                return str(item.code), f"{iotcore.DIAGNOSTICS.get(item.code, 'unknown diagnostic code')} ({item.code})"
        return None

    async def _read(self, signal: str) -> bool:
        items = self._poller.latest
        if (trouble := self._trouble(signal, items)) is not None:
            code, why = trouble
            raise DeviceFault(self.name, f"{signal}: {why}", code=code)
        level = iotcore.from_hex(items[self._signals[signal].level_path].data)
        return any(level)

    async def _write(self, signal: str, value: bool) -> None:
        try:
            await self._core.set(self._signals[signal].level_path, ON if value else OFF)
            await self._poller.once()
        except ConnectionLost as error:
            self._link_lost(error.message)
            raise
