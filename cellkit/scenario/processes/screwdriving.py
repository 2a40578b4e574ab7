"""A feeder of screws, a screwdriver on the arm with its controller, and holes with threads; judged by the world."""

from __future__ import annotations

import math
from dataclasses import dataclass

from typing_extensions import override

from cellkit.cell.build import BuiltCell, part_body
from cellkit.cell.kinds.analog_io import AnalogIoDevice
from cellkit.geometry import Pose
from cellkit.scenario.config import Scenario
from cellkit.scenario.processes.config import Screwdriving
from cellkit.scenario.processes.ground_truth import GroundTruth
from cellkit.scenario.processes.judging import DROP, Report, judge, require, require_room
from cellkit.scenario.processes.process import Process
from cellkit.scenario.processes.screw_joint import NOISE, Flaw, ScrewJoint
from cellkit.timing import Periodic, now
from cellkit.yamlfile import near_names

BEAT = 0.01
"""Time (s) between two computations of spindle and thread."""
LOOK = 5
"""The number of beats between two checks of the feeder."""
CLUTCH = 0.03
"""Share of the set torque by which the clutch shuts off too early or too late."""
SPRING = 0.003
"""Spring travel (m) of the spindle: the arm may be behind the thread, or ahead of it, by this distance."""
AT_BIT = 0.005
"""Distance (m) from the bit within which a screw's head is at the bit."""
FREEZES_AT = 3.0
"""Turns of the spindle after which a failing torque signal freezes."""
MOUTH = 0.001
"""Height (m) over the thread's beginning at which the thread takes the screw."""
BESIDE, ASKEW = 0.002, math.radians(5)
"""Distance (m) and angle (rad) from a hole's axis within which its thread takes a screw."""
TURNS_OFF = 0.1
"""Share of its turns by which a good screw may be tight too early or too late."""
LEFT = 0.05
"""Distance (m) from the feeder at which a screw has left it."""


@dataclass(slots=True)
class _Hole:
    """A hole. ``place`` is the final place of the screw's tip; ``turns`` and ``torque`` (N m) are its screw's."""

    place: Pose
    inside: Pose
    joint: ScrewJoint | None = None
    turns: float = 0.0
    torque: float = 0.0
    forced: bool = False
    shut_off: bool = False


