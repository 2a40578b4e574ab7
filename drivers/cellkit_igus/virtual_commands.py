"""The commands (CMD …) of the virtual controller: their conditions and their effects."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from functools import partial
from typing import Any, Protocol, TypeAlias

import numpy as np

from cellkit.controller.arm_controller import ArmController
from cellkit.devices.motion import JointMotion, LinearMotion, Motion
from cellkit.digits import whole_number
from cellkit.errors import DeviceError, PlanningError
from cellkit.geometry import Pose, rotation_from_rpy, transform
from cellkit_igus.protocol.angles import Angles, pose_from_wire
from cellkit_igus.protocol.commands import CriRefused, MoveCart, MoveJoint, numbers, parse_move, signal
from cellkit_igus.protocol.status import SIGNALS
from cellkit_igus.virtual_client import Client

Work: TypeAlias = Callable[[], Coroutine[Any, Any, None]]
"""The part of a command that takes time; the task that answers starts it. A closing controller may never start it."""
GLOBAL_SIGNALS = 100
REFERENCING = 1.0  # s that the referencing of one axis takes
LARGEST_UPLOAD = 10_000  # lines
OUT_OF_SPACE, JOINT_MINIMUM, JOINT_MAXIMUM = 24, 13, 14
_FREE = ("SetActive", "GetReferencingInfo", "ListFiles")


class CommandedController(Protocol):
    """The controller that the commands act on."""

    kernel: ArmController
    angles: Angles
    enabled: bool
    kinstate: int
    motion_type: str
    digital: dict[str, int]
    referenced: list[int]

    def take(self, client: Client) -> bool:
        """Make a client the active one, if no other is."""

    def release(self, client: Client) -> None:
        """Release the role of active client, and end the client's motion."""

    def broadcast(self, text: str) -> None:
        """Send a message to every client."""

    def ranges(self) -> list[tuple[float, float]]:
        """Return (n,) lower and upper joint limits in controller degrees."""

    def signals_changed(self) -> None:
        """Take notice of a signal that a client has set."""

    def spawn(self, work: Coroutine[Any, Any, None]) -> None:
        """Run something that takes time, until the controller stops."""

    def require_healthy(self) -> None:
        """Raise ``CriRefused`` while something keeps the arm from moving."""

    def watch(self, motion: asyncio.Future[None]) -> None:
        """Report the end of a motion to every client."""

    async def reset(self) -> None:
        """Clear errors."""


