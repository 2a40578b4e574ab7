"""What every world offers: the same calls, whatever its fidelity."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, Protocol

from cellkit import registry
from cellkit.controller.drawing import Colour, Drawn, Solid
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
    """Something in the cell that is not a device. ``mass`` 0 kg: fixed to the world; else it may be handled.

    ``kind`` is what a camera is asked for: the workpiece's name. ``stiffness`` (N/m) of what gives way a little when it
    is pressed on, of each of its shapes; None: rigid.
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
        """Whether it can be picked up: grippers may touch it."""
        return self.mass > 0.0


@dataclass(frozen=True, slots=True)
class CameraGeometry:
    """Pinhole camera: resolution in pixels, horizontal field of view in rad, range in m.

    ``answer_time`` (s) is what finding parts in a picture takes.
    """

    width: int
    height: int
    field_of_view: float
    near: float = 0.05
    far: float = 3.0
    answer_time: float = 0.0


@dataclass(frozen=True, slots=True)
class WorldEvent:
    """Something that happened by itself. ``what`` is `collision`, `part_dropped` or `grasp_lost`."""

    time: float
    what: str
    subject: str
    other: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Contact:
    """A point at which an arm, or what it carries, touches something: a link (``robot/tool``) and a body or link.

    ``point`` in m and ``force`` in N, that on the arm along the normal of the contact, both in frame ``world``.
    """

    link: str
    other: str
    point: tuple[float, float, float]
    force: tuple[float, float, float]


@dataclass(frozen=True, slots=True)
class PowerSample:
    """What the motors of an arm do over ``duration`` s up to cell time ``time`` (s), joint by joint.

    ``velocity`` in rad/s and ``torque`` in N m, on the joint's side of the gear: their products are mechanical power.
    """

    time: float
    duration: float
    arm: str
    velocity: tuple[float, ...]
    torque: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class HandPlants:
    """One gripper: jaws or suction."""

    jaws: JawPlant | None = None
    suction: SuctionPlant | None = None


@dataclass(frozen=True, slots=True)
class ArmPlants:
    """An arm and what is mounted on its flange; grippers in the order in which they were named."""

    arm: ArmPlant
    hands: tuple[HandPlants, ...] = ()
    wrench: WrenchPlant | None = None

    @property
    def jaws(self) -> JawPlant | None:
        """The first gripper, if it has jaws."""
        return self.hands[0].jaws if self.hands else None

    @property
    def suction(self) -> SuctionPlant | None:
        """The first gripper, if it sucks."""
        return self.hands[0].suction if self.hands else None


@dataclass(frozen=True, slots=True)
class WorldSettings:
    """How to make a world. ``step`` in s (None: the world's own default); ``seed`` for whatever it draws."""

    step: float | None = None
    seed: int = 0
    gravity: float = 9.81
    options: dict[str, float] = field(default_factory=dict)


class World(Protocol):
    """A simulated world. Everything is added before the run starts; bodies may be moved or removed later."""

    name: str

    @property
    def stepper(self) -> Stepper | None:
        """What the event loop must advance; None for a world that only computes when asked."""

    def add_arm(
        self, name: str, model: ArmModel, mount: Pose, *grippers: ParallelGripperModel | VacuumGripperModel
    ) -> ArmPlants:
        """Add an arm on its mounting pose (frame ``world``), at its home position, with grippers where they say."""

    def add_body(self, body: Body) -> None:
        """Add a body. Raises ``ValueError`` for a name that is taken."""

    def move_body(self, name: str, pose: Pose) -> None:
        """Put a body somewhere else, at rest (an operator's or feeder's hand)."""

    def remove_body(self, name: str) -> None:
        """Take a body away."""

    def body_pose(self, name: str) -> Pose:
        """Where a body is now, in frame ``world``."""

    def lose_part(self, arm: str, hand: int = 0) -> bool:
        """The part that an arm's gripper (``hand``: which) holds slips out, or breaks off; False: it holds none."""

    def held_part(self, arm: str, hand: int = 0) -> str | None:
        """Name of the body that an arm's gripper (``hand``: which) holds; None: it holds none."""

    def loose_bodies(self) -> list[str]:
        """Names of all bodies that may be picked up, in the order in which they came."""

    def add_proximity(self, name: str, pose: Pose, reach: float) -> ProximityPlant:
        """Add a beam sensor."""

    def add_camera(self, name: str, pose: Pose, camera: CameraGeometry) -> CameraPlant:
        """Add a camera."""

    def add_scanner(self, name: str, pose: Pose, model: ScannerModel) -> ScannerPlant:
        """Add a 2D scanner."""

    def add_code_reader(self, name: str, pose: Pose, reach: float) -> CodePlant:
        """Add a reader of codes; loose bodies carry their name as a code."""

    def pressed(self, name: str) -> float | None:
        """Force (N) with which others press on a body now, the sum over all contacts; None: not known here.

        What is wedged in presses on both sides, and counts on both: see ``load``.
        """

    def load(self, name: str) -> Array | None:
        """(3,) in N, frame ``world``: what a load cell under a body feels of all that touches it now, friction too.

        None: not known here.
        """

    def add_conveyor(self, name: str, pose: Pose, size: tuple[float, float, float]) -> ConveyorPlant:
        """Add a belt; ``pose`` is the middle of its top."""

    def on_event(self, callback: Callable[[WorldEvent], None]) -> None:
        """Call for every event."""

    def collisions(self) -> int | None:
        """Collisions so far (contacts of an arm or gripper with what it may not touch); None: not watched here."""

    def contacts(self) -> list[Contact]:
        """Where arms touch anything now, in no order; none in a world in which nothing touches."""

    def work(self) -> float | None:
        """J of positive mechanical work that the joints of all arms have done so far; None: not known here."""

    def on_power(self, callback: Callable[[PowerSample], None]) -> None:
        """Call for every arm every few ms of a run, without a gap; never in a world without masses."""

    def drawn(self) -> list[Drawn]:
        """Everything that there is to see now: links of arms, and bodies."""

    def places(self) -> dict[str, Array]:
        """(4, 4) of everything that is drawn, in frame ``world``, as it is now; by name."""

    def render(self, file: Path, camera: CameraGeometry, pose: Pose) -> None:
        """Write a PNG picture. Raises ``ValueError`` in a world without shapes."""

    def close(self) -> None:
        """Free everything."""


def create_world(name: str, settings: WorldSettings) -> World:
    """Return a new, empty world by its name. Raises ``DriverNotFound``, naming those that are alike."""
    world: World = registry.load_object(registry.world(name).factory)(settings)
    return world


def drawn_body(body: Body) -> Drawn:
    """Return a body as it is drawn."""
    return Drawn(body.name, body.kind, tuple(_solid(shape, body.colour) for shape in body.shapes), body.loose)


def _solid(shape: Shape, colour: Colour) -> Solid:
    return Solid(shape.kind, shape.size, shape.xyz, shape.rpy, colour)
