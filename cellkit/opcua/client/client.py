"""One connection to an OPC UA server, in real time: read, subscribe, write, call, and detect its loss.

Nodes are named as in :mod:`cellkit.opcua.client.node_ids`. A server that is silent for ``silence`` s, closes the
connection, shuts down or was restarted counts as lost: all pending requests fail at once, and the listeners are
notified. A lost client cannot be reused: close it and make a new one.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import uuid
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar, cast

from asyncua import ua
from asyncua.client.client import Client
from asyncua.ua.attribute_ids import AttributeIds
from asyncua.ua.object_ids import ObjectIds
from asyncua.ua.uaerrors import UaStatusCodeError
from asyncua.ua.uaerrors._base import UaError

from cellkit.errors import CommandRejected, ConnectionFailed, ConnectionLost
from cellkit.opcua.client.errors import ServerRefused
from cellkit.opcua.client.node_ids import parse_node
from cellkit.opcua.client.opening import abort_connection, error_text, open_client
from cellkit.opcua.client.sample import Sample
from cellkit.opcua.client.settings import ClientSettings
from cellkit.opcua.client.subscription import Subscription
from cellkit.opcua.client.values import ANY_RANK, built_in, plain, seconds, to_variant
from cellkit.timing import now
from cellkit.yamlfile import near_names

ResultT = TypeVar("ResultT")
OPENING = 5.0  # s for each step of connecting
STATUS_PERIOD = 0.5  # s between two reads of the server's status
CLOSING = 1.0  # s to wait for the answer to CloseSession
RENEWAL = 0.75  # share of a channel's lifetime after which it is renewed
_LOST_STATUSES = ("BadSession", "BadSecureChannel", "BadTcp", "BadConnection", "BadServerHalted", "BadShutdown")
_STATE, _STARTED, _NOW = "i=2259", "i=2257", "i=2258"
_RUNNING = 0


@dataclass(frozen=True, slots=True)
class VariableDescription:
    """A variable as the server describes it: built-in type, ValueRank (-1: a scalar), and this client's rights."""

    kind: str
    rank: int
    readable: bool
    writable: bool


@dataclass(frozen=True, slots=True)
class MethodArgument:
    """One argument of a method."""

    name: str
    kind: ua.VariantType
    rank: int


