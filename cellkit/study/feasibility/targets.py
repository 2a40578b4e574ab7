"""The poses that a task requires: every grasp of a part at every place of the cell where parts are handled.

The scenario's process and the stock state the parts of each place; a place that neither of them names may hold any part
of the process. Places that a process uses for another purpose (the begin of a belt, the entrance of people) are left
out.
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
    Feeder,
    Handover,
    Insertion,
    Kitting,
    MachineTending,
    Palletising,
    Polishing,
    ProcessConfig,
    Screwdriving,
    TouchCourse,
    TrayExchange,
    Visitors,
)
from cellkit.study.feasibility.config import FeasibilityConfig


@dataclass(frozen=True)
class Target:
    """One pose of a place. ``at``: the pose of the part's bottom in ``world``; without a part the TCP itself.

    ``hands``: roles of grippers; ``every``: all of them must reach it, otherwise one is enough. ``beside``: other poses
    of parts in the same place, no higher.
    """

    name: str
    place: str
    at: Pose
    part: Workpiece | None
    hands: tuple[str, ...]
    every: bool = False
    beside: tuple[Pose, ...] = ()


def targets(scenario: Scenario, plan: CellPlan, config: FeasibilityConfig, quantity: int | None = None) -> list[Target]:
    """Return all targets, place by place in the order of the cell file. ``quantity``: boxes; None: the file's."""
    process = scenario.file.process
    wanted = scenario.file.quantity if quantity is None else quantity
    results: list[Target] = []
    for place, kinds in handled(process, plan, config).items():
        poses = _poses(process, plan, place, wanted)
        hands, every = _hands(process, plan, config, place)
        for kind in kinds or (None,):
            part = None if kind is None else plan.workpieces[kind]
            for number, pose in enumerate(poses, 1):
                name = place if len(poses) == 1 else f"{place} {number}"
                if len(kinds) > 1:
                    name = f"{name} ({kind})"
                height = pose.position[2] + 1e-6
                beside = tuple(other for other in poses if other is not pose and other.position[2] <= height)
                results.append(Target(name, place, pose, part, hands, every, () if len(kinds) > 1 else beside))
    return results


def handled(process: ProcessConfig | None, plan: CellPlan, config: FeasibilityConfig) -> dict[str, tuple[str, ...]]:
    """Return the places where a gripper works, with their kinds of part; no kind: the TCP itself goes there."""
    named = {place: tuple(kinds) for place, kinds in _named(process, plan).items()}
    kinds = tuple(dict.fromkeys(kind for group in named.values() for kind in group)) or tuple(plan.workpieces)
    only_named = isinstance(process, Visitors | TouchCourse)
    left_out = {*config.leave_out, *_passed_by(process)}
    places = {}
    for place in plan.file.places:
        given = config.places is not None and place in config.places
        if place in left_out or (config.places is not None and not given):
            continue
        if only_named and place not in named and not given:
            continue
        places[place] = named.get(place, kinds)
    return places


def _named(process: ProcessConfig | None, plan: CellPlan) -> dict[str, list[str]]:
    """Return place → kinds of part, from the process, the stock and the nests, as far as the cell has these names."""
    pairs: list[tuple[str, str]] = [(place, kind) for kind, place in plan.file.stock.items()]
    for structure in plan.file.structures.values():
        if structure.nests is not None:
            pairs.append((structure.nests.place, structure.nests.workpiece))
    pairs += _of_process(process, plan)
    kinds_of: dict[str, list[str]] = {}
    for place, kind in pairs:
        if place in plan.file.places and kind in plan.workpieces and kind not in kinds_of.setdefault(place, []):
            kinds_of[place].append(kind)
    return kinds_of


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
    elif isinstance(process, TouchCourse):
        yield process.field, process.mark
    elif isinstance(process, Answers) and process.parts is not None:
        yield process.parts.place, process.parts.workpiece


def _passed_by(process: ProcessConfig | None) -> Sequence[str]:
    """Return the places that a process uses for another purpose than work."""
    if isinstance(process, ConveyorFeed):
        return process.entrance, process.leaves, process.beam, process.stops
    return (process.entrance, process.nearest) if isinstance(process, Visitors) else ()


def _poses(process: ProcessConfig | None, plan: CellPlan, place: str, quantity: int) -> list[Pose]:
    """Return the poses of parts: the poses of the place, the spots of a pallet, or the corners of a table."""
    poses = plan.layout.places(place)
    if isinstance(process, Palletising) and place == process.deck and process.workpiece in plan.workpieces:
        x, y, z = plan.workpieces[process.workpiece].size
        layer = patterns.interlocking(patterns.EUR_PALLET[:2], (x, y), process.gap)
        layers = patterns.stack(layer, (x, y), ceil(quantity / len(layer))) if layer else []
        return [spot.pose(poses[0], number * z) for number, spots in enumerate(layers) for spot in spots]
    if isinstance(process, Kitting) and place == process.table:
        x, y = process.area[0] / 2, process.area[1] / 2
        return [poses[0].offset(x=a * x, y=b * y) for a, b in ((0, 0), (1, 1), (-1, 1), (-1, -1), (1, -1))]
    if isinstance(process, TouchCourse) and place == process.field:
        return [pose.offset(z=process.height) for pose in poses]
    return poses


def _hands(
    process: ProcessConfig | None, plan: CellPlan, config: FeasibilityConfig, place: str
) -> tuple[tuple[str, ...], bool]:
    """Return the grippers for a place, and whether all of them must reach it."""
    if place in config.hands:
        return tuple(role for role in config.hands[place] if role in plan.grippers), True
    if isinstance(process, Handover):
        giver, taker = plan.grippers_on(process.giver), plan.grippers_on(process.taker)
        if place == process.tray:
            return giver, False
        if place == process.fixture:
            return taker, False
        return (*giver, *taker), True
    return tuple(role for role, device in plan.file.devices.items() if isinstance(device, GripperDevice)), False


def kinds_handled(process: ProcessConfig | None, plan: CellPlan, config: FeasibilityConfig) -> Mapping[str, Workpiece]:
    """Return the workpieces that are gripped at any place."""
    kinds = {kind for group in handled(process, plan, config).values() for kind in group}
    return {kind: part for kind, part in plan.workpieces.items() if kind in kinds}
