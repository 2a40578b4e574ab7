"""Digital and analog signals behind a server."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from cellkit.devices import AnalogIO, AnalogSignal, DigitalIO
from cellkit.errors import ConfigError
from cellkit.transport import Network
from cellkit.yamlfile import near_names
from cellkit_opcua.device import NodeDevice
from cellkit_opcua.maps import AnalogMap, Bit, DigitalMap, Number


class NodeDigitalIO(NodeDevice[DigitalMap], DigitalIO):
    """Digital signals: Boolean variables. An output has the value that the server last reported."""

    def __init__(
        self, name: str, inputs: Mapping[str, int], outputs: Mapping[str, int], config: DigitalMap, network: Network
    ) -> None:
        DigitalIO.__init__(self, name, tuple(inputs), tuple(outputs))
        self._start(config, network)
        require_nodes(name, [*inputs, *outputs], config.nodes)

    def _mapped(self) -> Mapping[str, Bit]:
        return self.config.nodes

    def _written(self) -> tuple[str, ...]:
        return self.outputs

    async def _read(self, signal: str) -> bool:
        return self._bit(signal, self.config.nodes[signal])

    async def _write(self, signal: str, value: bool) -> None:
        node = self.config.nodes[signal]
        await self._connected().write(node.node, node.raw(value))


class NodeAnalogIO(NodeDevice[AnalogMap], AnalogIO):
    """Analog signals: numbers, each in its signal's own unit after scaling."""

    def __init__(
        self,
        name: str,
        inputs: Mapping[str, AnalogSignal],
        outputs: Mapping[str, AnalogSignal],
        config: AnalogMap,
        network: Network,
    ) -> None:
        AnalogIO.__init__(self, name, inputs, outputs)
        self._start(config, network)
        require_nodes(name, [*inputs, *outputs], config.nodes)

    def _mapped(self) -> Mapping[str, Number]:
        return self.config.nodes

    def _written(self) -> tuple[str, ...]:
        return tuple(self.outputs)

    async def _read(self, signal: str) -> float:
        return float(self._converted(signal, self.config.nodes[signal]))

    async def _write(self, signal: str, value: float) -> None:
        node = self.config.nodes[signal]
        await self._connected().write(node.node, node.raw(value))


def require_nodes(name: str, signals: Iterable[str], nodes: Mapping[str, Any]) -> None:
    """Raise ``ConfigError`` for a signal without a node, or a node without a signal."""
    wanted = list(signals)
    for signal in wanted:
        if signal not in nodes:
            raise ConfigError(f"{name}: the signal {signal!r} has no node; write nodes: {{{signal}: 'nsu=URI;s=NAME'}}")
    for given in nodes:
        if given not in wanted:
            raise ConfigError(f"{name}: nodes.{given}: the cell has no such signal; {near_names(given, wanted)}")
