"""Roles, log-in, sessions and their ends, on a live gateway."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from datetime import timedelta
from typing import Any

import pytest
from asyncua import ua
from asyncua.crypto import security_policies
from attacks import REFUSED, Watcher, opens, until, value_of
from authority import Authority, self_signed
from cryptography.hazmat.primitives.serialization import Encoding
from secure_rig import LIMITS, PASSWORDS, POLICY, Card, Rig, RigClient, card, connected, run
from served import Loop, Target, serve_gateway

from cellkit.access.caller import Role
from cellkit.opcua.security.certificates import thumbprint


@pytest.fixture(scope="module")
def gateway(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Target]:
    stack = AsyncExitStack()
    with Loop() as loop:
        made = loop.do(serve_gateway(stack, tmp_path_factory.mktemp("gateway")))
        made.loop = loop.loop
        made.do = loop.do
        yield made
        loop.do(stack.aclose())


def rig_of(target: Target) -> Rig:
    assert target.rig is not None
    return target.rig


async def call(client: RigClient, target: Target, name: str, *arguments: ua.Variant) -> ua.CallMethodResult:
    request = ua.CallMethodRequest(
        ObjectId=target.node("machine"), MethodId=target.node(name), InputArguments=list(arguments)
    )
    return (await client.uaclient.call([request]))[0]


def code(status: ua.StatusCode | None) -> str:
    return "Good" if status is None else status.name


TARGET, SPEED = ua.Variant([1.0, 2.0, 3.0]), ua.Variant(0.5)


@pytest.mark.parametrize(
    "policy",
    [
        security_policies.SecurityPolicyBasic256Sha256,
        security_policies.SecurityPolicyAes128Sha256RsaOaep,
        security_policies.SecurityPolicyAes256Sha256RsaPss,
    ],
)
def test_a_good_client_gets_its_work_done(gateway: Target, policy: Any) -> None:
    async def work() -> None:
        async with connected(gateway.url, "otto", policy=policy) as client:
            result = await call(client, gateway, "move", TARGET, SPEED)
            assert code(result.StatusCode) == "Good"
            assert result.OutputArguments[0].VariantType == ua.VariantType.Int32
            caller, values = gateway.calls[-1]
            assert (caller.user, caller.role) == ("otto", Role.OPERATOR)
            assert caller.peer.startswith("127.0.0.1:")
            assert caller.thumbprint == thumbprint(card().der)
            assert values == ([1.0, 2.0, 3.0], 0.5)

    run(work)


@pytest.mark.parametrize(
    ("user", "called", "written"),
    [
        ("olga", "BadUserAccessDenied", "BadUserAccessDenied"),
        ("otto", "Good", "BadUserAccessDenied"),
        ("emma", "Good", "Good"),
        ("anna", "Good", "Good"),
    ],
)
def test_each_role_may_do_its_own(gateway: Target, user: str, called: str, written: str) -> None:
    async def work() -> None:
        async with connected(gateway.url, user) as client:
            assert code((await call(client, gateway, "move", TARGET, SPEED)).StatusCode) == called
            write = ua.WriteValue(gateway.node("speed"), ua.AttributeIds.Value, None, ua.DataValue(ua.Variant(2.0)))
            assert code((await client.uaclient.write(ua.WriteParameters([write])))[0]) == written
            may_write = bool(await _attribute(client, gateway.node("speed"), ua.AttributeIds.UserAccessLevel) & 2)
            assert may_write == (written == "Good")
            executable = await _attribute(client, gateway.node("move"), ua.AttributeIds.UserExecutable)
            assert executable == (called == "Good")
            assert not await _attribute(client, gateway.node("forgotten"), ua.AttributeIds.UserExecutable)
            assert not await _attribute(client, gateway.node("loose"), ua.AttributeIds.AccessLevel) & 2
            assert await _attribute(client, gateway.node("speed"), ua.AttributeIds.UserWriteMask) == 0

    run(work)


async def _attribute(client: RigClient, node: ua.NodeId, attribute: ua.AttributeIds) -> Any:
    item = ua.ReadValueId(NodeId=node, AttributeId=attribute)
    value = (await client.uaclient.read(ua.ReadParameters(NodesToRead=[item])))[0]
    assert code(value.StatusCode) == "Good", attribute
    return value.Value.Value


@pytest.mark.parametrize(
    ("arguments", "answer", "each"),
    [
        ([TARGET], "BadArgumentsMissing", []),
        ([TARGET, SPEED, SPEED], "BadTooManyArguments", []),
        ([TARGET, ua.Variant("fast")], "BadInvalidArgument", ["Good", "BadTypeMismatch"]),
        ([TARGET, ua.Variant(1, ua.VariantType.Int32)], "BadInvalidArgument", ["Good", "BadTypeMismatch"]),
        ([ua.Variant(1.0), SPEED], "BadInvalidArgument", ["BadTypeMismatch", "Good"]),
        ([ua.Variant([1.0, 2.0]), SPEED], "BadInvalidArgument", ["BadTypeMismatch", "Good"]),
        ([TARGET, ua.Variant([0.5])], "BadInvalidArgument", ["Good", "BadTypeMismatch"]),
        ([TARGET, ua.Variant(None)], "BadInvalidArgument", ["Good", "BadTypeMismatch"]),
        ([TARGET, ua.Variant(float("nan"))], "Good", []),
        ([TARGET, ua.Variant(float("inf"))], "Good", []),
    ],
)
def test_arguments_are_checked(gateway: Target, arguments: list[ua.Variant], answer: str, each: list[str]) -> None:
    async def work() -> None:
        before = len(gateway.calls)
        async with connected(gateway.url, "otto") as client:
            result = await call(client, gateway, "move", *arguments)
        assert code(result.StatusCode) == answer
        assert [code(status) for status in result.InputArgumentResults] == each
        assert len(gateway.calls) - before == (answer == "Good")

    run(work)


def test_every_method_of_a_call_is_judged_alone(gateway: Target) -> None:
    async def work() -> None:
        machine, server = gateway.node("machine"), ua.NodeId(ua.ObjectIds.Server)
        requests = [
            ua.CallMethodRequest(machine, gateway.node("move"), [TARGET, SPEED]),
            ua.CallMethodRequest(machine, gateway.node("nothing"), []),
            ua.CallMethodRequest(machine, gateway.node("forgotten"), []),
            ua.CallMethodRequest(server, gateway.node("move"), [TARGET, SPEED]),
            ua.CallMethodRequest(machine, gateway.node("move"), [TARGET]),
            ua.CallMethodRequest(machine, gateway.node("move"), [TARGET, SPEED]),
        ]
        async with connected(gateway.url, "otto") as client:
            results = await client.uaclient.call(requests)
        assert [code(result.StatusCode) for result in results] == [
            "Good",
            "BadNodeIdUnknown",
            "BadNotExecutable",
            "BadMethodInvalid",
            "BadArgumentsMissing",
            "Good",
        ]

    run(work)


@pytest.mark.parametrize(
    ("node", "attribute", "value", "answer"),
    [
        ("speed", ua.AttributeIds.Value, ua.Variant("fast"), "BadTypeMismatch"),
        ("speed", ua.AttributeIds.Value, ua.Variant([1.0]), "BadTypeMismatch"),
        ("speed", ua.AttributeIds.DisplayName, ua.Variant(ua.LocalizedText("x")), "BadNotWritable"),
        ("speed", ua.AttributeIds.AccessLevel, ua.Variant(3, ua.VariantType.Byte), "BadNotWritable"),
        ("count", ua.AttributeIds.Value, ua.Variant(4, ua.VariantType.Int32), "BadNotWritable"),
        ("loose", ua.AttributeIds.Value, ua.Variant(4.0), "BadNotWritable"),
        ("nothing", ua.AttributeIds.Value, ua.Variant(4.0), "BadNodeIdUnknown"),
        ("machine", ua.AttributeIds.Value, ua.Variant(4.0), "BadAttributeIdInvalid"),
    ],
)
def test_only_what_is_meant_to_be_written_is(
    gateway: Target, node: str, attribute: ua.AttributeIds, value: ua.Variant, answer: str
) -> None:
    async def work() -> None:
        async with connected(gateway.url, "anna") as client:
            write = ua.WriteValue(gateway.node(node), attribute, None, ua.DataValue(value))
            assert code((await client.uaclient.write(ua.WriteParameters([write])))[0]) == answer

    run(work)


@pytest.mark.parametrize("user", ["nobody", "emma", ""])
def test_a_wrong_name_or_password_is_refused(gateway: Target, user: str) -> None:
    async def work() -> None:
        client = RigClient(gateway.url, card())
        client.set_user(user)
        client.set_password("a wrong password")
        assert not await opens(client)

    run(work)
    assert "a wrong password" not in rig_of(gateway).lines()


class TestCertificateUsers:
    robot = self_signed("robot")

    def _client(self, target: Target, who: Card, key: Card) -> RigClient:
        client = RigClient(target.url, card())
        client.user_certificate, client.user_private_key = who.certificate, key.key
        return client

    def test_a_user_with_a_certificate_logs_in(self, gateway: Target) -> None:
        users = rig_of(gateway).users
        users.add("robot", "operator", certificate=thumbprint(self.robot.der), replace=True)
        assert run(lambda: opens(self._client(gateway, self.robot, self.robot)))

    def test_not_without_its_key(self, gateway: Target) -> None:
        users = rig_of(gateway).users
        users.add("robot", "operator", certificate=thumbprint(self.robot.der), replace=True)
        assert not run(lambda: opens(self._client(gateway, self.robot, card("stranger"))))

    def test_nobodys_certificate_is_refused(self, gateway: Target) -> None:
        unknown = self_signed("unknown")
        assert not run(lambda: opens(self._client(gateway, unknown, unknown)))

    def test_an_expired_one_is_refused(self, gateway: Target) -> None:
        old = self_signed("expired", begins=timedelta(days=-9), ends=timedelta(days=-1))
        rig_of(gateway).users.add("old", "operator", certificate=thumbprint(old.der), replace=True)
        assert not run(lambda: opens(self._client(gateway, old, old)))


@pytest.fixture
def restored(gateway: Target) -> Iterator[Rig]:
    """The gateway, with its folder of certificates as it was before."""
    rig = rig_of(gateway)
    yield rig
    for entry in rig.pki.entries():
        if entry.place == "trusted" and entry.certificate != card().certificate:
            entry.file.unlink()
    for crl in (rig.pki.folder / "trusted/crl").iterdir():
        crl.unlink()
    rig.pki.trust_certificate(card().certificate)
    gateway.do(rig.server.reload())


def _logs_in(target: Target, who: Card, uri: str | None = None) -> bool:
    client = RigClient(target.url, who, uri=uri)
    client.set_user("otto")
    client.set_password(PASSWORDS["otto"][1])
    return bool(run(lambda: opens(client)))


class TestChannel:
    def test_a_stranger_is_kept_out_and_can_be_let_in(self, gateway: Target, restored: Rig) -> None:
        stranger = self_signed("newcomer")
        assert not _logs_in(gateway, stranger)
        mark = thumbprint(stranger.der)
        assert [entry.place for entry in restored.pki.entries() if entry.thumbprint == mark] == ["rejected"]
        restored.pki.trust_certificate(restored.pki.find(mark[:10], "rejected").certificate)
        gateway.do(restored.server.reload())
        assert _logs_in(gateway, stranger)

    def test_expired_is_refused(self, gateway: Target, restored: Rig) -> None:
        old = self_signed("old", begins=timedelta(days=-9), ends=timedelta(days=-1))
        restored.pki.trust_certificate(old.certificate)
        gateway.do(restored.server.reload())
        assert not _logs_in(gateway, old)

    def test_revoked_is_refused_and_cut_off(self, gateway: Target, restored: Rig) -> None:
        authority = Authority.make("live")
        good, bad = authority.issue("good"), authority.issue("bad")
        restored.pki.trust_certificate(authority.certificate)
        list_file = restored.pki.folder / "trusted/crl/live.crl"
        list_file.write_bytes(authority.revoke().public_bytes(Encoding.PEM))
        gateway.do(restored.server.reload())
        assert _logs_in(gateway, good)

        async def work() -> None:
            async with connected(gateway.url, "otto", bad) as client:
                list_file.write_bytes(authority.revoke(bad).public_bytes(Encoding.PEM) + b"\n")
                await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(restored.server.reload(), gateway.loop))
                with pytest.raises(REFUSED):
                    await client.get_node(gateway.node("speed")).read_value()

        run(work)
        assert not _logs_in(gateway, bad)
        assert _logs_in(gateway, good)

    def test_another_application_uri_is_refused(self, gateway: Target) -> None:
        assert not _logs_in(gateway, card(), uri="urn:somebody:else")
        assert _logs_in(gateway, card())

    def test_distrust_ends_the_connection(self, gateway: Target, restored: Rig) -> None:
        async def work() -> None:
            async with connected(gateway.url, "otto") as client:
                restored.pki.untrust(card().certificate)
                await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(restored.server.reload(), gateway.loop))
                with pytest.raises(REFUSED):
                    await client.get_node(gateway.node("speed")).read_value()

        run(work)

    def test_renewing_goes_on_unnoticed(self, gateway: Target) -> None:
        async def work() -> None:
            async with connected(gateway.url, "otto") as client:
                watcher = Watcher()
                subscription = await client.create_subscription(50, watcher)
                await subscription.subscribe_data_change(client.get_node(gateway.node("axes")))
                for number in range(6):
                    await client.open_secure_channel(renew=True)
                    value = ua.DataValue(ua.Variant([float(number), 0.0, 0.0, 0.0]))
                    write = gateway.server.write_attribute_value(gateway.node("axes"), value)
                    await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(write, gateway.loop))
                    assert await until(lambda n=number: any(v[0] == n for v in watcher.values))

        run(work)


def _end(client: RigClient) -> None:
    """Cut the connection without a word."""
    protocol = client.uaclient.protocol
    assert protocol is not None
    assert protocol.transport is not None
    protocol.transport.abort()


@asynccontextmanager
async def _cut(target: Target, user: str = "otto") -> AsyncIterator[tuple[RigClient, Any, Watcher]]:
    """A client whose connection breaks while it has a subscription."""
    client = RigClient(target.url, card())
    client.set_user(user)
    client.set_password(PASSWORDS[user][1])
    await client.connect()
    watcher = Watcher()
    subscription = await client.create_subscription(50, watcher)
    await subscription.subscribe_data_change(client.get_node(target.node("count")))
    await until(lambda: bool(watcher.values))
    token = client.uaclient.protocol.authentication_token
    client.uaclient.request_disconnect()
    _end(client)
    try:
        yield client, (token, subscription), watcher
    finally:
        with suppress(Exception):
            await client.disconnect()


async def _adopt(target: Target, who: Card, user: str, token: ua.NodeId, nonce: bytes) -> bool:
    """Activate another's session over an own channel."""
    thief = RigClient(target.url, who)
    try:
        await thief.connect_socket()
        await thief.send_hello()
        await thief.open_secure_channel()
        thief.uaclient.protocol.authentication_token = token
        thief._server_nonce = nonce
        thief._policy_ids = [
            ua.UserTokenPolicy(PolicyId="username", TokenType=ua.UserTokenType.UserName, SecurityPolicyUri=POLICY.URI)
        ]
        await thief.activate_session(user, PASSWORDS[user][1])
        await thief.uaclient.read(ua.ReadParameters(NodesToRead=[value_of(ua.NodeId(2256))]))
    except REFUSED:
        return False
    finally:
        thief.disconnect_socket()
    return True