class Commands:
    """Runs what clients send, for one controller."""

    def __init__(self, controller: CommandedController) -> None:
        self._controller = controller
        self._kernel = controller.kernel
        self._files: dict[str, list[str]] = {}
        self._upload: tuple[str, int, list[str]] | None = None
        self._program = ""
        self._replay = 0
        self._direct: dict[str, Callable[[tuple[str, ...]], None]] = {
            "Disable": self._disable,
            "Override": self._override,
            "DOUT": lambda words: self._signal("DOUT", words, SIGNALS),
            "DIN": lambda words: self._signal("DIN", words, SIGNALS),
            "GSIG": lambda words: self._signal("GSIG", words, GLOBAL_SIGNALS),
            "UploadFileInit": self._upload_begin,
            "UploadFileLine": self._upload_line,
            "UploadFileFinish": self._upload_end,
            "DeleteFile": self._delete,
            "LoadProgram": self._load,
            "StopProgram": lambda _: None,
            "PauseProgram": lambda _: None,
            "ProgramReplayMode": self._replay_mode,
            "MotionTypeJoint": lambda _: self._motion_type("joint"),
            "MotionTypeCartBase": lambda _: self._motion_type("cartbase"),
            "MotionTypeCartTool": lambda _: self._motion_type("carttool"),
        }

    def run(self, client: Client, number: int, words: tuple[str, ...]) -> None:
        """Carry out a command and answer it, now or when it is done."""
        name, rest = (words[0], words[1:]) if words else ("", ())
        try:
            if not client.active and name not in _FREE:
                raise CriRefused(f"{name}: this client is not active")
            waits = self._begin(client, name, rest)
        except (CriRefused, DeviceError) as error:
            client.send(_refusal(number, error))
            return
        if waits is None:
            client.send(f"CMDACK {number}")
        else:
            self._controller.spawn(self._finish(client, number, waits))

    async def _finish(self, client: Client, number: int, waits: Work) -> None:
        try:
            await waits()
        except (CriRefused, DeviceError) as error:
            client.send(_refusal(number, error))
        else:
            client.send(f"CMDACK {number}")

    def _begin(self, client: Client, name: str, words: tuple[str, ...]) -> Work | None:
        """Carry out a command; the part that takes time is returned."""
        match name, words:
            case "SetActive", (("true" | "false") as value,):
                self._set_active(client, value == "true")
            case "Reset", ():
                return self._controller.reset
            case "Enable", ():
                self._enable()
            case "Move", ("Stop",):
                return self._kernel.stop
            case "Move", _:
                self._move(words)
            case "ReferenceAllJoints", ():
                return partial(self._reference, range(self._kernel.model.dof))
            case "ReferenceSingleJoint", (axis,):
                return partial(self._reference, [self._axis(axis)])
            case "GetReferencingInfo", ():
                client.send(self._referencing_info())
            case "ListFiles", (folder,):
                names = [name.partition("/")[2] for name in self._files if name.startswith(f"{folder}/")]
                client.send(" ".join(["INFO FileList", folder, *names]))
            case "StartProgram", _:
                raise CriRefused("programs are stored, not carried out, by this virtual controller")
            case _ if name in self._direct:
                self._direct[name](words)
            case _:
                raise CriRefused(f"unknown command {name}".rstrip())
        return None

    def _set_active(self, client: Client, active: bool) -> None:
        if active and not self._controller.take(client):
            client.send("CMD Active false")
            raise CriRefused("another client is active")
        if active:
            client.send("CMD Active true")
        elif client.active:
            self._controller.release(client)
        else:
            client.send("CMD Active false")

    # --- motors and references ----------------------------------------------------------------------------------

    def _enable(self) -> None:
        self._controller.require_healthy()
        self._controller.enabled = True

    def _disable(self, _: tuple[str, ...]) -> None:
        if self._kernel.moving:
            self._controller.spawn(self._kernel.stop())
        self._controller.enabled = False

    def _axis(self, word: str) -> int:
        """Parse an axis. Axes are counted from 0 in this command: A0 is the first."""
        axis = whole_number(word.removeprefix("A"), self._kernel.model.dof - 1)
        if axis is None or not word.startswith("A"):
            raise CriRefused(f"there is no axis {word}")
        return axis

    async def _reference(self, axes: range | list[int]) -> None:
        self._require_enabled()
        for axis in axes:
            self._controller.referenced[axis] = 2
        await asyncio.sleep(REFERENCING)
        for axis in axes:
            self._controller.referenced[axis] = 1

    def _referencing_info(self) -> str:
        states = self._controller.referenced
        padded = [*states, *[0] * (12 - len(states))]
        whole = 2 if 2 in states else 1 if all(states) else 0
        return f"INFO ReferencingInfo {whole} Joints {' '.join(map(str, padded))} Mandatory 1 RefWithProg 0 0"

    # --- motions ------------------------------------------------------------------------------------------------

    def _require_enabled(self) -> None:
        controller, kernel = self._controller, self._kernel
        controller.require_healthy()
        if not controller.enabled:
            raise CriRefused("the motors are not enabled")
        if not kernel.mode.accepts_programs:
            raise CriRefused("motion by command is not allowed in this operation mode")
        if not all(state == 1 for state in controller.referenced):
            raise CriRefused("the robot is not referenced")
        if kernel.moving:
            raise CriRefused("a motion is under way")

    def _move(self, words: tuple[str, ...]) -> None:
        move = parse_move(words)
        self._require_enabled()
        motion = self._joint_motion(move) if isinstance(move, MoveJoint) else self._cart_motion(move)
        self._controller.broadcast("EXECACK 0 0")
        future = self._kernel.submit(motion)
        if future.done() and isinstance(future.exception(), PlanningError):
            self._controller.kinstate = OUT_OF_SPACE
        self._controller.watch(future)

    def _joint_motion(self, move: MoveJoint) -> Motion:
        angles = self._controller.angles
        degrees = list(move.joints[: self._kernel.model.dof])
        if move.relative:
            here = angles.to_wire(self._kernel.joints().position.tolist())
            degrees = [a + b for a, b in zip(here, degrees, strict=True)]
        for number, (angle, (low, high)) in enumerate(zip(degrees, self._controller.ranges(), strict=True), 1):
            if not low - 1e-3 <= angle <= high + 1e-3:
                raise CriRefused(f"A{number} {angle:.2f} is outside {low:.2f} to {high:.2f}")
        return JointMotion(np.array(angles.from_wire(degrees)), move.speed / 100.0, move.acceleration / 100.0)

    def _cart_motion(self, move: MoveCart) -> Motion:
        top = self._kernel.model.cartesian
        goal = pose_from_wire(*move.pose)
        if move.kind != "Cart":
            here = self._kernel.kinematics.forward(self._kernel.joints().position)
            if move.kind == "RelativeTool":
                goal = here @ goal
            else:
                x, y, z, a, b, c = move.pose
                turn = rotation_from_rpy(np.radians(c), np.radians(b), np.radians(a))
                goal = transform(turn @ here[:3, :3], here[:3, 3] + np.array((x, y, z)) / 1000.0)
        speed = min(move.speed / 1000.0, top.max_speed)
        return LinearMotion(Pose.trusted(goal, "base"), speed, move.acceleration / 100.0 * top.max_acceleration)

    # --- settings, signals, files -----------------------------------------------------------------------------

    def _override(self, words: tuple[str, ...]) -> None:
        (percent,) = numbers(words, (1,))
        if not 0.0 <= percent <= 100.0:
            raise CriRefused(f"override {percent:g} is outside 0 to 100 %")
        self._kernel.set_speed_override(percent / 100.0)

    def _signal(self, kind: str, words: tuple[str, ...], count: int) -> None:
        number, value = signal(words, count)
        signals = self._controller.digital
        signals[kind] = signals[kind] | 1 << number if value else signals[kind] & ~(1 << number)
        self._controller.signals_changed()

    def _motion_type(self, name: str) -> None:
        self._controller.motion_type = name

    def _upload_begin(self, words: tuple[str, ...]) -> None:
        count = whole_number(words[1], LARGEST_UPLOAD) if len(words) == 3 else None
        if count is None:
            raise CriRefused("expected a path, a number of lines and 0")
        self._upload = (words[0], count, [])

    def _upload_line(self, words: tuple[str, ...]) -> None:
        if self._upload is None:
            raise CriRefused("no upload was begun")
        _, count, lines = self._upload
        if len(lines) >= count:
            raise CriRefused(f"more lines than the {count} announced")
        lines.append(" ".join(words))

    def _upload_end(self, _: tuple[str, ...]) -> None:
        upload, self._upload = self._upload, None
        if upload is None:
            raise CriRefused("no upload was begun")
        name, count, lines = upload
        if len(lines) != count:
            raise CriRefused(f"{count} lines were announced, {len(lines)} came")
        self._files[name] = lines

    def _delete(self, words: tuple[str, ...]) -> None:
        if len(words) != 1 or self._files.pop(words[0], None) is None:
            raise CriRefused("no such file")

    def _load(self, words: tuple[str, ...]) -> None:
        if len(words) != 1 or f"Programs/{words[0]}" not in self._files:
            raise CriRefused("no such program")
        self._program = words[0]

    def _replay_mode(self, words: tuple[str, ...]) -> None:
        (mode,) = numbers(words, (1,))
        if mode not in (0, 1, 2, 3):
            raise CriRefused(f"there is no replay mode {mode:g}")
        self._replay = int(mode)

    def run_state(self) -> str:
        """Return the RUNSTATE message of the motion program."""
        lines = len(self._files.get(f"Programs/{self._program}", ()))
        name = self._program or "none"
        return f"RUNSTATE MAIN {name} {name} {lines} 0 0 {self._replay}"


def _refusal(number: int, error: CriRefused | DeviceError) -> str:
    text = str(error) if isinstance(error, CriRefused) else error.message.encode("ascii", "replace").decode()
    return f"CMDERROR {number} {text}"
