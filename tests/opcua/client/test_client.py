"""The client against a plain server: values, types, calls, certificates, users, and every way of losing the server."""

from __future__ import annotations

import asyncio
import dataclasses
import os
import stat
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from asyncua import ua

from cellkit.errors import CommandRejected, ConnectionFailed, ConnectionLost
from cellkit.opcua.client import client as client_module
from cellkit.opcua.client import opening
from cellkit.opcua.client.client import OpcuaClient
from cellkit.opcua.client.errors import ServerRefused
from cellkit.opcua.client.node_ids import parse_node
from cellkit.opcua.client.settings import POLICIES, ClientSettings
from cellkit.timing import now, run
from cellkit.transport import SocketNetwork
from cellkit.transport.network import ByteStream
from tests.opcua.plain_server import PASSWORD, TYPES, USER, PlainServer, node, patient_opening
from tests.patience import PATIENCE

MACHINE, LEVEL, NAME = node("Machine"), node("Level"), node("Name")


@pytest.fixture(autouse=True)
def _patient(monkeypatch: pytest.MonkeyPatch) -> None:
    patient_opening(monkeypatch)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("opcua")


def equip(server: PlainServer) -> None:
    async def double(value: float) -> list[ua.Variant]:
        return [ua.Variant(2.0 * value, TYPES.Double)]

    async def slow(seconds: float) -> None:
        await asyncio.sleep(seconds)

    async def refuse() -> None:
        raise ua.UaStatusCodeError(ua.StatusCodes.BadInvalidState)

    server.has("Level", 1.0)
    server.has("Name", "one", TYPES.String)
    server.has("Word", 7, TYPES.UInt16)
    server.has("Flag", True, TYPES.Boolean)
    server.has("List", [1.0, 2.0], TYPES.Double)
    server.does("Double", double, [TYPES.Double], [TYPES.Double])
    server.does("Slow", slow, [TYPES.Double], [])
    server.does("Refuse", refuse, [], [])


@pytest.fixture(scope="module")
def plain(folder: Path) -> Iterator[PlainServer]:
    server = PlainServer(folder / "plain")
    equip(server)
    server.start()
    yield server
    server.end()


@pytest.fixture(scope="module")
def secure(folder: Path) -> Iterator[PlainServer]:
    server = PlainServer(folder / "secure", secure=True)
    equip(server)
    server.start()
    yield server
    server.end()


@pytest.fixture(scope="module")
def trusting(secure: PlainServer, folder: Path) -> ClientSettings:
    """The settings that get in."""
    file = folder / "password"
    file.write_text(f"{PASSWORD}\n")
    file.chmod(0o600)
    return ClientSettings(
        secure.url,
        pki=folder / "client",
        server_thumbprint=secure.thumbprint,
        user=USER,
        password_file=file,
        silence=PATIENCE,
    )


def using(settings: ClientSettings, work: Callable[[OpcuaClient], Awaitable[Any]]) -> Any:
    """Do something with a client that is connected; nothing of it may be left then."""

    async def main() -> Any:
        client = OpcuaClient("plc", settings)
        before = asyncio.all_tasks()
        try:
            await client.connect()
            return await work(client)
        finally:
            await client.close()
            assert asyncio.all_tasks() == before

    return run(main(), speed=1)


def insecure(server: PlainServer, **more: Any) -> ClientSettings:
    return ClientSettings(server.url, insecure=True, **{"silence": PATIENCE, **more})


# --- values ---------------------------------------------------------------------------------------------------


def test_values_with_their_status_and_time(plain: PlainServer) -> None:
    async def work(client: OpcuaClient) -> None:
        begun = now()
        plain.put("Level", 2.5)
        plain.put("Flag", True, "BadSensorFailure")
        level, flag = await client.read([LEVEL, node("Flag")])
        assert (level.value, level.status, level.good) == (2.5, "Good", True)
        assert level.stamp is not None
        assert begun - 5.0 < level.stamp <= now()
        assert (flag.status, flag.good) == ("BadSensorFailure", False)
        plain.put("Flag", True)

    using(insecure(plain), work)


