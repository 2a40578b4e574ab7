"""Sensors, code readers and machines behind a server."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from cellkit.devices import CodeReader, ForceTorqueSensor, Machine, ProximitySensor, WrenchReading
from cellkit.devices.machine import Clamping, Execution, MachineAlarm, MachineState
from cellkit.errors import DeviceFault
from cellkit.geometry import Wrench, frozen
from cellkit.models.sensor import DistanceModel, ForceTorqueModel
from cellkit.transport import Network
from cellkit.yamlfile import StrictModel
from cellkit_opcua.device import NodeDevice
from cellkit_opcua.maps import Choice, CodeReaderMap, Command, ForceTorqueMap, MachineMap, ProximityMap, Value
from cellkit_opcua.watched import FOREVER

WordT = TypeVar("WordT", Clamping, Execution)


def values_of(nodes: StrictModel) -> dict[str, Value]:
    """Return all nodes that a map defines, by name."""
    given = {name: getattr(nodes, name) for name in type(nodes).model_fields}
    return {name: value for name, value in given.items() if isinstance(value, Value)}


def commands_of(commands: StrictModel) -> dict[str, Command]:
    """Return all commands that a map defines, by name."""
    given = {name: getattr(commands, name) for name in type(commands).model_fields}
    return {name: command for name, command in given.items() if command is not None}


class NodeProximity(NodeDevice[ProximityMap], ProximitySensor):
    """A distance sensor."""

    def __init__(self, name: str, model: DistanceModel, config: ProximityMap, network: Network) -> None:
        ProximitySensor.__init__(self, name)
        self.model = model
        self._start(config, network)

    def _mapped(self) -> Mapping[str, Value]:
        return values_of(self.config.nodes)

    async def _distance(self) -> float | None:
        nodes = self.config.nodes
        if self._bit("fault", nodes.fault):
            raise DeviceFault(self.name, "the sensor reports that it cannot measure", code="fault")
        if not self._bit("present", nodes.present, True):
            return None
        distance, reach = float(self._converted("distance", nodes.distance)), self.model.range_max.value
        return None if reach is not None and distance > reach else distance


class NodeForceTorque(NodeDevice[ForceTorqueMap], ForceTorqueSensor):
    """A force/torque sensor: a force and a torque, three numbers each."""

    def __init__(self, name: str, model: ForceTorqueModel, config: ForceTorqueMap, network: Network) -> None:
        ForceTorqueSensor.__init__(self, name, model)
        self._start(config, network)

    def _mapped(self) -> Mapping[str, Value]:
        return values_of(self.config.nodes)

    async def _read(self) -> WrenchReading:
        nodes = self.config.nodes
        if self._bit("saturated", nodes.saturated):
            raise DeviceFault(self.name, "the sensor reports that it is saturated", code="saturated")
        try:
            force = frozen(self._converted("force", nodes.force), (3,))
            torque = frozen(self._converted("torque", nodes.torque), (3,))
        except ValueError as error:
            raise DeviceFault(self.name, f"force and torque: {error}", code="value") from None
        return WrenchReading(self._stamp("force", "torque"), Wrench(force, torque, "flange"))


class NodeCodeReader(NodeDevice[CodeReaderMap], CodeReader):
    """A code reader: a command triggers it, a count that changes reports the answer, and a node holds the answer."""

    def __init__(self, name: str, config: CodeReaderMap, network: Network) -> None:
        CodeReader.__init__(self, name)
        self._start(config, network)

    def _mapped(self) -> Mapping[str, Value]:
        return values_of(self.config.nodes)

    def _commands(self) -> Mapping[str, Command]:
        return commands_of(self.config.commands)

    async def _read_code(self) -> str | None:
        nodes = self.config.nodes
        before = self._converted("count", nodes.count)
        await self._command(self.config.commands.trigger)
        await self._until(lambda: self._converted("count", nodes.count) != before, FOREVER)
        # The server may report the code a moment after the count: the nodes are read once more.
        [code] = await self._connected().read([nodes.code.node])
        if not code.good:
            raise DeviceFault(self.name, f"code: the server reports {code.status}", code=code.status)
        return nodes.code.value(code.value) or None

    async def _stop(self) -> None:
        if self.config.commands.stop is not None:
            await self._command(self.config.commands.stop)


class NodeMachine(NodeDevice[MachineMap], Machine):
    """A machine tool, as far as its server reports it."""

    def __init__(self, name: str, config: MachineMap, network: Network) -> None:
        Machine.__init__(self, name)
        self._start(config, network)

    def _mapped(self) -> Mapping[str, Value]:
        return values_of(self.config.nodes)

    async def _read_state(self) -> MachineState:
        nodes = self.config.nodes
        alarms: tuple[MachineAlarm, ...] = ()
        if self._bit("fault", nodes.fault):
            code = "" if nodes.fault_code is None else self._converted("fault_code", nodes.fault_code)
            text = "" if nodes.fault_text is None else self._converted("fault_text", nodes.fault_text)
            alarms = (MachineAlarm(code or "fault", text or "the machine reports a fault", "fault"),)
        return MachineState(
            self._stamp(),
            self._bit("available", nodes.available, True),
            self._word("door", nodes.door, Clamping),
            self._word("chuck", nodes.chuck, Clamping),
            self._word("execution", nodes.execution, Execution),
            "UNAVAILABLE" if nodes.mode is None else self._converted("mode", nodes.mode),
            alarms,
        )

    def _word(self, label: str, choice: Choice | None, words: type[WordT]) -> WordT:
        if choice is None:
            return words.UNKNOWN
        word: Any = self._converted(label, choice)
        return words(word) if word in {known.value for known in words} else words.UNKNOWN
