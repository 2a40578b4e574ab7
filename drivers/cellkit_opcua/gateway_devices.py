"""Grippers, signals, sensors, cameras, readers and machines of another cell."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

from cellkit.controller.world import CameraGeometry
from cellkit.devices import (
    AnalogIO,
    AnalogSignal,
    Camera,
    CameraImage,
    CodeReader,
    DigitalIO,
    ForceTorqueSensor,
    GripResult,
    JawsState,
    LocatedPart,
    Locating,
    Machine,
    ParallelGripper,
    ProximitySensor,
    VacuumGripper,
    VacuumState,
    Workpiece,
    WrenchReading,
)
from cellkit.devices.gripper import Grip, Gripper
from cellkit.devices.machine import Clamping, Execution, MachineAlarm, MachineState
from cellkit.devices.parallel_gripper import WIDTH_TOLERANCE
from cellkit.errors import CommandRejected, DeviceFault
from cellkit.geometry import Pose, Wrench, frozen
from cellkit.models.gripper import ParallelGripperModel, VacuumGripperModel
from cellkit.models.sensor import DistanceModel, ForceTorqueModel
from cellkit.transport import Network
from cellkit_opcua.config import GatewayConfig
from cellkit_opcua.gateway import CATCH_UP, GatewayDevice
from cellkit_opcua.gateway_arm import pose_of
from cellkit_opcua.watched import FOREVER

WordT = TypeVar("WordT", Clamping, Execution)
ANY_PART = ""


class _GatewayGripper(GatewayDevice, Gripper):
    """A gripper of another cell. Grips and lost parts are known in that cell too."""

    _seen_held = False

    def _noticed(self) -> None:
        super()._noticed()
        held = bool(self._newest("Holding").value)
        if self.holding and not self.busy and self._seen_held and not held:
            self._part_lost()
        self._seen_held = held

    async def _gripped(self, force: float) -> GripResult:
        result = (await self._job("Grip", ANY_PART, force)).values
        await self._refresh()
        await self._until(lambda: bool(self._newest("Holding").value) is bool(result["held"]), CATCH_UP)
        self._seen_held = bool(result["held"])
        measure = result.get("measure")
        return GripResult(Grip(result["grip"]), None if measure is None else float(measure))

    async def _stop(self) -> None:
        if await self._stop_there():
            await self._until(lambda: not self._value("Moving"), FOREVER)

    async def _recover(self) -> None:
        await self._job("Recover")


class GatewayJaws(_GatewayGripper, ParallelGripper):
    """A gripper with two jaws. The width of a part is judged here: the part belongs to this cell."""

    FRESH = "Width"

    def __init__(self, name: str, model: ParallelGripperModel, config: GatewayConfig, network: Network) -> None:
        ParallelGripper.__init__(self, name, model)
        self._start_gateway(config, network, model)

    def _paths(self) -> Mapping[str, str]:
        return self._at("Width", "Force", "Holding", "Moving")

    async def _read_state(self) -> JawsState:
        force = self._value_or_none("Force")
        return JawsState(
            self._stamp("Width", "Moving"),
            float(self._value("Width")),
            None if force is None else float(force),
            bool(self._value("Moving")),
        )

    async def _drive(self, width: float, speed: float, force: float) -> JawsState:
        reached = (await self._job("MoveTo", width, speed, force)).values["width"]
        await self._refresh()
        await self._until(lambda: not self._value("Moving") and abs(self._value("Width") - reached) < 1e-3, CATCH_UP)
        return await self._read_state()

    async def _grip(self, part: Workpiece | None, force: float) -> GripResult:
        grip = await self._gripped(force)
        if not grip.held or part is None or grip.measure is None:
            return grip
        wrong = abs(grip.measure - self._across(part)[0]) > WIDTH_TOLERANCE
        return GripResult(Grip.WRONG_WIDTH, grip.measure) if wrong else grip


class GatewayVacuum(_GatewayGripper, VacuumGripper):
    """A vacuum gripper."""

    FRESH = "PartPresent"

    def __init__(self, name: str, model: VacuumGripperModel, config: GatewayConfig, network: Network) -> None:
        VacuumGripper.__init__(self, name, model)
        self._start_gateway(config, network, model)

    def _paths(self) -> Mapping[str, str]:
        return self._at("Vacuum", "PartPresent", "Holding", "Moving")

    async def _read_state(self) -> VacuumState:
        vacuum = self._value_or_none("Vacuum")
        present = bool(self._value("PartPresent"))
        return VacuumState(self._stamp("PartPresent"), None if vacuum is None else float(vacuum), present)

    async def _grip(self, part: Workpiece | None, force: float) -> GripResult:
        return await self._gripped(0.0)

    async def _switch(self, on: bool) -> VacuumState:
        if on:
            await self._gripped(0.0)
        else:
            await self._job("Release", ANY_PART)
            await self._refresh()
            await self._until(lambda: not self._value("PartPresent"), CATCH_UP)
        return await self._read_state()


class _GatewaySignals(GatewayDevice):
    def _signals(self, inputs: Sequence[str], outputs: Sequence[str]) -> dict[str, str]:
        below = f"{self.FOLDER}/{self.role}"
        return {name: f"{below}/Inputs/{name}" for name in inputs} | {
            name: f"{below}/Outputs/{name}" for name in outputs
        }

    async def _set(self, signal: str, value: bool | float, same: Callable[[Any], bool]) -> None:
        await self._job("SetOutput", signal, value)
        await self._refresh()
        if not await self._until(lambda: same(self._value(signal)), CATCH_UP):
            text = f"{signal} was set to {value} in the other cell, but is reported as {self._value(signal)}"
            raise DeviceFault(self.name, text, code="not-set")


class GatewayDigitalIO(_GatewaySignals, DigitalIO):
    """Digital signals, with the same names in both cells."""

    def __init__(
        self, name: str, inputs: Mapping[str, int], outputs: Mapping[str, int], config: GatewayConfig, network: Network
    ) -> None:
        DigitalIO.__init__(self, name, tuple(inputs), tuple(outputs))
        self._start_gateway(config, network)

    def _paths(self) -> Mapping[str, str]:
        return self._signals(self.inputs, self.outputs)

    async def _read(self, signal: str) -> bool:
        return bool(self._value(signal))

    async def _write(self, signal: str, value: bool) -> None:
        await self._set(signal, value, lambda read: read is value)


class GatewayAnalogIO(_GatewaySignals, AnalogIO):
    """Analog signals, with the same names and units in both cells."""

    def __init__(
        self,
        name: str,
        inputs: Mapping[str, AnalogSignal],
        outputs: Mapping[str, AnalogSignal],
        config: GatewayConfig,
        network: Network,
    ) -> None:
        AnalogIO.__init__(self, name, inputs, outputs)
        self._start_gateway(config, network)

    def _paths(self) -> Mapping[str, str]:
        return self._signals(tuple(self.inputs), tuple(self.outputs))

    async def _read(self, signal: str) -> float:
        return float(self._value(signal))

    async def _write(self, signal: str, value: float) -> None:
        output = self.outputs[signal]
        near = 0.01 * abs(output.high - output.low)
        await self._set(signal, value, lambda read: abs(read - value) <= near)


class GatewayForceTorque(GatewayDevice, ForceTorqueSensor):
    """A force/torque sensor; its zero is the one that was set in the other cell."""

    FRESH = "Wrench"

    def __init__(self, name: str, model: ForceTorqueModel, config: GatewayConfig, network: Network) -> None:
        ForceTorqueSensor.__init__(self, name, model)
        self._start_gateway(config, network, model)

    def _paths(self) -> Mapping[str, str]:
        return self._at("Wrench")

    async def _read(self) -> WrenchReading:
        six = frozen(self._value("Wrench"), (6,))
        return WrenchReading(self._stamp("Wrench"), Wrench(six[:3], six[3:], "flange"))


class GatewayProximity(GatewayDevice, ProximitySensor):
    """A beam sensor."""

    FRESH = "Present"

    def __init__(self, name: str, model: DistanceModel, config: GatewayConfig, network: Network) -> None:
        ProximitySensor.__init__(self, name)
        self.model = model
        self._start_gateway(config, network, model)

    def _paths(self) -> Mapping[str, str]:
        return self._at("Distance", "Present")

    async def _distance(self) -> float | None:
        if not self._value("Present"):
            return None
        distance = self._value_or_none("Distance")
        return None if distance is None else float(distance)


class GatewayCodeReader(GatewayDevice, CodeReader):
    """A code reader."""

    def __init__(self, name: str, config: GatewayConfig, network: Network) -> None:
        CodeReader.__init__(self, name)
        self._start_gateway(config, network)

    def _paths(self) -> Mapping[str, str]:
        return self._at("LastCode")

    async def _read_code(self) -> str | None:
        code = (await self._job("ReadCode")).values.get("code")
        return None if code is None else str(code)

    async def _stop(self) -> None:
        await self._stop_there()


class GatewayMachine(GatewayDevice, Machine):
    """A machine tool. The gateway does not report the severity of an alarm, so that every alarm counts as a fault."""

    FRESH = "Available"

    def __init__(self, name: str, config: GatewayConfig, network: Network) -> None:
        Machine.__init__(self, name)
        self._start_gateway(config, network)

    def _paths(self) -> Mapping[str, str]:
        return self._at("Available", "Door", "Chuck", "Execution", "ActiveAlarms")

    async def _read_state(self) -> MachineState:
        reported = [str(alarm).partition(": ") for alarm in self._value("ActiveAlarms") or []]
        return MachineState(
            self._stamp("Available", "Door", "Chuck", "Execution"),
            bool(self._value("Available")),
            _word(Clamping, self._value("Door")),
            _word(Clamping, self._value("Chuck")),
            _word(Execution, self._value("Execution")),
            alarms=tuple(MachineAlarm(code, text, "fault") for code, _, text in reported),
        )


class GatewayCamera(GatewayDevice, Camera, Locating):
    """A camera that finds parts in the other cell; the gateway sends no images.

    Poses are in this cell's world (``world_xyz``).
    """

    def __init__(
        self,
        name: str,
        _geometry: CameraGeometry,
        _pose: Pose,
        kinds: Sequence[str],
        config: GatewayConfig,
        network: Network,
    ) -> None:
        Camera.__init__(self, name)
        self._kinds = tuple(kinds)
        self._start_gateway(config, network)
        turn = [math.radians(angle) for angle in config.world_rpy_deg]
        self._their_world = Pose.from_rpy(config.world_xyz, turn, frame="world")

    def _paths(self) -> Mapping[str, str]:
        return self._at("Finds")

    async def _capture(self) -> CameraImage:
        raise CommandRejected(self.name, "the gateway of another cell sends no images, only the parts in them")

    async def _locate(self, kind: str) -> list[LocatedPart]:
        if kind not in self._kinds:
            raise CommandRejected(self.name, f"was not taught {kind!r}; it knows {', '.join(self._kinds) or 'no part'}")
        result = (await self._job("Locate", kind)).values
        poses, names = result["poses"], result["names"]
        seen = [pose_of(poses[7 * number : 7 * number + 7], "world") for number in range(len(names))]
        return [LocatedPart(name, self._their_world @ pose) for name, pose in zip(names, seen, strict=True)]


def _word(words: type[WordT], word: Any) -> WordT:
    return words(word) if word in {known.value for known in words} else words.UNKNOWN