class TestReconnect:
    """A client that knows the token and the nonce still needs the same certificate and the same user."""

    def test_the_same_client_goes_on(self, gateway: Target) -> None:
        async def work() -> None:
            async with _cut(gateway) as (client, (token, _), _watcher):
                assert await _adopt(gateway, card(), "otto", token, client._server_nonce)

        run(work)

    def test_another_trusted_client_does_not(self, gateway: Target, restored: Rig) -> None:
        other = self_signed("other")
        restored.pki.trust_certificate(other.certificate)
        gateway.do(restored.server.reload())

        async def work() -> None:
            async with _cut(gateway) as (client, (token, _), _watcher):
                assert not await _adopt(gateway, other, "otto", token, client._server_nonce)

        run(work)

    def test_another_user_does_not(self, gateway: Target) -> None:
        async def work() -> None:
            async with _cut(gateway) as (client, (token, _), _watcher):
                assert not await _adopt(gateway, card(), "anna", token, client._server_nonce)

        run(work)

    def test_a_new_session_of_the_user_takes_the_subscription(self, gateway: Target) -> None:
        async def work() -> None:
            async with _cut(gateway) as (_client, (_token, old), _watcher), connected(gateway.url, "otto") as again:
                await again.create_subscription(1000, Watcher())
                told: list[Any] = []
                again.uaclient._subscription_callbacks[old.subscription_id] = told.append
                params = ua.TransferSubscriptionsParameters([old.subscription_id], SendInitialValues=True)
                results = await again.uaclient.transfer_subscriptions(params)
                assert code(results[0].StatusCode) == "Good"
                assert await until(lambda: bool(told))

        run(work)


