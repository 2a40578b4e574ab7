"""Jobs as nodes: each has an object that outlives the session that asked for it, until newer ones take its place."""

from __future__ import annotations

import json
from collections import OrderedDict
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from asyncua import ua

from cellkit.opcua.model.instances import Instance, instantiate
from cellkit.opcua.publisher import Publisher
from cellkit.supervision.jobs import MOST_KEPT, JobState

T = ua.VariantType

OnMade = Callable[[str, Instance], None]


class Operations:
    """The objects below the folder Operations, and the newest job of each device as plain variables."""

    def __init__(
        self, publisher: Publisher, folder: ua.NodeId, on_made: OnMade, on_forgotten: Callable[[Instance], None]
    ) -> None:
        self._publisher = publisher
        self._model = publisher.model
        self._folder = folder
        self._on_made = on_made
        self._on_forgotten = on_forgotten
        self._made: OrderedDict[str, Instance] = OrderedDict()
        self._told: dict[str, dict[str, Any]] = {}
        self._by_device: dict[str, Instance] = {}

    def add_device(self, role: str, commands: Instance) -> None:
        """Show the jobs of a device (empty: of the whole cell) in the variables of its commands object too."""
        self._by_device[role] = commands

    def node(self, operation_id: str) -> ua.NodeId:
        """The object of an operation; null when there is none."""
        made = self._made.get(operation_id)
        return ua.NodeId() if made is None else made.node_id

    def told(self, operation_id: str) -> Mapping[str, Any] | None:
        """What the cell told last of an operation."""
        return self._told.get(operation_id)

    async def take(self, job: Mapping[str, Any]) -> None:
        """A job is new, or another than before."""
        made = self._made.get(job["id"])
        before = self._told.get(job["id"])
        if made is None:
            made = self._make(job)
            await self._forget()
        self._told[job["id"]] = dict(job)
        await self._show(made, job, before or {})
        commands = self._by_device.get(job["device"])
        if commands is not None:
            await self._show_device(commands, job)

    def _make(self, job: Mapping[str, Any]) -> Instance:
        made = instantiate(self._model, self._folder, "CK:OperationType", job["id"])
        self._made[job["id"]] = made
        self._on_made(job["id"], made)
        return made

    async def _show(self, made: Instance, job: Mapping[str, Any], before: Mapping[str, Any]) -> None:
        write = self._publisher.write
        if not before:
            for path, key in (
                ("OperationId", "id"),
                ("Command", "command"),
                ("Device", "device"),
                ("Client", "client"),
            ):
                await write(made[path], job[key], T.String)
        for path, key, variant, convert in _FIELDS:
            if before and job[key] == before[key]:
                continue
            value = convert(job[key])
            if value is None:
                await self._publisher.bad(made[path], ua.StatusCodes.BadWaitingForInitialData)
            else:
                await write(made[path], value, variant)
        if not before or job["result"] != before["result"]:
            await write(made["ResultValues"], numbers_of(job["result"]), T.Double)

    async def _show_device(self, commands: Instance, job: Mapping[str, Any]) -> None:
        write = self._publisher.write
        await write(commands["ActiveOperationId"], job["id"], T.String)
        await write(commands["ActiveOperationState"], job["state"], T.Int32)
        if JobState(job["state"]).ended:
            await write(commands["LastOperationId"], job["id"], T.String)
            await write(commands["LastResult"], _text(job["result"]), T.String)
            await write(commands["LastFailure"], f"{job['failure']}: {job['reason']}".strip(": "), T.String)

    async def _forget(self) -> None:
        ended = [one for one in self._made if one in self._told and JobState(self._told[one]["state"]).ended]
        for one in ended[: max(0, len(self._made) - MOST_KEPT)]:
            made = self._made.pop(one)
            self._told.pop(one, None)
            self._on_forgotten(made)
            nodes = [self._model.server.get_node(node) for node in made.nodes.values()]
            await self._model.server.delete_nodes(nodes)


def numbers_of(result: Mapping[str, Any]) -> list[float]:
    """All numbers of a result in its order, for clients that read no JSON."""
    found: list[float] = []
    for value in result.values():
        for one in value if isinstance(value, list) else [value]:
            if isinstance(one, int | float):
                found.append(float(one))
    return found


def _text(result: Mapping[str, Any]) -> str:
    return json.dumps(result, ensure_ascii=False)


def _moment(seconds: float | None) -> datetime | None:
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC)


def _same(value: Any) -> Any:
    return value


_FIELDS: tuple[tuple[str, str, ua.VariantType, Callable[[Any], Any]], ...] = (
    ("Progress", "progress", T.Double, _same),
    ("Failure", "failure", T.String, _same),
    ("Reason", "reason", T.String, _same),
    ("Result", "result", T.String, _text),
    ("Submitted", "submitted", T.DateTime, _moment),
    ("Started", "started", T.DateTime, _moment),
    ("Ended", "ended", T.DateTime, _moment),
    ("State", "state", T.Int32, _same),  # the last one: who sees it ended, sees the rest as well
)
