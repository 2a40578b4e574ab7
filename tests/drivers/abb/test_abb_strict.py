"""The virtual controllers refuse what ABB's refuse, with the codes that were recorded there."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest
from cellkit_abb.protocol import egm
from cellkit_abb.protocol.dialect import START_FORM, TASK
from cellkit_abb.protocol.rws import read_failure, read_items, read_links
from cellkit_abb.virtual import PASSWORD, USER, VirtualAbb, VirtualOmniCore

from cellkit.controller.arm_controller import ArmController
from cellkit.controller.world import WorldSettings, create_world
from cellkit.devices import OperationalMode
from cellkit.errors import TransportError
from cellkit.geometry import Pose
from cellkit.models.load import load_arm
from cellkit.timing import now, run
from cellkit.transport import MemoryNetwork
from cellkit.transport.http_client import http_client
from cellkit.transport.tls import tls_client
from cellkit.transport.websocket import WebSocket, open_websocket

HOST = "127.0.0.1"
PC = ("127.0.0.1", 6510)
FORM_2 = "application/x-www-form-urlencoded;v=2.0"
HAL = "application/hal+json;v=2.0"
BOTH = pytest.mark.parametrize("model", ["irb-120", "gofa"])
INVALID, NOT_FOUND, REJECTED, WRONG_STATE = -1073445879, -1073414146, -1073445881, -1073442809
HELD, NO_MASTERSHIP = -1073445862, -1073445859


class Client:
    """A client of its own, written for these tests."""

    def __init__(self, robot: VirtualAbb, network: MemoryNetwork, user: str = USER, password: str = PASSWORD) -> None:
        self.robot, self.network, self.dialect = robot, network, robot.dialect
        self.second = isinstance(robot, VirtualOmniCore)
        auth = (httpx.BasicAuth if self.second else httpx.DigestAuth)(user, password)
        self.port = robot.ports[robot.web]
        base = f"{self.dialect.scheme}://{HOST}:{self.port}"
        self.http = http_client(network, base, auth=auth, certificate="any")

    async def get(self, path: str, **options: Any) -> httpx.Response:
        headers = {"Accept": HAL} if self.second else {}
        return await self.http.get(path, params=None if self.second else {"json": "1"}, headers=headers, **options)

    async def post(self, path: str, form: Any = None, kind: str | None = None) -> httpx.Response:
        if not self.second:
            path += "&json=1" if "?" in path else "?json=1"
        headers = {"Accept": HAL, "Content-Type": kind or FORM_2} if self.second else {}
        return await self.http.post(path, data=form or {}, headers=headers)

    async def edit(self, wanted: bool = True) -> int:
        return (await self.post(self.dialect.mastership(wanted).path)).status_code

    async def socket(self, resources: list[str], subprotocol: str | None = None) -> WebSocket:
        form: dict[str, Any] = {"resources": [str(number) for number in range(1, len(resources) + 1)]}
        for number, resource in enumerate(resources, 1):
            form |= {str(number): resource, f"{number}-p": "1"}
        answer = await self.post("/subscription", form)
        assert answer.status_code == 201
        path = "/" + read_links(answer.text)["self"].split("/", 3)[3]
        stream: Any = await self.network.connect(HOST, self.port)
        if self.second:
            stream = await tls_client(stream, HOST, "any")
        cookie = "; ".join(f"{one.name}={one.value}" for one in self.http.cookies.jar)
        subprotocol = subprotocol or self.dialect.subprotocol
        return await open_websocket(stream, HOST, path, subprotocol=subprotocol, headers=[("Cookie", cookie)])


def play(model: str, test: Callable[[Client], Awaitable[None]]) -> None:
    async def main() -> None:
        async with asyncio.timeout(60.0), serving(model) as client:
            await test(client)

    run(main())


@asynccontextmanager
async def serving(model: str) -> AsyncIterator[Client]:
    world = create_world("kinematic", WorldSettings())
    arm = load_arm(model)
    plant = world.add_arm("arm", arm, Pose.from_rpy((0, 0, 0), frame="world")).arm
    robot = VirtualAbb(ArmController("arm", arm, plant))
    network = MemoryNetwork()
    await robot.start(network, HOST)
    client = Client(robot, network)
    try:
        yield client
    finally:
        await client.http.aclose()
        await robot.stop()
        world.close()


def refusal(answer: httpx.Response) -> tuple[int, int]:
    failure = read_failure(answer.text)
    return answer.status_code, failure.code if failure else 0


async def start(client: Client) -> httpx.Response:
    post = client.dialect.start()
    return await client.post(post.path, START_FORM)


@BOTH
def test_nobody_gets_in_without_the_password(model: str) -> None:
    async def test(client: Client) -> None:
        for user, password in ((USER, "wrong"), ("Nobody", PASSWORD)):
            stranger = Client(client.robot, client.network, user, password)
            answer = await stranger.get("/rw/panel/opmode")
            assert answer.status_code == 401
            assert answer.headers["WWW-Authenticate"].startswith("Basic " if client.second else "Digest ")
            await stranger.http.aclose()

    play(model, test)


@BOTH
def test_a_session_is_known_by_its_cookie(model: str) -> None:
    async def test(client: Client) -> None:
        first = await client.get("/rw/panel/opmode")
        assert "ABBCX" in first.cookies
        second = await client.get("/rw/panel/opmode")
        assert "set-cookie" not in second.headers

    play(model, test)


@pytest.mark.parametrize(("model", "limit"), [("irb-120", 70), ("gofa", 5)])
def test_sessions_are_limited_and_forgotten_when_idle(model: str, limit: int) -> None:
    async def test(client: Client) -> None:
        others = [Client(client.robot, client.network) for _ in range(limit + 1)]
        answers = [(await other.get("/rw/panel/opmode")).status_code for other in others]
        assert answers == [200] * limit + [503]
        await others[0].get("/logout")
        assert (await others[-1].get("/rw/panel/opmode")).status_code == 200
        await asyncio.sleep(0.1)

    play(model, test)


def test_an_idle_session_ends_after_five_minutes() -> None:
    async def main() -> None:
        async with serving("gofa") as client:
            await client.get("/rw/panel/opmode")
            await asyncio.sleep(301.0)
            assert "set-cookie" in (await client.get("/rw/panel/opmode")).headers

    run(main())


@BOTH
def test_unknown_resources_actions_and_fields(model: str) -> None:
    async def test(client: Client) -> None:
        dialect = client.dialect
        assert refusal(await client.get("/rw/nothing")) == (404, NOT_FOUND)
        assert refusal(await client.get("/rw/motionsystem/mechunits/ROB_9/jointtarget")) == (404, NOT_FOUND)
        assert refusal(await client.post("/rw/panel/opmode")) == (400, INVALID)
        motors = dialect.set_motors(True)
        for form in ({}, {"ctrl-state": "dance"}, {"ctrl-state": "motoron", "more": "1"}):
            assert refusal(await client.post(motors.path, form)) == (400, INVALID)
        missing = {name: value for name, value in START_FORM.items() if name != "regain"}
        for form in (missing, START_FORM | {"cycle": "sometimes"}, START_FORM | {"extra": "1"}):
            assert refusal(await client.post(dialect.start().path, form)) == (400, INVALID)

    play(model, test)


def test_the_other_generation_is_not_understood() -> None:
    async def first(client: Client) -> None:
        assert (await client.get("/rw/panel/ctrl-state")).status_code == 404
        assert (await client.post("/rw/rapid/execution/start", START_FORM)).status_code == 404
        assert refusal(await client.post("/rw/rapid/execution?action=dance")) == (400, INVALID)

    async def second(client: Client) -> None:
        assert (await client.get("/rw/panel/ctrlstate")).status_code == 404
        assert refusal(await client.post("/rw/rapid/execution?action=start", START_FORM)) == (400, INVALID)

    play("irb-120", first)
    play("gofa", second)


def test_media_types_of_rws_2_are_insisted_on() -> None:
    async def test(client: Client) -> None:
        path = client.dialect.control_state
        assert (await client.http.get(path, headers={"Accept": "application/json"})).status_code == 406
        plain = await client.post(path, {"ctrl-state": "motoron"}, "application/x-www-form-urlencoded")
        assert plain.status_code == 406
        xhtml = await client.http.get(path, headers={"Accept": "application/xhtml+xml;v=2.0"})
        assert xhtml.headers["content-type"] == "application/xhtml+xml;v=2.0"
        assert read_items(xhtml.text)[0].fields == {"ctrlstate": "motoron"}

    play("gofa", test)


def test_long_lists_come_in_pages() -> None:
    async def test(client: Client) -> None:
        first = (await client.get("/rw/iosystem/signals?limit=15")).json()
        assert len(first["_embedded"]["resources"]) == 15
        assert first["_links"]["next"]["href"] == "signals?start=15&amp;limit=15"
        rest = (await client.get("/rw/iosystem/signals?start=15&limit=15")).json()
        assert len(rest["_embedded"]["resources"]) == 5
        assert "next" not in rest["_links"]
        assert refusal(await client.get("/rw/iosystem/signals?start=-1")) == (400, INVALID)

    play("gofa", test)


@BOTH
def test_mastership_keeps_others_out(model: str) -> None:
    async def test(client: Client) -> None:
        speed = client.dialect.set_speed_ratio(50)
        mine = await client.post(speed.path, speed.form)
        if client.second:
            assert refusal(mine) == (403, NO_MASTERSHIP)
        else:
            assert mine.status_code == 204  # taken for the moment, as nobody holds it
        assert await client.edit(False) == 403
        assert await client.edit() == 204
        assert (await client.post(speed.path, speed.form)).status_code == 204
        other = Client(client.robot, client.network)
        assert refusal(await other.post(speed.path, speed.form)) == (403, HELD)
        assert refusal(await other.post(client.dialect.mastership(True).path)) == (403, HELD)
        await client.get("/logout")  # a session that ends gives back what it held
        assert await other.edit() == 204
        assert (await other.post(speed.path, speed.form)).status_code == 204
        assert client.robot.speed_ratio == 50
        await other.http.aclose()

    play(model, test)


@BOTH
@pytest.mark.parametrize("ratio", ["-1", "101", "12.5", "fast", "nan", ""])
def test_speed_ratios_that_are_none(model: str, ratio: str) -> None:
    async def test(client: Client) -> None:
        await client.edit()
        post = client.dialect.set_speed_ratio(1)
        assert refusal(await client.post(post.path, {"speed-ratio": ratio})) == (400, INVALID)
        assert client.robot.speed_ratio == 100

    play(model, test)


@BOTH
def test_rapid_starts_in_the_right_state_only(model: str) -> None:
    async def test(client: Client) -> None:
        robot, dialect = client.robot, client.dialect
        await client.edit()
        off, on = dialect.set_motors(False), dialect.set_motors(True)
        assert (await client.post(off.path, off.form)).status_code == 204
        assert refusal(await start(client)) == (400, WRONG_STATE)
        assert (await client.post(on.path, on.form)).status_code == 204
        assert (await start(client)).status_code == 204
        assert refusal(await start(client)) == (400, WRONG_STATE)
        assert refusal(await client.post(dialect.reset_pointer().path)) == (400, WRONG_STATE)
        stop = dialect.stop()
        assert refusal(await client.post(stop.path, {"stopmode": "softly"})) == (400, INVALID)
        assert (await client.post(stop.path, stop.form)).status_code == 204
        assert not robot.rapid.running
        robot.press_emergency_stop()
        assert refusal(await start(client)) == (400, WRONG_STATE)
        assert refusal(await client.post(on.path, on.form)) == (403, REJECTED)
        robot.release_emergency_stop()
        assert robot.control_state == "emergencystopreset"
        assert (await client.post(on.path, on.form)).status_code == 204
        robot.protective_stop()
        assert robot.control_state == "guardstop"
        assert refusal(await client.post(on.path, on.form)) == (403, REJECTED)  # motors off comes first
        assert (await client.post(off.path, off.form)).status_code == 204
        assert (await client.post(on.path, on.form)).status_code == 204
        assert robot.control_state == "motoron"

    play(model, test)


@BOTH
def test_in_manual_mode_the_operator_has_to_agree(model: str) -> None:
    async def test(client: Client) -> None:
        robot, dialect = client.robot, client.dialect
        await robot.set_mode(OperationalMode.MANUAL_REDUCED_SPEED)
        assert robot.control_state == "motoroff"
        on, signal = dialect.set_motors(True), dialect.set_signal("Local/DRV_1/DO_1", "1")
        assert refusal(await client.post(signal.path, signal.form)) == (403, REJECTED)
        robot.consent.operator_agrees = False
        assert (await client.post("/users/rmmp", {"privilege": "modify"})).status_code == 204
        assert read_items((await client.get("/users/rmmp/poll")).text)[0].fields == {"status": "PENDING"}
        robot.consent.operator_agrees = True
        assert read_items((await client.get("/users/rmmp/poll")).text)[0].fields == {"status": "GRANTED"}
        assert (await client.post(signal.path, signal.form)).status_code == 204
        assert refusal(await client.post(on.path, on.form)) == (403, REJECTED)  # the enabling device does that

    play(model, test)


@BOTH
def test_signals_and_variables_of_the_wrong_name_or_type(model: str) -> None:
    async def test(client: Client) -> None:
        dialect = client.dialect
        await client.edit()
        assert refusal(await client.get(dialect.signal("Local/DRV_1/NO_1"))) == (404, -1073445866)
        for signal, value, code in (
            ("Local/DRV_1/DI_1", "1", (403, REJECTED)),
            ("Local/DRV_1/DO_1", "2", (400, INVALID)),
            ("Local/DRV_1/AO_1", "much", (400, INVALID)),
            ("Local/DRV_1/AO_1", "nan", (400, INVALID)),
            ("Local/DRV_1/NO_1", "1", (404, -1073445866)),
        ):
            post = dialect.set_signal(signal, value)
            assert refusal(await client.post(post.path, post.form)) == code
        unknown = (404, -1073442816) if client.second else (400, NOT_FOUND)
        assert refusal(await client.get(dialect.symbol(TASK, "Examples", "nothing"))) == unknown
        assert refusal(await client.get(dialect.symbol("T_ROB9", "Examples", "example_num"))) == unknown
        for name, value in (
            ("example_num", '"text"'),
            ("example_num", "[1]"),
            ("example_bool", "1"),
            ("example_string", "text"),
            ("example_array", "[1,2]"),
            ("example_joints", "[[1,2,3,4,5],[0,0,0,0,0,0]]"),
        ):
            post = dialect.set_symbol(TASK, "Examples", name, value)
            assert refusal(await client.post(post.path, post.form)) == (400, INVALID), name
        post = dialect.set_symbol(TASK, "Examples", "example_num", "42")
        assert (await client.post(post.path, post.form)).status_code == 204
        assert read_items((await client.get(post.path.partition("?")[0])).text)[0].fields == {"value": "42"}

    play(model, test)


@BOTH
def test_modules_are_loaded_from_the_disk(model: str) -> None:
    async def test(client: Client) -> None:
        await client.edit()
        load = f"/rw/rapid/tasks/{TASK}/loadmod" if client.second else f"/rw/rapid/tasks/{TASK}?action=loadmod"
        form = {"modulepath": "$HOME/mine.mod"}
        assert refusal(await client.post(load, form)) == (404, -1073438713)
        text = b"MODULE Mine\n  PERS num mine := 3;\nENDMODULE\n"
        assert (await client.http.put("/fileservice/$HOME/mine.mod", content=text)).status_code == 201
        assert (await client.post(load, form)).status_code == 204
        assert refusal(await client.post(load, form)) == (400, -1073442813)
        assert (await client.post(load, form | {"replace": "true"})).status_code == 204
        assert (await client.get(client.dialect.symbol(TASK, "Mine", "mine"))).status_code == 200

    play(model, test)


@BOTH
def test_subscriptions_tell_of_changes_alone(model: str) -> None:
    async def test(client: Client) -> None:
        symbol = f"{client.dialect.symbol(TASK, 'Examples', 'example_num')};value"
        signal = "/rw/iosystem/signals/Local/DRV_1/DO_1;state"
        events = await client.socket([*client.dialect.watched(), symbol, signal])
        await client.edit()
        for post in (
            client.dialect.set_symbol(TASK, "Examples", "example_num", "5"),
            client.dialect.set_signal("Local/DRV_1/DO_1", "1"),
            client.dialect.set_signal("Local/DRV_1/DO_2", "1"),
            client.dialect.set_speed_ratio(30),
        ):
            assert (await client.post(post.path, post.form)).status_code == 204
        kinds = [read_items(await events.receive() or "")[0] for _ in range(3)]
        assert [one.kind for one in kinds] == ["rap-data", "ios-signalstate-ev", "pnl-speedratio-ev"]
        assert [next(iter(one.fields.values())) for one in (kinds[0], kinds[2])] == ["5", "30"]
        assert kinds[1].fields["lvalue"] == "1"
        events.close()

    play(model, test)


@BOTH
def test_subscriptions_to_what_is_not_there(model: str) -> None:
    async def test(client: Client) -> None:
        wrong = ["/rw/nothing", "/rw/rapid/execution;nothing", "/rw/iosystem/signals/a/b/c;state"]
        if client.second:
            wrong.append("/rw/iosystem/signals/Local/DRV_1/DO_1;lvalue")  # recorded: the suffix is state
        for resource in wrong:
            answer = await client.post("/subscription", {"resources": "1", "1": resource, "1-p": "1"})
            assert answer.status_code in (400, 404), resource
        assert refusal(await client.post("/subscription", {})) == (400, INVALID)
        no_priority = {"resources": "1", "1": client.dialect.watched()[0]}
        assert refusal(await client.post("/subscription", no_priority)) == (400, INVALID)

    play(model, test)


@BOTH
def test_a_client_that_does_not_listen_is_dropped_and_subscriptions_are_limited(model: str) -> None:
    async def test(client: Client) -> None:
        resource = client.dialect.subscribed(client.dialect.speed_ratio)
        form = {"resources": "1", "1": resource, "1-p": "1"}
        for _ in range(100):
            assert (await client.post("/subscription", form)).status_code == 201
        assert refusal(await client.post("/subscription", form)) == (403, REJECTED)
        for number in range(1100):
            client.robot.set_speed_ratio(number % 100)
        assert (await client.post("/subscription", form)).status_code == 201

    play(model, test)


@BOTH
def test_a_websocket_needs_its_own_session_and_subprotocol(model: str) -> None:
    async def test(client: Client) -> None:
        with pytest.raises(TransportError, match="HTTP 400"):
            await client.socket(client.dialect.watched(), "something_else")
        stream: Any = await client.network.connect(HOST, client.port)
        if client.second:
            stream = await tls_client(stream, HOST, "any")
        with pytest.raises(TransportError, match="HTTP 403"):
            await open_websocket(stream, HOST, "/poll/1", subprotocol=client.dialect.subprotocol)

    play(model, test)


def test_an_omnicore_closes_the_socket_of_a_client_that_talks() -> None:
    async def second(client: Client) -> None:
        events = await client.socket(client.dialect.watched())
        events.send("PING")
        assert await events.receive() is None

    async def first(client: Client) -> None:
        events = await client.socket(client.dialect.watched())
        events.send("hello")
        client.robot.set_speed_ratio(10)
        assert "10" in (await events.receive() or "")
        events.close()

    play("gofa", second)
    play("irb-120", first)


async def led(client: Client) -> Any:
    """RAPID runs; the computer's socket, after the first message."""
    socket = await client.network.datagram(*PC)
    await client.edit()
    assert (await start(client)).status_code == 204
    data, sender = await socket.receive()
    message = egm.decode_robot(data)
    assert (message.guided, message.rapid, message.motors) == (egm.Guided.RUNNING, egm.Rapid.RUNNING, egm.Motors.ON)
    return socket, sender, message


