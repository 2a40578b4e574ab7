"""One connection to an OPC UA server, in real time: reading, subscribing, writing, calling, and noticing its loss.

Nodes are named as in :mod:`cellkit.opcua.client.node_ids`. A server that says nothing for ``silence`` s, closes the
connection, shuts down or was started anew counts as lost: whatever is pending fails at once, and whoever listens is
told. A lost client is not mended: close it and make another.
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
from cellkit.opcua.client.opening import drop, open_client, why
from cellkit.opcua.client.sample import Sample
from cellkit.opcua.client.settings import ClientSettings
from cellkit.opcua.client.subscription import Subscription
from cellkit.opcua.client.values import ANY_RANK, built_in, plain, seconds, to_variant
from cellkit.timing import now
from cellkit.yamlfile import near_names

ResultT = TypeVar("ResultT")
OPENING = 5.0  # s for each step of connecting
LOOK = 0.5  # s between two looks at whether the server is there
CLOSING = 1.0  # s until a server that does not answer to a farewell is left without one
RENEWAL = 0.75  # share of a channel's life after which it is renewed
_GONE = ("BadSession", "BadSecureChannel", "BadTcp", "BadConnection", "BadServerHalted", "BadShutdown")
_STATE, _STARTED, _NOW = "i=2259", "i=2257", "i=2258"
_RUNNING = 0


@dataclass(frozen=True, slots=True)
class Variable:
    """What a server says of a variable: its built-in type, its ValueRank (-1: a single value), and our rights."""

    kind: str
    rank: int
    readable: bool
    writable: bool


@dataclass(frozen=True, slots=True)
class Argument:
    """One argument of a method."""

    name: str
    kind: ua.VariantType
    rank: int


class OpcuaClient:
    """A client under the name of the device that it is for. Must run in real time: ``max`` is refused."""

    def __init__(self, name: str, settings: ClientSettings) -> None:
        self.name = name
        self.settings = settings
        self.lost: str | None = None
        """Why the server counts as gone; None while it is there."""
        self.heard = 0.0
        """Cell time (s) of the server's last sign of life."""
        self._speed = 1.0
        self._client: Client | None = None
        self._namespaces: list[str] = []
        self._started: Any = None
        self._clock = (0.0, 0.0)  # cell time and the server's (s since 1970) at one moment
        self._tasks: set[asyncio.Task[None]] = set()
        self._pending: list[float] = []  # s that the requests under way may take
        self._listeners: list[Callable[[str], None]] = []
        self._arguments: dict[str, list[Argument]] = {}
        self._kinds: dict[str, tuple[ua.VariantType, int]] = {}

    @property
    def namespaces(self) -> tuple[str, ...]:
        """The URIs of all namespaces of the server."""
        return tuple(self._namespaces)

    # --- life cycle -------------------------------------------------------------------------------------------

    async def connect(self) -> None:
        """Connect, once. Raises ``ConnectionFailed``, and leaves nothing open then."""
        speed = getattr(asyncio.get_running_loop(), "speed", 1.0)
        if speed == "max":
            text = "a device behind OPC UA runs in real time; use --speed 1"
            raise ConnectionFailed(self.name, text)
        self._speed = max(1.0, float(speed))
        self._client = await open_client(self.name, self.settings, self.cell_seconds(OPENING))
        self.heard = now()
        try:
            self._namespaces = (await self.read(["i=2255"]))[0].value
            await self._look()
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
        """Say good-bye, if the server listens, and leave nothing behind. Does nothing the second time."""
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
            await drop(client)
            if tasks:
                await asyncio.wait(tasks)

    def on_lost(self, listener: Callable[[str], None]) -> Callable[[], None]:
        """Call with the reason when the server is lost, but not for ``close()``; the function returned ends that."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    # --- services ---------------------------------------------------------------------------------------------

    async def read(self, nodes: Sequence[str]) -> list[Sample]:
        """The values of variables, bad ones too: their status says so. Raises ``ConnectionLost``."""
        ids = [self.node_id(node) for node in nodes]
        parameters = ua.ReadParameters(
            TimestampsToReturn=ua.TimestampsToReturn.Both,
            NodesToRead=[ua.ReadValueId(NodeId=one, AttributeId=AttributeIds.Value) for one in ids],
        )
        found = await self.ask("reading", lambda client: client.uaclient.read(parameters))
        return [self.sample(one) for one in found]

    async def describe(self, node: str) -> Variable:
        """What a variable is. Raises ``CommandRejected`` for a node that is not there, or is no variable."""
        wanted = (
            AttributeIds.NodeClass, AttributeIds.DataType, AttributeIds.ValueRank,
            AttributeIds.UserAccessLevel, AttributeIds.Value,
        )  # fmt: skip
        one = self.node_id(node)
        parameters = ua.ReadParameters(
            TimestampsToReturn=ua.TimestampsToReturn.Neither,
            NodesToRead=[ua.ReadValueId(NodeId=one, AttributeId=attribute) for attribute in wanted],
        )
        found = await self.ask(node, lambda client: client.uaclient.read(parameters))
        of_class, data_type, rank, access, value = found
        if not _good(of_class):
            raise ServerRefused(self.name, node, _status(of_class))
        if _content(of_class) != ua.NodeClass.Variable:
            raise CommandRejected(self.name, f"{node} is no variable")
        kind = _variant_type(value) or await self._built_in(_content(data_type))
        bits, shape = int(_content(access) or 0), _content(rank)
        self._kinds[node] = kind, ANY_RANK if shape is None else int(shape)
        return Variable(kind.name, self._kinds[node][1], bool(bits & 1), bool(bits & 2))

    async def write(self, node: str, value: Any) -> None:
        """Set a variable, in its own type. Raises ``CommandRejected``: the value does not fit, or is refused."""
        if node not in self._kinds:
            await self.describe(node)
        kind, rank = self._kinds[node]
        try:
            variant = to_variant(value, kind, rank)
        except ValueError as error:
            raise CommandRejected(self.name, f"{node}: {error}") from None
        one = self.node_id(node)
        [status] = await self.ask(
            node, lambda client: client.uaclient.write_attributes([one], [ua.DataValue(variant)], AttributeIds.Value)
        )
        if not status.is_good():
            raise ServerRefused(self.name, f"{node} cannot be set to {value!r}", status.name)

    async def arguments(self, method: str) -> list[Argument]:
        """What a method takes. Raises ``CommandRejected`` for a node that is not there, or is no method."""
        if method in self._arguments:
            return self._arguments[method]
        one = self.node_id(method)
        parameters = ua.ReadParameters(NodesToRead=[ua.ReadValueId(NodeId=one, AttributeId=AttributeIds.NodeClass)])
        [of_class] = await self.ask(method, lambda client: client.uaclient.read(parameters))
        if not _good(of_class):
            raise ServerRefused(self.name, method, _status(of_class))
        if _content(of_class) != ua.NodeClass.Method:
            raise CommandRejected(self.name, f"{method} is no method")
        step = ua.RelativePathElement(
            ReferenceTypeId=_node(ObjectIds.HasProperty), TargetName=ua.QualifiedName("InputArguments", 0)
        )
        step.IsInverse = step.IncludeSubtypes = cast(Any, False)
        path = ua.BrowsePath(StartingNode=one, RelativePath=ua.RelativePath(Elements=[step]))
        [found] = await self.ask(method, lambda client: client.uaclient.translate_browsepaths_to_nodeids([path]))
        taken: list[Argument] = []
        if found.StatusCode.is_good() and found.Targets:
            node = found.Targets[0].TargetId
            [value] = await self.ask(method, lambda client: client.uaclient.read_attributes([node], AttributeIds.Value))
            for number, each in enumerate(_content(value) or [], 1):
                kind = await self._built_in(each.DataType)
                taken.append(Argument(each.Name or f"argument {number}", kind, each.ValueRank))
        self._arguments[method] = taken
        return taken

    async def call(self, owner: str, method: str, *given: Any, limit: float = 0.0) -> list[Any]:
        """Call a method of the object ``owner``; what it returns, as plain Python values.

        ``limit``: s that the method may take: a server that works off everything one by one is silent for so long.
        Raises ``CommandRejected`` for arguments that the method does not take, ``ServerRefused`` for a bad status.
        """
        wanted = await self.arguments(method)
        if len(wanted) != len(given):
            names = ", ".join(one.name for one in wanted) or "nothing"
            raise CommandRejected(self.name, f"{method} takes {len(wanted)} arguments ({names}), not {len(given)}")
        variants = []
        for argument, value in zip(wanted, given, strict=True):
            try:
                variants.append(to_variant(value, argument.kind, argument.rank))
            except ValueError as error:
                raise CommandRejected(self.name, f"{method}: {argument.name}: {error}") from None
        request = ua.CallMethodRequest(self.node_id(owner), self.node_id(method), variants)
        [result] = await self.ask(method, lambda client: client.uaclient.call([request]), limit=limit)
        if not result.StatusCode.is_good():
            refused = [
                f"{argument.name} {status.name}"
                for argument, status in zip(wanted, result.InputArgumentResults or [], strict=False)
                if not status.is_good()
            ]
            about = f" ({', '.join(refused)})" if refused else ""
            raise ServerRefused(self.name, method, f"{result.StatusCode.name}{about}")
        return [plain(one.Value) for one in result.OutputArguments or []]

    async def subscribe(
        self, nodes: Sequence[str], on_change: Callable[[], None], stamps: bool = False
    ) -> Subscription:
        """Be told of every change of variables from now on; their values are there when this returns.

        ``stamps``: a new time stamp is a change too. Raises ``ServerRefused`` for a node that cannot be watched.
        """
        subscription = Subscription(self, nodes, on_change, stamps)
        await subscription.begin()
        return subscription

    # --- for the parts of the client --------------------------------------------------------------------------

    async def ask(
        self, what: str, request: Callable[[Client], Coroutine[Any, Any, ResultT]], limit: float = 0.0
    ) -> ResultT:
        """Send a request, which may take ``limit`` s, but never less than ``silence``.

        Raises ``ServerRefused`` for a bad status, ``ConnectionLost`` when there is no answer.
        """
        wait = max(limit, self.settings.silence)
        self._pending.append(wait)
        try:
            async with asyncio.timeout(self.cell_seconds(wait)):
                return await self._send(what, request)
        except TimeoutError:
            self._lose(f"{what}: the server did not answer within {wait:g} s")
            raise ConnectionLost(self.name, self.lost or "") from None
        finally:
            self._pending.remove(wait)

    async def _send(self, what: str, request: Callable[[Client], Coroutine[Any, Any, ResultT]]) -> ResultT:
        client = self._client
        if client is None or self.lost is not None:
            raise ConnectionLost(self.name, self.lost or "the connection is closed")
        try:
            answer = await request(client)
        except UaStatusCodeError as error:
            status = type(error).__name__
            if not status.startswith(_GONE):
                raise ServerRefused(self.name, what, status) from None
            self._lose(f"{what}: {status}")
        except (OSError, UaError) as error:
            self._lose(f"{what}: {why(error)}")
        else:
            self.heard = now()
            return answer
        raise ConnectionLost(self.name, self.lost or "the connection is closed")

    def node_id(self, text: str) -> ua.NodeId:
        """A node of this server. Raises ``CommandRejected`` for a namespace that it has not."""
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
        """A value with its time in cell time."""
        moment, source = now(), seconds(value.SourceTimestamp)
        stamp: float | None = None
        if source is not None:
            here, there = self._clock
            stamp = moment if there == 0.0 else min(moment, here - (there - source) * self._speed)
        return Sample(plain(_content(value)), _status(value), stamp, moment)

    def alive(self, server_time: Any) -> None:
        """The server has said something, and what time it is."""
        self.heard = now()
        there = seconds(server_time)
        if there is not None and there > 0:
            self._clock = self.heard, there

    def subscription_lost(self, status: str) -> None:
        """The server has ended a subscription by itself."""
        self._lose(f"the server has ended the subscription ({status})")

    def cell_seconds(self, wall: float) -> float:
        """S of cell time for s of wall time: a server lives in real time, whatever the speed of the cell."""
        return wall * self._speed

    # --- watching ---------------------------------------------------------------------------------------------

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
                transport.abort()  # what is pending fails with it
        for listener in tuple(self._listeners):
            listener(reason)

    async def _watch(self) -> None:
        """Notice a server that is silent, has closed the connection, shuts down or is another one."""
        assert self._client is not None
        look: asyncio.Task[None] | None = None
        try:
            async with self._client.uaclient.subscribe_state() as states:
                while self.lost is None:
                    try:
                        await states.next_change(self.cell_seconds(LOOK))
                        self._lose("the server closed the connection")
                    except TimeoutError:
                        # One that works off its requests one by one says nothing else meanwhile.
                        silence = max([self.settings.silence, *self._pending])
                        if now() - self.heard > self.cell_seconds(silence):
                            self._lose(f"the server was silent for {silence:g} s")
                        if look is None or look.done():
                            look = asyncio.get_running_loop().create_task(self._look())
        finally:
            if look is not None:
                look.cancel()
                await asyncio.wait({look})

    async def _look(self) -> None:
        ids = [self.node_id(node) for node in (_STATE, _STARTED, _NOW)]
        with contextlib.suppress(ConnectionLost, ServerRefused):
            state, started, clock = await self._send(
                "ServerStatus", lambda client: client.uaclient.read_attributes(ids, AttributeIds.Value)
            )
            if self._clock[1] == 0.0:
                self.alive(_content(clock))
            if _content(state) not in (None, _RUNNING):
                self._lose(f"the server is not running (state {_content(state)})")
            elif self._started not in (None, _content(started)):
                self._lose("the server was started anew")
            self._started = _content(started)

    async def _renew(self) -> None:
        """Give the channel new keys before the old ones expire."""
        assert self._client is not None
        while self.lost is None:
            await asyncio.sleep(self.cell_seconds(self._client.secure_channel_timeout / 1000 * RENEWAL))
            with contextlib.suppress(ConnectionLost, ServerRefused):
                await self.ask("renewing the channel", lambda client: client.open_secure_channel(renew=True))

    async def _built_in(self, data_type: ua.NodeId | None) -> ua.VariantType:
        """The built-in type behind a DataType, by its supertypes."""
        seen: set[Any] = set()
        while data_type is not None and data_type not in seen:
            found = built_in(data_type)
            if found is not None:
                return found
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
