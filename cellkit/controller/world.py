"""The protocol of all worlds, independent of their fidelity."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, Protocol, runtime_checkable

from cellkit import registry
from cellkit.controller.drawing import Colour, Drawn, Motion, Places, Solid
from cellkit.controller.plants.arm import ArmPlant
from cellkit.controller.plants.camera import CameraPlant
from cellkit.controller.plants.code_reader import CodePlant
from cellkit.controller.plants.conveyor import ConveyorPlant
from cellkit.controller.plants.force_torque import WrenchPlant
from cellkit.controller.plants.parallel_gripper import JawPlant
from cellkit.controller.plants.proximity import ProximityPlant
from cellkit.controller.plants.scanner import ScannerPlant
from cellkit.controller.plants.vacuum_gripper import SuctionPlant
from cellkit.geometry import Array, Pose
from cellkit.models.arm import ArmModel
from cellkit.models.gripper import ParallelGripperModel, VacuumGripperModel
from cellkit.models.sensor import ScannerModel
from cellkit.timing import Stepper


@dataclass(frozen=True, slots=True)
class Shape:
    """One primitive of a body, placed in the body's own frame (origin at its centre).

    ``size`` in m: box x, y, z; cylinder diameter, diameter, height.
    """

    kind: Literal["box", "cylinder"]
    size: tuple[float, float, float]
    xyz: tuple[float, float, float] = (0.0, 0.0, 0.0)
    rpy: tuple[float, float, float] = (0.0, 0.0, 0.0)


@dataclass(frozen=True, slots=True)
class Body:
    """An object in the cell that is not a device. ``mass`` in kg; 0: fixed to the world, else a gripper can handle it.

    ``kind`` is the name of the workpiece, for which a camera searches. ``stiffness`` (N/m) is that of each shape under
    a pressing force; None: rigid. ``colour`` is red, green, blue, 0 to 1.
    """

    name: str
    kind: str
    shapes: tuple[Shape, ...]
    pose: Pose
    mass: float = 0.0
    friction: float = 0.6
    colour: tuple[float, float, float] = (0.6, 0.6, 0.65)
    stiffness: float | None = None

    @property
    def loose(self) -> bool:
        """Whether the body can be picked up; contacts with grippers are no collisions then."""
        return self.mass > 0.0


@dataclass(frozen=True, slots=True)
class CameraGeometry:
    """The geometry of a pinhole camera: resolution in pixels, horizontal field of view in rad, range in m.

    ``answer_time`` (s) is the time that it takes to locate parts in a picture.
    """

    width: int
    height: int
    field_of_view: float
    near: float = 0.05
    far: float = 3.0
    answer_time: float = 0.0


@dataclass(frozen=True, slots=True)
class WorldEvent:
    """An event in the world. ``what`` is `collision`, `part_dropped` or `grasp_lost`; ``time`` is cell time in s."""

    time: float
    what: str
    subject: str
    other: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Contact:
    """A contact of an arm, or of the part that it carries: between a link (``robot/tool``) and a body or link.

    ``point`` in m and ``force`` in N are in frame ``world``; the force is the one on the arm along the contact normal.
    """

    link: str
    other: str
    point: tuple[float, float, float]
    force: tuple[float, float, float]


@dataclass(frozen=True, slots=True)
class PowerSample:
    """The motion of an arm's joints, one by one, over ``duration`` s up to cell time ``time`` (s).

    ``velocity`` is in rad/s. ``torque`` in N m moves links and load, without rotors and friction. Their products are
    the mechanical power in W.
    """

    time: float
    duration: float
    arm: str
    velocity: tuple[float, ...]
    torque: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class HandPlants:
    """The plant of one gripper: jaws or suction."""

    jaws: JawPlant | None = None
    suction: SuctionPlant | None = None


@dataclass(frozen=True, slots=True)
class ArmPlants:
    """The plants of an arm, its grippers (in the order in which they were given) and its force/torque sensor."""

    arm: ArmPlant
    hands: tuple[HandPlants, ...] = ()
    wrench: WrenchPlant | None = None

    @property
    def jaws(self) -> JawPlant | None:
        """The plant of the first gripper, if it has jaws."""
        return self.hands[0].jaws if self.hands else None

    @property
    def suction(self) -> SuctionPlant | None:
        """The plant of the first gripper, if it has suction."""
        return self.hands[0].suction if self.hands else None


@dataclass(frozen=True, slots=True)
class WorldSettings:
    """The settings of a new world.

    ``step`` in s, of every step (None: the world chooses); ``seed`` of its random numbers; ``gravity`` in m/s².
    """

    step: float | None = None
    seed: int = 0
    gravity: float = 9.81
    options: dict[str, float] = field(default_factory=dict)


class World(Protocol):
    """A simulated world. Everything is added before the run starts; bodies can be moved or removed later."""

    name: str

    @property
    def stepper(self) -> Stepper | None:
        """The stepper that the event loop must advance; None for a world that computes only on demand."""

    def add_arm(
        self, name: str, model: ArmModel, mount: Pose, *grippers: ParallelGripperModel | VacuumGripperModel
    ) -> ArmPlants:
        """Add an arm with its base at ``mount`` (frame ``world``), at its home position, with its grippers.

        The models of the grippers contain their mounting poses.
        """

    def add_body(self, body: Body) -> None:
        """Add a body. Raises ``ValueError`` for a name that exists already."""

    def move_body(self, name: str, pose: Pose) -> None:
        """Move a body to ``pose`` (frame ``world``), at rest, as an operator or a feeder does."""

    def remove_body(self, name: str) -> None:
        """Remove a body."""

    def body_pose(self, name: str) -> Pose:
        """Return the present pose of a body, in frame ``world``."""

    def lose_part(self, arm: str, hand: int = 0) -> bool:
        """Let the part slip out of an arm's gripper number ``hand``; return False if the gripper holds none."""

    def held_part(self, arm: str, hand: int = 0) -> str | None:
        """Return the name of the body in an arm's gripper number ``hand``; None: it holds none."""

    def loose_bodies(self) -> list[str]:
        """Return the names of all bodies that can be picked up, in the order in which they were added."""

    def add_proximity(self, name: str, pose: Pose, reach: float) -> ProximityPlant:
        """Add a beam sensor along the z axis of ``pose`` (frame ``world``); ``reach`` is in m."""

    def add_camera(self, name: str, pose: Pose, camera: CameraGeometry) -> CameraPlant:
        """Add a camera at ``pose`` (frame ``world``; z forward, x right, y down)."""

    def add_scanner(self, name: str, pose: Pose, model: ScannerModel) -> ScannerPlant:
        """Add a 2D scanner in the x-y plane of ``pose`` (frame ``world``)."""

    def add_code_reader(self, name: str, pose: Pose, reach: float) -> CodePlant:
        """Add a code reader along the z axis of ``pose`` (frame ``world``); the code of a loose body is its name.

        ``reach`` is in m.
        """

    def pressed(self, name: str) -> float | None:
        """Return the force (N) with which others press on a body now, the sum over all contacts.

        A wedged object presses on two sides and counts twice, in contrast to ``load``. None: not known in this world.
        """

    def load(self, name: str) -> Array | None:
        """Return the force that a load cell under a body would measure now, (3,) in N in frame ``world``.

        It is the sum of all contact forces on the body, including friction. None: not known in this world.
        """

    def add_conveyor(self, name: str, pose: Pose, size: tuple[float, float, float]) -> ConveyorPlant:
        """Add a conveyor belt; ``pose`` (frame ``world``) is the middle of its top, ``size`` in m is x, y, z."""

    def on_event(self, callback: Callable[[WorldEvent], None]) -> None:
        """Call ``callback`` for every event."""

    def collisions(self) -> int | None:
        """Return the number of collisions so far; None: not detected in this world.

        A collision is a contact of an arm or gripper with an object that it must not touch.
        """

    def contacts(self) -> list[Contact]:
        """Return the present contacts of all arms, in no order; an empty list in a world without contacts."""

    def work(self) -> float | None:
        """Return the positive mechanical work (J) of the joints of all arms so far; None: not known in this world."""

    def on_power(self, callback: Callable[[PowerSample], None]) -> None:
        """Call ``callback`` for every arm every few ms of a run from now on, without gaps; at once, or at ``close``.

        Call this in the run's own loop. A sample has the torques that move links and load, without rotors and friction.
        """

    def drawn(self) -> list[Drawn]:
        """Return everything that is visible now: links of arms, and bodies."""

    def places(self) -> Places:
        """Return the present poses, (4, 4) in frame ``world``, of everything that is visible, by name."""

    def render(self, file: Path, camera: CameraGeometry, pose: Pose) -> None:
        """Write a PNG picture from a camera at ``pose`` (frame ``world``). Raises ``ValueError`` without shapes."""

    def close(self) -> None:
        """Free all resources."""


@runtime_checkable
class ForeseenWorld(World, Protocol):
    """A world that has no stepper and no pictures, and computes many moments at once."""

    @property
    def foreseen(self) -> bool:
        """Whether ``motion`` can be computed now."""

    def motion(self, times: Sequence[float]) -> Motion:
        """Return the states at cell times (s), in order, between which only time passes.

        They are those that single calls at these times would return, bit by bit.
        """


def create_world(name: str, settings: WorldSettings) -> World:
    """Return a new, empty world by its name. Raises ``DriverNotFound``, with similar names."""
    world: World = registry.load_object(registry.world(name).factory)(settings)
    return world


def drawn_body(body: Body) -> Drawn:
    """Return the appearance of a body."""
    return Drawn(body.name, body.kind, tuple(_solid(shape, body.colour) for shape in body.shapes), body.loose)


def _solid(shape: Shape, colour: Colour) -> Solid:
    return Solid(shape.kind, shape.size, shape.xyz, shape.rpy, colour)
