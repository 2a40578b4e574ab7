"""The same operations in both generations of Robot Web Services: paths, fields, media types.

RWS 1.0 (IRC5) puts the action into the query, RWS 2.0 (OmniCore) into the path. Paths and fields are from the protocol
facts and the path tables of ichbinmeraj/abb-rws-client (commit ac0d2d2).
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar, Literal

from typing_extensions import override

TASK = "T_ROB1"
MECHANICAL_UNIT = "ROB_1"
START_FORM = {
    "regain": "continue",
    "execmode": "continue",
    "cycle": "forever",
    "condition": "none",
    "stopatbp": "disabled",
    "alltaskbytsp": "false",
}


@dataclass(frozen=True, slots=True)
class Post:
    """A request that changes the controller. ``edits``: RWS 2.0 requires mastership of the domain ``edit`` for it."""

    path: str
    form: Mapping[str, str] = field(default_factory=dict)
    edits: bool = False


class Dialect(ABC):
    """The requests of one generation."""

    name: ClassVar[str]
    scheme: ClassVar[Literal["http", "https"]]
    subprotocol: ClassVar[str]
    control_state: ClassVar[str]
    suffix: ClassVar[str]
    headers: ClassVar[Mapping[str, str]]
    implicit_mastership: ClassVar[bool]

    operation_mode = "/rw/panel/opmode"
    speed_ratio = "/rw/panel/speedratio"
    execution = "/rw/rapid/execution"
    tasks = "/rw/rapid/tasks"
    joints = f"/rw/motionsystem/mechunits/{MECHANICAL_UNIT}/jointtarget"
    log = "/rw/elog/0"
    system = "/rw/system"

    @abstractmethod
    def set_motors(self, on: bool) -> Post:
        """Switch the motors on or off."""

    @abstractmethod
    def start(self) -> Post:
        """Start RAPID."""

    @abstractmethod
    def stop(self) -> Post:
        """Stop RAPID."""

    @abstractmethod
    def reset_pointer(self) -> Post:
        """Set the program pointer to main."""

    @abstractmethod
    def modules(self, task: str) -> str:
        """Return the path of a task's modules."""

    @abstractmethod
    def symbol(self, task: str, module: str, name: str) -> str:
        """Return the path of a RAPID variable's value."""

    @abstractmethod
    def set_symbol(self, task: str, module: str, name: str, value: str) -> Post:
        """Write a RAPID variable."""

    @abstractmethod
    def set_signal(self, signal: str, value: str, *, analogue: bool = False) -> Post:
        """Write an I/O signal, ``network/device/name``."""

    @abstractmethod
    def mastership(self, wanted: bool) -> Post:
        """Request the right to change RAPID and settings, or release it."""

    def set_speed_ratio(self, percent: int) -> Post:
        """Set the speed ratio, 0 to 100; the request is the same in both generations."""
        return Post(f"{self.speed_ratio}?action=setspeedratio", {"speed-ratio": str(percent)}, edits=True)

    def signal(self, signal: str) -> str:
        """Return the path of an I/O signal, ``network/device/name``."""
        return f"/rw/iosystem/signals/{signal}"

    def signal_state(self, signal: str) -> str:
        """Return an I/O signal as a subscription names it."""
        return f"{self.signal(signal)};state"

    def watched(self) -> list[str]:
        """Return the resources that a driver subscribes to: controller state, mode, speed ratio, execution, log."""
        panel = [self.control_state, self.operation_mode, self.speed_ratio]
        return [*(self.subscribed(path) for path in panel), f"{self.execution};ctrlexecstate", self.log]

    @abstractmethod
    def subscribed(self, path: str) -> str:
        """Return a panel resource as a subscription names it."""


class Rws1(Dialect):
    """The requests to RobotWare 6 on IRC5."""

    name = "RWS 1.0"
    scheme = "http"
    subprotocol = "robapi2_subscription"
    control_state = "/rw/panel/ctrlstate"
    suffix = "json=1"
    headers: ClassVar[Mapping[str, str]] = {}
    implicit_mastership = True

    @override
    def set_motors(self, on: bool) -> Post:
        return Post(f"{self.control_state}?action=setctrlstate", {"ctrl-state": "motoron" if on else "motoroff"})

    @override
    def start(self) -> Post:
        return Post(f"{self.execution}?action=start", START_FORM)

    @override
    def stop(self) -> Post:
        return Post(f"{self.execution}?action=stop", {"stopmode": "stop"})

    @override
    def reset_pointer(self) -> Post:
        return Post(f"{self.execution}?action=resetpp", edits=True)

    @override
    def modules(self, task: str) -> str:
        return f"/rw/rapid/modules?task={task}"

    @override
    def symbol(self, task: str, module: str, name: str) -> str:
        return f"/rw/rapid/symbol/data/RAPID/{task}/{module}/{name}"

    @override
    def set_symbol(self, task: str, module: str, name: str, value: str) -> Post:
        return Post(f"{self.symbol(task, module, name)}?action=set", {"value": value}, edits=True)

    @override
    def set_signal(self, signal: str, value: str, *, analogue: bool = False) -> Post:
        """Write an I/O signal; other clients name the mode of analogue ones, which is ``value`` in any case."""
        form = {"mode": "value"} if analogue else {}
        return Post(f"{self.signal(signal)}?action=set", {**form, "lvalue": value})

    @override
    def mastership(self, wanted: bool) -> Post:
        return Post(f"/rw/mastership/rapid?action={'request' if wanted else 'release'}")

    @override
    def subscribed(self, path: str) -> str:
        return path


class Rws2(Dialect):
    """The requests to RobotWare 7 on OmniCore."""

    name = "RWS 2.0"
    scheme = "https"
    subprotocol = "rws_subscription"
    control_state = "/rw/panel/ctrl-state"
    suffix = ""
    headers: ClassVar[Mapping[str, str]] = {"Accept": "application/hal+json;v=2.0"}
    implicit_mastership = False

    @override
    def set_motors(self, on: bool) -> Post:
        return Post(self.control_state, {"ctrl-state": "motoron" if on else "motoroff"})

    @override
    def start(self) -> Post:
        return Post(f"{self.execution}/start", START_FORM)

    @override
    def stop(self) -> Post:
        return Post(f"{self.execution}/stop", {"stopmode": "stop"})

    @override
    def reset_pointer(self) -> Post:
        return Post(f"{self.execution}/resetpp", edits=True)

    @override
    def modules(self, task: str) -> str:
        return f"{self.tasks}/{task}/modules"

    @override
    def symbol(self, task: str, module: str, name: str) -> str:
        return f"/rw/rapid/symbol/RAPID/{task}/{module}/{name}/data"

    @override
    def set_symbol(self, task: str, module: str, name: str, value: str) -> Post:
        return Post(self.symbol(task, module, name), {"value": value}, edits=True)

    @override
    def set_signal(self, signal: str, value: str, *, analogue: bool = False) -> Post:
        return Post(f"{self.signal(signal)}/set-value", {"lvalue": value})

    @override
    def mastership(self, wanted: bool) -> Post:
        return Post(f"/rw/mastership/edit/{'request' if wanted else 'release'}")

    @override
    def subscribed(self, path: str) -> str:
        field = {self.control_state: "ctrlstate", self.operation_mode: "opmode", self.speed_ratio: "speedratio"}[path]
        return f"{path};{field}"
