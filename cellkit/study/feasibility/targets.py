"""The poses that a task requires: every grasp of a part at every place of the cell where one is handled.

What parts come to which place the scenario's process says, and the stock; a place that neither names may hold any part
of the process. Places that a process names for something else (where a belt begins, where people come from) are none.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import ceil

from cellkit import patterns
from cellkit.cell.kinds.gripper import GripperDevice
from cellkit.cell.kinds.machine import MachineDevice
from cellkit.cell.plan import CellPlan
from cellkit.devices import Workpiece
from cellkit.geometry import Pose
from cellkit.scenario.config import Scenario
from cellkit.scenario.processes.config import (
    Answers,
    ConveyorFeed,
    Course,
    Feeder,
    Handover,
    Insertion,
    Kitting,
    MachineTending,
    Palletising,
    Polishing,
    ProcessConfig,
    Screwdriving,
    TrayExchange,
    Visitors,
)
from cellkit.study.feasibility.config import FeasibilityConfig


@dataclass(frozen=True)
class Target:
    """One pose of a place. ``at``: where the part stands (its bottom), in ``world``; without a part the TCP itself.

    ``hands``: roles of grippers; ``every``: all of them have to reach it, else one. ``beside``: where parts may stand
    in the same place, no higher.
    """

    name: str
    place: str
    at: Pose
    part: Workpiece | None
    hands: tuple[str, ...]
    every: bool = False
    beside: tuple[Pose, ...] = ()


def targets(scenario: Scenario, plan: CellPlan, config: FeasibilityConfig, quantity: int | None = None) -> list[Target]:
    """All of them, place by place in the order of the cell file. ``quantity``: boxes on a pallet; None: the file's."""
    process = scenario.file.process
    wanted = scenario.file.quantity if quantity is None else quantity
    found: list[Target] = []
    for place, kinds in handled(process, plan, config).items():
        poses = _poses(process, plan, place, wanted)
        hands, every = _hands(process, plan, config, place)
        for kind in kinds or (None,):
            part = None if kind is None else plan.workpieces[kind]
            for number, pose in enumerate(poses, 1):
                name = place if len(poses) == 1 else f"{place} {number}"
                if len(kinds) > 1:
                    name = f"{name} ({kind})"
                beside = tuple(one for one in poses if one is not pose and one.position[2] <= pose.position[2] + 1e-6)
                found.append(Target(name, place, pose, part, hands, every, () if len(kinds) > 1 else beside))
    return found


def handled(process: ProcessConfig | None, plan: CellPlan, config: FeasibilityConfig) -> dict[str, tuple[str, ...]]:
    """Places where a gripper works, and the kinds of part there; no kind: the TCP itself goes there."""
    named = {place: tuple(kinds) for place, kinds in _named(process, plan).items()}
    kinds = tuple(dict.fromkeys(kind for some in named.values() for kind in some)) or tuple(plan.workpieces)
    only_named = isinstance(process, Visitors | Course)
    left_out = {*config.leave_out, *_passed_by(process)}
    found = {}
    for place in plan.file.places:
        given = config.places is not None and place in config.places
        if place in left_out or (config.places is not None and not given):
            continue
        if only_named and place not in named and not given:
            continue
        found[place] = named.get(place, kinds)
    return found


def _named(process: ProcessConfig | None, plan: CellPlan) -> dict[str, list[str]]:
    """Place → kinds of part, of the process, the stock and the nests. Names that the cell has not are left to it."""
    pairs: list[tuple[str, str]] = [(place, kind) for kind, place in plan.file.stock.items()]
    for structure in plan.file.structures.values():
        if structure.nests is not None:
            pairs.append((structure.nests.place, structure.nests.workpiece))
    pairs += _of_process(process, plan)
    found: dict[str, list[str]] = {}
    for place, kind in pairs:
        if place in plan.file.places and kind in plan.workpieces and kind not in found.setdefault(place, []):
            found[place].append(kind)
    return found