def test_a_listener_hears_that_a_session_ended(gateway: Target) -> None:
    closed: list[str] = []
    gateway.server.on_session_closed(closed.append)

    async def work() -> None:
        async with connected(gateway.url, "otto") as client:
            await call(client, gateway, "move", TARGET, SPEED)
        orderly = gateway.calls[-1][0].session
        assert await until(lambda: orderly in closed)
        client = RigClient(gateway.url, card())
        client.set_user("otto")
        client.set_password(PASSWORDS["otto"][1])
        await client.connect()
        await call(client, gateway, "move", TARGET, SPEED)
        client.uaclient.request_disconnect()
        _end(client)
        dropped = gateway.calls[-1][0].session
        assert await until(lambda: dropped in closed)
        with suppress(Exception):
            await client.disconnect()

    run(work)
    assert len(closed) == len(set(closed)), "each is told once"


def test_a_user_who_is_removed_is_disconnected(gateway: Target) -> None:
    rig = rig_of(gateway)
    rig.users.add("temp", "operator", password="a password for a while", replace=True)
    PASSWORDS["temp"] = ("operator", "a password for a while")

    async def work() -> None:
        async with connected(gateway.url, "temp") as client:
            rig.users.remove("temp")
            rig.users._stamp = None  # as if the command had written the file
            rig.users._users["temp"] = rig.users._users["otto"]
            await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(rig.server.reload(), gateway.loop))
            with pytest.raises(REFUSED):
                await client.get_node(gateway.node("speed")).read_value()

    run(work)


