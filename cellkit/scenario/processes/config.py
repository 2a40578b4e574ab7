"""What surrounds the robot in a scenario file: one process, of one of several kinds."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from cellkit.cell.kinds.fields import Name
from cellkit.models.arm import Positive, Triple
from cellkit.yamlfile import StrictModel

Seconds = Annotated[float, Field(ge=0)]
Metres = Annotated[float, Field(ge=0)]


class Jitter(StrictModel):
    """How far a part may lie from its place: ± ``xy`` m on both axes, ± ``yaw_deg`` (uniform, by seed)."""

    xy: Annotated[float, Field(ge=0)] = 0.0
    yaw_deg: Annotated[float, Field(ge=0, le=180)] = 0.0


class TrayExchange(StrictModel):
    """Full trays come, finished fixtures go, by a handshake of two signals.

    ``ready`` (an input of the cell) is on while a tray stands there; a rising edge of ``done`` (an output) hands
    over the fixture, which is judged and emptied, and brings the next tray after ``exchange_time`` s.
    """

    kind: Literal["tray_exchange"]
    workpiece: Name
    tray: Name = Field(description="Place where parts arrive")
    fixture: Name = Field(description="Place where parts belong")
    jitter: Jitter = Jitter()
    io: Name = Field(description="Role of the digital signals")
    ready: Name
    done: Name
    exchange_time: Seconds = 0.0
    stands: Positive | None = Field(default=None, description="N between two pads beyond which a part is crushed")


class Feeder(StrictModel):
    """Parts come one by one into a slot, each some time after the one before was taken; nobody says when.

    At the end every part is judged by the nest of ``fixture`` that it is nearest to.
    """

    kind: Literal["feeder"]
    workpiece: Name
    slot: Name = Field(description="Place where parts arrive")
    fixture: Name = Field(description="Place where parts belong")
    jitter: Jitter = Jitter()
    wait: Annotated[list[Seconds], Field(min_length=2, max_length=2)] = Field(
        default=[0.5, 3.0],
        description="s, least and most, from one part's leaving to the next one's coming; the first comes soonest",
    )


class Pressing(StrictModel):
    """A pad on a load cell of its own. Every press is judged by the peak of the force on the pad.

    The n-th press may go ``overshoot[n % len]`` N beyond ``force`` (N), and must reach ``force`` less ``undershoot``.
    """

    kind: Literal["pressing"]
    pad: Name = Field(description="The structure that is pressed on")
    force: Positive
    undershoot: Positive = 1.0
    overshoot: Annotated[list[Positive], Field(min_length=1)]


class Haulage(StrictModel):
    """Work: a part of the cell's stock is to be carried ``times`` times from one of two places to the other."""

    workpiece: Name
    places: Annotated[list[Name], Field(min_length=2, max_length=2)]
    times: Annotated[int, Field(ge=1)]


class Visitors(StrictModel):
    """People walk up to the cell, stay a while and leave again; ``quantity`` of them, by seed.

    The first one comes once ``watching`` (an output of the cell) is on and ``alone`` parts have been finished since.
    Each goes from ``entrance`` towards ``nearest`` (places), up to ``sideways`` m beside them, at ``pace`` m/s. Every
    point of the arm must at all times be as far from a person as the equation of ISO/TS 15066 asks for its speed
    towards that person, with the best stop that the joints' limits allow, and with a ``reaction`` time (s) that no
    program may claim to beat; or the arm stands. ``over`` (an input) comes on after the last one, and not before the
    ``work`` is done that is counted since the cell watches.
    """

    kind: Literal["visitors"]
    robot: Name
    entrance: Name
    nearest: Name
    sideways: Annotated[list[Seconds], Field(min_length=2, max_length=2)] = [0.0, 0.0]
    pace: Positive = 1.6
    stay: Annotated[list[Seconds], Field(min_length=2, max_length=2)] = [0.5, 1.5]
    pause: Annotated[list[Seconds], Field(min_length=2, max_length=2)] = [0.5, 2.0]
    alone: Annotated[int, Field(ge=0)] = 0
    work: Haulage | None = None
    intrusion: Seconds = Field(description="m that a part of a person is ahead of what the cell's sensor sees (C)")
    reaction: Seconds = Field(default=0.1, description="s, at least, from a person's step to the arm's")
    io: Name
    watching: Name
    over: Name