def _of_process(process: ProcessConfig | None, plan: CellPlan) -> Iterator[tuple[str, str]]:
    if isinstance(process, TrayExchange | Handover):
        yield from ((place, process.workpiece) for place in (process.tray, process.fixture))
    elif isinstance(process, Feeder):
        yield from ((place, process.workpiece) for place in (process.slot, process.fixture))
    elif isinstance(process, MachineTending):
        machine = plan.file.devices.get(process.machine)
        chuck = machine.chuck if isinstance(machine, MachineDevice) else None
        places = (process.blanks, process.finished, *([] if chuck is None else [chuck]))
        yield from ((place, process.workpiece) for place in places)
    elif isinstance(process, ConveyorFeed):
        yield process.fixture, process.workpiece
    elif isinstance(process, Palletising):
        yield from ((place, process.workpiece) for place in (process.infeed, process.deck))
    elif isinstance(process, Kitting):
        for kind, place in process.nests.items():
            yield from ((place, kind), (process.table, kind))
    elif isinstance(process, Insertion):
        yield process.holders, process.workpiece
    elif isinstance(process, Polishing):
        yield process.holder, process.pad
    elif isinstance(process, Screwdriving):
        yield from ((place, process.workpiece) for place in (process.feeder, process.holes))
    elif isinstance(process, Visitors) and process.work is not None:
        yield from ((place, process.work.workpiece) for place in process.work.places)
    elif isinstance(process, Course):
        yield process.field, process.mark
    elif isinstance(process, Answers) and process.parts is not None:
        yield process.parts.place, process.parts.workpiece


def _passed_by(process: ProcessConfig | None) -> Sequence[str]:
    """Places that a process has for something else than work."""
    if isinstance(process, ConveyorFeed):
        return process.entrance, process.leaves, process.beam, process.stops
    return (process.entrance, process.nearest) if isinstance(process, Visitors) else ()


def _poses(process: ProcessConfig | None, plan: CellPlan, place: str, quantity: int) -> list[Pose]:
    """Where parts stand: the poses of the place, the spots of a pallet, the corners of a table."""
    poses = plan.layout.places(place)
    if isinstance(process, Palletising) and place == process.deck and process.workpiece in plan.workpieces:
        x, y, z = plan.workpieces[process.workpiece].size
        layer = patterns.interlocking(patterns.EUR_PALLET[:2], (x, y), process.gap)
        layers = patterns.stack(layer, (x, y), ceil(quantity / len(layer))) if layer else []
        return [spot.pose(poses[0], number * z) for number, one in enumerate(layers) for spot in one]
    if isinstance(process, Kitting) and place == process.table:
        x, y = process.area[0] / 2, process.area[1] / 2
        return [poses[0].offset(x=a * x, y=b * y) for a, b in ((0, 0), (1, 1), (-1, 1), (-1, -1), (1, -1))]
    if isinstance(process, Course) and place == process.field:
        return [pose.offset(z=process.height) for pose in poses]
    return poses


def _hands(
    process: ProcessConfig | None, plan: CellPlan, config: FeasibilityConfig, place: str
) -> tuple[tuple[str, ...], bool]:
    """Grippers for a place, and whether all of them have to reach it."""
    if place in config.hands:
        return tuple(role for role in config.hands[place] if role in plan.grippers), True
    if isinstance(process, Handover):
        giver, taker = plan.grippers_on(process.giver), plan.grippers_on(process.taker)
        if place == process.tray:
            return giver, False
        if place == process.fixture:
            return taker, False
        return (*giver, *taker), True
    return tuple(role for role, one in plan.file.devices.items() if isinstance(one, GripperDevice)), False


def kinds_handled(process: ProcessConfig | None, plan: CellPlan, config: FeasibilityConfig) -> Mapping[str, Workpiece]:
    """The workpieces that are gripped anywhere."""
    kinds = {kind for some in handled(process, plan, config).values() for kind in some}
    return {kind: part for kind, part in plan.workpieces.items() if kind in kinds}