def test_egm_beats_every_4_ms_and_says_goodbye() -> None:
    async def test(client: Client) -> None:
        socket, _, first = await led(client)
        began, last = now(), first
        for number in range(1, 26):
            last = egm.decode_robot((await socket.receive())[0])
            assert last.sequence == first.sequence + number
        assert now() - began == pytest.approx(0.1)
        assert last.time_ms - first.time_ms == 100
        stop = client.dialect.stop()
        await client.post(stop.path, stop.form)
        last = egm.decode_robot((await socket.receive())[0])
        assert (last.guided, last.rapid) == (egm.Guided.STOPPED, egm.Rapid.STOPPED)
        silent = asyncio.ensure_future(socket.receive())
        await asyncio.sleep(1.0)
        assert not silent.done()
        silent.cancel()

    play("irb-120", test)


def codes(client: Client) -> list[int]:
    return [entry.event.code for entry in client.robot.log.entries()]


def test_egm_without_references_ends_the_program() -> None:
    async def test(client: Client) -> None:
        await led(client)
        await asyncio.sleep(0.9)
        assert client.robot.rapid.running
        await asyncio.sleep(0.2)
        assert not client.robot.rapid.running
        assert codes(client)[0] == 41822

    play("irb-120", test)


def test_egm_references_out_of_range_end_the_program() -> None:
    async def test(client: Client) -> None:
        socket, sender, message = await led(client)
        far = [*message.joints[:-1], 100.0]
        socket.send(egm.encode_sensor(egm.SensorMessage(1, 0, far)), sender)
        await asyncio.sleep(0.02)
        assert not client.robot.rapid.running
        assert codes(client)[0] == 50027

    play("irb-120", test)