class MachineTending(StrictModel):
    """Blanks lie in a rack; each is judged in the rack for finished parts, if the machine has worked on it.

    The machine works on the side that is up of what is in its chuck while its program runs: on the top side of a blank,
    and with two ``sides`` on the other one after that; such a part is finished upside down.
    """

    kind: Literal["machine_tending"]
    machine: Name
    workpiece: Name
    blanks: Name
    finished: Name
    jitter: Jitter = Jitter()
    sides: Annotated[int, Field(ge=1, le=2)] = 1


class Insertion(StrictModel):
    """Pegs wait in holders, and every one is to go into a block with a hole, which stands on a load cell of its own.

    By seed each block stands up to ± ``offset`` m (x and y) and ± ``height`` m from where it was taught. A peg is good
    when it stands in a hole at most ``height_left`` m above its bottom and leans by ``tilt_deg`` at most, and the block
    was never pressed with more than ``force`` N. A block holds one peg; its frame's origin is the bottom of its hole.
    """

    kind: Literal["insertion"]
    workpiece: Name
    holders: Name = Field(description="Place where the pegs wait")
    blocks: Annotated[list[Name], Field(min_length=1)] = Field(description="Structures with a hole")
    jitter: Jitter = Jitter()
    offset: Annotated[float, Field(ge=0)] = 0.0
    height: Annotated[float, Field(ge=0)] = 0.0
    height_left: Positive = 0.001
    tilt_deg: Positive = 1.0
    force: Positive


class Polishing(StrictModel):
    """Plates on load cells of their own, to be polished all over with one ``force`` (N), as far as the pad reaches.

    By seed each lies up to ± ``height`` m higher or lower than taught, tilted by up to ± ``tilt_deg`` about x and y.
    One is good when the pad was pressed with ``force`` ± ``band`` N on ``share`` of its way and nowhere with more than
    ``peak`` N, and has polished ``covered`` of the plate: of what lies no nearer to the edge than ``margin`` m.
    """

    kind: Literal["polishing"]
    pad: Name = Field(description="Workpiece that is polished with")
    holder: Name = Field(description="Place where it waits")
    surfaces: Annotated[list[Name], Field(min_length=1)] = Field(description="Structures of one box each")
    height: Annotated[float, Field(ge=0)] = 0.0
    tilt_deg: Annotated[float, Field(ge=0, le=10)] = 0.0
    margin: Annotated[float, Field(ge=0)] = 0.0
    force: Positive
    band: Positive
    peak: Positive
    share: Annotated[float, Field(gt=0, le=1)] = 0.95
    covered: Annotated[float, Field(gt=0, le=1)] = 0.95


class ConveyorFeed(StrictModel):
    """Parts come on a belt at irregular times. At the end each is judged by the nest that it is nearest to.

    ``late`` of them follow the one before by ``late_gap`` s only: nobody need catch these. A part may go by when it
    has come less than ``takt`` s after the last one that was taken; otherwise it is a bad one. The belt runs at its
    speed in the cell file, ± ``speed_spread`` of it by seed; only its encoder tells.
    """

    kind: Literal["conveyor_feed"]
    conveyor: Name
    workpiece: Name
    entrance: Name = Field(description="Place on the belt where parts are laid; x along the belt")
    stops: Name = Field(description="Place at which a part lies when a belt that fails stops")
    leaves: Name = Field(description="Place beyond which a part has passed by, and is carried away")
    beam: Name = Field(description="Place in the beam of the sensor where a ghost appears")
    fixture: Name = Field(description="Place where parts belong")
    jitter: Jitter = Jitter()
    first: Seconds = 0.5
    gap: Annotated[list[Seconds], Field(min_length=2, max_length=2)]
    late: Annotated[int, Field(ge=0)] = 0
    late_gap: Annotated[list[Seconds], Field(min_length=2, max_length=2)] = [1.2, 1.6]
    takt: Positive
    speed_spread: Annotated[float, Field(ge=0, lt=1)] = 0.1
    seen: Positive = Field(default=0.3, description="m from the entrance at which a part was seen by everybody")
    io: Name = Field(description="Role of the analog signals")
    encoder: Name = Field(description="Input: how far the belt has travelled, beginning again at its upper end")


