"""ifm's IoT Core, virtual: the tree of an IO-Link master, and its HTTP server (an ASGI application).

Whatever is wrong with a request stands in ``code`` of the answer; HTTP answers 200.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

from starlette.requests import Request as HttpRequest
from starlette.responses import Response

from cellkit.errors import ProtocolError
from cellkit.transport import Network
from cellkit.transport.http_server import Receive, Scope, Send
from cellkit_iolink.protocol.iotcore import (
    BAD_REQUEST,
    MOST_AT_ONCE,
    NO_CID,
    NOT_FOUND,
    OK,
    UNAUTHORIZED,
    Answer,
    Item,
    Request,
    cid_of,
    decode_request,
    encode_answer,
    from_base64,
    split_address,
)
from cellkit_iolink.protocol.text import read_text
from cellkit_iolink.virtual_events import Subscriptions
from cellkit_iolink.virtual_iotcore_ports import port_element, text, within
from cellkit_iolink.virtual_master import SERIAL, Master, Port
from cellkit_iolink.virtual_tree import HIGHEST_LEVEL, Arguments, Element, Refusal, Service, structure, value

TIMERS = (1, 2)
SHORTEST_INTERVAL, LONGEST_INTERVAL = 500, 2147483647  # ms
USER = "administrator"
_OPEN = ("getidentity", "deviceinfo/vendor/getdata", "deviceinfo/productcode/getdata")
"""What is answered without a login while the security mode is on."""
_HEADERS = {"Content-Type": "application/json"}


class IotCoreWeb:
    """One master's IoT Core. ``security``: user and password, while its security mode is on."""

    def __init__(
        self,
        master: Master,
        product: str,
        network: Callable[[], Network],
        run: Callable[[Coroutine[Any, Any, None]], asyncio.Task[None]],
        secured: Callable[[bool], None],
    ) -> None:
        self._master, self._product, self._run, self._secured = master, product, run, secured
        self.password = "password"  # noqa: S105  (of nothing real; as in the vendor's example)
        self.security = False
        self._events = Subscriptions(network, run, self._item, self._wind)
        self._timers = {number: _Timer() for number in TIMERS}
        self._tag = ""
        self.root = self._tree()
        master.on_event(self._noticed)

    # --- HTTP ---

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve an HTTP request (the ASGI application)."""
        request = HttpRequest(scope, receive)
        response = await self._respond(request)
        await response(scope, receive, send)

    async def _respond(self, request: HttpRequest) -> Response:
        if request.method == "GET":
            return Response(encode_answer(self._perform(Request(NO_CID, request.scope["path"]))), 200, _HEADERS)
        if request.method != "POST":
            return Response("GET and POST are what there is", 405, {"Allow": "GET, POST"}, "text/plain")
        if request.scope["path"] not in ("", "/"):
            return Response("requests are posted to /", 404, media_type="text/plain")
        try:
            return Response(encode_answer(self._posted(await request.body())), 200, _HEADERS)
        except _TooMany:
            return Response("too much at once", 413, media_type="text/plain")

    def _posted(self, body: bytes) -> Answer:
        message: Any = None
        try:
            message = read_text(body)
            request = decode_request(message)
        except ProtocolError as error:
            return Answer(cid_of(message), BAD_REQUEST, {"msg": error.message})
        return self._perform(request)

    def _perform(self, request: Request) -> Answer:
        try:
            self._admit(request)
            path, name = split_address(request.adr)
            element = self.root.find(path)
            # Masters in use take the services of the root in capitals too.
            offered = {service.lower(): one for service, one in element.offered().items()}
            service = offered.get(name.lower())
            if service is None:
                raise Refusal(NOT_FOUND, f"no element {request.adr.strip('/')}")
            done = service(request.data or {}, request)
            code, data = done if isinstance(done, tuple) else (OK, done)
            return Answer(request.cid, code, data)
        except Refusal as refusal:
            return Answer(request.cid, refusal.code, refusal.data)

    def _admit(self, request: Request) -> None:
        if not self.security or request.adr.strip("/").lower() in _OPEN:
            return
        if (request.user, request.password) != (USER, self.password):
            raise Refusal(UNAUTHORIZED, "the security mode is on")

    # --- the tree ---

    def _tree(self) -> Element:
        root = Element(self._product, "device", subs=[*self._about(), *map(self._timer, TIMERS), self._ports()])
        services: dict[str, Service] = {
            "gettree": self._gettree,
            "getidentity": lambda _data, _request: self._identity(),
            "getdatamulti": self._getdatamulti,
            "getsubscriberlist": lambda _data, _request: self._events.listing(),
            "querytree": self._querytree,
        }
        root.services.update(services)
        return root

    def _about(self) -> list[Element]:
        def fixed(name: str, text: Any, form: str = "string") -> Element:
            return value(name, lambda: text, form=form)

        return [
            structure(
                "deviceinfo",
                fixed("vendor", "ifm electronic"),
                fixed("productcode", self._product),
                fixed("devicefamily", "IO-Link Master"),
                fixed("serialnumber", SERIAL),
                fixed("hwrevision", "AA"),
                fixed("swrevision", "cellkit"),
                fixed("bootloaderrevision", "cellkit"),
                profile="deviceinfo",
            ),
            structure("devicetag", value("applicationtag", lambda: self._tag, self._set_tag), profile="devicetag"),
            structure(
                "processdatamaster",
                fixed("temperature", 30, "integer"),
                fixed("voltage", 24000, "integer"),
                fixed("current", 100, "integer"),
                fixed("supervisionstatus", 0, "integer"),
                profile="processdata",
            ),
            structure(
                "iotsetup",
                structure(
                    "security",
                    value("securitymode", lambda: int(self.security), self._set_security, "integer"),
                    value("password", None, self._set_password),
                ),
            ),
        ]

    def _timer(self, number: int) -> Element:
        timer, path = self._timers[number], f"/timer[{number}]"

        def set_interval(new: Any) -> None:
            timer.interval = within(new, SHORTEST_INTERVAL, LONGEST_INTERVAL)
            timer.stop()
            self._wind()

        return structure(
            f"timer[{number}]",
            value("counter", lambda: timer.counter, form="integer", events=self._events.event(f"{path}/counter")),
            value("interval", lambda: timer.interval, set_interval, "integer"),
            profile="timer",
        )

    def _ports(self) -> Element:
        ports = [port_element(self._master, port, self._events) for port in self._master.ports.values()]
        return structure("iolinkmaster", *ports, profile="iolinkmaster")

    # --- services of the root ---

    def _gettree(self, data: Arguments, _request: Request) -> dict[str, Any]:
        if set(data) - {"adr", "level"}:
            raise Refusal(BAD_REQUEST, "gettree takes adr and level")
        adr, level = data.get("adr", ""), data.get("level", HIGHEST_LEVEL)
        if not isinstance(adr, str):
            raise Refusal(BAD_REQUEST, "adr is no text")
        level = within(level, 0, HIGHEST_LEVEL)
        path = tuple(part for part in adr.split("/") if part)
        return self.root.find(path).shown(level)

    def _identity(self) -> dict[str, Any]:
        mode = "enabled" if self.security else "disabled"
        return {
            "iot": {"name": self._product, "uid": SERIAL, "version": "cellkit", "catalogue": [], "deviceclass": []},
            "device": {"serialnumber": SERIAL, "hwrevision": "AA", "swrevision": "cellkit"},
            "security": {"securitymode": mode, "authscheme": "USERPASSWD", "ispasswdset": bool(self.password)},
        }

    def _getdatamulti(self, data: Arguments, _request: Request) -> dict[str, Any]:
        paths = data.get("datatosend")
        if not isinstance(paths, list) or not all(isinstance(path, str) for path in paths):
            raise Refusal(BAD_REQUEST, "datatosend is no list of data points")
        if len(paths) > MOST_AT_ONCE:
            raise _TooMany
        items = {path: self._item(path) for path in paths}
        return {
            path: {"code": item.code} | ({} if item.data is None else {"data": item.data})
            for path, item in items.items()
        }

    def _querytree(self, data: Arguments, _request: Request) -> dict[str, Any]:
        wanted = {key: data[key] for key in ("type", "profile", "name") if key in data}
        if not wanted or set(data) - set(wanted) or not all(isinstance(one, str) for one in wanted.values()):
            raise Refusal(BAD_REQUEST, "querytree takes type, profile and name")
        of = {"type": "kind", "profile": "profile", "name": "identifier"}
        found = [
            path
            for path, element in self.root.walk()
            if all(getattr(element, of[key]) == one for key, one in wanted.items())
        ]
        return {"adrList": found}

    def _item(self, path: str) -> Item:
        try:
            return self.root.find(tuple(part for part in path.split("/") if part)).item()
        except Refusal as refusal:
            return Item(refusal.code)

    # --- settings and events ---

    def _set_tag(self, new: Any) -> None:
        self._tag = text(new)

    def _set_security(self, new: Any) -> None:
        self.security = bool(within(new, 0, 1))
        self._secured(self.security)

    def _set_password(self, new: Any) -> None:
        try:
            self.password = from_base64(text(new))
        except ProtocolError:
            raise Refusal(BAD_REQUEST, "the password is no Base64") from None

    def _noticed(self, port: Port, what: str) -> None:
        path = f"/iolinkmaster/port[{port.number}]"
        self._events.notify(f"{path}/portevent" if what == "port" else f"{path}/iolinkdevice/pdin")

    def _wind(self) -> None:
        """Timers run while they have subscribers."""
        for number, timer in self._timers.items():
            if not self._events.listens(f"/timer[{number}]/counter"):
                timer.stop()
            elif timer.task is None:
                timer.task = self._run(self._tick(number, timer))

    async def _tick(self, number: int, timer: _Timer) -> None:
        while True:
            await asyncio.sleep(timer.interval / 1000)
            timer.counter += 1
            self._events.notify(f"/timer[{number}]/counter")


class _TooMany(Exception):
    """More data points than a master can process; HTTP answers 413."""


class _Timer:
    def __init__(self) -> None:
        self.counter, self.interval = 0, 1000
        self.task: asyncio.Task[None] | None = None

    def stop(self) -> None:
        if self.task is not None:
            self.task.cancel()
            self.task = None
