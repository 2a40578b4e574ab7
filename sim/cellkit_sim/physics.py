"""The physics world: PyBullet at a fixed step, advanced by the event loop."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from pathlib import Path

import numpy as np
from typing_extensions import override

from cellkit.controller.drawing import Drawn, Places
from cellkit.controller.plants.camera import CameraPlant
from cellkit.controller.plants.code_reader import CodePlant
from cellkit.controller.plants.conveyor import ConveyorPlant
from cellkit.controller.plants.proximity import ProximityPlant
from cellkit.controller.plants.scanner import ScannerPlant
from cellkit.controller.world import (
    ArmPlants,
    Body,
    CameraGeometry,
    Contact,
    HandPlants,
    PowerSample,
    World,
    WorldEvent,
    WorldSettings,
    drawn_body,
)
from cellkit.errors import ConfigError
from cellkit.geometry import Array, Pose
from cellkit.models.arm import ArmModel
from cellkit.models.gripper import ParallelGripperModel, VacuumGripperModel
from cellkit.models.sensor import ScannerModel
from cellkit.timing.virtual_loop import Stepper
from cellkit.yamlfile import near_names
from cellkit_sim.belts import belt_body
from cellkit_sim.bullet import Client
from cellkit_sim.callbacks import notify
from cellkit_sim.clearance import Clearance
from cellkit_sim.contacts import CollisionMonitor
from cellkit_sim.drawing import DrawnArm
from cellkit_sim.free_motion import LOOK_EVERY, FreeMotion
from cellkit_sim.gripper_urdf import GripperLinks
from cellkit_sim.physics_arm import PhysicsArm, PhysicsWrench
from cellkit_sim.physics_bodies import FLOOR, PhysicsBody, PhysicsConveyor, add_floor
from cellkit_sim.physics_jaws import PhysicsJaws
from cellkit_sim.physics_sensors import PhysicsCamera, PhysicsCodeReader, PhysicsProximity, PhysicsScanner, save_png
from cellkit_sim.physics_suction import PhysicsSuction
from cellkit_sim.scanning import ScannerBeams
from cellkit_sim.sleeping import WAKE_EVERY, SleepingBodies

STEP = 1.0 / 480.0
OPTIONS = {"iterations": 50.0, "residual_threshold": 1e-7}
"""The options of ``WorldSettings.options`` with their defaults.

A larger residual threshold is somewhat faster, but then an arm at rest trembles, standing bodies creep, and the weight
of a part on a cup is measured with an error of 6 %. See docs/decisions/0006-physics-settings.md.
"""
COLLISIONS_EVERY = 8
"""Ticks between two checks of contacts."""
WORK_EVERY = 4
"""Ticks between two samples of the motors' power."""