class Handover(StrictModel):
    """Parts stand in a tray on one arm's side; that arm hands each over to another, which puts it into a fixture.

    Judged at the end by the nest that it is nearest to, a part is good when it went from hand to hand and none has
    dropped it.
    """

    kind: Literal["handover"]
    workpiece: Name
    tray: Name = Field(description="Place where parts stand in the beginning")
    fixture: Name = Field(description="Place where parts belong")
    giver: Name = Field(description="Role of the arm that takes parts out of the tray")
    taker: Name = Field(description="Role of the arm that puts them into the fixture")
    jitter: Jitter = Jitter()


class Palletising(StrictModel):
    """Boxes come one by one to the end of an infeed; ``quantity`` of them are to stand on a EUR pallet in full layers.

    The layer is the one that holds the most boxes at least ``gap`` m apart and binds best with the next
    (``cellkit.patterns``). Each box is judged by the spot that it is nearest to: there, at rest, no corner over the
    edge, and every layer below full.
    """

    kind: Literal["palletising"]
    workpiece: Name
    infeed: Name = Field(description="Place where boxes arrive")
    pallet: Name = Field(description="Structure that is the pallet")
    deck: Name = Field(description="Place in the middle of the pallet's top, x along its length")
    gap: Annotated[float, Field(ge=0)] = 0.0
    jitter: Jitter = Jitter()
    wait: Annotated[list[Seconds], Field(min_length=2, max_length=2)] = Field(
        default=[0.5, 1.5], description="s, least and most, from one box's leaving to the next one's coming"
    )
    io: Name = Field(description="Role of the digital signals")
    waiting: Name = Field(description="Input: a box waits at the infeed")
    in_place: Name = Field(description="Input: a pallet is in its place")


class Kitting(StrictModel):
    """Parts lie about on a table, ``spacing`` m apart or more, by seed; ``quantity`` kits are to be made up of them.

    A kit is good when the right part stands in each of its nests, the n-th of every kind, and nothing foreign was
    moved. Each part of a kind in ``behind`` lies hidden from the camera by one of the kind that it names.
    """

    kind: Literal["kitting"]
    nests: Annotated[dict[Name, Name], Field(min_length=1)] = Field(description="Kind of part → place of its nests")
    table: Name = Field(description="Place in the middle of where parts lie")
    area: Annotated[list[Positive], Field(min_length=2, max_length=2)] = Field(description="m in which they lie, x, y")
    spacing: Positive
    camera: Name
    behind: dict[Name, Name] = Field(default={}, description="Kind that is hidden → kind that it lies behind")
    foreign: list[Name] = Field(default=[], description="Workpieces that nobody asks for; one of each lies there too")
    scarce: Name = Field(description="Kind of which parts are missing, or covered, in the faults")


class Screwdriving(StrictModel):
    """Screws come one by one to a feeder, and belong into holes; a screwdriver's controller has its usual signals.

    ``io`` has the inputs ``ready``, ``running``, ``ok``, ``nok`` and the outputs ``start``, ``reverse``; ``values`` the
    analog inputs ``torque`` (N m) and ``angle`` (turns since the last start). ``holes`` are where the tips stand in the
    end; the thread begins ``thread`` m above. A screw is good where it stands right, was tightened to ``torque`` after
    the turns that its thread has, and was not forced.
    """

    kind: Literal["screwdriving"]
    robot: Name
    workpiece: Name
    feeder: Name = Field(description="Place where screws come")
    holes: Name = Field(description="Place where screws belong")
    io: Name
    values: Name
    jitter: Jitter = Jitter()
    torque: Positive = Field(description="N m at which the clutch shuts off")
    pitch: Positive = Field(description="m a turn")
    thread: Positive = Field(description="m")
    speed: Positive = Field(description="turns/s of the spindle")
    most_turns: Positive = Field(description="turns after which the controller gives up")
    spare: Annotated[int, Field(ge=0)] = Field(default=1, description="screws that come beyond those needed")


