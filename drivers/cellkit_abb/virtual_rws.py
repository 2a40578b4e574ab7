"""Robot Web Services of a virtual controller: all resources in both generations; panel, rights, subscriptions."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from typing import Any

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

from cellkit.digits import whole_number
from cellkit_abb.protocol.errors import INVALID_PARAMETER, RESOURCE_NOT_FOUND
from cellkit_abb.protocol.rws import Item, xhtml
from cellkit_abb.virtual_access import ClientSession, RequestRefused
from cellkit_abb.virtual_http import NOTHING, Answer, Call, Web, cookies
from cellkit_abb.virtual_robot import ServedRobot
from cellkit_abb.virtual_rws_data import DataWeb
from cellkit_abb.virtual_rws_rapid import RapidWeb, may_edit
from cellkit_abb.virtual_subscriptions import Group

MOST_RESOURCES = 1000  # resources of one subscription; an assumption
_CANNOT_SEND = 1008  # code with which an OmniCore closes the socket of a client that sends data


class Rws:
    """The ASGI application ``app`` of one controller."""

    def __init__(self, robot: ServedRobot) -> None:
        self._robot = robot
        self._hal = not robot.dialect.implicit_mastership
        self._web = Web(robot.gate, robot.sessions, self._hal)
        self._rapid = RapidWeb(robot)
        self._data = DataWeb(robot)
        routes = [*self._shared(), *(self._second() if self._hal else self._first())]
        self.app = Starlette(
            routes=[*routes, WebSocketRoute("/poll/{group:int}", self._poll)],
            exception_handlers={404: self._web.nothing_here, HTTPException: self._web.nothing_here},
        )

    def _shared(self) -> list[Route]:
        route = self._web.route
        return [
            route("/rw/panel/opmode", GET=self._mode),
            route("/rw/panel/speedratio", GET=self._speed, POST_setspeedratio=self._set_speed),
            route("/rw/rapid/tasks", GET=self._rapid.tasks),
            route("/rw/motionsystem/mechunits/{unit}/jointtarget", GET=self._data.joints),
            route("/rw/motionsystem/mechunits/{unit}/robtarget", GET=self._data.target),
            route("/rw/motionsystem/mechunits/{unit}/cartesian", GET=self._data.cartesian),
            route("/rw/iosystem/signals", GET=self._data.signals),
            route("/rw/elog/0", GET=self._data.log),
            route("/rw/elog/0/", GET=self._data.log),
            route("/rw/elog/0/{number:int}", GET=self._data.log_entry),
            route("/rw/system", GET=self._data.system),
            route("/ctrl/identity", GET=self._data.identity),
            route(
                "/fileservice/{path:path}",
                GET=self._data.read_file,
                PUT=self._data.write_file,
                DELETE=self._data.delete_file,
            ),
            route("/subscription", POST=self._subscribe),
            route("/subscription/{group:int}", DELETE=self._unsubscribe),
            route("/users/rmmp", POST=self._ask_consent),
            route("/users/rmmp/poll", GET=self._poll_consent),
            route("/logout", GET=self._logout),
        ]

    def _first(self) -> list[Route]:
        route, rapid = self._web.route, "/rw/rapid"
        symbol = "/rw/rapid/symbol/data/RAPID/{path:path}"
        ask = {"POST_request": self._take_mastership, "POST_release": self._give_mastership}
        return [
            route("/rw/panel/ctrlstate", GET=self._state, POST_setctrlstate=self._set_state),
            route(
                f"{rapid}/execution",
                GET=self._rapid.execution,
                POST_start=self._rapid.start,
                POST_stop=self._rapid.stop,
                POST_resetpp=self._rapid.reset_pointer,
            ),
            route(
                f"{rapid}/tasks/{{task}}",
                GET=self._rapid.task,
                POST_activate=self._rapid.activate,
                POST_deactivate=self._rapid.deactivate,
                POST_loadmod=self._rapid.load_module,
                POST_unloadmod=self._rapid.unload_module,
            ),
            route(f"{rapid}/modules", GET=self._rapid.modules),
            route(f"{rapid}/symbols", POST_search_symbols=self._rapid.search_symbols),
            route(symbol, GET=self._rapid.symbol, POST_set=self._rapid.set_symbol),
            route("/rw/iosystem/signals/{path:path}", GET=self._data.signal, POST_set=self._data.set_signal),
            route("/rw/mastership", GET=self._masterships, **ask),
            route("/rw/mastership/{domain}", GET=self._masterships, **ask),
            route("/ctrl/$RAMDISK", GET=self._data.ramdisk),
        ]

    def _second(self) -> list[Route]:
        route, rapid = self._web.route, "/rw/rapid"
        symbol = "/rw/rapid/symbol/RAPID/{path:path}/data"
        return [
            route("/rw/panel/ctrl-state", GET=self._state, POST=self._set_state),
            route(f"{rapid}/execution", GET=self._rapid.execution),
            route(f"{rapid}/execution/start", POST=self._rapid.start),
            route(f"{rapid}/execution/stop", POST=self._rapid.stop),
            route(f"{rapid}/execution/resetpp", POST=self._rapid.reset_pointer),
            route(f"{rapid}/tasks/activate", POST=self._rapid.activate),
            route(f"{rapid}/tasks/deactivate", POST=self._rapid.deactivate),
            route(f"{rapid}/tasks/{{task}}", GET=self._rapid.task),
            route(f"{rapid}/tasks/{{task}}/modules", GET=self._rapid.modules),
            route(f"{rapid}/tasks/{{task}}/loadmod", POST=self._rapid.load_module),
            route(f"{rapid}/tasks/{{task}}/unloadmod", POST=self._rapid.unload_module),
            route(f"{rapid}/symbols/search", POST=self._rapid.search_symbols),
            route(symbol, GET=self._rapid.symbol, POST=self._rapid.set_symbol),
            route("/rw/iosystem/signals/{path:path}/set-value", POST=self._data.set_signal),
            route("/rw/iosystem/signals/{path:path}", GET=self._data.signal),
            route("/rw/mastership", GET=self._masterships),
            route("/rw/mastership/request", POST=self._take_mastership),
            route("/rw/mastership/release", POST=self._give_mastership),
            route("/rw/mastership/{domain}", GET=self._masterships),
            route("/rw/mastership/{domain}/request", POST=self._take_mastership),
            route("/rw/mastership/{domain}/release", POST=self._give_mastership),
        ]

    # --- panel ------------------------------------------------------------------------------------------------------

    async def _state(self, _call: Call) -> Answer:
        title = self._robot.dialect.control_state.rpartition("/")[2]
        return Answer([Item("pnl-ctrlstate", title, {"ctrlstate": self._robot.control_state})])

    async def _set_state(self, call: Call) -> Answer:
        wanted = call.form.take("ctrl-state", ("motoron", "motoroff"))
        call.form.require_all_taken()
        await self._robot.set_motors(wanted == "motoron")
        return NOTHING

    async def _mode(self, _call: Call) -> Answer:
        return Answer([Item("pnl-opmode", "opmode", {"opmode": self._robot.operation_mode})])

    async def _speed(self, _call: Call) -> Answer:
        return Answer([Item("pnl-speedratio", "speedratio", {"speedratio": str(self._robot.speed_ratio)})])

    async def _set_speed(self, call: Call) -> Answer:
        text = call.form.take("speed-ratio")
        call.form.require_all_taken()
        may_edit(self._robot, call)
        try:
            percent = float(text)
        except ValueError:
            raise RequestRefused(INVALID_PARAMETER, f"speed-ratio={text}") from None
        if not (0 <= percent <= 100 and percent.is_integer()):
            raise RequestRefused(INVALID_PARAMETER, f"speed-ratio={text}")
        self._robot.set_speed_ratio(int(percent))
        return NOTHING

    # --- rights -----------------------------------------------------------------------------------------------------

    def _domains(self, call: Call) -> tuple[str, ...]:
        known = self._robot.mastership.domains
        domain = call.path.get("domain")
        if domain is not None and domain not in known:
            raise RequestRefused(RESOURCE_NOT_FOUND, domain)
        return known if domain is None else (domain,)

    async def _masterships(self, call: Call) -> Answer:
        def state(domain: str) -> str:
            holder = self._robot.mastership.holder(domain)
            return "nomaster" if holder is None else "local" if holder is call.session else "remote"

        domains = self._domains(call)
        return Answer([Item("msh-resource", one, {"mastership": state(one)}) for one in domains], listed=True)

    async def _take_mastership(self, call: Call) -> Answer:
        domains = self._domains(call)
        call.form.require_all_taken()
        self._robot.consent.require(call.session, self._robot.manual)
        self._robot.mastership.request(call.session, domains)
        return NOTHING

    async def _give_mastership(self, call: Call) -> Answer:
        domains = self._domains(call)
        call.form.require_all_taken()
        self._robot.mastership.release(call.session, domains)
        return NOTHING

    async def _ask_consent(self, call: Call) -> Answer:
        call.form.take("privilege", ("modify", "exec"))
        call.form.require_all_taken()
        self._robot.consent.ask(call.session)
        return NOTHING

    async def _poll_consent(self, call: Call) -> Answer:
        return Answer([Item("user-rmmp-poll", "rmmp", {"status": self._robot.consent.poll(call.session)})])

    async def _logout(self, call: Call) -> Answer:
        self._robot.sessions.close(call.session)
        return NOTHING

    # --- subscriptions ----------------------------------------------------------------------------------------------

    async def _subscribe(self, call: Call) -> Answer:
        numbers = call.form.take_all("resources")
        if not numbers:
            raise RequestRefused(INVALID_PARAMETER, "resources")
        count = whole_number(numbers[0], most=2**63) if len(numbers) == 1 and numbers[0] != "1" else None
        if count is not None:
            # Clients give the numbers of all resources, or only their count; both are known to work.
            numbers = [str(number) for number in range(1, min(count, MOST_RESOURCES) + 1)]
        wanted = {}
        for number in numbers:
            asked = call.form.take(number)
            call.form.take(f"{number}-p", ("0", "1", "2"))
            wanted[self._robot.event_name(asked)] = asked
        call.form.require_all_taken()
        group = self._robot.subscriptions.add(call.session, wanted)
        address = f"{'wss' if self._hal else 'ws'}://{call.host}/poll/{group.number}"
        links = [(f"subscription/{group.number}", "group"), (address, "self")]
        return Answer(status=201, headers={"Location": address}, links=links, xhtml=True)

    def _group(self, number: int, session: ClientSession) -> Group:
        group = self._robot.subscriptions.find(number, session)
        if group is None:
            raise RequestRefused(RESOURCE_NOT_FOUND)
        return group

    async def _unsubscribe(self, call: Call) -> Answer:
        self._robot.subscriptions.remove(self._group(int(call.path["group"]), call.session))
        return Answer()

    async def _poll(self, socket: WebSocket) -> None:
        """Serve the WebSocket of a group."""
        robot = self._robot
        session = robot.sessions.find(cookies(socket))
        group = None if session is None else robot.subscriptions.find(socket.path_params["group"], session)
        if session is None or group is None:
            await socket.close()
            return
        if robot.dialect.subprotocol not in socket.scope["subprotocols"]:
            await socket.send_denial_response(Response(status_code=400))
            return
        await socket.accept(robot.dialect.subprotocol)
        session.sockets += 1
        try:
            await _until_first(self._tell(socket, group), self._hear(socket))
        finally:
            session.sockets -= 1
            if self._hal:  # an IRC5 lets a client return to its group
                robot.subscriptions.remove(group)

    async def _tell(self, socket: WebSocket, group: Group) -> None:
        base = f"{'https' if self._hal else 'http'}://{socket.headers.get('host', '')}/"
        while (item := await group.events.get()) is not None:
            links = [(f"subscription/{group.number}", "group")]
            await socket.send_text(xhtml(base, [item], links, "Event"))
        await socket.close()

    async def _hear(self, socket: WebSocket) -> None:
        try:
            while True:
                await socket.receive_text()
                if self._hal:
                    await socket.close(_CANNOT_SEND, "Client cannot send data.")
                    return
        except (WebSocketDisconnect, KeyError):
            return


async def _until_first(*works: Awaitable[Any]) -> None:
    """Run all until the first one ends, cancel the others, and raise the error of the first one."""
    tasks = [asyncio.ensure_future(work) for work in works]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
        results = await asyncio.gather(*tasks, return_exceptions=True)
    for result in results:
        if isinstance(result, Exception):
            raise result