def test_audit_events_are_for_administrators(gateway: Target) -> None:
    async def work() -> None:
        async with connected(gateway.url, "anna") as admin, connected(gateway.url, "otto") as operator:
            seen, unseen = Watcher(), Watcher()
            for client, watcher in ((admin, seen), (operator, unseen)):
                subscription = await client.create_subscription(50, watcher)
                await subscription.subscribe_events(evtypes=ua.ObjectIds.AuditUpdateMethodEventType)
            await call(operator, gateway, "move", TARGET, SPEED)
            assert await until(lambda: any("move" in event.Message.Text for event in seen.events))
            event = next(event for event in seen.events if "move" in event.Message.Text)
            assert event.ClientUserId == "otto"
            assert event.MethodId == gateway.node("move")
            assert not unseen.events

    run(work)


def test_the_log_says_who_did_what(gateway: Target) -> None:
    async def work() -> None:
        async with connected(gateway.url, "emma") as client:
            await call(client, gateway, "move", ua.Variant([7.0, 8.0, 9.0]), SPEED)
            await client.get_node(gateway.node("speed")).write_value(0.75)

    run(work)
    entries = [json.loads(line) for line in rig_of(gateway).lines().splitlines()]
    moved = next(entry for entry in reversed(entries) if entry["what"] == "call")
    assert (moved["user"], moved["role"], moved["method"]) == ("emma", "engineer", "move")
    assert moved["arguments"] == [[7.0, 8.0, 9.0], 0.5]
    assert moved["thumbprint"] == thumbprint(card().der)
    ended = next(entry for entry in entries if entry["what"] == "call ended" and entry["number"] == moved["number"])
    assert ended["result"] == "Good"
    written = next(entry for entry in reversed(entries) if entry["what"] == "write")
    assert (written["node"], written["value"]) == ("speed", 0.75)
    text = rig_of(gateway).lines()
    assert not any(password in text for _, password in PASSWORDS.values())
    assert rig_of(gateway).audit.file.stat().st_mode & 0o777 == 0o600