class OpcuaClient:
    """A client of one server for the device ``name``. It must run in real time: speed ``max`` is refused."""

    def __init__(self, name: str, settings: ClientSettings) -> None:
        self.name = name
        self.settings = settings
        self.lost: str | None = None
        """The reason why the server counts as lost; None while it is connected."""
        self.last_message = 0.0
        """The cell time (s) of the server's last message."""
        self._speed = 1.0
        self._client: Client | None = None
        self._namespaces: list[str] = []
        self._started: Any = None
        self._clock = (0.0, 0.0)  # cell time (s) and server time (s since 1970) at the same moment
        self._tasks: set[asyncio.Task[None]] = set()
        self._pending: list[float] = []  # time limits (s) of the pending requests
        self._listeners: list[Callable[[str], None]] = []
        self._arguments: dict[str, list[MethodArgument]] = {}
        self._kinds: dict[str, tuple[ua.VariantType, int]] = {}

    @property
    def namespaces(self) -> tuple[str, ...]:
        """The URIs of all namespaces of the server."""
        return tuple(self._namespaces)

    # --- life cycle -------------------------------------------------------------------------------------------

    async def connect(self) -> None:
        """Connect; call it once. Raises ``ConnectionFailed`` and closes everything then."""
        speed = getattr(asyncio.get_running_loop(), "speed", 1.0)
        if speed == "max":
            text = "a device behind OPC UA runs in real time; use --speed 1"
            raise ConnectionFailed(self.name, text)
        self._speed = max(1.0, float(speed))
        self._client = await open_client(self.name, self.settings, self.cell_seconds(OPENING))
        self.last_message = now()
        try:
            self._namespaces = (await self.read(["i=2255"]))[0].value
            await self._read_status()
            if self.lost is not None:
                raise ConnectionLost(self.name, self.lost)
        except (ConnectionLost, ServerRefused) as error:
            await self.close()
            raise ConnectionFailed(self.name, error.message) from None
        except BaseException:
            await self.close()
            raise
        self._run(self._watch())
        self._run(self._renew())

    async def close(self) -> None:
        """Close the session and the connection, and cancel all tasks; a second call does nothing."""
        client, self._client = self._client, None
        if client is None:
            return
        tasks = [task for task in self._tasks if task is not asyncio.current_task()]
        for task in tasks:
            task.cancel()
        try:
            if self.lost is None:
                self.lost = "the connection is closed"
                with contextlib.suppress(Exception):
                    async with asyncio.timeout(self.cell_seconds(CLOSING)):
                        await client.uaclient.close_session(True)
                        await client.close_secure_channel()
        finally:
            await abort_connection(client)
            if tasks:
                await asyncio.wait(tasks)

    def on_lost(self, listener: Callable[[str], None]) -> Callable[[], None]:
        """Call ``listener(reason)`` when the server is lost, not on ``close()``; the returned function removes it."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    # --- services ---------------------------------------------------------------------------------------------

    async def read(self, nodes: Sequence[str]) -> list[Sample]:
        """Read variables; a bad value is returned with its status. Raises ``ConnectionLost``."""
        ids = [self.node_id(node) for node in nodes]
        parameters = ua.ReadParameters(
            TimestampsToReturn=ua.TimestampsToReturn.Both,
            NodesToRead=[ua.ReadValueId(NodeId=node_id, AttributeId=AttributeIds.Value) for node_id in ids],
        )
        values = await self.ask("reading", lambda client: client.uaclient.read(parameters))
        return [self.sample(value) for value in values]

    async def describe(self, node: str) -> VariableDescription:
        """Describe a variable. Raises ``CommandRejected`` for a node that does not exist or is not a variable."""
        attributes = (
            AttributeIds.NodeClass, AttributeIds.DataType, AttributeIds.ValueRank,
            AttributeIds.UserAccessLevel, AttributeIds.Value,
        )  # fmt: skip
        node_id = self.node_id(node)
        parameters = ua.ReadParameters(
            TimestampsToReturn=ua.TimestampsToReturn.Neither,
            NodesToRead=[ua.ReadValueId(NodeId=node_id, AttributeId=attribute) for attribute in attributes],
        )
        values = await self.ask(node, lambda client: client.uaclient.read(parameters))
        node_class, data_type, rank, access, value = values
        if not _good(node_class):
            raise ServerRefused(self.name, node, _status(node_class))
        if _content(node_class) != ua.NodeClass.Variable:
            raise CommandRejected(self.name, f"{node} is not a variable")
        kind = _variant_type(value) or await self._built_in(_content(data_type))
        bits, shape = int(_content(access) or 0), _content(rank)
        self._kinds[node] = kind, ANY_RANK if shape is None else int(shape)
        return VariableDescription(kind.name, self._kinds[node][1], bool(bits & 1), bool(bits & 2))

    async def write(self, node: str, value: Any) -> None:
        """Write a variable in its own data type. Raises ``CommandRejected`` for an unsuitable or refused value."""
        if node not in self._kinds:
            await self.describe(node)
        kind, rank = self._kinds[node]
        try:
            variant = to_variant(value, kind, rank)
        except ValueError as error:
            raise CommandRejected(self.name, f"{node}: {error}") from None
        ids, values = [self.node_id(node)], [ua.DataValue(variant)]
        [status] = await self.ask(
            node, lambda client: client.uaclient.write_attributes(ids, values, AttributeIds.Value)
        )
        if not status.is_good():
            raise ServerRefused(self.name, f"{node} cannot be set to {value!r}", status.name)

    async def arguments(self, method: str) -> list[MethodArgument]:
        """Return a method's arguments. Raises ``CommandRejected`` for a node that does not exist or is not a method."""
        if method in self._arguments:
            return self._arguments[method]
        node_id = self.node_id(method)
        parameters = ua.ReadParameters(NodesToRead=[ua.ReadValueId(NodeId=node_id, AttributeId=AttributeIds.NodeClass)])
        [node_class] = await self.ask(method, lambda client: client.uaclient.read(parameters))
        if not _good(node_class):
            raise ServerRefused(self.name, method, _status(node_class))
        if _content(node_class) != ua.NodeClass.Method:
            raise CommandRejected(self.name, f"{method} is not a method")
        step = ua.RelativePathElement(
            ReferenceTypeId=_node(ObjectIds.HasProperty), TargetName=ua.QualifiedName("InputArguments", 0)
        )
        step.IsInverse = step.IncludeSubtypes = cast(Any, False)
        path = ua.BrowsePath(StartingNode=node_id, RelativePath=ua.RelativePath(Elements=[step]))
        [result] = await self.ask(method, lambda client: client.uaclient.translate_browsepaths_to_nodeids([path]))
        arguments: list[MethodArgument] = []
        if result.StatusCode.is_good() and result.Targets:
            node = result.Targets[0].TargetId
            [value] = await self.ask(method, lambda client: client.uaclient.read_attributes([node], AttributeIds.Value))
            for number, each in enumerate(_content(value) or [], 1):
                kind = await self._built_in(each.DataType)
                arguments.append(MethodArgument(each.Name or f"argument {number}", kind, each.ValueRank))
        self._arguments[method] = arguments
        return arguments

    async def call(self, owner: str, method: str, *given: Any, limit: float = 0.0) -> list[Any]:
        """Call a method of the object ``owner``; return its output arguments as plain Python values.

        ``limit``: the time (s) that the method may take; a server that processes requests one by one is silent
        meanwhile. Raises ``CommandRejected`` for arguments that do not fit, ``ServerRefused`` for a bad status.
        """
        expected = await self.arguments(method)
        if len(expected) != len(given):
            names = ", ".join(argument.name for argument in expected) or "none"
            raise CommandRejected(self.name, f"{method} takes {len(expected)} arguments ({names}), not {len(given)}")
        variants = []
        for argument, value in zip(expected, given, strict=True):
            try:
                variants.append(to_variant(value, argument.kind, argument.rank))
            except ValueError as error:
                raise CommandRejected(self.name, f"{method}: {argument.name}: {error}") from None
        request = ua.CallMethodRequest(self.node_id(owner), self.node_id(method), variants)
        [result] = await self.ask(method, lambda client: client.uaclient.call([request]), limit=limit)
        if not result.StatusCode.is_good():
            refused = [
                f"{argument.name} {status.name}"
                for argument, status in zip(expected, result.InputArgumentResults or [], strict=False)
                if not status.is_good()
            ]
            details = f" ({', '.join(refused)})" if refused else ""
            raise ServerRefused(self.name, method, f"{result.StatusCode.name}{details}")
        return [plain(output.Value) for output in result.OutputArguments or []]

    async def subscribe(
        self, nodes: Sequence[str], on_change: Callable[[], None], stamps: bool = False
    ) -> Subscription:
        """Subscribe to variables; ``on_change`` is called on every change, and the values are read on return.

        ``stamps``: a new time stamp is a change too. Raises ``ServerRefused`` for a node that cannot be monitored.
        """
        subscription = Subscription(self, nodes, on_change, stamps)
        await subscription.begin()
        return subscription

    # --- for the parts of the client --------------------------------------------------------------------------

    async def ask(
        self, subject: str, request: Callable[[Client], Coroutine[Any, Any, ResultT]], limit: float = 0.0
    ) -> ResultT:
        """Send a request; its time limit (s) is the longer one of ``limit`` and ``silence``.

        Raises ``ServerRefused`` for a bad status, ``ConnectionLost`` without an answer.
        """
        wait = max(limit, self.settings.silence)
        self._pending.append(wait)
        try:
            async with asyncio.timeout(self.cell_seconds(wait)):
                return await self._send(subject, request)
        except TimeoutError:
            self._lose(f"{subject}: the server did not answer within {wait:g} s")
            raise ConnectionLost(self.name, self.lost or "") from None
        finally:
            self._pending.remove(wait)

    async def _send(self, subject: str, request: Callable[[Client], Coroutine[Any, Any, ResultT]]) -> ResultT:
        client = self._client
        if client is None or self.lost is not None:
            raise ConnectionLost(self.name, self.lost or "the connection is closed")
        try:
            answer = await request(client)
        except UaStatusCodeError as error:
            status = type(error).__name__
            if not status.startswith(_LOST_STATUSES):
                raise ServerRefused(self.name, subject, status) from None
            self._lose(f"{subject}: {status}")
        except (OSError, UaError) as error:
            self._lose(f"{subject}: {error_text(error)}")
        else:
            self.last_message = now()
            return answer
        raise ConnectionLost(self.name, self.lost or "the connection is closed")

    def node_id(self, text: str) -> ua.NodeId:
        """Return the NodeId of a node's text. Raises ``CommandRejected`` for a namespace unknown to the server."""
        named = parse_node(text)
        if named.uri is None:
            index = 0
        elif named.uri in self._namespaces:
            index = self._namespaces.index(named.uri)
        else:
            known = near_names(named.uri, self._namespaces)
            raise CommandRejected(self.name, f"{text}: the server has no namespace {named.uri!r}; {known}")
        identifier: Any = named.name
        if named.kind == "i":
            identifier = int(named.name)
        elif named.kind == "g":
            identifier = uuid.UUID(named.name)
        elif named.kind == "b":
            identifier = base64.b64decode(named.name)
        return _node(identifier, index)

    def sample(self, value: ua.DataValue) -> Sample:
        """Return a value with its source time converted to cell time."""
        received, source = now(), seconds(value.SourceTimestamp)
        stamp: float | None = None
        if source is not None:
            cell_time, server_time = self._clock
            stamp = received if server_time == 0.0 else min(received, cell_time - (server_time - source) * self._speed)
        return Sample(plain(_content(value)), _status(value), stamp, received)

    def note_message(self, server_time: Any) -> None:
        """Note a message of the server, with the server's time."""
        self.last_message = now()
        server_seconds = seconds(server_time)
        if server_seconds is not None and server_seconds > 0:
            self._clock = self.last_message, server_seconds

    def subscription_lost(self, status: str) -> None:
        """Treat the server as lost, because it has ended a subscription by itself."""
        self._lose(f"the server has ended the subscription ({status})")

    def cell_seconds(self, wall: float) -> float:
        """Convert wall time to cell time (s); the server runs in wall time at any speed of the cell."""
        return wall * self._speed

    # --- supervision of the connection ------------------------------------------------------------------------

    def _run(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _lose(self, reason: str) -> None:
        if self.lost is not None:
            return
        self.lost = reason
        client = self._client
        if client is not None and client.uaclient.protocol is not None:
            transport = client.uaclient.protocol.transport
            if transport is not None:
                transport.abort()  # all pending requests fail with it
        for listener in tuple(self._listeners):
            listener(reason)

    async def _watch(self) -> None:
        """Detect a server that is silent, has closed the connection, shuts down or was restarted."""
        assert self._client is not None
        status: asyncio.Task[None] | None = None
        try:
            async with self._client.uaclient.subscribe_state() as states:
                while self.lost is None:
                    try:
                        await states.next_change(self.cell_seconds(STATUS_PERIOD))
                        self._lose("the server closed the connection")
                    except TimeoutError:
                        # A server that processes its requests one by one sends nothing else meanwhile.
                        silence = max([self.settings.silence, *self._pending])
                        if now() - self.last_message > self.cell_seconds(silence):
                            self._lose(f"the server was silent for {silence:g} s")
                        if status is None or status.done():
                            status = asyncio.get_running_loop().create_task(self._read_status())
        finally:
            if status is not None:
                status.cancel()
                await asyncio.wait({status})

    async def _read_status(self) -> None:
        ids = [self.node_id(node) for node in (_STATE, _STARTED, _NOW)]
        with contextlib.suppress(ConnectionLost, ServerRefused):
            state, started, clock = await self._send(
                "ServerStatus", lambda client: client.uaclient.read_attributes(ids, AttributeIds.Value)
            )
            if self._clock[1] == 0.0:
                self.note_message(_content(clock))
            if _content(state) not in (None, _RUNNING):
                self._lose(f"the server is not running (state {_content(state)})")
            elif self._started not in (None, _content(started)):
                self._lose("the server was restarted")
            self._started = _content(started)

    async def _renew(self) -> None:
        """Renew the secure channel before its keys expire."""
        assert self._client is not None
        while self.lost is None:
            await asyncio.sleep(self.cell_seconds(self._client.secure_channel_timeout / 1000 * RENEWAL))
            with contextlib.suppress(ConnectionLost, ServerRefused):
                await self.ask("renewing the channel", lambda client: client.open_secure_channel(renew=True))

    async def _built_in(self, data_type: ua.NodeId | None) -> ua.VariantType:
        """Return the built-in type of a DataType, by its supertypes."""
        seen: set[Any] = set()
        while data_type is not None and data_type not in seen:
            kind = built_in(data_type)
            if kind is not None:
                return kind
            seen.add(data_type)
            description = ua.BrowseDescription(
                NodeId=data_type,
                BrowseDirection=ua.BrowseDirection.Inverse,
                ReferenceTypeId=_node(ObjectIds.HasSubtype),
                IncludeSubtypes=False,
                ResultMask=ua.BrowseResultMask.All,
            )
            parameters = ua.BrowseParameters(NodesToBrowse=[description])
            [result] = await self.ask("a data type", lambda client, p=parameters: client.uaclient.browse(p))  # type: ignore[misc]
            data_type = result.References[0].NodeId if result.References else None
        return ua.VariantType.Variant


def _node(identifier: Any, index: Any = 0) -> ua.NodeId:
    return ua.NodeId(identifier, index)


def _content(value: ua.DataValue) -> Any:
    return None if value.Value is None else value.Value.Value


def _variant_type(value: ua.DataValue) -> ua.VariantType | None:
    if value.Value is None or value.Value.Value is None:
        return None
    return ua.VariantType(value.Value.VariantType)


def _status(value: ua.DataValue) -> str:
    return "Good" if value.StatusCode is None else str(value.StatusCode.name)


def _good(value: ua.DataValue) -> bool:
    return value.StatusCode is None or bool(value.StatusCode.is_good())