class Course(StrictModel):
    """Marks lie in a ``field``, by seed; the tool centre point has to visit them in turn, ``quantity`` times in all.

    Visited is a mark when the tool points down at it from ``height`` m above, turned as the mark is (or half a turn
    more), within the tolerances; with ``at_rest`` it must stand there. From one mark to the next it has to keep within
    ``corridor`` m of the straight line, or to be ``clear`` m higher than both on the middle part of the way.
    """

    kind: Literal["course"]
    robot: Name
    mark: Name = Field(description="Workpiece that is a mark")
    field: Name = Field(description="Place where the marks lie, in order")
    jitter: Jitter = Jitter()
    height: Annotated[float, Field(ge=0)] = 0.05
    at_rest: bool = True
    corridor: Positive | None = None
    clear: Positive | None = None


class Tracker(StrictModel):
    """An instrument that says where a target on an arm's flange is, on three analog inputs in m.

    The target sits at ``target`` (m, in frame ``flange``) ± ``target_jitter`` on each axis, by seed. What is read has
    the axes of ``world``, but an origin that lies up to ± ``origin_jitter`` m away, and is off by ``noise`` m (one
    sigma, each axis), anew every ``period`` s. The arm itself stands ``bias`` m aside of where it means to, always the
    same way, and ``scatter`` m (one sigma, each axis), anew whenever it comes to rest.
    """

    robot: Name
    io: Name = Field(description="Role of the analog signals")
    x: Name
    y: Name
    z: Name
    target: Triple = [0.0, 0.0, 0.0]
    target_jitter: Metres = 0.0
    origin_jitter: Metres = 0.0
    noise: Metres = 0.0
    bias: Metres = 0.0
    scatter: Metres = 0.0
    period: Positive = Field(default=0.02, description="s")


class LaidOut(StrictModel):
    """Parts that lie on a place when the program begins, one on each of its poses, by seed."""

    workpiece: Name
    place: Name
    jitter: Jitter = Jitter()


class BodyTruth(StrictModel):
    """Where a part is: a coordinate (m) of its middle, or its turn about z (rad), in ``world`` or another frame."""

    name: str
    frame: Name = Field(default="world", alias="in")
    axis: Literal["x", "y", "z", "yaw"]


class ForwardTruth(StrictModel):
    """A coordinate (m) of an arm's flange in its base at some joint angles."""

    robot: Name
    joints_deg: list[float]
    axis: Literal["x", "y", "z"]


class PoseFigure(StrictModel):
    """AP or RP of ISO 9283 (m) of what the tracked target did at a pose of a place, in at least ``least`` stands."""

    of: Literal["accuracy", "repeatability"]
    place: Name
    number: Annotated[int, Field(ge=1)] = 1
    least: Annotated[int, Field(ge=2)] = 30


class Answer(StrictModel):
    """What is true, one of: a ``value``; a ``body``; a coordinate of the tracker's ``target`` in frame ``flange`` (m);
    ``forward`` kinematics; a ``figure``. Right within ``tolerance``, or within ``share`` of what is true.
    """

    value: float | None = None
    body: BodyTruth | None = None
    target: Literal["x", "y", "z"] | None = None
    forward: ForwardTruth | None = None
    figure: PoseFigure | None = None
    tolerance: Annotated[float, Field(ge=0)] = 0.0
    share: Annotated[float, Field(ge=0, lt=1)] = 0.0

    @model_validator(mode="after")
    def _one(self) -> Answer:
        given = [self.value, self.body, self.target, self.forward, self.figure]
        if sum(one is not None for one in given) != 1:
            raise ValueError("an answer needs one of value, body, target, forward and figure")
        if self.tolerance == 0.0 and self.share == 0.0:
            raise ValueError("an answer needs a tolerance or a share")
        return self


class Answers(StrictModel):
    """The program tells numbers by name (``cell.report``); each counts as a part, so ``quantity`` is their number."""

    kind: Literal["answers"]
    answers: Annotated[dict[Name, Answer], Field(min_length=1)]
    parts: LaidOut | None = None
    tracker: Tracker | None = None


ProcessConfig = Annotated[
    Answers
    | Course
    | TrayExchange
    | Feeder
    | Pressing
    | Visitors
    | MachineTending
    | ConveyorFeed
    | Screwdriving
    | Insertion
    | Polishing
    | Handover
    | Palletising
    | Kitting,
    Field(discriminator="kind"),
]