def test_every_change_of_a_subscription_and_none_of_another(plain: PlainServer) -> None:
    async def work(client: OpcuaClient) -> None:
        changed = asyncio.Event()
        watched = await client.subscribe([LEVEL, NAME], changed.set)
        assert watched.latest[NAME].value == "one"
        for value in (10.0, 11.0, 12.0):
            plain.put("Level", value)
            while watched.latest[LEVEL].value != value:
                changed.clear()
                await asyncio.wait_for(changed.wait(), PATIENCE)
        await watched.end()
        plain.put("Level", 13.0)
        other = await client.subscribe([LEVEL], changed.set)
        assert other.latest[LEVEL].value == 13.0
        assert watched.latest[LEVEL].value == 12.0

    using(insecure(plain), work)


@pytest.mark.parametrize(
    ("name", "value", "found"),
    [
        ("Level", 3, 3.0),
        ("Word", 65535, 65535),
        ("Name", "two", "two"),
        ("Flag", False, False),
        ("List", [4, 5], [4, 5]),
    ],
)
def test_writing_in_the_variables_own_type(plain: PlainServer, name: str, value: Any, found: Any) -> None:
    before = plain.get(name)
    using(insecure(plain), lambda client: client.write(node(name), value))
    assert plain.get(name) == found
    plain.put(name, before)


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("Level", "high", "'high' is not a Double"),
        ("Level", True, "True is not a Double"),
        ("Level", float("nan"), "nan is not finite"),
        ("Level", [1.0], "one Double is needed"),
        ("Word", 65536, "65536 does not fit into a UInt16"),
        ("Word", 1.5, "1.5 is not a UInt16"),
        ("Flag", 1, "1 is not a Boolean"),
        ("Missing", 1, "BadNodeIdUnknown"),
        ("Machine", 1, "is not a variable"),
    ],
)
def test_a_value_that_does_not_fit_is_never_sent(plain: PlainServer, name: str, value: Any, said: str) -> None:
    with pytest.raises(CommandRejected, match=said):
        using(insecure(plain), lambda client: client.write(node(name), value))


def test_a_foreign_namespace_is_told_with_those_that_there_are(plain: PlainServer) -> None:
    with pytest.raises(CommandRejected, match="no namespace 'urn:plx'; did you mean urn:plc"):
        using(insecure(plain), lambda client: client.read(["nsu=urn:plx;s=Level"]))


@pytest.mark.parametrize("text", ["Level", "ns=2;s=Level", "nsu=urn:plc;x=1", "nsu=urn:plc;i=-1", "nsu=urn:plc;g=12"])
def test_what_is_no_node(text: str) -> None:
    with pytest.raises(ValueError, match=r"nsu=URI|not a number|not a GUID"):
        parse_node(text)


@pytest.mark.parametrize(
    ("text", "uri", "name"),
    [
        ("i=2258", None, "2258"),
        ("nsu=http://widgets.com/schemas/hello;s=water", "http://widgets.com/schemas/hello", "water"),
        ("nsu=urn:a%3Bb;s=a;b=c", "urn:a;b", "a;b=c"),
        ("nsu=urn:a;g=09087e75-8e5e-499b-954f-f2a9603db28a", "urn:a", "09087e75-8e5e-499b-954f-f2a9603db28a"),
        ("nsu=urn:a;b=M/RbKBsRVkePCePcx24oRA==", "urn:a", "M/RbKBsRVkePCePcx24oRA=="),
    ],
)
def test_what_is_a_node(text: str, uri: str | None, name: str) -> None:
    assert (parse_node(text).uri, parse_node(text).name) == (uri, name)


# --- methods --------------------------------------------------------------------------------------------------


def test_a_method_is_asked_what_it_takes(plain: PlainServer) -> None:
    async def work(client: OpcuaClient) -> None:
        assert await client.call(MACHINE, node("Double"), 4) == [8.0]
        count = "takes 1 arguments"
        for given, said in (((), count), (("x",), "'x' is not a Double"), ((1.0, 2.0), count)):
            with pytest.raises(CommandRejected, match=said):
                await client.call(MACHINE, node("Double"), *given)
        with pytest.raises(ServerRefused) as refused:
            await client.call(MACHINE, node("Refuse"))
        assert refused.value.status.startswith("Bad")
        for name, said in (("Level", "is not a method"), ("Nothing", "BadNodeIdUnknown")):
            with pytest.raises(CommandRejected, match=said):
                await client.call(MACHINE, node(name))

    using(insecure(plain), work)