class PhysicsWorld(Stepper, World):
    """``World`` and ``Stepper`` with contacts, friction grasps, and suction that breaks away.

    Deterministic: the same calls at the same cell times give the same bits, in any process on one machine. A step lasts
    one tick while contacts may form, slip or break, and several while nothing can touch (``FreeMotion``). With a given
    ``WorldSettings.step`` every step lasts that long, and contacts alone hold parts. Collisions are reported as events;
    they stop an arm only by the limits of its motors. Own links that are at most two joints apart, or near each other
    at home, never collide.
    """

    name = "physics"

    def __init__(self, settings: WorldSettings) -> None:
        self._step = settings.step or STEP
        self._seed = settings.seed
        for option in settings.options:
            if option not in OPTIONS:
                raise ConfigError(f"world physics: unknown option {option!r}; {near_names(option, OPTIONS)}")
        options = OPTIONS | settings.options
        self._client = Client()
        self._client.configure(self._step, settings.gravity, int(options["iterations"]), options["residual_threshold"])
        self._ticks = 0  # of ``_step`` s
        self._time = 0.0
        self._duration = self._step
        self._listeners: list[Callable[[WorldEvent], None]] = []
        self._meters: list[Callable[[PowerSample], None]] = []
        self._sleeping = SleepingBodies(self._client)
        self._wake_ticks = max(1, round(WAKE_EVERY / self._step))
        self._collisions = CollisionMonitor(self._client, self._report)
        floor = add_floor(self._client)
        self._collisions.add_body(floor, FLOOR, part=False)
        self._bodies: dict[str, PhysicsBody] = {}
        self._elastic: list[PhysicsBody] = []
        self._names: set[str] = {FLOOR}
        self._arms: list[PhysicsArm] = []
        self._drawn: list[tuple[DrawnArm, PhysicsArm]] = []
        self._hands: dict[str, list[PhysicsJaws | PhysicsSuction]] = {}
        self._jaws: list[PhysicsJaws] = []
        self._suctions: list[PhysicsSuction] = []
        self._belts: list[PhysicsConveyor] = []
        self._beams: list[PhysicsProximity] = []
        self._free = FreeMotion(
            Clearance(self._client, floor, LOOK_EVERY, STEP), self._parts, lambda name: self._bodies[name].id,
            self._hands, self._arms, self._belts, self._beams,
        ) if settings.step is None else None  # fmt: skip

    @property
    def stepper(self) -> PhysicsWorld:
        """The world itself."""
        return self

    @property
    def time(self) -> float:
        """The time of the world in s: the end of the last step."""
        return self._time

    @override
    def advance(self, until: float, interrupted: Callable[[], bool]) -> float:
        """Step up to ``until`` (s), and return the time. A step that would end after ``until`` is not made."""
        limit = until + 1e-9
        while self._time + self._step <= limit:
            ticks = 1 if self._free is None else self._free.ticks()
            if self._time + ticks * self._step > limit:
                break
            self._advance_once(ticks)
            if interrupted():
                return self._time
        return max(until, self._time) if math.isfinite(until) else self._time

    @override
    def add_arm(
        self, name: str, model: ArmModel, mount: Pose, *grippers: ParallelGripperModel | VacuumGripperModel
    ) -> ArmPlants:
        self._reserve_name(name)
        arm = PhysicsArm(self._client, name, model, mount, grippers, lambda: self._time)
        self._arms.append(arm)
        self._drawn.append((DrawnArm(name, model, mount.matrix, grippers), arm))
        self._collisions.add_arm(arm)
        hands = tuple(self._add_hand(arm, links, gripper) for links, gripper in zip(arm.hands, grippers, strict=True))
        return ArmPlants(arm, hands, PhysicsWrench(arm))

    def _add_hand(
        self, arm: PhysicsArm, links: GripperLinks, gripper: ParallelGripperModel | VacuumGripperModel
    ) -> HandPlants:
        name, of_this_arm = arm.name, self._hands.setdefault(arm.name, [])
        if isinstance(gripper, ParallelGripperModel):
            jaws = PhysicsJaws(
                arm, links, gripper, self._step, lambda: self._time, lambda body: self._dropped(name, body)
            )
            jaws.held_by_others = lambda body: any(other.held == body for other in self._jaws if other is not jaws)
            self._jaws.append(jaws)
            of_this_arm.append(jaws)
            return HandPlants(jaws=jaws)
        suction = PhysicsSuction(
            arm, links, gripper, lambda: self._time, self._parts, self._bodies.__getitem__,
            lambda part: self._report(WorldEvent(self._time, "part_dropped", name, part)), self._hold_awake,
        )  # fmt: skip
        self._suctions.append(suction)
        of_this_arm.append(suction)
        for part in self._parts():
            suction.ignore(part.id)
        return HandPlants(suction=suction)

    @override
    def add_body(self, body: Body) -> None:
        self._reserve_name(body.name)
        self._disturb()
        added = PhysicsBody(self._client, body)
        self._bodies[body.name] = added
        if body.stiffness is not None:
            self._elastic.append(added)
        part = body.loose
        # Elastic bodies are meant to be touched, as parts are.
        self._collisions.add_body(added.id, body.name, part or body.stiffness is not None)
        if part:
            if body.stiffness is None:
                self._sleeping.add(added.id)
            for suction in self._suctions:
                suction.ignore(added.id)
        else:
            self._sleeping.wake_near(added.id)

    @override
    def move_body(self, name: str, pose: Pose) -> None:
        self._disturb()
        self._release_from_grippers(name)
        body = self._bodies[name]
        self._sleeping.wake_near(body.id)
        body.move(pose)
        self._sleeping.wake_near(body.id)

    @override
    def remove_body(self, name: str) -> None:
        self._disturb()
        self._release_from_grippers(name)
        body = self._bodies.pop(name)
        self._elastic = [other for other in self._elastic if other is not body]
        self._names.discard(name)
        self._collisions.remove_body(body.id)
        self._sleeping.wake_near(body.id)
        self._sleeping.remove(body.id)
        body.remove()

    @override
    def body_pose(self, name: str) -> Pose:
        return Pose.trusted(self._bodies[name].pose(), "world")

    @override
    def loose_bodies(self) -> list[str]:
        return [body.body.name for body in self._parts()]

    @override
    def add_proximity(self, name: str, pose: Pose, reach: float) -> ProximityPlant:
        self._reserve_name(name)
        beam = PhysicsProximity(self._client, pose, reach)
        self._beams.append(beam)
        return beam

    @override
    def add_camera(self, name: str, pose: Pose, camera: CameraGeometry) -> CameraPlant:
        self._reserve_name(name)
        return PhysicsCamera(self._client, pose, camera, self._bodies.values)

    @override
    def add_scanner(self, name: str, pose: Pose, model: ScannerModel) -> ScannerPlant:
        self._reserve_name(name)
        return PhysicsScanner(self._client, ScannerBeams(name, pose, model, self._seed))

    @override
    def add_code_reader(self, name: str, pose: Pose, reach: float) -> CodePlant:
        self._reserve_name(name)
        return PhysicsCodeReader(self._client, pose, reach, self._bodies.values)

    @override
    def pressed(self, name: str) -> float:
        points = self._client.p.getContactPoints(bodyA=self._bodies[name].id, physicsClientId=self._client.id)
        return float(sum(point[9] for point in points))

    @override
    def load(self, name: str) -> Array:
        body, get, client = self._bodies[name].id, self._client.p.getContactPoints, self._client.id
        if not get(bodyA=body, physicsClientId=client):
            return np.zeros(3)
        x = y = z = 0.0
        # For the contacts of one body, Bullet turns the normals towards that body, but not the friction.
        for point in get(physicsClientId=client):
            sign = 1.0 if point[1] == body else -1.0 if point[2] == body else 0.0
            if sign:
                for (a, b, c), size in ((point[7], point[9]), (point[11], point[10]), (point[13], point[12])):
                    x, y, z = x + sign * size * a, y + sign * size * b, z + sign * size * c
        return np.array((x, y, z))

    @override
    def add_conveyor(self, name: str, pose: Pose, size: tuple[float, float, float]) -> ConveyorPlant:
        """Add a belt, which is also a body of kind ``conveyor``."""
        self.add_body(belt_body(name, pose, size))
        belt = PhysicsConveyor(self._client, self._bodies[name], self._sleeping.wake_touching)
        self._belts.append(belt)
        return belt

    @override
    def on_event(self, callback: Callable[[WorldEvent], None]) -> None:
        self._listeners.append(callback)

    @override
    def collisions(self) -> int | None:
        return self._collisions.count

    @override
    def contacts(self) -> list[Contact]:
        return self._collisions.contacts()

    @override
    def work(self) -> float | None:
        return sum(arm.work for arm in self._arms)

    @override
    def on_power(self, callback: Callable[[PowerSample], None]) -> None:
        """Call ``callback`` with each sample that ``work`` counts."""
        self._meters.append(callback)

    @override
    def drawn(self) -> list[Drawn]:
        links = [link for arm, _ in self._drawn for link in arm.links]
        return [*links, *(drawn_body(body.body) for body in self._bodies.values())]

    @override
    def places(self) -> Places:
        bodies = {name: body.pose() for name, body in self._bodies.items()}
        postures = [drawn.posture(arm.state().position, self._hands.get(drawn.name, ())) for drawn, arm in self._drawn]
        return Places(bodies, postures)

    @override
    def render(self, file: Path, camera: CameraGeometry, pose: Pose) -> None:
        save_png(self._client, file, camera, pose)

    @override
    def close(self) -> None:
        self._client.close()

    def _advance_once(self, ticks: int) -> None:
        """Make one step. Set-points are those for its end, so that the joints follow without delay."""
        client = self._client
        self._ticks += ticks
        time, duration = self._ticks * self._step, ticks * self._step
        if duration != self._duration:
            client.p.setTimeStep(duration, physicsClientId=client.id)
            self._duration = duration
            for jaws in self._jaws:
                jaws.renew_command()
        for arm in self._arms:
            arm.pull(time)
        for jaws in self._jaws:
            jaws.pull(time)
        for belt in self._belts:
            if belt.moving:
                belt.push()
        client.p.stepSimulation(physicsClientId=client.id)
        for belt in self._belts:
            if belt.moving:
                belt.restore()
        for body in self._elastic:
            body.share_stiffness()
        self._time = time
        for jaws in self._jaws:
            jaws.watch(time)
        for suction in self._suctions:
            suction.watch(time)
        for beam in self._beams:
            if beam.watched:
                beam.watch(time)
        if self._ticks % WORK_EVERY < ticks:
            for arm in self._arms:
                arm.add_work(time, WORK_EVERY * self._step, self._meters)
        if self._ticks % COLLISIONS_EVERY < ticks:
            self._collisions.check(time)
        if self._ticks % self._wake_ticks < ticks:
            self._sleeping.wake_touching(arm.body for arm in self._arms)
            for belt in self._belts:
                if belt.moving:
                    belt.wake_parts()
        if self._free is not None:
            self._free.after_step(self._ticks, ticks)

    @override
    def lose_part(self, arm: str, hand: int = 0) -> bool:
        hands = self._hands.get(arm, [])
        return hand < len(hands) and hands[hand].lose()

    @override
    def held_part(self, arm: str, hand: int = 0) -> str | None:
        hands = self._hands.get(arm, [])
        held = hands[hand].held if hand < len(hands) else None
        return self._name_of(held) if isinstance(held, int) else held

    def _disturb(self) -> None:
        if self._free is not None:
            self._free.disturb()

    def _hold_awake(self, body: int, awake: bool) -> None:
        """Forbid a part to sleep, or allow it again: a cup has fixed it or let it go."""
        self._disturb()
        self._sleeping.hold_awake(body, awake)

    def _reserve_name(self, name: str) -> None:
        if name in self._names:
            raise ValueError(f"the name {name!r} is already in use")
        self._names.add(name)

    def _parts(self) -> Iterable[PhysicsBody]:
        return [body for body in self._bodies.values() if body.body.loose]

    def _release_from_grippers(self, name: str) -> None:
        body = self._bodies[name]
        for jaws in self._jaws:
            jaws.forget(body.id)
        for suction in self._suctions:
            suction.forget(name)

    def _dropped(self, arm: str, number: int) -> None:
        self._report(WorldEvent(self._time, "part_dropped", arm, self._name_of(number) or ""))

    def _name_of(self, number: int) -> str | None:
        return next((body.body.name for body in self._bodies.values() if body.id == number), None)

    def _report(self, event: WorldEvent) -> None:
        notify(self._listeners, event)
