"""What Robot Web Services of a virtual controller tell beside RAPID: positions, I/O, event log, system, files."""

from __future__ import annotations

from cellkit_abb.protocol.dialect import MECHANICAL_UNIT
from cellkit_abb.protocol.errors import RESOURCE_NOT_FOUND
from cellkit_abb.protocol.rws import Item
from cellkit_abb.virtual_access import RequestRefused
from cellkit_abb.virtual_http import NOTHING, Answer, Call
from cellkit_abb.virtual_positions import joint_target, robot_target
from cellkit_abb.virtual_robot import ServedRobot


class DataWeb:
    """The operations on everything but panel, RAPID and subscriptions."""

    def __init__(self, robot: ServedRobot) -> None:
        self._robot = robot
        self._hal = not robot.dialect.implicit_mastership

    async def joints(self, call: Call) -> Answer:
        """Where the joints are."""
        _require_unit(call.path["unit"])
        return Answer([joint_target(self._robot.kernel)])

    async def target(self, call: Call) -> Answer:
        """Where the tool is."""
        _require_unit(call.path["unit"])
        return Answer([robot_target(self._robot.kernel, call.query)])

    async def cartesian(self, call: Call) -> Answer:
        """Where the flange is in the base frame."""
        _require_unit(call.path["unit"])
        target = robot_target(self._robot.kernel, {})
        names = {} if self._hal else {f"cf{axis}": f"j{axis}" for axis in "146x"}
        fields = {names.get(name, name): value for name, value in target.fields.items() if not name.startswith("eax")}
        return Answer([Item("ms-mechunit-cartesian", target.title, fields)])

    async def signals(self, _call: Call) -> Answer:
        """All signals."""
        return Answer([one.item("ios-signal-li") for one in self._robot.signals.all()], listed=True)

    async def signal(self, call: Call) -> Answer:
        """One signal."""
        return Answer(
            [self._robot.signals.find(call.path["path"]).item("ios-signal-li" if self._hal else "ios-signal")]
        )

    async def set_signal(self, call: Call) -> Answer:
        """Set an output."""
        value = call.form.take("lvalue")
        call.form.take("mode", ("value",), "value")
        call.form.done()
        self._robot.signals.find(call.path["path"])
        self._robot.consent.require(call.session, self._robot.manual)
        self._robot.write_signal(call.path["path"], value)
        return NOTHING

    async def log(self, _call: Call) -> Answer:
        """The event log."""
        return Answer([entry.item() for entry in self._robot.log.entries()], listed=True)

    async def log_entry(self, call: Call) -> Answer:
        """One entry of it."""
        found = [entry for entry in self._robot.log.entries() if entry.number == int(call.path["number"])]
        if not found:
            raise RequestRefused(RESOURCE_NOT_FOUND)
        return Answer([found[0].item()])

    async def system(self, _call: Call) -> Answer:
        """What the controller is."""
        major, minor = ("7", "16") if self._hal else ("6", "15")
        name = self._robot.kernel.model.name
        fields = {"major": major, "minor": minor, "name": name, "rwversion": f"{major}.{minor}.0", "sysid": "{cellkit}"}
        return Answer([Item("sys-system" if self._hal else "sys-system-li", "system", fields)])

    async def identity(self, _call: Call) -> Answer:
        """What calls itself a controller here; recorded from virtual ones of the vendor's, which have no more."""
        fields = {"ctrl-name": self._robot.kernel.name, "ctrl-type": "Virtual Controller"}
        return Answer([Item("ctrl-identity-info", "identity", fields)])

    async def ramdisk(self, _call: Call) -> Answer:
        """Where its fast disk is."""
        return Answer([Item("ctrl-env", "$RAMDISK", {"_value": "/hd0a/TEMP"})])

    async def read_file(self, call: Call) -> Answer:
        """A file, or the names in a folder."""
        names = self._robot.files.listed(call.path["path"])
        if names:
            return Answer([Item("fs-file", name) for name in names], listed=True)
        return Answer(data=self._robot.files.read(call.path["path"]))

    async def write_file(self, call: Call) -> Answer:
        """Put a file."""
        self._robot.files.write(call.path["path"], call.body)
        return Answer(status=201)

    async def delete_file(self, call: Call) -> Answer:
        """Delete a file."""
        self._robot.files.delete(call.path["path"])
        return NOTHING


def _require_unit(unit: str) -> None:
    if unit != MECHANICAL_UNIT:
        raise RequestRefused(RESOURCE_NOT_FOUND, unit)