def test_egm_references_that_jump_are_approached_at_joint_speed() -> None:
    async def test(client: Client) -> None:
        kernel = client.robot.kernel
        socket, sender, message = await led(client)
        goal = [message.joints[0] + 1.0, *message.joints[1:]]
        socket.send(egm.encode_sensor(egm.SensorMessage(1, 0, goal)), sender)
        fastest, before = 0.0, kernel.joints().position[0]
        for _ in range(100):
            await asyncio.sleep(egm.PERIOD)
            here = kernel.joints().position[0]
            fastest, before = max(fastest, (here - before) / egm.PERIOD), here
        limit = kernel.kinematics.limits.velocity[0]
        assert limit < fastest < 1.2 * limit
        assert before == pytest.approx(goal[0], abs=1e-9)

    play("irb-120", test)


def test_egm_skips_what_is_no_reference() -> None:
    async def test(client: Client) -> None:
        kernel = client.robot.kernel
        socket, sender, message = await led(client)
        moved = [q + 0.1 for q in message.joints]
        wrong_kind = egm.SensorMessage(1, 0, moved, egm.MessageType.DATA)
        for data in (
            b"",
            bytes(range(256)),
            egm.encode_sensor(wrong_kind),
            egm.encode_sensor(egm.SensorMessage(2, 0, None)),
        ):
            socket.send(data, sender)
        stranger = await client.network.datagram("127.0.0.9")
        stranger.send(egm.encode_sensor(egm.SensorMessage(3, 0, moved)), sender)
        await asyncio.sleep(0.1)
        assert client.robot.rapid.running
        assert kernel.joints().position.tolist() == pytest.approx(message.joints)

    play("irb-120", test)