def test_nothing_moves_without_a_log(gateway: Target, monkeypatch: pytest.MonkeyPatch) -> None:
    from cellkit.access import audit

    def full(*_: Any) -> int:
        raise OSError(28, "No space left on device")

    async def work() -> None:
        before = len(gateway.calls)
        async with connected(gateway.url, "emma") as client:
            monkeypatch.setattr(audit.os, "write", full)
            try:
                result = await call(client, gateway, "move", TARGET, SPEED)
                write = ua.WriteValue(gateway.node("speed"), 13, None, ua.DataValue(ua.Variant(2.0)))
                written = (await client.uaclient.write(ua.WriteParameters([write])))[0]
                value = await client.get_node(gateway.node("count")).read_value()
            finally:
                monkeypatch.undo()
        assert code(result.StatusCode) == "BadResourceUnavailable"
        assert code(written) == "BadResourceUnavailable"
        assert value == 3, "watching goes on"
        assert len(gateway.calls) == before

    run(work)


def test_browsing_in_portions_shows_everything_once(gateway: Target) -> None:
    async def work() -> None:
        async with connected(gateway.url, "olga") as client:
            node = ua.NodeId(ua.ObjectIds.Server)
            description = ua.BrowseDescription(NodeId=node, ResultMask=63)
            whole = (await client.uaclient.browse(ua.BrowseParameters(NodesToBrowse=[description])))[0]
            params = ua.BrowseParameters(RequestedMaxReferencesPerNode=3, NodesToBrowse=[description])
            result = (await client.uaclient.browse(params))[0]
            found = list(result.References)
            while result.ContinuationPoint:
                assert len(result.References) == 3
                used = result.ContinuationPoint
                result = (await client.uaclient.browse_next(ua.BrowseNextParameters(False, [used])))[0]
                found += result.References
            assert [ref.NodeId for ref in found] == [ref.NodeId for ref in whole.References]
            again = (await client.uaclient.browse_next(ua.BrowseNextParameters(False, [used])))[0]
            assert code(again.StatusCode) == "BadContinuationPointInvalid"
            first = (await client.uaclient.browse(params))[0].ContinuationPoint
            async with connected(gateway.url, "olga") as other:
                stolen = (await other.uaclient.browse_next(ua.BrowseNextParameters(False, [first])))[0]
                assert code(stolen.StatusCode) == "BadContinuationPointInvalid"
            released = (await client.uaclient.browse_next(ua.BrowseNextParameters(True, [first])))[0]
            assert code(released.StatusCode) == "Good"
            gone = (await client.uaclient.browse_next(ua.BrowseNextParameters(False, [first])))[0]
            assert code(gone.StatusCode) == "BadContinuationPointInvalid"
            for _ in range(LIMITS.continuation_points):
                assert (await client.uaclient.browse(params))[0].ContinuationPoint
            assert code((await client.uaclient.browse(params))[0].StatusCode) == "BadNoContinuationPoints"

    run(work)


