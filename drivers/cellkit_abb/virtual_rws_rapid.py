"""What Robot Web Services of a virtual controller do with RAPID: execution, tasks, modules, data."""

from __future__ import annotations

from cellkit_abb.protocol.dialect import TASK
from cellkit_abb.protocol.rapid import format_value
from cellkit_abb.protocol.rws import Item
from cellkit_abb.virtual_http import NOTHING, Answer, Call
from cellkit_abb.virtual_rapid import RapidTask
from cellkit_abb.virtual_robot import ServedRobot


def may_edit(robot: ServedRobot, call: Call) -> None:
    """Raise ``RequestRefused`` unless the client may change RAPID and settings now."""
    robot.mastership.require(call.session, "rapid" if robot.dialect.implicit_mastership else "edit")
    robot.consent.require(call.session, robot.manual)


class RapidWeb:
    """The operations on RAPID."""

    def __init__(self, robot: ServedRobot) -> None:
        self._robot = robot
        self._hal = not robot.dialect.implicit_mastership

    async def execution(self, _call: Call) -> Answer:
        """Whether RAPID runs."""
        task = self._robot.rapid
        fields = {"ctrlexecstate": "running" if task.running else "stopped", "cycle": task.cycle}
        return Answer([Item("rap-execution", "execution", fields)])

    async def start(self, call: Call) -> Answer:
        """Start RAPID."""
        form = call.form
        form.take("regain", ("continue", "regain", "clear", "enterconsume"))
        form.take("execmode", ("continue", "stepin", "stepover", "stepout", "stepback", "steplast", "stepmotion"))
        cycle = form.take("cycle", ("forever", "asis", "once"))
        form.take("condition", ("none", "callchain"))
        form.take("stopatbp", ("disabled", "enabled"))
        form.take("alltaskbytsp", ("true", "false"))
        form.done()
        if self._hal and self._robot.mastership.holder("edit") not in (None, call.session):
            may_edit(self._robot, call)
        self._robot.start_program(cycle)
        return NOTHING

    async def stop(self, call: Call) -> Answer:
        """Stop RAPID."""
        call.form.take("stopmode", ("cycle", "instr", "stop", "qstop"), "stop")
        call.form.take("usetsp", ("normal", "alltsk"), "normal")
        call.form.done()
        await self._robot.stop_program()
        return NOTHING

    async def reset_pointer(self, call: Call) -> Answer:
        """Program pointer to main."""
        call.form.done()
        may_edit(self._robot, call)
        self._robot.reset_pointer()
        return NOTHING

    async def tasks(self, _call: Call) -> Answer:
        """All tasks."""
        return Answer([_task_item(self._robot.rapid)], listed=True)

    async def task(self, call: Call) -> Answer:
        """One task."""
        self._robot.rapid.require(call.path["task"])
        return Answer([_task_item(self._robot.rapid)])

    async def activate(self, call: Call) -> Answer:
        """Let a task take part."""
        return self._set_active(call, True)

    async def deactivate(self, call: Call) -> Answer:
        """Leave a task out."""
        return self._set_active(call, False)

    def _set_active(self, call: Call, active: bool) -> Answer:
        self._robot.rapid.require(call.form.take("task") if self._hal else call.path["task"])
        call.form.done()
        may_edit(self._robot, call)
        self._robot.rapid.active = active
        return NOTHING

    async def modules(self, call: Call) -> Answer:
        """The modules of a task."""
        task = call.path["task"] if self._hal else call.query.get("task", "")
        self._robot.rapid.require(task)
        names = self._robot.rapid.modules
        items = [Item("rap-module-info-li", f"{task}/{name}", {"name": name, "type": "ProgMod"}) for name in names]
        return Answer(items)

    async def load_module(self, call: Call) -> Answer:
        """Load a module from the disk."""
        self._robot.rapid.require(call.path["task"])
        path = call.form.take("modulepath")
        replace = call.form.take("replace", ("true", "false"), "false") == "true"
        call.form.done()
        may_edit(self._robot, call)
        self._robot.rapid.load(self._robot.files.read(path).decode("utf-8", "replace"), replace)
        return NOTHING

    async def unload_module(self, call: Call) -> Answer:
        """Take a module away."""
        self._robot.rapid.require(call.path["task"])
        name = call.form.take("module")
        call.form.done()
        may_edit(self._robot, call)
        self._robot.rapid.unload(name)
        return NOTHING

    async def symbol(self, call: Call) -> Answer:
        """The value of a variable."""
        symbol = self._robot.rapid.find(call.path["path"])
        return Answer([Item("rap-data", f"RAPID/{call.path['path']}", {"value": format_value(symbol.value)})])

    async def set_symbol(self, call: Call) -> Answer:
        """Write a variable."""
        symbol = self._robot.rapid.find(call.path["path"])
        value = call.form.take("value")
        call.form.done()
        may_edit(self._robot, call)
        self._robot.rapid.write(symbol, value)
        return NOTHING

    async def search_symbols(self, call: Call) -> Answer:
        """All persistent variables."""
        items = [
            Item(
                "rap-sympers-li",
                f"RAPID/{TASK}/{one.module}/{one.name}",
                {
                    "name": one.name,
                    "symburl": f"RAPID/{TASK}/{one.module}/{one.name}",
                    "symtyp": "per",
                    "dattyp": one.kind,
                },
            )
            for one in self._robot.rapid.symbols()
        ]
        return Answer(items, listed=True)


def _task_item(task: RapidTask) -> Item:
    fields = {
        "name": TASK,
        "type": "normal",
        "taskstate": "linked",
        "excstate": task.state,
        "active": "On" if task.active else "Off",
        "motiontask": "TRUE",
    }
    return Item("rap-task-li", TASK, fields, f"tasks/{TASK}")
