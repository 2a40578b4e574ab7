"""The rigs of the reference sensors, signals and machines: over plants that are set by hand."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from typing_extensions import override

from cellkit import registry
from cellkit.cell.device_bench import ANALOG_INPUTS, ANALOG_OUTPUTS, FIELD
from cellkit.controller.bench import BenchBeam, BenchCode, BenchScan, BenchWrench
from cellkit.controller.plants.machine_tool import MachineTimes, MachineTool
from cellkit.controller.plants.signal_image import AnalogImage
from cellkit.controller.world import Body, CameraGeometry, Shape, WorldSettings
from cellkit.geometry import Pose, Wrench
from cellkit.models.sensor import ForceTorqueModel, ScannerModel
from cellkit.testing.rig import AnalogRig, CodeReaderRig, DeviceRig, ForceTorqueRig, ProximityRig, ScannerRig
from cellkit_virtual.link import Link
from cellkit_virtual.machines import VirtualCodeReader, VirtualMachine
from cellkit_virtual.sensors import (
    VirtualCamera,
    VirtualForceTorqueSensor,
    VirtualProximitySensor,
    VirtualRangeScanner,
)
from cellkit_virtual.signals import VirtualAnalogIO

EYE = 1.0
"""m from the camera to the plate."""


class _BenchRig(DeviceRig):
    """A line that can be cut."""

    lacks: Mapping[str, str] = {}
    device: Any

    def __init__(self) -> None:
        self.link = Link()

    @override
    async def finish(self) -> None:
        pass

    @override
    def drop_link(self) -> None:
        self.link.drop()

    @override
    def restore_link(self) -> None:
        self.link.restore()


class VirtualAnalogRig(_BenchRig, AnalogRig):
    """The ``AnalogRig`` of the reference signals."""

    @override
    async def start(self) -> None:
        self.image = AnalogImage([*ANALOG_INPUTS, *ANALOG_OUTPUTS])
        self.device = VirtualAnalogIO("analog_io", ANALOG_INPUTS, ANALOG_OUTPUTS, self.image, self.link)

    @override
    def set_input(self, signal: str, share: float | None) -> None:
        self.image[signal] = share

    @override
    def output(self, signal: str) -> float:
        return self.image[signal] or 0.0


class VirtualForceTorqueRig(_BenchRig, ForceTorqueRig):
    """The ``ForceTorqueRig`` of the reference sensor."""

    def __init__(self, model: ForceTorqueModel | None) -> None:
        super().__init__()
        self.model = model

    @override
    async def start(self) -> None:
        self.wrench = BenchWrench()
        self.device = VirtualForceTorqueSensor("force_torque", self.model, self.wrench, self.link)

    @override
    def put_wrench(self, wrench: Wrench) -> None:
        self.wrench.value = wrench


class VirtualProximityRig(_BenchRig, ProximityRig):
    """The ``ProximityRig`` of the reference beam."""

    @override
    async def start(self) -> None:
        self.beam = BenchBeam()
        self.device = VirtualProximitySensor("proximity", self.beam, self.link)

    @override
    def put_distance(self, distance: float | None) -> None:
        self.beam.put(distance)


class VirtualScannerRig(_BenchRig, ScannerRig):
    """The ``ScannerRig`` of the reference scanner."""

    def __init__(self, model: ScannerModel) -> None:
        super().__init__()
        self.model = model

    @override
    async def start(self) -> None:
        self.scan = BenchScan(self.model)
        self.device = VirtualRangeScanner("scanner", self.model, FIELD, self.scan, self.link)

    @override
    def put_post(self, distance: float | None, direction: float = 0.0) -> None:
        self.scan.put(distance, direction)

    @override
    def dazzle(self) -> None:
        self.scan.dazzled = True

    @override
    def repeat(self) -> None:
        self.scan.repeats = True


class VirtualCodeReaderRig(_BenchRig, CodeReaderRig):
    """The ``CodeReaderRig`` of the reference reader."""

    @override
    async def start(self) -> None:
        self.plant = BenchCode()
        self.device = VirtualCodeReader("code_reader", self.plant, self.link)

    @override
    def put_label(self, text: str | None) -> None:
        self.plant.text = text

    @override
    def stall(self) -> None:
        self.device.stalled = True


class VirtualMachineRig(_BenchRig):
    """The ``MachineRig`` of the reference machine."""

    @override
    async def start(self) -> None:
        self.machine = MachineTool(MachineTimes())
        self.device = VirtualMachine("machine", self.machine, self.link)


class VirtualCameraRig(_BenchRig):
    """The ``CameraRig`` of the reference camera: in the physics world, the only one with pictures."""

    depth = EYE

    @override
    async def start(self) -> None:
        self.world = registry.world("physics").create(WorldSettings())
        plate = Body("plate", "plate", (Shape("box", (4.0, 4.0, 0.02)),), Pose.from_rpy((0, 0, 0.49), frame="world"))
        part = Body(
            "part", "part", (Shape("box", (0.2, 0.2, 0.1)),), Pose.from_rpy((0, 0, 0.55), frame="world"),
            colour=(0.85, 0.1, 0.1),
        )  # fmt: skip
        for body in (plate, part):
            self.world.add_body(body)
        pose = Pose.from_rpy((0.0, 0.0, 0.5 + EYE), (math.pi, 0.0, 0.0), frame="world")
        geometry = CameraGeometry(160, 120, math.radians(60))
        camera = self.world.add_camera("camera", pose, geometry)
        self.device = VirtualCamera("camera", camera, geometry, pose, ("part",), self.link)

    @override
    async def finish(self) -> None:
        self.world.close()