def test_get_monitored_items_only_of_ones_own(gateway: Target) -> None:
    async def work() -> None:
        async with connected(gateway.url, "otto") as owner, connected(gateway.url, "anna") as other:
            subscription = await owner.create_subscription(100, Watcher())
            handle = await subscription.subscribe_data_change(owner.get_node(gateway.node("count")))
            server = ua.NodeId(ua.ObjectIds.Server)
            number = ua.Variant(subscription.subscription_id, ua.VariantType.UInt32)
            for method in (ua.ObjectIds.Server_GetMonitoredItems, ua.ObjectIds.Server_ResendData):
                request = ua.CallMethodRequest(server, ua.NodeId(method), [number])
                mine = (await owner.uaclient.call([request]))[0]
                theirs = (await other.uaclient.call([request]))[0]
                assert code(mine.StatusCode) == "Good"
                assert code(theirs.StatusCode) == "BadSubscriptionIdInvalid"
                if method == ua.ObjectIds.Server_GetMonitoredItems:
                    assert mine.OutputArguments[0].Value == [handle]
            refresh = ua.CallMethodRequest(
                ua.NodeId(ua.ObjectIds.ConditionType), ua.NodeId(ua.ObjectIds.ConditionType_ConditionRefresh), [number]
            )
            assert code((await owner.uaclient.call([refresh]))[0].StatusCode) == "Good"
            assert code((await other.uaclient.call([refresh]))[0].StatusCode) == "BadSubscriptionIdInvalid"

    run(work)


def test_unsupported_services_are_refused(gateway: Target) -> None:
    async def work() -> None:
        async with connected(gateway.url, "anna") as client:
            for request in (
                ua.AddNodesRequest(),
                ua.DeleteNodesRequest(),
                ua.AddReferencesRequest(),
                ua.DeleteReferencesRequest(),
                ua.HistoryUpdateRequest(),
                ua.RegisterServerRequest(),
                ua.RegisterServer2Request(),
                ua.QueryFirstRequest(),
                ua.SetTriggeringRequest(),
                ua.CancelRequest(),
            ):
                with pytest.raises(ua.UaError) as refused:
                    await client.uaclient.protocol.send_request(request)
                assert refused.value.code == ua.StatusCodes.BadServiceUnsupported, request

    run(work)