def test_a_slow_method_of_a_server_that_does_one_thing_after_the_other_is_no_lost_link(plain: PlainServer) -> None:
    async def work(client: OpcuaClient) -> None:
        await client.subscribe([LEVEL], lambda: None)
        await client.call(MACHINE, node("Slow"), 3.0, limit=PATIENCE)
        assert client.lost is None

    using(insecure(plain, silence=2.0), work)


def test_no_change_is_lost_while_the_channel_gets_new_keys(
    secure: PlainServer, trusting: ClientSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    renewals = 0
    made = opening._client

    def short_lived(settings: ClientSettings) -> Any:
        client = made(settings)
        client.secure_channel_timeout = 400  # ms
        opened = client.open_secure_channel

        async def counted(renew: bool = False) -> None:
            nonlocal renewals
            renewals += renew
            await opened(renew)

        client.open_secure_channel = counted
        return client

    monkeypatch.setattr(opening, "_client", short_lived)

    async def work(client: OpcuaClient) -> None:
        changed = asyncio.Event()
        watched = await client.subscribe([LEVEL], changed.set)
        value = 100.0
        while renewals < 4:
            value += 1.0
            await asyncio.to_thread(secure.put, "Level", value)
            while watched.latest[LEVEL].value != value:
                changed.clear()
                await asyncio.wait_for(changed.wait(), PATIENCE)
        await asyncio.to_thread(secure.put, "Level", 1.0)

    using(trusting, work)


# --- losing the server ----------------------------------------------------------------------------------------


async def lost(client: OpcuaClient, what: Callable[[], None]) -> tuple[str, float]:
    """Why and after how long a client notices that its server is gone; a call that is pending fails with it."""
    told = asyncio.get_running_loop().create_future()
    client.on_lost(lambda why: told.done() or told.set_result(why))
    await client.subscribe([LEVEL], lambda: None)
    call = asyncio.ensure_future(client.call(MACHINE, node("Slow"), 30.0, limit=1.0))
    await asyncio.sleep(0.1)
    begun = now()
    what()
    why = await asyncio.wait_for(told, PATIENCE)
    took = now() - begun
    with pytest.raises(ConnectionLost):
        await call
    with pytest.raises(ConnectionLost):
        await client.read([LEVEL])
    return str(why), took


def test_a_connection_that_breaks(plain: PlainServer) -> None:
    why, _ = using(insecure(plain), lambda client: lost(client, plain.cut))
    assert "clos" in why or "lost" in why


def test_a_server_that_falls_silent_is_lost_within_the_stated_time(plain: PlainServer) -> None:
    try:
        why, took = using(insecure(plain, silence=2.0), lambda client: lost(client, plain.freeze))
    finally:
        plain.thaw()
    assert "silent for 2 s" in why or "did not answer within 2 s" in why
    assert took > 1.6


def test_a_server_that_is_started_anew(plain: PlainServer) -> None:
    using(insecure(plain), lambda client: lost(client, plain.stop))
    with pytest.raises(ConnectionFailed, match="no OPC UA server at"):
        using(insecure(plain), lambda client: client.read([LEVEL]))
    plain.start()
    assert using(insecure(plain), lambda client: client.read([LEVEL]))[0].value == 1.0


def test_closing_frees_the_server(plain: PlainServer) -> None:
    async def work(client: OpcuaClient) -> None:
        await client.subscribe([LEVEL], lambda: None)
        assert plain.sessions() >= 1

    using(insecure(plain), work)
    for _ in range(int(100 * PATIENCE)):
        if plain.sessions() == 0:
            break
        plain.do(asyncio.sleep(0.01))
    assert plain.sessions() == 0


def test_virtual_time_is_refused(plain: PlainServer) -> None:
    async def main() -> None:
        await OpcuaClient("plc", insecure(plain)).connect()

    with pytest.raises(ConnectionFailed, match="runs in real time; use --speed 1"):
        run(main())


# --- who is who -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("policy", ["strongest", *POLICIES])
def test_encrypted_by_every_policy(secure: PlainServer, trusting: ClientSettings, policy: str) -> None:
    settings = dataclasses.replace(trusting, policy=policy)
    assert using(settings, lambda client: client.read([LEVEL]))[0].value == 1.0


def test_the_key_is_this_users_alone(secure: PlainServer, trusting: ClientSettings, folder: Path) -> None:
    using(trusting, lambda client: client.read([LEVEL]))
    [key] = (folder / "client" / "own" / "private").iterdir()
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    before = key.read_bytes()
    using(trusting, lambda client: client.read([LEVEL]))
    assert key.read_bytes() == before, "it is made once"


def refusal(settings: ClientSettings) -> str:
    with pytest.raises(ConnectionFailed) as caught:
        using(settings, lambda client: client.read([LEVEL]))
    assert "\n" not in str(caught.value)
    assert PASSWORD not in str(caught.value)
    return str(caught.value)


def test_a_stranger_among_servers_is_refused_and_how_to_trust_it_told(
    secure: PlainServer, trusting: ClientSettings
) -> None:
    said = refusal(dataclasses.replace(trusting, server_thumbprint=None))
    assert "is not trusted" in said
    assert f"`server_thumbprint: {secure.thumbprint}`" in said
    assert "is not trusted" in refusal(dataclasses.replace(trusting, server_thumbprint="0" * 64))


def test_a_server_trusted_by_file_or_folder(secure: PlainServer, trusting: ClientSettings, folder: Path) -> None:
    by_file = dataclasses.replace(trusting, server_thumbprint=None, server_certificate=secure.pki.certificate_file)
    assert using(by_file, lambda client: client.read([LEVEL]))[0].good
    other = dataclasses.replace(by_file, server_certificate=folder / "client" / "own" / "certs" / "cellkit.der")
    assert "is not trusted" in refusal(other)
    by_folder = dataclasses.replace(trusting, server_thumbprint=None, pki=folder / "trusting")
    assert "is not trusted" in refusal(by_folder)
    [rejected] = (folder / "trusting" / "rejected").iterdir()
    rejected.rename(folder / "trusting" / "trusted" / "certs" / rejected.name)
    assert using(by_folder, lambda client: client.read([LEVEL]))[0].good


def test_a_wrong_password_and_one_that_others_can_read(
    secure: PlainServer, trusting: ClientSettings, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PLC_PASSWORD", "wrong")
    by_env = dataclasses.replace(trusting, password_file=None, password_env="PLC_PASSWORD")
    assert f"the server refuses the user {USER!r}" in refusal(by_env)
    monkeypatch.setenv("PLC_PASSWORD", PASSWORD)
    assert using(by_env, lambda client: client.read([LEVEL]))[0].good
    monkeypatch.delenv("PLC_PASSWORD")
    assert "PLC_PASSWORD for the password is not set" in refusal(by_env)
    open_file = folder / "open"
    open_file.write_text(PASSWORD)
    os.chmod(open_file, 0o644)
    assert "other users can read it; chmod 600" in refusal(dataclasses.replace(trusting, password_file=open_file))
    assert "anonymous" in refusal(dataclasses.replace(trusting, user=None, password_file=None))


def test_a_server_without_encryption_gets_nothing(plain: PlainServer, trusting: ClientSettings) -> None:
    assert "offers no encryption" in refusal(dataclasses.replace(trusting, url=plain.url))


@pytest.mark.parametrize(
    "says", [b"", b"220 mail.example.org ready\r\n", b"ERRF\x10\x00\x00\x00" + bytes(8), b"\xff" * 300]
)
def test_somebody_else_listens_there(trusting: ClientSettings, monkeypatch: pytest.MonkeyPatch, says: bytes) -> None:
    monkeypatch.setattr(client_module, "OPENING", 0.3)

    async def answer(stream: ByteStream) -> None:
        stream.write(says)
        while await stream.read():
            pass

    async def main() -> None:
        listener = await SocketNetwork().listen("127.0.0.1", 0, answer)
        for encrypted in (True, False):
            url = f"opc.tcp://127.0.0.1:{listener.port}"
            settings = dataclasses.replace(trusting, url=url, insecure=not encrypted)
            with pytest.raises(ConnectionFailed, match="no OPC UA server at"):
                await OpcuaClient("plc", settings).connect()
        listener.close()

    run(main(), speed=1)


def test_nobody_there_is_one_line(trusting: ClientSettings) -> None:
    assert "no OPC UA server at opc.tcp://127.0.0.1:1" in refusal(
        dataclasses.replace(trusting, url="opc.tcp://127.0.0.1:1")
    )
