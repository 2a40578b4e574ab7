"""The kinematic world: no integration; all states are computed on request."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from typing_extensions import override

from cellkit.controller.drawing import ArmMotion, Drawn, Motion, Places
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
    ForeseenWorld,
    HandPlants,
    PowerSample,
    WorldEvent,
    WorldSettings,
    drawn_body,
)
from cellkit.errors import ConfigError
from cellkit.geometry import Array, Pose
from cellkit.masses import Load
from cellkit.models.arm import ArmModel
from cellkit.models.gripper import ParallelGripperModel, VacuumGripperModel
from cellkit.models.sensor import ScannerModel
from cellkit.timing import now
from cellkit_sim.belts import belt_body
from cellkit_sim.callbacks import notify
from cellkit_sim.drawing import DrawnArm
from cellkit_sim.kinematic_arm import KinematicArm, KinematicJaws, KinematicSuction, KinematicWrench
from cellkit_sim.kinematic_bodies import FLOOR, Conveyor, Holder, KinematicBodies, KinematicBody
from cellkit_sim.kinematic_power import ArmSampler, PowerSampler
from cellkit_sim.kinematic_sensors import (
    BeamMonitor,
    KinematicCamera,
    KinematicCodeReader,
    KinematicProximity,
    KinematicScanner,
)
from cellkit_sim.scanning import ScannerBeams


class KinematicWorld(ForeseenWorld):
    """``World`` without a stepper: arms follow their set-points exactly, parts are held by rule.

    Not modelled: collisions (``collisions()`` is None), pictures, forces between bodies, parts that push each other or
    are stopped on a belt, two grippers that pull on one part. A released part drops at once onto the highest support
    below it.
    """

    name = "kinematic"

    def __init__(self, settings: WorldSettings) -> None:
        if settings.options:
            raise ConfigError(
                f"world kinematic: unknown option {next(iter(settings.options))!r}; this world has no options"
            )
        self.gravity = settings.gravity
        self._seed = settings.seed
        self.bodies = KinematicBodies()
        self._names: set[str] = {FLOOR}
        self._hands: dict[str, list[KinematicJaws | KinematicSuction]] = {}
        self._jaws: list[KinematicJaws] = []
        self._suctions: list[KinematicSuction] = []
        self._drawn: list[tuple[DrawnArm, KinematicArm, KinematicWrench]] = []
        self._samplers: list[ArmSampler] = []
        self._power: PowerSampler | None = None
        self._meters: list[Callable[[PowerSample], None]] = []
        self._listeners: list[Callable[[WorldEvent], None]] = []
        self._beams = BeamMonitor(self._moving)

    @property
    def stepper(self) -> None:
        """None: this world has no steps."""
        return None

    def now(self) -> float:
        """Return the cell time in s; 0 before the run."""
        try:
            return now()
        except RuntimeError:
            return 0.0

    @override
    def add_arm(
        self, name: str, model: ArmModel, mount: Pose, *grippers: ParallelGripperModel | VacuumGripperModel
    ) -> ArmPlants:
        self._reserve_name(name)
        arm = KinematicArm(self, model, mount)
        hands = tuple(self._add_hand(name, arm, gripper) for gripper in grippers)
        of_this_arm = self._hands.get(name, [])

        def held() -> list[KinematicBody]:
            return [self.bodies.all[hand.held] for hand in of_this_arm if hand.held is not None]

        tools = sum((gripper.load() for gripper in grippers), Load())
        wrench = KinematicWrench(self, arm, tools, held)
        self._samplers.append(ArmSampler(name, model, arm, tools, held))
        self._drawn.append((DrawnArm(name, model, mount.matrix, grippers), arm, wrench))
        return ArmPlants(arm, hands, wrench)

    def _add_hand(self, name: str, arm: KinematicArm, gripper: ParallelGripperModel | VacuumGripperModel) -> HandPlants:
        of_this_arm = self._hands.setdefault(name, [])
        if isinstance(gripper, ParallelGripperModel):
            jaws = KinematicJaws(self, name, arm, gripper)
            self._jaws.append(jaws)
            of_this_arm.append(jaws)
            return HandPlants(jaws=jaws)
        suction = KinematicSuction(self, name, arm, gripper)
        self._suctions.append(suction)
        of_this_arm.append(suction)
        return HandPlants(suction=suction)

    @override
    def add_body(self, body: Body) -> None:
        """Add a body. A loose body drops onto its support as soon as time goes on."""
        self._reserve_name(body.name)
        self.bodies.all[body.name] = KinematicBody(body)
        self._place_body(body.name, body.pose)

    @override
    def move_body(self, name: str, pose: Pose) -> None:
        """Move a body. A loose body drops onto its support as soon as time goes on."""
        self._release_from_grippers(name)
        self._place_body(name, pose)

    @override
    def remove_body(self, name: str) -> None:
        self._release_from_grippers(name)
        del self.bodies.all[name]
        self.bodies.pending.pop(name, None)
        self._names.discard(name)
        self._beams.changed()

    @override
    def body_pose(self, name: str) -> Pose:
        now = self.now()
        self.bodies.settle(now)
        return Pose.trusted(self.bodies.all[name].matrix(now).copy(), "world")

    @override
    def lose_part(self, arm: str, hand: int = 0) -> bool:
        hands = self._hands.get(arm, [])
        return hand < len(hands) and hands[hand].lose()

    @override
    def held_part(self, arm: str, hand: int = 0) -> str | None:
        hands = self._hands.get(arm, [])
        return hands[hand].held if hand < len(hands) else None

    @override
    def loose_bodies(self) -> list[str]:
        return [name for name, body in self.bodies.all.items() if body.body.loose]

    @override
    def add_proximity(self, name: str, pose: Pose, reach: float) -> ProximityPlant:
        self._reserve_name(name)
        beam = KinematicProximity(self.bodies, pose, reach, self.now, self._beams.changed)
        self._beams.add(beam)
        return beam

    @override
    def add_camera(self, name: str, pose: Pose, camera: CameraGeometry) -> CameraPlant:
        self._reserve_name(name)
        return KinematicCamera(self.bodies, pose, camera, self.now)

    @override
    def add_scanner(self, name: str, pose: Pose, model: ScannerModel) -> ScannerPlant:
        self._reserve_name(name)
        return KinematicScanner(self.bodies, ScannerBeams(name, pose, model, self._seed), self.now)

    @override
    def add_code_reader(self, name: str, pose: Pose, reach: float) -> CodePlant:
        self._reserve_name(name)
        return KinematicCodeReader(self.bodies, pose, reach, self.now)

    @override
    def pressed(self, name: str) -> None:
        """Return None: this world has no forces."""

    @override
    def load(self, name: str) -> None:
        """Return None: this world has no forces."""

    @override
    def add_conveyor(self, name: str, pose: Pose, size: tuple[float, float, float]) -> ConveyorPlant:
        """Add a belt, which is also a body of kind ``conveyor``."""
        self.add_body(belt_body(name, pose, size))
        belt = Conveyor(name, pose, size, self.now, lambda _belt: self.bodies.settle(self.now()), self._beams.changed)
        self.bodies.belts[name] = belt
        return belt

    @override
    def on_event(self, callback: Callable[[WorldEvent], None]) -> None:
        self._listeners.append(callback)

    @override
    def collisions(self) -> int | None:
        """Return None: this world does not detect collisions."""
        return None

    @override
    def contacts(self) -> list[Contact]:
        return []

    @override
    def work(self) -> None:
        """Return None: torques are computed for ``on_power`` alone, since they take longer than the motion itself."""

    @override
    def on_power(self, callback: Callable[[PowerSample], None]) -> None:
        """Call ``callback`` with the samples from now on when the world is closed: torques follow from the motion.

        They are those of free motion: this world has no contacts.
        """
        self._meters.append(callback)
        if self._power is None:
            self._power = PowerSampler(self._samplers)

    @override
    def drawn(self) -> list[Drawn]:
        links = [link for arm, _, _ in self._drawn for link in arm.links]
        return [*links, *(drawn_body(body.body) for body in self.bodies.all.values())]

    @override
    def places(self) -> Places:
        now = self.now()
        self.bodies.settle(now)
        bodies = {name: body.matrix(now) for name, body in self.bodies.all.items()}
        postures = [
            drawn.posture(arm.state().position, self._hands.get(drawn.name, ())) for drawn, arm, _ in self._drawn
        ]
        return Places(bodies, postures)

    @property
    @override
    def foreseen(self) -> bool:
        """Whether no belt runs: a body may fall off its end between two moments."""
        return not self.bodies.belts_move

    @override
    def motion(self, times: Sequence[float]) -> Motion:
        self.bodies.settle(times[0])
        joints = [arm.motion(times) for _, arm, _ in self._drawn]
        arms = {}
        for (drawn, _, wrench), (positions, velocities) in zip(self._drawn, joints, strict=True):
            widths = np.array([hand.motion(times) for hand in self._hands.get(drawn.name, ())]).reshape(-1, len(times))
            arms[drawn.name] = ArmMotion(drawn, positions, velocities, widths.T, wrench.motion(times))
        return Motion({name: body.motion(times) for name, body in self.bodies.all.items()}, arms)

    @override
    def render(self, file: Path, camera: CameraGeometry, pose: Pose) -> None:
        """Raise ``ValueError``: this world cannot render."""
        raise ValueError("the kinematic world has no pictures; use --world physics")

    @override
    def close(self) -> None:
        self._beams.stop()
        if self._power is not None:
            for sample in self._power.finish(self.gravity):
                for meter in self._meters:
                    meter(sample)

    def attach(self, body: KinematicBody, relative: Array, holder: Holder) -> None:
        """Fix a body at ``relative`` (4, 4) to a moving frame."""
        body.hold(relative, holder)
        self._beams.changed()

    def release(self, name: str, holder: Holder) -> None:
        """Release a body from one gripper: it drops from its place now, unless another gripper holds it too."""
        body, now = self.bodies.all[name], self.now()
        if not body.release(holder, now):
            self.bodies.settle(now)
            self.bodies.drop(body, body.matrix(now), now)
        self._beams.changed()

    def report(self, event: WorldEvent) -> None:
        """Notify every listener of an event."""
        notify(self._listeners, event)

    def _place_body(self, name: str, pose: Pose) -> None:
        body, now = self.bodies.all[name], self.now()
        if body.body.mass > 0:
            self.bodies.settle(now)
            self.bodies.pending[name] = now
        body.rest(pose.matrix, None, now)
        self._beams.changed()

    def _release_from_grippers(self, name: str) -> None:
        body = self.bodies.all[name]
        for jaws in self._jaws:
            jaws.forget(name)
        if body.holder is not None:
            body.rest(body.matrix(self.now()), None, self.now())
        for suction in self._suctions:
            suction.forget(name)

    def _moving(self) -> bool:
        # A body that was just placed may have dropped onto a running belt.
        return bool(self.bodies.pending) or any(
            body.holder is not None or (body.belt is not None and body.belt.speed != 0.0)
            for body in self.bodies.all.values()
        )

    def _reserve_name(self, name: str) -> None:
        if name in self._names:
            raise ValueError(f"the name {name!r} is already in use")
        self._names.add(name)
