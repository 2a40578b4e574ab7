"""``--insecure-loopback``: every client on this machine may watch, none may do anything."""

from __future__ import annotations

import asyncio

import pytest
from asyncua import ua
from attacks import REFUSED, Watcher, until
from secure_rig import SERVER_URI, RigClient, argument, fill, run

from cellkit.access.caller import Role
from cellkit.errors import ConfigError
from cellkit.opcua.security.server import GatewayServer
from cellkit.opcua.security.settings import SecuritySettings


def test_watching_only() -> None:
    async def work() -> None:
        server = GatewayServer(SecuritySettings(SERVER_URI, port=0, insecure_loopback=True), None, None, None)
        await server.init()
        space = await fill(server)
        machine, speed = server.get_node(ua.NodeId("machine", space)), ua.NodeId("speed", space)

        async def forbidden(*_: object) -> list[ua.Variant]:
            pytest.fail("it was done")

        move = await machine.add_method(
            ua.NodeId("move", space), "move", forbidden, [argument("speed", ua.ObjectIds.Double)], []
        )
        server.add_method(move.nodeid, forbidden, role=Role.OPERATOR)
        server.add_writable(speed, forbidden, role=Role.OPERATOR)
        await server.start()
        assert server.bserver is not None
        assert server.bserver._server.sockets[0].getsockname()[0] == "127.0.0.1"
        client = RigClient(f"opc.tcp://127.0.0.1:{server.port}")
        (endpoint,) = await client.connect_and_get_server_endpoints()
        assert endpoint.SecurityMode == ua.MessageSecurityMode.None_
        assert [token.TokenType for token in endpoint.UserIdentityTokens] == [ua.UserTokenType.Anonymous]
        await client.connect()
        watcher = Watcher()
        subscription = await client.create_subscription(50, watcher)
        await subscription.subscribe_data_change(client.get_node(speed))
        assert await until(lambda: watcher.values == [1.0])
        for refused in (
            client.get_node(speed).write_value(2.0),
            client.get_node(machine).call_method(move.nodeid, 1.0),
        ):
            with pytest.raises(ua.uaerrors.BadUserAccessDenied):
                await refused
        named = RigClient(client.server_url.geturl())
        named.set_user("admin")
        named.set_password("whatever it is")
        with pytest.raises(REFUSED):
            await named.connect()
        await client.disconnect()
        await server.stop()

    run(work)


def test_the_secure_way_needs_what_makes_it_secure() -> None:
    with pytest.raises(ConfigError, match="needs certificates, users and an audit log"):
        GatewayServer(SecuritySettings(SERVER_URI), None, None, None)


def test_a_port_that_is_taken_is_said() -> None:
    async def work() -> None:
        other = await asyncio.start_server(lambda *_: None, "127.0.0.1", 0)
        port = other.sockets[0].getsockname()[1]
        server = GatewayServer(SecuritySettings(SERVER_URI, port=port, insecure_loopback=True), None, None, None)
        await server.init()
        with pytest.raises(ConfigError, match=f"cannot listen on 127.0.0.1 port {port}"):
            await server.start()
        other.close()
        await other.wait_closed()

    run(work)
