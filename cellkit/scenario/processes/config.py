"""The process section of a scenario file: one process of one of several kinds."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from cellkit.cell.kinds.fields import Name
from cellkit.models.arm import Positive, Triple
from cellkit.yamlfile import StrictModel

Seconds = Annotated[float, Field(ge=0)]
Metres = Annotated[float, Field(ge=0)]


class Jitter(StrictModel):
    """The largest random offset of a part from its place: ± ``xy`` m on both axes, ± ``yaw_deg`` (uniform, by seed)."""

    xy: Annotated[float, Field(ge=0)] = 0.0
    yaw_deg: Annotated[float, Field(ge=0, le=180)] = 0.0


class TrayExchange(StrictModel):
    """An exchange of full trays for finished fixtures, by a handshake of two signals.

    ``ready`` (an input of the cell) is on while a tray is in its place; a rising edge of ``done`` (an output) hands
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
    stands: Positive | None = Field(
        default=None, description="force (N) between two pads beyond which a part is crushed"
    )


class Feeder(StrictModel):
    """A feeder: parts arrive one by one in a slot, each some time after the one before was taken, without a signal.

    At the end every part is judged by the nest of ``fixture`` that it is nearest to.
    """

    kind: Literal["feeder"]
    workpiece: Name
    slot: Name = Field(description="Place where parts arrive")
    fixture: Name = Field(description="Place where parts belong")
    jitter: Jitter = Jitter()
    wait: Annotated[list[Seconds], Field(min_length=2, max_length=2)] = Field(
        default=[0.5, 3.0],
        description="s, least and most, from removal of a part to arrival of the next; the first comes after the least",
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


class TransportWork(StrictModel):
    """The work beside the visits: a part of the cell's stock is carried ``times`` times between two places."""

    workpiece: Name
    places: Annotated[list[Name], Field(min_length=2, max_length=2)]
    times: Annotated[int, Field(ge=1)]


class Visitors(StrictModel):
    """Visits of people: they walk up to the cell, stay a while and leave again; ``quantity`` of them, by seed.

    The first one comes once ``watching`` (an output of the cell) is on and ``alone`` parts have been finished since.
    Each goes from ``entrance`` towards ``nearest`` (places), up to ``sideways`` m beside them, at ``pace`` m/s. The
    distance from every point of the arm to a person must at all times be at least that of the equation of ISO/TS 15066
    for its speed towards that person, with the best stop that the joints' limits allow, and with a ``reaction`` time
    (s) that no program may claim to beat; or the arm stands still. ``over`` (an input) comes on after the last visit,
    and not before the ``work`` is done; the work counts from the moment ``watching`` is on.
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
    work: TransportWork | None = None
    intrusion: Seconds = Field(description="m by which a part of a person is ahead of the measured position (C)")
    reaction: Seconds = Field(default=0.1, description="least time (s) from a person's step to the arm's reaction")
    io: Name
    watching: Name
    over: Name


class MachineTending(StrictModel):
    """Tending of a machine: blanks wait in a rack; each one is judged in the rack for finished parts.

    A part is good only if the machine has worked on it. While its program runs, the machine works on the upper side of
    the part in its chuck: on the top side of a blank, and with two ``sides`` on the other side after that; such a part
    is finished upside down.
    """

    kind: Literal["machine_tending"]
    machine: Name
    workpiece: Name
    blanks: Name
    finished: Name
    jitter: Jitter = Jitter()
    sides: Annotated[int, Field(ge=1, le=2)] = 1


class Insertion(StrictModel):
    """Insertion of pegs: they wait in holders, and each goes into a block with a hole, on a load cell of its own.

    By seed each block stands up to ± ``offset`` m (x and y) and ± ``height`` m from its taught place. A peg is good
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
    """Polishing of plates on load cells with one ``force`` (N), over the whole area that the pad reaches.

    By seed each plate lies up to ± ``height`` m higher or lower than taught, tilted by up to ± ``tilt_deg`` about x and
    y. A plate is good when the pad was pressed with ``force`` ± ``band`` N on ``share`` of its path and nowhere with
    more than ``peak`` N, and has polished the share ``covered`` of the plate; a border of ``margin`` m does not count.
    """

    kind: Literal["polishing"]
    pad: Name = Field(description="Workpiece that is the polishing pad")
    holder: Name = Field(description="Place where the pad waits")
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
    """A feed by conveyor: parts arrive on a belt at irregular times.

    At the end each part is judged by the nest that it is nearest to. ``late`` parts follow the one before by
    ``late_gap`` s only and need not be caught. A part may pass when it has come less than ``takt`` s after the last one
    that was taken; otherwise it counts as bad. The belt runs at its speed in the cell file, ± ``speed_spread`` of it by
    seed; only its encoder shows the speed.
    """

    kind: Literal["conveyor_feed"]
    conveyor: Name
    workpiece: Name
    entrance: Name = Field(description="Place on the belt where parts are laid; x along the belt")
    stops: Name = Field(description="Place of a part at which the belt stops in the fault ``belt_stops``")
    leaves: Name = Field(description="Place beyond which a part has passed and is removed")
    beam: Name = Field(description="Place in the beam of the sensor where a ghost appears")
    fixture: Name = Field(description="Place where parts belong")
    jitter: Jitter = Jitter()
    first: Seconds = 0.5
    gap: Annotated[list[Seconds], Field(min_length=2, max_length=2)]
    late: Annotated[int, Field(ge=0)] = 0
    late_gap: Annotated[list[Seconds], Field(min_length=2, max_length=2)] = [1.2, 1.6]
    takt: Positive
    speed_spread: Annotated[float, Field(ge=0, lt=1)] = 0.1
    seen: Positive = Field(default=0.3, description="m from the entrance at which every sensor has detected a part")
    io: Name = Field(description="Role of the analog signals")
    encoder: Name = Field(description="Input: travel of the belt, beginning again at its upper end")


class Handover(StrictModel):
    """A handover: parts stand in a tray; one arm hands each part to another arm, which puts it into a fixture.

    At the end each part is judged by the nest that it is nearest to. A part is good when it went from gripper to
    gripper and was not dropped.
    """

    kind: Literal["handover"]
    workpiece: Name
    tray: Name = Field(description="Place where parts stand at the beginning")
    fixture: Name = Field(description="Place where parts belong")
    giver: Name = Field(description="Role of the arm that takes parts out of the tray")
    taker: Name = Field(description="Role of the arm that puts them into the fixture")
    jitter: Jitter = Jitter()


class Palletising(StrictModel):
    """Palletising: boxes arrive one by one at an infeed; ``quantity`` of them must stand on a EUR pallet.

    Layers must be full. The layer is the one that holds the most boxes at least ``gap`` m apart and binds best with the
    next (``cellkit.patterns``). Each box is judged by the spot that it is nearest to: it must stand there, at rest,
    with no corner over the edge, and every layer below must be full.
    """

    kind: Literal["palletising"]
    workpiece: Name
    infeed: Name = Field(description="Place where boxes arrive")
    pallet: Name = Field(description="Structure that is the pallet")
    deck: Name = Field(description="Place in the middle of the pallet's top, x along its length")
    gap: Annotated[float, Field(ge=0)] = 0.0
    jitter: Jitter = Jitter()
    wait: Annotated[list[Seconds], Field(min_length=2, max_length=2)] = Field(
        default=[0.5, 1.5], description="s, least and most, from the removal of one box to the arrival of the next"
    )
    io: Name = Field(description="Role of the digital signals")
    waiting: Name = Field(description="Input: a box waits at the infeed")
    in_place: Name = Field(description="Input: a pallet is in place")


class Kitting(StrictModel):
    """Kitting: parts lie on a table, ``spacing`` m apart or more, by seed; ``quantity`` kits must be made of them.

    A kit is good when the right part stands in each of its nests, the n-th of every kind, and no foreign object was
    moved. Each part of a kind in ``behind`` is hidden from the camera by a part of the kind that it names.
    """

    kind: Literal["kitting"]
    nests: Annotated[dict[Name, Name], Field(min_length=1)] = Field(description="Kind of part → place of its nests")
    table: Name = Field(description="Place in the middle of the area of the parts")
    area: Annotated[list[Positive], Field(min_length=2, max_length=2)] = Field(
        description="size (m) of the area of the parts, x, y"
    )
    spacing: Positive
    camera: Name
    behind: dict[Name, Name] = Field(default={}, description="Hidden kind → kind that hides it")
    foreign: list[Name] = Field(
        default=[], description="Workpieces that belong to no kit; one of each lies on the table"
    )
    scarce: Name = Field(description="Kind whose parts are missing, or covered, in the faults")


class Screwdriving(StrictModel):
    """Screwdriving: screws come one by one to a feeder and belong into holes; the controller has its usual signals.

    ``io`` has the inputs ``ready``, ``running``, ``ok``, ``nok`` and the outputs ``start``, ``reverse``; ``values`` the
    analog inputs ``torque`` (N m) and ``angle`` (turns since the last start). ``holes`` are the final places of the
    tips; the thread begins ``thread`` m above. A screw is good when it stands in its place, was tightened to ``torque``
    after the number of turns that its thread has, and was not forced.
    """

    kind: Literal["screwdriving"]
    robot: Name
    workpiece: Name
    feeder: Name = Field(description="Place where screws come")
    holes: Name = Field(description="Place where screws belong")
    io: Name
    values: Name
    jitter: Jitter = Jitter()
    torque: Positive = Field(description="torque (N m) at which the clutch shuts off")
    pitch: Positive = Field(description="m per turn")
    thread: Positive = Field(description="m")
    speed: Positive = Field(description="turns/s of the spindle")
    most_turns: Positive = Field(description="turns after which the controller gives up")
    spare: Annotated[int, Field(ge=0)] = Field(default=1, description="extra screws beyond those needed")


class TouchCourse(StrictModel):
    """A touch course: marks lie in a ``field``, by seed; the tool centre point makes ``quantity`` visits in turn.

    A mark is visited when the tool points down at it from ``height`` m above, turned like the mark (or half a turn
    more), within the tolerances; with ``at_rest`` the tool must stand still. From one mark to the next the tool must
    stay within ``corridor`` m of the straight line, or be ``clear`` m higher than both marks on the middle part of the
    path.
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
    """An instrument that measures the position of a target on an arm's flange, on three analog inputs in m.

    The target is at ``target`` (m, in frame ``flange``) ± ``target_jitter`` on each axis, by seed. The readings have
    the axes of ``world``, but an origin up to ± ``origin_jitter`` m away, and an error of ``noise`` m (one sigma, each
    axis), anew every ``period`` s. The arm itself stands ``bias`` m beside its commanded position, always in the same
    direction, and ``scatter`` m (one sigma, each axis), anew whenever it comes to rest.
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
    """The place of a part: a coordinate (m) of its middle, or its turn about z (rad), in ``world`` or another frame."""

    name: str
    frame: Name = Field(default="world", alias="in")
    axis: Literal["x", "y", "z", "yaw"]


class ForwardTruth(StrictModel):
    """A coordinate (m) of an arm's flange in its base at some joint angles."""

    robot: Name
    joints_deg: list[float]
    axis: Literal["x", "y", "z"]


class PoseFigure(StrictModel):
    """AP or RP of ISO 9283 (m) of the tracked target at a pose of a place, over at least ``least`` standstills."""

    of: Literal["accuracy", "repeatability"]
    place: Name
    number: Annotated[int, Field(ge=1)] = 1
    least: Annotated[int, Field(ge=2)] = 30


class Answer(StrictModel):
    """The true answer.

    One of: a ``value``; a ``body``; a coordinate of the tracker's ``target`` in frame ``flange`` (m); ``forward``
    kinematics; a ``figure``. An answer is right within ``tolerance``, or within ``share`` of the true value.
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
        if sum(truth is not None for truth in given) != 1:
            raise ValueError("an answer needs one of value, body, target, forward and figure")
        if self.tolerance == 0.0 and self.share == 0.0:
            raise ValueError("an answer needs a tolerance or a share")
        return self


class Answers(StrictModel):
    """Numbers that the program reports by name (``cell.report``).

    Each counts as a part, so ``quantity`` is their number.
    """

    kind: Literal["answers"]
    answers: Annotated[dict[Name, Answer], Field(min_length=1)]
    parts: LaidOut | None = None
    tracker: Tracker | None = None


ProcessConfig = Annotated[
    Answers
    | TouchCourse
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
