"""The kinematic world: nothing is integrated, everything is worked out when somebody asks."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from typing_extensions import override

from cellkit.controller.drawing import Drawn
from cellkit.controller.plant import CameraPlant, CodePlant, ConveyorPlant, ProximityPlant, ScannerPlant
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
from cellkit.timing import now
from cellkit_sim.belts import belt_body
from cellkit_sim.callbacks import tell
from cellkit_sim.drawing import DrawnArm
from cellkit_sim.kinematic_arm import KinematicArm, KinematicJaws, KinematicSuction, KinematicWrench
from cellkit_sim.kinematic_bodies import FLOOR, Conveyor, KinematicBodies, KinematicBody
from cellkit_sim.kinematic_sensors import (
    BeamWatch,
    KinematicCamera,
    KinematicCodeReader,
    KinematicProximity,
    KinematicScanner,
)
from cellkit_sim.scanning import Beams


class KinematicWorld(World):
    """``World`` without a stepper: arms are where their sources say, parts stick to grippers by rule.

    Not here: collisions (``collisions()`` is None), pictures, torques, inertia, parts that push each other or are
    stopped on a belt, two hands that pull on one part. A part that is let go drops straight onto the highest support
    below it, at once.
    """

    name = "kinematic"

    def __init__(self, settings: WorldSettings) -> None:
        if settings.options:
            raise ConfigError(f"world kinematic: unknown option {next(iter(settings.options))!r}; it has none")
        self.gravity = settings.gravity
        self._seed = settings.seed
        self.bodies = KinematicBodies()
        self._names: set[str] = {FLOOR}
        self._hands: dict[str, list[KinematicJaws | KinematicSuction]] = {}
        self._jaws: list[KinematicJaws] = []
        self._suctions: list[KinematicSuction] = []
        self._drawn: list[tuple[DrawnArm, KinematicArm]] = []
        self._listeners: list[Callable[[WorldEvent], None]] = []
        self._beams = BeamWatch(self._moving)

    @property
    def stepper(self) -> None:
        """There is nothing to step."""
        return None

    def now(self) -> float:
        """Cell time in s; 0 before the run."""
        try:
            return now()
        except RuntimeError:
            return 0.0

    @override
    def add_arm(
        self, name: str, model: ArmModel, mount: Pose, *grippers: ParallelGripperModel | VacuumGripperModel
    ) -> ArmPlants:
        self._take(name)
        arm = KinematicArm(self, model, mount)
        self._drawn.append((DrawnArm(name, model, mount.matrix, grippers), arm))
        hands = tuple(self._add_hand(name, arm, gripper) for gripper in grippers)
        of_this_arm = self._hands.get(name, [])
        wrench = KinematicWrench(self, arm, grippers, lambda: [hand.held for hand in of_this_arm])
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
        """A loose body comes down onto what is below as soon as time goes on."""
        self._take(body.name)
        self.bodies.all[body.name] = KinematicBody(body)
        self._put(body.name, body.pose)

    @override
    def move_body(self, name: str, pose: Pose) -> None:
        """A loose body is put down onto what is below."""
        self._let_go(name)
        self._put(name, pose)

    @override
    def remove_body(self, name: str) -> None:
        self._let_go(name)
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
        self._take(name)
        beam = KinematicProximity(self.bodies, pose, reach, self.now, self._beams.changed)
        self._beams.add(beam)
        return beam

    @override
    def add_camera(self, name: str, pose: Pose, camera: CameraGeometry) -> CameraPlant:
        self._take(name)
        return KinematicCamera(self.bodies, pose, camera, self.now)

    @override
    def add_scanner(self, name: str, pose: Pose, model: ScannerModel) -> ScannerPlant:
        self._take(name)
        return KinematicScanner(self.bodies, Beams(name, pose, model, self._seed), self.now)

    @override
    def add_code_reader(self, name: str, pose: Pose, reach: float) -> CodePlant:
        self._take(name)
        return KinematicCodeReader(self.bodies, pose, reach, self.now)

    @override
    def pressed(self, name: str) -> None:
        """Nothing presses on anything here."""

    @override
    def load(self, name: str) -> None:
        """Nothing has a weight here."""

    @override
    def add_conveyor(self, name: str, pose: Pose, size: tuple[float, float, float]) -> ConveyorPlant:
        """The belt is also a body of kind ``conveyor``."""
        self.add_body(belt_body(name, pose, size))
        belt = Conveyor(name, pose, size, self.now, lambda _belt: self.bodies.settle(self.now()), self._beams.changed)
        self.bodies.belts[name] = belt
        return belt

    @override
    def on_event(self, callback: Callable[[WorldEvent], None]) -> None:
        self._listeners.append(callback)

    def collisions(self) -> int | None:
        """None: contacts are not watched here."""
        return None

    @override
    def contacts(self) -> list[Contact]:
        return []

    def work(self) -> None:
        """None: nothing has a weight here."""

    @override
    def on_power(self, callback: Callable[[PowerSample], None]) -> None:
        """Nothing has a weight here, so it is never called."""

    @override
    def drawn(self) -> list[Drawn]:
        links = [link for arm, _ in self._drawn for link in arm.links]
        return [*links, *(drawn_body(body.body) for body in self.bodies.all.values())]

    @override
    def places(self) -> dict[str, Array]:
        now = self.now()
        self.bodies.settle(now)
        found = {name: body.matrix(now) for name, body in self.bodies.all.items()}
        for drawn, arm in self._drawn:
            hands = self._hands.get(drawn.name, [])
            widths = [hand.state().width if isinstance(hand, KinematicJaws) else 0.0 for hand in hands]
            found |= drawn.places(arm.state().position, widths)
        return found

    def render(self, file: Path, camera: CameraGeometry, pose: Pose) -> None:
        """Raises ``ValueError``: there is nothing to draw with."""
        raise ValueError("the kinematic world has no pictures; use --world physics")

    @override
    def close(self) -> None:
        self._beams.stop()

    def attach(self, body: KinematicBody, relative: Array, holder: Callable[[], Array]) -> None:
        """Fix a body at ``relative`` (4, 4) to a moving frame."""
        body.hold(relative, holder)
        self._beams.changed()

    def release(self, name: str, holder: Callable[[], Array]) -> None:
        """One hand lets go: the body drops from where it is now, unless another hand has it too."""
        body, now = self.bodies.all[name], self.now()
        if not body.let_go(holder, now):
            self.bodies.settle(now)
            self.bodies.drop(body, body.matrix(now), now)
        self._beams.changed()

    def report(self, event: WorldEvent) -> None:
        """Tell every listener."""
        tell(self._listeners, event)

    def _put(self, name: str, pose: Pose) -> None:
        body, now = self.bodies.all[name], self.now()
        if body.body.mass > 0:
            self.bodies.settle(now)
            self.bodies.pending[name] = now
        body.rest(pose.matrix, None, now)
        self._beams.changed()

    def _let_go(self, name: str) -> None:
        body = self.bodies.all[name]
        for jaws in self._jaws:
            jaws.forget(name)
        if body.holder is not None:
            body.rest(body.matrix(self.now()), None, self.now())
        for suction in self._suctions:
            suction.forget(name)

    def _moving(self) -> bool:
        # What was put somewhere a moment ago may have come down on a belt that runs.
        return bool(self.bodies.pending) or any(
            body.holder is not None or (body.belt is not None and body.belt.speed != 0.0)
            for body in self.bodies.all.values()
        )

    def _take(self, name: str) -> None:
        if name in self._names:
            raise ValueError(f"the name {name!r} is taken")
        self._names.add(name)
