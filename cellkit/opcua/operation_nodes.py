"""The objects of operations (jobs); an object outlives the session that requested it, until newer ones replace it."""

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

OnCreated = Callable[[str, Instance], None]


class OperationNodes:
    """The objects below the folder Operations, and variables for the newest job of each device."""

    def __init__(
        self, publisher: Publisher, folder: ua.NodeId, on_created: OnCreated, on_deleted: Callable[[Instance], None]
    ) -> None:
        self._publisher = publisher
        self._model = publisher.model
        self._folder = folder
        self._on_created = on_created
        self._on_deleted = on_deleted
        self._instances: OrderedDict[str, Instance] = OrderedDict()
        self._reports: dict[str, dict[str, Any]] = {}
        self._by_device: dict[str, Instance] = {}

    def add_device(self, role: str, commands: Instance) -> None:
        """Show a device's jobs (empty: those of the whole cell) in the variables of its commands object too."""
        self._by_device[role] = commands

    def node(self, operation_id: str) -> ua.NodeId:
        """Return the NodeId of an operation's object; the null NodeId if the operation does not exist."""
        instance = self._instances.get(operation_id)
        return ua.NodeId() if instance is None else instance.node_id

    def last_report(self, operation_id: str) -> Mapping[str, Any] | None:
        """Return the cell's last report of an operation, or None."""
        return self._reports.get(operation_id)

    async def update(self, job: Mapping[str, Any]) -> None:
        """Write a new or changed job to its object, which is created for a new job."""
        instance = self._instances.get(job["id"])
        before = self._reports.get(job["id"])
        if instance is None:
            instance = self._create(job)
            await self._delete_oldest()
        self._reports[job["id"]] = dict(job)
        await self._show(instance, job, before or {})
        commands = self._by_device.get(job["device"])
        if commands is not None:
            await self._show_device(commands, job)

    def _create(self, job: Mapping[str, Any]) -> Instance:
        instance = instantiate(self._model, self._folder, "CK:OperationType", job["id"])
        self._instances[job["id"]] = instance
        self._on_created(job["id"], instance)
        return instance

    async def _show(self, instance: Instance, job: Mapping[str, Any], before: Mapping[str, Any]) -> None:
        write = self._publisher.write
        if not before:
            for path, key in (
                ("OperationId", "id"),
                ("Command", "command"),
                ("Device", "device"),
                ("Client", "client"),
            ):
                await write(instance[path], job[key], T.String)
        for path, key, variant, convert in _FIELDS:
            if before and job[key] == before[key]:
                continue
            value = convert(job[key])
            if value is None:
                await self._publisher.write_bad(instance[path], ua.StatusCodes.BadWaitingForInitialData)
            else:
                await write(instance[path], value, variant)
        if not before or job["result"] != before["result"]:
            await write(instance["ResultValues"], numbers_of(job["result"]), T.Double)

    async def _show_device(self, commands: Instance, job: Mapping[str, Any]) -> None:
        write = self._publisher.write
        await write(commands["ActiveOperationId"], job["id"], T.String)
        await write(commands["ActiveOperationState"], job["state"], T.Int32)
        if JobState(job["state"]).ended:
            await write(commands["LastOperationId"], job["id"], T.String)
            await write(commands["LastResult"], _text(job["result"]), T.String)
            await write(commands["LastFailure"], f"{job['failure']}: {job['reason']}".strip(": "), T.String)

    async def _delete_oldest(self) -> None:
        ended = [job for job, report in self._reports.items() if JobState(report["state"]).ended]
        for job in ended[: max(0, len(self._instances) - MOST_KEPT)]:
            instance = self._instances.pop(job)
            self._reports.pop(job)
            self._on_deleted(instance)
            nodes = [self._model.server.get_node(node) for node in instance.nodes.values()]
            await self._model.server.delete_nodes(nodes)


def numbers_of(result: Mapping[str, Any]) -> list[float]:
    """Return all numbers of a result in its order, for clients that cannot read JSON."""
    numbers: list[float] = []
    for value in result.values():
        for item in value if isinstance(value, list) else [value]:
            if isinstance(item, int | float):
                numbers.append(float(item))
    return numbers


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
    ("State", "state", T.Int32, _same),  # written last: a client that sees the end sees the other values as well
)