class ScrewdrivingProcess(Process):
    """Runs ``screwdriving`` in a world.

    The spindle turns at the set speed while ``start`` is on, until its clutch shuts off at the target torque (``ok``)
    or it has turned too far (``nok``). A screw at the bit whose tip is at a thread's beginning is taken by the thread
    and goes in by the pitch per turn; arm and thread may differ by the spindle's spring travel.
    """

    FAULTS: tuple[str, ...] = ("bit_worn", "cross_thread", "no_screw", "not_ready", "strips", "torque_frozen")

    def __init__(self, config: Screwdriving, scenario: Scenario, built: BuiltCell, seed: int, report: Report) -> None:
        super().__init__(scenario, built, seed, report)
        plan = self._plan
        self._screw = self._workpiece("workpiece", config.workpiece)
        self._feeder = self._places("feeder", config.feeder)[0]
        holes = self._places("holes", config.holes)
        require(scenario, "robot", config.robot, built.plants, "arm")
        station = self._digital_signals(config.io)
        require(scenario, "values", config.values, built.analog_images, "analog signals")
        meter = plan.file.devices[config.values]
        assert isinstance(meter, AnalogIoDevice)
        for name, what, known in (
            *((name, "input", station.inputs) for name in ("ready", "running", "ok", "nok")),
            *((name, "output", station.outputs) for name in ("start", "reverse")),
            *((name, "analog input", meter.inputs) for name in ("torque", "angle")),
        ):
            if name not in known:
                role = config.values if what.startswith("analog") else config.io
                raise scenario.document.error(f"process: {role!r} has no {what} {name!r}; {near_names(name, known)}")
        suction = built.plants[config.robot].suction
        if suction is None:
            raise scenario.document.error(
                "process.robot: its gripper does not hold screws by suction; choose a vacuum gripper",
                ("process", "robot"),
            )
        self._config = config
        self._suction, self._arm = suction, GroundTruth(built, config.robot)
        self._reach = plan.grippers[plan.grippers_on(config.robot)[0]].tcp
        self._holes = [_Hole(place, place.inverse("hole")) for place in holes]
        self._signals, self._values = built.images[config.io], built.analog_images[config.values]
        self._meters = {name: meter.inputs[name].signal() for name in ("torque", "angle")}
        self._quantity = built.cell.quantity
        require_room(scenario, self._quantity, len(self._holes), repr(config.holes), "screws")
        self._screws: list[str] = []
        self._empty = self._frozen = False
        self._flaw: Flaw | None = None
        self._worn = False
        self._angle = 0.0
        self._clutch = self._set_clutch()
        self._driven: tuple[_Hole, str] | None = None
        self._beats = 0

    @override
    def start(self) -> None:
        self._signals["ready"] = True
        self._signals.watch("start", self._started)
        self._beat = Periodic(BEAT, self._turn)
        self._bring()

    @override
    def finish(self) -> None:
        super().finish()
        for number, hole in enumerate(self._holes[: self._quantity], 1):
            self._judge(f"hole {number}", hole)

    @override
    def begin_fault(self, kind: str) -> None:
        if kind == "no_screw":
            self._empty = True
        elif kind == "not_ready":
            self._signals["ready"] = False
        elif kind == "torque_frozen":
            self._frozen = True
        elif kind == "bit_worn":
            self._worn = True
        else:
            self._flaw = Flaw.CROSSED if kind == "cross_thread" else Flaw.STRIPPED

    # --- screws -----------------------------------------------------------------------------------------------

    def _bring(self) -> None:
        jitter = self._config.jitter
        x, y = (self._random.uniform(-jitter.xy, jitter.xy) for _ in range(2))
        name = f"{self._screw.kind}_{len(self._screws) + 1}"
        pose = self._feeder @ Pose.from_rpy((x, y, self._screw.size[2] / 2 + DROP))
        self._world.add_body(part_body(self._plan, self._screw.kind, name, pose))
        self._screws.append(name)
        self._report(now(), "process", "screw_came", part=name)

    def _feed(self) -> None:
        """Bring the next screw when the feeder is free."""
        newest = self._world.body_pose(self._screws[-1])
        free = math.dist(newest.position, self._feeder.position) > LEFT + self._screw.size[2]
        if free and not self._empty and len(self._screws) < self._quantity + self._config.spare:
            self._bring()

    def _depth(self, name: str, hole: _Hole) -> tuple[float, float, float]:
        """Return the depth (m) of a screw's tip below the thread's beginning, its offset (m) and its angle (rad).

        The offset and the angle are those from the hole's axis.
        """
        seen = hole.inside @ self._world.body_pose(name)
        x, y, z = seen.position.tolist()
        tip = z - self._screw.size[2] / 2
        return self._config.thread - tip, math.hypot(x, y), math.acos(min(1.0, abs(float(seen.rotation[2, 2]))))

    # --- spindle and thread -------------------------------------------------------------------------------------

    def _started(self) -> None:
        on = self._signals["start"] and self._signals["ready"]
        if on and not self._signals["running"]:
            self._angle = 0.0
            self._show("angle", 0.0)
            self._show("torque", 0.0)
            self._signals["ok"] = self._signals["nok"] = False
        self._signals["running"] = on
        self._driven = None

    def _turn(self) -> None:
        """Compute one beat of the spindle."""
        self._beats += 1
        if self._beats % LOOK == 0:
            self._feed()
        if not self._signals["running"]:
            return  # the controller keeps its last measurements
        forwards, step = not self._signals["reverse"], self._config.speed * BEAT
        torque, turned = self._drive_in(step) if forwards else self._back_out(step)
        self._angle += turned
        if turned < step:
            self._stop("ok")
        elif self._angle >= self._config.most_turns:
            self._stop("nok")
        self._show("angle", self._angle)
        if not (self._frozen and self._angle > FREEZES_AT):
            self._show("torque", max(0.0, torque + self._random.gauss(0.0, NOISE * self._config.torque)))

    def _drive_in(self, step: float) -> tuple[float, float]:
        """Return the torque (N m) against one step (turns) of the spindle, and the turns made."""
        screw = self._at_the_bit(taken=False)
        if screw is None or self._worn or not self._follows(screw, 1.0):
            return 0.0, step
        hole, joint = screw[0], screw[0].joint
        assert joint is not None
        torque = joint.torque(hole.turns + step)
        if torque < self._clutch:
            hole.turns += step
            return torque, step
        before = joint.torque(hole.turns)
        turned = step * max(0.0, self._clutch - before) / (torque - before)
        hole.turns += turned
        hole.torque, hole.shut_off = self._clutch, True
        self._report(now(), "process", "shut_off", part=screw[1], torque=hole.torque, turns=hole.turns)
        self._clutch = self._set_clutch()
        return hole.torque, turned

    def _back_out(self, step: float) -> tuple[float, float]:
        """Return the torque and the turns of one step backwards."""
        screw = self._at_the_bit(taken=True)
        if screw is None or not self._follows(screw, -1.0):
            return 0.0, step
        hole = screw[0]
        assert hole.joint is not None
        torque = hole.joint.friction
        hole.turns, hole.shut_off = hole.turns - step, False
        if hole.turns <= 0.0:
            hole.joint, self._driven = None, None
            self._report(now(), "process", "unscrewed", part=screw[1])
        return torque, step

    def _follows(self, screw: tuple[_Hole, str], sense: float) -> bool:
        """Return whether the bit is in the screw: the arm follows the thread, within the spindle's spring travel."""
        hole, name = screw
        ahead = self._depth(name, hole)[0] - hole.turns * self._config.pitch
        if abs(ahead) <= SPRING:
            return True
        if ahead * sense > 0.0 and not hole.forced:
            hole.forced = True
            self._report(now(), "process", "forced", part=name, ahead=ahead)
        return False

    def _at_the_bit(self, taken: bool) -> tuple[_Hole, str] | None:
        """Return the hole whose thread has the screw at the bit, and the screw.

        A thread takes a screw that it does not have yet, unless the screw must be ``taken`` already.
        """
        if not self._suction.state().part_present:
            self._driven = None
        elif self._driven is None:
            self._driven = self._find(taken)
        return self._driven

    def _find(self, taken: bool) -> tuple[_Hole, str] | None:
        """Search for the screw and the hole of :meth:`_at_the_bit` anew."""
        bit = Pose.trusted(self._arm.flange(), "world").offset(z=self._reach)
        for name in self._screws:
            head = self._world.body_pose(name).offset(z=self._screw.size[2] / 2)
            if math.dist(head.position, bit.position) > AT_BIT:
                continue
            for hole in self._holes:
                depth, beside, askew = self._depth(name, hole)
                if beside > BESIDE or askew > ASKEW or depth < -MOUTH or (taken and hole.joint is None):
                    continue
                if hole.joint is None:
                    self._take(hole, name)
                return hole, name
        return None

    def _take(self, hole: _Hole, name: str) -> None:
        flaw, self._flaw = self._flaw, None
        seat = self._config.thread / self._config.pitch
        hole.joint, hole.turns = ScrewJoint.drawn(seat, self._config.torque, self._random, flaw), 0.0
        self._report(now(), "process", "taken", part=name, flaw=None if flaw is None else flaw.value)

    def _stop(self, verdict: str) -> None:
        self._signals["running"] = False
        self._signals[verdict] = True

    def _set_clutch(self) -> float:
        """Return the torque (N m) at which the clutch shuts off the next time."""
        return self._config.torque * (1.0 + self._random.uniform(-CLUTCH, CLUTCH))

    def _show(self, name: str, value: float) -> None:
        self._values[name] = min(1.0, max(0.0, self._meters[name].share(value)))

    # --- judging ----------------------------------------------------------------------------------------------

    def _judge(self, what: str, hole: _Hole) -> None:
        middle = hole.place.offset(z=self._screw.size[2] / 2)
        near = {math.dist(self._world.body_pose(name).position, middle.position): name for name in self._screws}
        name = near[min(near)]
        error, fault = judge(self._world.body_pose(name), middle, None, self._tolerances)
        seat = self._config.thread / self._config.pitch
        fault = fault or self._fault_of_joint(hole, seat)
        self.tally.note(what, fault, error)
        if fault is None:
            self.tally.figures["least torque (N m)"] = min(
                hole.torque, self.tally.figures.get("least torque (N m)", math.inf)
            )
        data = {"torque": hole.torque, "turns": hole.turns, "error": error, "fault": fault}
        self._report(now(), "process", "judged", part=what, **data)

    def _fault_of_joint(self, hole: _Hole, seat: float) -> str | None:
        """Return the fault of a screw that stands in its place, or None."""
        target, off = self._config.torque, TURNS_OFF * seat
        if hole.forced:
            return "the arm has forced the screw through its thread"
        if not hole.shut_off:
            return f"was never tightened to {target:g} N m"
        if abs(hole.turns - seat) > off:
            return f"tight after {hole.turns:.1f} turns, {seat:g} ± {off:.1f} expected"
        return None
