"""The kind ``code_reader`` in a cell: readers of barcodes and texts."""

from __future__ import annotations

from typing import Literal

from typing_extensions import override

from cellkit.cell.factory import DeviceRequest, Role
from cellkit.cell.kinds.cell_kind import Bench, CellKind
from cellkit.cell.kinds.fields import (
    DeviceSection,
    Placement,
)
from cellkit.cell.kinds.surroundings import Building
from cellkit.controller.plants.code_reader import BenchCode
from cellkit.controller.world import World
from cellkit.models.arm import Positive
from cellkit.models.load import AnyModel
from cellkit.registry import WireSpec


class CodeReaderDevice(DeviceSection):
    """A barcode or text reader that looks along the z axis of ``pose``."""

    kind: Literal["code_reader"]
    pose: Placement
    range: Positive = 0.3


class CodeReaderInCell(CellKind[CodeReaderDevice]):
    """The kind of code readers. A reader reads the code of the first body on its axis."""

    section = CodeReaderDevice

    @override
    def request(self, building: Building, role: Role, section: CodeReaderDevice) -> DeviceRequest:
        pose = building.pose(role.name, section.pose)
        return DeviceRequest(role, section.kind, (), building.world.add_code_reader(role.name, pose, section.range))

    @override
    def bench(self, model: AnyModel | None, world: World, wire: WireSpec | None = None) -> Bench:
        plant = BenchCode()

        def label(*words: str) -> None:
            plant.text = " ".join(words) or None

        return Bench((), plant, {"label": label})


CODE_READER = CodeReaderInCell()
