"""What the virtual masters refuse, each with its code: in the answer (IoT Core), by HTTP too (JSON for IO-Link)."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from cellkit_iolink.virtual import VirtualIotCoreSensor
from iolink_bench import IoBench, SensorBench, core_of, play, rest_of

from cellkit.errors import ConfigError, TransportError
from cellkit.timing import run
from cellkit.transport import MemoryNetwork

PORT = "/iolinkmaster/port[1]"
DEVICE = f"{PORT}/iolinkdevice"


def core(test: Any, bench: SensorBench | IoBench | None = None) -> None:
    async def main(started: Any) -> None:
        async with core_of(started) as client:
            await test(started, client)

    play(bench or SensorBench("iotcore"), main)


def rest(test: Any) -> None:
    async def main(started: Any) -> None:
        async with rest_of(started) as client:
            await test(started, client)

    play(SensorBench("json"), main)


# --- IoT Core -----------------------------------------------------------------------------------------------------


def test_core_refuses_what_is_no_request() -> None:
    async def test(_bench: SensorBench, client: Any) -> None:
        for message, cid in (
            (b"", -1),
            (b"{", -1),
            (b"[]", -1),
            ({"code": "request", "cid": 7}, 7),
            ({"code": "transaction", "cid": 7, "adr": "gettree"}, 7),
            ({"code": "request", "cid": 7, "adr": 1}, 7),
            ({"code": "request", "cid": 7, "adr": "gettree", "data": 3}, 7),
            ({"code": "request", "cid": "7", "adr": "gettree"}, -1),
        ):
            answer = await client.post(message)
            assert (answer["code"], answer["cid"]) == (400, cid), message
        assert (await client.call("/gettree"))["code"] == 200

    core(test)


def test_core_knows_paths_services_and_read_only_data() -> None:
    async def test(_bench: SensorBench, client: Any) -> None:
        for adr, data, code in (
            ("/nowhere/getdata", None, 404),
            ("/iolinkmaster/port[5]/mode/getdata", None, 404),
            (f"{PORT}/getdata", None, 404),
            (f"{PORT}/mode/nonsense", None, 404),
            (f"{PORT}/mode/subscribe", {"callback": "http://127.0.0.1:9/x"}, 404),
            ("", None, 404),
            ("/", None, 404),
            ("/nonsense", None, 404),
            (f"{DEVICE}/pdin/setdata", {"newvalue": "00"}, 403),
            ("/deviceinfo/vendor/setdata", {"newvalue": "me"}, 403),
            (f"{DEVICE}/status/setdata", {"newvalue": 2}, 403),
            ("/iotsetup/security/password/getdata", None, 403),
            ("/gettree", {"depth": 1}, 400),
            ("/gettree", {"level": "1"}, 400),
            ("/gettree", {"level": 99}, 530),
            ("/gettree", {"adr": 1}, 400),
            ("/gettree", {"adr": "/nowhere"}, 404),
            ("/querytree", {}, 400),
            ("/querytree", {"type": 1}, 400),
        ):
            assert (await client.call(adr, data))["code"] == code, adr

    core(test)


def test_core_checks_types_and_ranges_of_what_is_set() -> None:
    async def test(_bench: SensorBench, client: Any) -> None:
        for path, value, code in (
            (f"{PORT}/mode", "3", 400),
            (f"{PORT}/mode", True, 400),
            (f"{PORT}/mode", 1.5, 400),
            (f"{PORT}/mode", None, 400),
            (f"{PORT}/mode", 4, 530),
            (f"{PORT}/mode", -1, 530),
            ("/timer[1]/interval", 499, 530),
            ("/timer[1]/interval", 2147483648, 530),
            ("/timer[1]/interval", 500, 200),
            ("/devicetag/applicationtag", 7, 400),
            ("/devicetag/applicationtag", "x" * 65, 530),
            ("/devicetag/applicationtag", "cell 7", 200),
            (f"{DEVICE}/applicationspecifictag", "x" * 33, 531),
            (f"{DEVICE}/applicationspecifictag", "part ready", 200),
            (f"{DEVICE}/pdout", "00", 503),
            ("/iotsetup/security/securitymode", 2, 530),
            ("/iotsetup/security/password", "no Base64", 400),
        ):
            assert await client.set(path, value) == code, (path, value)
        for data in (None, {}, {"value": 3}, {"newvalue": 3, "more": 1}):
            assert (await client.call(f"{PORT}/mode/setdata", data))["code"] == 400
        assert await client.value("/devicetag/applicationtag") == "cell 7"
        assert await client.value(f"{DEVICE}/applicationspecifictag") == "part ready"
        assert await client.value("/timer[1]/interval") == 500

    core(test)


def test_core_reads_and_writes_parameters_of_the_device() -> None:
    async def test(bench: SensorBench, client: Any) -> None:
        async def read(index: Any, subindex: Any = 0) -> Any:
            return await client.call(f"{DEVICE}/iolreadacyclic", {"index": index, "subindex": subindex})

        async def write(index: Any, value: Any, subindex: Any = 0) -> Any:
            data = {"index": index, "subindex": subindex, "value": value}
            return (await client.call(f"{DEVICE}/iolwriteacyclic", data))["code"]

        for index, text in ((16, b"ifm electronic"), (18, b"OGD592"), (21, b"000000000001"), (24, b"***")):
            assert bytes.fromhex((await read(index))["data"]["value"]) == text
        assert [await write(24, b"left".hex().upper()), await write(24, "6c6566")] == [200, 200]
        assert (await read(24))["data"]["value"] == b"lef".hex().upper()
        answer = await read(999)
        assert (answer["code"], answer["data"]["error"]) == (531, "0x8011")
        assert (await read(16, 1))["data"]["error"] == "0x8012"
        assert [await write(16, "41"), await write(24, "00" * 33), await write(24, "")] == [531, 531, 531]
        assert [await write(24, "4"), await write(24, 41), await write("24", "41")] == [400, 400, 400]
        assert [(await read(index))["code"] for index in ("16", 16.0, None, -1, 70000)] == [400, 400, 400, 530, 530]
        assert [(await read(16, sub))["code"] for sub in (256, "0")] == [530, 400]
        for data in (None, {"index": 16}, {"index": 16, "subindex": 0, "value": "00"}):
            assert (await client.call(f"{DEVICE}/iolreadacyclic", data))["code"] == 400
        bench.throw("unplug")
        assert [(await read(16))["code"], await write(24, "41")] == [503, 503]

    core(test)


def test_core_without_a_device_or_in_another_mode() -> None:
    async def test(bench: SensorBench, client: Any) -> None:
        names = ("status", "vendorid", "deviceid", "productname", "serial", "pdin", "pdout")

        async def seen() -> list[Any]:
            return [await client.value(f"{DEVICE}/{name}") for name in names]

        assert await seen() == [2, 310, 1012, "OGD592", "000000000001", "7FF8000000000000", 503]
        bench.throw("unplug")
        assert await seen() == [0, 503, 503, 503, 503, 503, 503]
        bench.throw("plug")
        assert await seen() == [1, 310, 1012, "OGD592", "000000000001", 503, 503]
        await asyncio.sleep(0.5)
        assert (await seen())[0] == 2
        bench.throw("invalid")
        assert await client.value(f"{DEVICE}/pdin") == 530
        bench.throw("invalid off")
        bench.throw("wrong")
        assert (await seen())[2] == 65535
        assert await client.set(f"{PORT}/mode", 0) == 200
        assert await seen() == [0, 503, 503, 503, 503, 503, 503]
        assert [await client.value(f"{PORT}/comspeed"), await client.value(f"{PORT}/mastercycletime_actual")] == [0, 0]

    core(test)


def test_core_ports_as_digital_signals() -> None:
    async def test(bench: IoBench, client: Any) -> None:
        first, out = "/iolinkmaster/port[1]", "/iolinkmaster/port[5]"
        assert [await client.value(f"{port}/mode") for port in (first, out)] == [1, 2]
        bench.image["part_ready"] = True
        assert await client.value(f"{first}/iolinkdevice/pdin") == "01"
        assert await client.value(f"{out}/iolinkdevice/pdin") == 503
        assert await client.set(f"{first}/iolinkdevice/pdout", "01") == 503
        for value, code in (("02", 530), ("0100", 530), ("", 530), (1, 400), (True, 400), ("1", 400), ("01", 200)):
            assert await client.set(f"{out}/iolinkdevice/pdout", value) == code, value
        assert bench.image["clamp"]
        assert await client.value(f"{out}/iolinkdevice/pdout") == "01"
        assert await client.set(f"{out}/mode", 3) == 200
        assert not bench.image["clamp"], "an output that is none any more goes off"
        assert await client.set(f"{out}/iolinkdevice/pdout", "01") == 503

    core(test, IoBench())


def test_core_several_data_points_each_with_its_own_code() -> None:
    async def test(_bench: SensorBench, client: Any) -> None:
        asked = [f"{PORT}/mode", "deviceinfo/productcode", "/nowhere", f"{DEVICE}/pdout", "/iotsetup/security/password"]
        answer = await client.call("/getdatamulti", {"datatosend": asked})
        assert answer["data"] == {
            asked[0]: {"code": 200, "data": 3},
            asked[1]: {"code": 200, "data": "AL1350"},
            asked[2]: {"code": 404},
            asked[3]: {"code": 503},
            asked[4]: {"code": 403},
        }
        for data in (None, {}, {"datatosend": "mode"}, {"datatosend": [1]}):
            assert (await client.call("/getdatamulti", data))["code"] == 400
        many = {"code": "request", "cid": 1, "adr": "/getdatamulti", "data": {"datatosend": [f"{PORT}/mode"] * 51}}
        assert (await client.http.post("/", json=many)).status_code == 413

    core(test)


def test_core_tree_and_identity() -> None:
    async def test(_bench: SensorBench, client: Any) -> None:
        tree = (await client.call("/gettree"))["data"]
        assert (tree["identifier"], tree["type"]) == ("AL1350", "device")
        below = {one["identifier"]: one for one in tree["subs"]}
        assert {"deviceinfo", "processdatamaster", "timer[1]", "iolinkmaster", "gettree", "getdatamulti"} <= set(below)
        # As others' programs count ports: the elements right below iolinkmaster.
        ports = (await client.call("gettree", {"adr": "iolinkmaster/", "level": 1}))["data"]
        assert [one["identifier"] for one in ports["subs"]] == [f"port[{number}]" for number in (1, 2, 3, 4)]
        assert all("subs" not in one for one in ports["subs"])
        status = (await client.call("gettree", {"adr": f"{DEVICE}/status"}))["data"]
        assert [one["identifier"] for one in status["subs"]] == ["getdata"], "what can't be set offers no setdata"
        found = (await client.call("/querytree", {"name": "pdin"}))["data"]["adrList"]
        assert found == [f"/iolinkmaster/port[{number}]/iolinkdevice/pdin" for number in (1, 2, 3, 4)]
        identity = (await client.call("/GetIdentity"))["data"]
        assert (identity["iot"]["name"], identity["security"]["securitymode"]) == ("AL1350", "disabled")

    core(test)


def test_core_by_get() -> None:
    async def test(_bench: SensorBench, client: Any) -> None:
        async def get(path: str) -> dict[str, Any]:
            answer = await client.http.get(path)
            assert answer.status_code == 200
            found: dict[str, Any] = answer.json()
            return found

        assert await get("/deviceinfo/vendor/getdata") == {"cid": -1, "data": {"value": "ifm electronic"}, "code": 200}
        assert (await get(f"{PORT}/mode/getdata"))["data"]["value"] == 3
        assert (await get("/gettree"))["code"] == 200
        assert [(await get(path))["code"] for path in ("/", "/deviceinfo/vendor", f"{PORT}/mode/setdata")] == [
            404,
            404,
            400,
        ]
        assert (await client.http.put("/", content=b"{}")).status_code == 405
        assert (await client.http.post("/deviceinfo", content=b"{}")).status_code == 404

    core(test)


def test_core_security_mode_asks_for_a_login_and_encrypts() -> None:
    async def test(bench: SensorBench, client: Any) -> None:
        assert await client.set("/iotsetup/security/password", "c2VjcmV0") == 200
        assert await client.set("/iotsetup/security/securitymode", 1) == 200
        assert await client.value(f"{PORT}/mode") == 401  # on the connection that was there before
        assert await client.value("/deviceinfo/productcode") == "AL1350"
        with pytest.raises(Exception, match=r"HTTP|closed|disconnected"):
            async with core_of(bench) as another:
                await another.value(f"{PORT}/mode")
        async with core_of(bench) as another:
            another.http.base_url = "https://127.0.0.1:80"
            right = {"user": "YWRtaW5pc3RyYXRvcg==", "passwd": "c2VjcmV0"}
            for login, code in (
                (right, 200),
                ({**right, "passwd": "cGFzc3dvcmQ="}, 401),
                ({**right, "user": "bWU="}, 401),
            ):
                assert (await another.call(f"{PORT}/mode/getdata", auth=login))["code"] == code
            assert (await another.call("/iotsetup/security/securitymode/setdata", {"newvalue": 0}, auth=right))[
                "code"
            ] == 200

    core(test)


# --- JSON for IO-Link -----------------------------------------------------------------------------------------------


def test_json_resources_that_are_not_there() -> None:
    async def test(_bench: SensorBench, client: Any) -> None:
        for path, status, code in (
            ("/", 404, 301),
            ("/nowhere", 404, 301),
            ("/devices/master1port1/nowhere", 404, 301),
            ("/masters/2/capabilities", 404, 302),
            ("/masters/x/ports", 404, 302),
            ("/masters/1/ports/5/status", 404, 303),
            ("/masters/1/ports/01/status", 404, 303),
            ("/masters/1/ports/-1/status", 404, 303),
            ("/devices/nobody/identification", 404, 304),
            ("/devices/master1port2/identification", 400, 307),
            ("/devices/master1port1/parameters", 501, 105),
            ("/devices/master1port1/parameters/V_Tag/value", 501, 105),
            ("/devices/master1port1/parameters/999/value", 404, 309),
            ("/devices/master1port1/parameters/70000/value", 404, 309),
            ("/devices/master1port1/parameters/16/subindices/1/value", 404, 309),
            ("/devices/master1port1/parameters/16/subindices", 501, 105),
            ("/iodds", 501, 105),
            ("/mqtt/configuration", 501, 106),
            ("/mqtt/topics/1", 501, 106),
        ):
            assert (await client.get(path, status))["code"] == code, path

    rest(test)


def test_json_methods_and_queries_that_are_not_there() -> None:
    async def test(_bench: SensorBench, client: Any) -> None:
        data = "/devices/master1port1/processdata/getdata/value"
        for query, code in (
            ({"form": "byteArray"}, 305),
            ({"format": "hex"}, 306),
            ({"format": ["byteArray", "byteArray"]}, 305),
        ):
            assert (await client.get(data, 400, **query))["code"] == code
        assert (await client.get(data, 501, format="iodd"))["code"] == 105
        for query, code in (
            ({"top": "x"}, 306),
            ({"top": 1, "bottom": 1}, 305),
            ({"origin": "SENSORS"}, 306),
            ({"portNumber": 1}, 306),
            ({"origin": "PORTS", "portNumber": "a"}, 306),
            ({"masterNumber": 1}, 306),
        ):
            assert (await client.get("/gateway/events", 400, **query))["code"] == code, query
        for method, path, allowed in (
            ("DELETE", "/devices", "GET"),
            ("POST", "/devices", "GET"),
            ("PUT", data, "GET"),
            ("GET", "/gateway/reset", "POST"),
            ("PATCH", "/masters/1/ports/1/configuration", "GET, POST"),
        ):
            answer = await client.http.request(method, path)
            assert (answer.status_code, answer.headers["allow"]) == (405, allowed)
            assert answer.json()["code"] == 103
        assert (await client.http.head("/devices")).status_code == 200

    rest(test)


def test_json_contents_that_are_wrong() -> None:
    async def test(_bench: SensorBench, client: Any) -> None:
        tags, port = "/masters/1/identification", "/masters/1/ports/1/configuration"
        manual = {"mode": "IOLINK_MANUAL", "validationAndBackup": "TYPE_COMPATIBLE_DEVICE_V1.1"}
        for path, body, code in (
            (tags, b"", 208),
            (tags, b"{", 201),
            (tags, [], 203),
            (tags, {"locationTag": 7}, 203),
            (tags, {"locationTag": "x" * 33}, 206),
            (tags, {"vendorName": "me"}, 702),
            (tags, {}, 701),
            (port, {"mode": "IOLINK"}, 204),
            (port, {"mode": 3}, 203),
            (port, {}, 701),
            (port, {"mode": "IOLINK_MANUAL"}, 701),
            (port, manual, 701),
            (port, {**manual, "vendorId": 310}, 701),
            (port, {**manual, "vendorId": 310, "deviceId": 16777216}, 205),
            (port, {**manual, "vendorId": 0, "deviceId": 1012}, 205),
            (port, {"mode": "DIGITAL_INPUT", "vendorId": 310, "deviceId": 1}, 703),
            (port, {"mode": "DIGITAL_INPUT", "cycleTime": {"value": 2.3, "unit": "ms"}}, 703),
            (port, {"mode": "IOLINK_AUTOSTART", "cycleTime": {"value": 2.3, "unit": "s"}}, 204),
            (port, {"mode": "IOLINK_AUTOSTART", "cycleTime": {"value": "2"}}, 701),
            (port, {"mode": "IOLINK_AUTOSTART", "cycleTime": {"value": "2", "unit": "ms"}}, 203),
            (port, {"mode": "IOLINK_AUTOSTART", "cycleTime": {"value": 999, "unit": "ms"}}, 205),
            (port, {"deviceAlias": "master1port2"}, 207),
            (port, {"deviceAlias": "a/b"}, 202),
            (port, {"iqConfiguration": "DIGITAL_OUTPUT"}, 702),
            (port, {"colour": "red"}, 702),
            ("/gateway/configuration", {"ethIpv4": [{"ipConfiguration": "MANUAL", "ipAddress": "here"}]}, 202),
            ("/gateway/configuration", {"ethIpv4": [{"ipAddress": "1.2.3.4"}]}, 701),
            ("/masters/1/ports/1/datastorage", {"header": {"vendorId": 1, "deviceId": 1}, "content": ""}, 401),
            ("/masters/1/ports/1/datastorage", {"header": {}, "content": "!"}, 202),
            ("/devices/master1port1/processdata/value", {"ioLink": {"valid": True, "value": [1]}}, 503),
            ("/devices/master1port2/processdata/value", {"ioLink": {"valid": True, "value": [1]}}, 307),
            ("/devices/master1port2/processdata/value", {"cqValue": True}, 502),
            ("/devices/master1port3/processdata/value", {"cqValue": 1}, 203),
            ("/devices/master1port3/processdata/value", {"iqValue": True}, 501),
            ("/devices/master1port3/processdata/value", {}, 701),
            ("/devices/master1port1/parameters/24/value", {"value": "x"}, 105),
            ("/devices/master1port1/parameters/24/value", "left", 203),
            ("/devices/master1port1/parameters/24/value", [300], 205),
            ("/devices/master1port1/parameters/24/value", [0] * 33, 311),
            ("/devices/master1port1/parameters/16/value", [65], 310),
            ("/devices/master1port1/blockparameterization", {"direction": "BOTH", "parameters": []}, 204),
            ("/devices/master1port1/blockparameterization", {"direction": "READ"}, 701),
        ):
            answer = await client.http.post(
                path, content=body if isinstance(body, bytes) else None, json=None if isinstance(body, bytes) else body
            )
            assert answer.json()["code"] == code, (path, body, answer.text)
            assert answer.status_code == {105: 501, 310: 404}.get(code, 400)
            assert set(answer.json()) <= {"code", "message", "iolinkError"}
        assert (await client.get(port))["mode"] == "IOLINK_AUTOSTART", "nothing of it was taken"

    rest(test)


def test_json_what_is_right_is_taken() -> None:
    async def test(bench: SensorBench, client: Any) -> None:
        bench.beam.put(0.18)
        port, device = "/masters/1/ports/1", "/devices/master1port1"
        await client.post("/masters/1/identification", {"locationTag": "left"})
        assert (await client.get("/masters/1/identification"))["locationTag"] == "left"
        await client.post(f"{device}/identification", {"applicationSpecificTag": "part ready"})
        assert (await client.get(f"{device}/identification"))["applicationSpecificTag"] == "part ready"
        assert (await client.post(f"{device}/identification", {"functionTag": "x"}, 404))["code"] == 309
        await client.post(f"{device}/parameters/24/value", list(b"other"))
        assert await client.get(f"{device}/parameters/24/value") == list(b"other")
        assert (await client.get(f"{device}/processdata/value"))["getData"] == {
            "ioLink": {"valid": True, "value": [0, 180, 0, 0, 0, 0, 0, 0]},
            "iqValue": False,
        }
        await client.post("/devices/master1port3/processdata/value", {"cqValue": True})
        assert await client.get("/devices/master1port3/processdata/setdata/value") == {"cqValue": True}
        assert await client.get("/devices/master1port2/processdata/getdata/value") == {
            "cqValue": False,
            "iqValue": False,
        }
        parameters = [{"identifier": {"index": index}} for index in (18, 999)]
        block = {"direction": "READ", "parameters": parameters}
        first, second = await client.post(f"{device}/blockparameterization", block, 200)
        assert first["result"] == {"parameterExchangeResult": "READ_SUCCESS", "content": list(b"OGD592")}
        assert second["result"]["iolinkError"]["code"] == 0x8011
        await client.post("/gateway/configuration", {"ethIpv4": [{"ipConfiguration": "DHCP"}]})
        await client.post(
            "/masters/1/ports/1/datastorage", {"header": {"vendorId": 310, "deviceId": 1012}, "content": ""}
        )
        await client.post(f"{port}/configuration", {"deviceAlias": "beam"})
        assert (await client.get(device + "/identification", 404))["code"] == 304
        assert (await client.get("/devices/beam/identification"))["productName"] == "OGD592"

    rest(test)


def test_json_a_port_that_checks_its_device() -> None:
    async def test(bench: SensorBench, client: Any) -> None:
        port, data = "/masters/1/ports/1", "/devices/master1port1/processdata/getdata/value"
        manual = {"mode": "IOLINK_MANUAL", "validationAndBackup": "TYPE_COMPATIBLE_DEVICE_V1.1"}
        await client.post(f"{port}/configuration", {**manual, "vendorId": 310, "deviceId": 1012})
        assert (await client.get(f"{port}/configuration"))["mode"] == "IOLINK_MANUAL"
        assert (await client.get(f"{port}/status"))["statusInfo"] == "DEVICE_ONLINE"
        bench.throw("unplug")
        assert (await client.get(f"{port}/status"))["statusInfo"] == "COMMUNICATION_LOST"
        assert (await client.get(data, 404))["code"] == 308
        bench.throw("wrong")
        assert (await client.get(f"{port}/status"))["statusInfo"] == "DEVICE_STARTING"
        assert (await client.get(data, 404))["code"] == 308
        await asyncio.sleep(0.5)
        assert (await client.get(f"{port}/status"))["statusInfo"] == "INCORRECT_DEVICE"
        events = await client.get("/gateway/events", origin="PORTS", portNumber=1)
        assert [one["message"]["mode"] for one in events] == ["APPEARS", "SINGLESHOT"]
        assert len(await client.get("/gateway/events", bottom=1)) == 1
        assert await client.get("/gateway/events", top=0) == []
        for mode, status in (("DEACTIVATED", "DEACTIVATED"), ("DIGITAL_INPUT", "DIGITAL_INPUT_C/Q")):
            await client.post(f"{port}/configuration", {"mode": mode})
            assert await client.get(f"{port}/status") == {"statusInfo": status}

    rest(test)


def test_json_login() -> None:
    async def test(bench: SensorBench, client: Any) -> None:
        bench.throw("secure")
        for login, status in (
            (None, 401),
            (("admin", "wrong"), 401),
            (("somebody", "private"), 401),
            (("admin", "private"), 200),
        ):
            answer = await client.http.get("/devices", auth=login)
            assert answer.status_code == status
            assert ("www-authenticate" in answer.headers) is (status == 401)
        bench.throw("secure off")
        assert (await client.http.get("/devices")).status_code == 200

    rest(test)


@pytest.mark.parametrize("protocol", ["iotcore", "json"])
def test_modes_and_outputs_are_a_fieldbus_controllers_while_it_has_them(protocol: str) -> None:
    async def core_test(bench: SensorBench, client: Any) -> None:
        bench.throw("plc")
        output = "/iolinkmaster/port[3]/iolinkdevice/pdout"
        assert await client.set(output, "01") == 532
        assert await client.set(f"{PORT}/mode", 0) == 532
        assert await client.set(f"{PORT}/mode", 4) == 530, "what is wrong anyway is told first"
        assert (await client.value(output), await client.value(f"{PORT}/mode")) == ("00", 3)
        bench.throw("plc off")
        assert await client.set(output, "01") == 200

    async def json_test(bench: SensorBench, client: Any) -> None:
        bench.throw("plc")
        output = "/devices/master1port3/processdata/value"
        assert (await client.post(output, {"cqValue": True}, 400))["code"] == 104
        assert (await client.post("/masters/1/ports/1/configuration", {"mode": "DEACTIVATED"}, 400))["code"] == 104
        assert (await client.get(output))["setData"] == {"cqValue": False}
        bench.throw("plc off")
        await client.post(output, {"cqValue": True})

    if protocol == "iotcore":
        core(core_test)
    else:
        rest(json_test)


# --- both -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("protocol", ["iotcore", "json"])
def test_switches_say_what_is_wrong_with_their_words(protocol: str) -> None:
    async def test(bench: SensorBench) -> None:
        for line in ("http500 often", "glare maybe", "mode 7", "secure perhaps", "invalid 1"):
            with pytest.raises(ValueError, match=r"on or off|\[N\]|0\|1"):
                bench.throw(line)
        assert "X01 OGD592 7FF8000000000000, X02 DI=0, X03 DO=0, X04 off" in bench.virtual.status_line()
        bench.throw("unplug")
        assert bench.virtual.status_line().startswith("X01 not connected")

    play(SensorBench(protocol), test)


def test_a_model_without_io_link_and_a_port_that_is_taken() -> None:
    bench = SensorBench("iotcore")
    model = bench.virtual.unit._model.model_copy(update={"io_link": None})  # type: ignore[attr-defined]
    with pytest.raises(ConfigError, match="IO-Link"):
        VirtualIotCoreSensor(model, bench.beam)

    async def main() -> None:
        network = MemoryNetwork()
        await bench.virtual.start(network)
        with pytest.raises(TransportError, match="in use"):
            await SensorBench("json").virtual.start(network)
        await bench.virtual.stop()

    run(main())
