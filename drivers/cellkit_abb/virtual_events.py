"""What a virtual controller tells its subscribers, and what they may subscribe to."""

from __future__ import annotations

from cellkit_abb.protocol.dialect import TASK
from cellkit_abb.protocol.errors import INVALID_PARAMETER
from cellkit_abb.protocol.rapid import Symbol, format_value
from cellkit_abb.protocol.rws import Item
from cellkit_abb.virtual_access import RequestRefused
from cellkit_abb.virtual_log import LogEntry, Signal
from cellkit_abb.virtual_robot import ShownRobot


class Events:
    """The events of one controller, as items whose link names what they are about."""

    def __init__(self, robot: ShownRobot) -> None:
        self._robot = robot

    def state(self) -> Item:
        """The controller state has changed."""
        return Item(
            "pnl-ctrlstate-ev", "ctrlstate", {"ctrlstate": self._robot.control_state}, self._robot.dialect.control_state
        )

    def mode(self) -> Item:
        """The operational mode has changed."""
        return Item(
            "pnl-opmode-ev", "opmode", {"opmode": self._robot.operation_mode}, self._robot.dialect.operation_mode
        )

    def speed(self) -> Item:
        """The speed ratio has changed."""
        fields = {"speedratio": str(self._robot.speed_ratio)}
        return Item("pnl-speedratio-ev", "speedratio", fields, self._robot.dialect.speed_ratio)

    def execution(self) -> Item:
        """RAPID has started or stopped."""
        fields = {"ctrlexecstate": "running" if self._robot.rapid.running else "stopped"}
        return Item("rap-ctrlexecstate-ev", "ctrlexecstate", fields, self._robot.dialect.execution)

    def logged(self, entry: LogEntry) -> Item:
        """Something was noted in the event log."""
        return Item("elog-message-ev", f"{entry.number}", {"seqnum": str(entry.number)}, f"/rw/elog/0/{entry.number}")

    def signal(self, signal: Signal) -> Item:
        """A signal has another value."""
        fields = {"lvalue": signal.text, "lstate": "not simulated"}
        return Item("ios-signalstate-ev", signal.path, fields, self._robot.dialect.signal(signal.path))

    def symbol(self, symbol: Symbol) -> Item:
        """A persistent variable was written."""
        path = self._robot.dialect.symbol(TASK, symbol.module, symbol.name)
        return Item("rap-data", symbol.name, {"value": format_value(symbol.value)}, path)

    def resource(self, asked: str) -> str:
        """What a resource is called in events. Raises ``RequestRefused`` for one that cannot be subscribed to."""
        robot, dialect = self._robot, self._robot.dialect
        path, _, suffix = asked.partition(";")
        if path in (dialect.control_state, dialect.operation_mode, dialect.speed_ratio):
            if dialect.implicit_mastership or asked == dialect.subscribed(path):
                return path
        elif (path == dialect.execution and suffix == "ctrlexecstate") or asked == dialect.log:
            return path
        elif path.startswith("/rw/iosystem/signals/") and suffix == "state":
            return dialect.signal(robot.signals.find(path.removeprefix("/rw/iosystem/signals/")).path)
        elif path.startswith("/rw/rapid/symbol/") and suffix == "value":
            name = path.removeprefix("/rw/rapid/symbol/").removeprefix("data/").removeprefix("RAPID/")
            symbol = robot.rapid.find(name.removesuffix("/data"))
            return dialect.symbol(TASK, symbol.module, symbol.name)
        raise RequestRefused(INVALID_PARAMETER, f"invalid resource in the subscription: {asked}")
