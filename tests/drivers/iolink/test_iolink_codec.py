"""Messages against the vendors' manuals, the community's YAML and what other programs have recorded; properties."""

from __future__ import annotations

import json
import math
from typing import Any

import pytest
from cellkit_iolink.protocol import iotcore, isdu, jsoniol
from cellkit_iolink.protocol.iotcore import Answer, Event, Item, Request
from cellkit_iolink.protocol.process_data import Reading, read_distance, write_counts, write_distance
from cellkit_iolink.protocol.text import LARGEST, SHOWN, read_text, write_text
from hypothesis import given
from hypothesis import strategies as st

from cellkit.errors import ProtocolError
from cellkit.models.load import load_sensor
from cellkit.models.provenance import Provenance
from cellkit.models.sensor import DistanceModel, ProcessData

MODELS = ("ogd592", "ods9-450")


def layout(**figures: Any) -> ProcessData:
    return ProcessData(provenance=Provenance(source="test", verified=False), **figures)


def layout_of(model: str) -> tuple[DistanceModel, ProcessData]:
    loaded = load_sensor(model, DistanceModel)
    assert loaded.io_link is not None
    return loaded, loaded.io_link.process_data


# --- IoT Core -------------------------------------------------------------------------------------------------------


def test_requests_of_the_manuals() -> None:
    # AL1350 (80284128/02), 9.2.8: the current value of a TN2531 at X02.
    text = '{"code":"request","cid":4711,"adr":"/iolinkmaster/port[2]/iolinkdevice/pdin/getdata"}'
    request = Request(4711, "/iolinkmaster/port[2]/iolinkdevice/pdin/getdata")
    assert iotcore.encode_request(request) == text.encode()
    assert iotcore.decode_request(json.loads(text)) == request
    # AL1900 (05/2018), 13.3.3: the number 10 in place of the word.
    older = json.loads('{"code":10,"cid":4711,"adr":"devicetag/applicationtag/getdata"}')
    assert iotcore.decode_request(older) == Request(4711, "devicetag/applicationtag/getdata")


def test_a_request_with_a_login_as_in_the_manual() -> None:
    # AL1350, 9.2.4: administrator, password.
    text = (
        '{"code":"request","cid":-1,"adr":"processdatamaster/temperature/getdata",'
        '"auth":{"user":"YWRtaW5pc3RyYXRvcg==","passwd":"cGFzc3dvcmQ="}}'
    )
    request = Request(-1, "processdatamaster/temperature/getdata", None, "administrator", "password")
    assert iotcore.encode_request(request) == text.encode()
    assert iotcore.decode_request(json.loads(text)) == request


@pytest.mark.parametrize(
    ("text", "cid", "value"),
    [
        ('{"cid":4711, "data":{"value": "03C9"}, "code":200 }', 4711, "03C9"),  # AL1350, 9.2.8
        ('{"cid":-1,"data":{"value":"AL1940"}, "code":200}', -1, "AL1940"),  # AL1940, GET by a browser
        ('{"cid":-1,"data":{"value":37},"code":200}', -1, 37),  # AL1350, 9.2.4
        ('{"cid":4711,"data":{"value":"4730323134323830373130"},"code":200}', 4711, "4730323134323830373130"),
    ],
)
def test_answers_of_the_manuals(text: str, cid: int, value: object) -> None:
    answer = iotcore.decode_answer(text.encode(), cid)
    assert (answer.code, iotcore.value_in(answer.data)) == (200, value)


def test_the_temperature_in_the_manuals_example() -> None:
    # AL1350, 9.2.8: bits 2 to 15 of 0x03C9 are 242, that is 24.2 degrees.
    temperature = layout(size=2, bit_offset=2, bits=14, scale=0.1)
    reading = read_distance(temperature, iotcore.from_hex("03C9"))
    assert (reading.counts, reading.distance) == (242, pytest.approx(24.2))


def test_a_parameter_in_the_manuals_example() -> None:
    # AL1350, 9.2.6: serial number of a device by index 21; AL1307, 9.2.15: nothing but a code comes after writing.
    assert iotcore.from_hex("4730323134323830373130") == b"G0214280710"
    assert iotcore.decode_answer(b'{"cid":4711,"code":200}', 4711) == Answer(4711, 200)
    assert iotcore.encode_answer(Answer(4711, 200)) == b'{"cid":4711,"code":200}'


def test_several_data_points_with_and_without_the_leading_slash() -> None:
    # AL1950 and AL1302, "Read several parameter values of the IO-Link master simultaneously".
    asked = ["/processdatamaster/temperature", "/deviceinfo/serialnumber"]
    request = Request(4711, "/getdatamulti", {"datatosend": asked})
    text = (
        '{"code":"request","cid":4711,"adr":"/getdatamulti",'
        '"data":{"datatosend":["/processdatamaster/temperature","/deviceinfo/serialnumber"]}}'
    )
    assert iotcore.encode_request(request) == text.encode()
    manual = (
        b'{"cid":4711,"data":{"processdatamaster/temperature":{"code":200,"data":44},'
        b'"deviceinfo/serialnumber":{"code":200,"data":"000174210147"}},"code":200}'
    )
    expected = {asked[0]: Item(200, 44), asked[1]: Item(200, "000174210147")}
    assert iotcore.items_in(iotcore.decode_answer(manual, 4711).data, asked) == expected
    # Programs that count characters of what masters in use answer expect the path as it was asked for.
    in_use = {"/iolinkmaster/port[1]/iolinkdevice/pdin": {"code": 200, "data": "03"}}
    path = "/iolinkmaster/port[1]/iolinkdevice/pdin"
    assert iotcore.items_in(in_use, [path]) == {path: Item(200, "03")}
    assert iotcore.items_in(in_use, [path.strip("/")]) == {path.strip("/"): Item(200, "03")}
    # benthos-umh (connect_test.go and downloadPortModeData.go): ports without a device have a code and no data.
    assert iotcore.items_in({path: {"code": 503}}, [path]) == {path: Item(503)}


def test_an_event_of_a_subscription() -> None:
    # As the manuals' examples and others' tests have it: number as a text, and no address.
    text = (
        b'{"code":"event","cid":4711,"adr":"","data":{"eventno":"6317","srcurl":"/timer[1]/counter/datachanged",'
        b'"payload":{"/timer[1]/counter":{"code":200,"data":1},'
        b'"/iolinkmaster/port[2]/iolinkdevice/pdin":{"code":200,"data":"03B0"}}}}'
    )
    payload = {"/timer[1]/counter": Item(200, 1), "/iolinkmaster/port[2]/iolinkdevice/pdin": Item(200, "03B0")}
    event = Event(4711, 6317, "/timer[1]/counter/datachanged", payload)
    assert iotcore.decode_event(text) == event
    assert iotcore.encode_event(event) == text


def test_addresses_are_paths_and_a_service() -> None:
    for adr in ("/iolinkmaster/port[1]/mode/getdata", "iolinkmaster/port[1]/mode/getdata/"):
        assert iotcore.split_address(adr) == (("iolinkmaster", "port[1]", "mode"), "getdata")
    assert iotcore.split_address("/getdatamulti") == ((), "getdatamulti")


@pytest.mark.parametrize(
    "message",
    [
        [],
        "request",
        None,
        {"code": "transaction", "cid": 1, "adr": "gettree"},
        {"code": 10.0, "cid": 1, "adr": "gettree"},
        {"code": True, "cid": 1, "adr": "gettree"},
        {"code": "request", "adr": "gettree"},
        {"code": "request", "cid": "1", "adr": "gettree"},
        {"code": "request", "cid": 1.5, "adr": "gettree"},
        {"code": "request", "cid": True, "adr": "gettree"},
        {"code": "request", "cid": 1},
        {"code": "request", "cid": 1, "adr": 7},
        {"code": "request", "cid": 1, "adr": "gettree", "data": []},
        {"code": "request", "cid": 1, "adr": "gettree", "auth": "me"},
        {"code": "request", "cid": 1, "adr": "gettree", "auth": {"user": "!", "passwd": ""}},
        {"code": "request", "cid": 1, "adr": "gettree", "auth": {"user": "YQ=="}},
    ],
)
def test_what_is_no_request(message: object) -> None:
    with pytest.raises(ProtocolError):
        iotcore.decode_request(message)


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"null",
        b"[]",
        b"<html>",
        b'{"cid":1}',
        b'{"cid":2,"code":200}',
        b'{"cid":true,"code":200}',
        b'{"cid":1,"code":"200"}',
        b'{"cid":1,"code":200.0}',
        b'{"cid":1,"code":NaN}',
        b'{"cid":1,"code":200',
        b'\xff{"cid":1,"code":200}',
        b'{"cid":1,"code":200}\x00',
        b"[" * 100000,
    ],
)
def test_what_is_no_answer(text: bytes) -> None:
    with pytest.raises(ProtocolError):
        iotcore.decode_answer(text, 1)


@pytest.mark.parametrize("data", [None, 7, [], {}, {"Value": 1}])
def test_an_answer_without_a_value(data: object) -> None:
    with pytest.raises(ProtocolError):
        iotcore.value_in(data)
    with pytest.raises(ProtocolError):
        iotcore.items_in(data, ["/mode"])


@pytest.mark.parametrize("value", ["0", "0G", "0x00", " 00", None, 12, ["00"], "00\n"])
def test_what_is_no_hexadecimal_text(value: object) -> None:
    with pytest.raises(ProtocolError):
        iotcore.from_hex(value)


def test_words_of_a_refusal_from_anywhere() -> None:
    assert iotcore.text_in({"msg": "no", "error": "0x8011", "hint": ""}) == "no, 0x8011"
    assert [iotcore.text_in(data) for data in (None, "x", {}, {"msg": {}})] == ["", "", "", ""]


# --- JSON for IO-Link -------------------------------------------------------------------------------------------------


def test_process_data_in_both_spellings() -> None:
    # The YAML (commit 16ce9cd), examples of /processdata/getdata/value.
    yaml = b'{"ioLink": {"valid": true, "value": [12, 22, 216]}, "iqValue": true}'
    assert jsoniol.decode_process_data(yaml) == jsoniol.ProcessValue(True, bytes([12, 22, 216]), None, True)
    assert jsoniol.decode_process_data(b'{"cqValue": false}') == jsoniol.ProcessValue(cq=False)
    # What a SICK master has sent of an OD2000, as a program of others keeps it.
    recorded = b'{"iolink":{"valid":true,"time":1723049390,"value":[252,35,116,55,247,3]},"iqValue":false}'
    value = jsoniol.decode_process_data(recorded)
    assert value == jsoniol.ProcessValue(True, bytes([252, 35, 116, 55, 247, 3]), None, False)
    # There the distance from the middle of the range is 32 bits, and the next byte says 10^-9 m.
    nanometres = layout(size=6, bit_offset=16, bits=32, signed=True, scale=1e-9)
    assert value.data is not None
    assert read_distance(nanometres, value.data).distance == pytest.approx(-0.064785353)


def test_answers_of_a_sick_master() -> None:
    # SIG200 operating instructions (8017853, 2021-11-04), pages 79 to 83.
    status = b'{"statusInfo": "DEVICE_ONLINE","iolinkRevision": "1.1","transmissionRate": "COM3",\
        "masterCycleTime": {"value": 3.2,"unit": "ms"}}'
    assert jsoniol.decode_status(status) == jsoniol.DEVICE_ONLINE
    ports = b'[{"portNumber": 1,"statusInfo": "DIGITAL_INPUT_C/Q","deviceAlias": "master1port1"},\
        {"portNumber": 2,"statusInfo": "DEVICE_ONLINE","deviceAlias": "master1port2"}]'
    assert jsoniol.decode_places(ports) == [jsoniol.Place("master1port1", 1), jsoniol.Place("master1port2", 2)]
    devices = b'[{"deviceAlias": "master1port1","masterNumber": 1,"portNumber": 1}]'
    assert jsoniol.decode_places(devices) == [jsoniol.Place("master1port1", 1, 1)]
    device = b'{"vendorId": 26,"deviceId": 8389010,"iolinkRevision": "1.1","vendorName": "SICK AG",\
        "vendorText": "www.sick.com","productName": "SIG100","productId": "1089792",\
        "productText": "IO-Link Sensor Hub","serialNumber": "18301211","hardwareRevision": "1.0",\
        "firmwareRevision": "1.1.2.R","applicationSpecificTag": "Test device"}'
    assert jsoniol.decode_identification(device) == jsoniol.Identification(26, 8389010, "SIG100", "18301211")


def test_refusals_in_both_spellings() -> None:
    yaml = b'{"code": 304, "message": "deviceAlias not found"}'
    assert jsoniol.decode_failure(yaml) == jsoniol.Failure(304, "deviceAlias not found")
    with_object = b'{"code":311,"message":"IO-Link parameter access error","iolinkError":{"code":32785,"message":"x"}}'
    printed = b'{"code":311,"message":"IO-Link parameter access error","iolinkErrorCode":32785}'
    for text in (with_object, printed):
        failure = jsoniol.decode_failure(text)
        assert failure == jsoniol.Failure(311, "IO-Link parameter access error", isdu.INDEX_NOT_AVAILABLE)
        assert str(failure).endswith("(311, IO-Link error 0x8011)")
    for text in (b"", b"<html>", b"[]", b'{"code":"304","message":""}', b'{"code":304}'):
        assert jsoniol.decode_failure(text) is None


@pytest.mark.parametrize(
    ("code", "status"),
    [(206, 400), (207, 400), (301, 404), (304, 404), (307, 400), (308, 404), (311, 400), (401, 400), (503, 400)],
)
def test_http_status_of_errors_as_in_a_vendors_table(code: int, status: int) -> None:
    # SIG350 operating instructions (8027836, 2022-06-10), page 44.
    assert jsoniol.ERRORS[code][0] == status


def test_aliases_in_paths() -> None:
    assert jsoniol.device_path("master1port1", "identification") == "/iolink/v1/devices/master1port1/identification"
    assert jsoniol.device_path("Band 1/oben?", "events") == "/iolink/v1/devices/Band%201%2Foben%3F/events"


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"[]",
        b"7",
        b'{"ioLink":7}',
        b'{"ioLink":{"value":[1]}}',
        b'{"ioLink":{"valid":1,"value":[1]}}',
        b'{"ioLink":{"valid":true}}',
        b'{"ioLink":{"valid":true,"value":{"Distance":{"value":55}}}}',
        b'{"ioLink":{"valid":true,"value":"0C16"}}',
        b'{"ioLink":{"valid":true,"value":[256]}}',
        b'{"ioLink":{"valid":true,"value":[-1]}}',
        b'{"ioLink":{"valid":true,"value":[1.5]}}',
        b'{"ioLink":{"valid":true,"value":[true]}}',
    ],
)
def test_what_is_no_process_data(text: bytes) -> None:
    with pytest.raises(ProtocolError):
        jsoniol.decode_process_data(text)


@pytest.mark.parametrize("text", [b"{}", b"[7]", b'[{"portNumber":1}]', b'[{"deviceAlias":"a","portNumber":"1"}]'])
def test_what_is_no_list_of_devices(text: bytes) -> None:
    with pytest.raises(ProtocolError):
        jsoniol.decode_places(text)


@pytest.mark.parametrize("text", [b"[]", b'{"vendorId":310}', b'{"vendorId":"310","deviceId":1012}'])
def test_what_is_no_identification(text: bytes) -> None:
    with pytest.raises(ProtocolError):
        jsoniol.decode_identification(text)


# --- process data -----------------------------------------------------------------------------------------------------


def test_an_ogd592_as_another_program_reads_it() -> None:
    # Digits 1 to 4 are the distance in mm, 9 to 12 the reflectivity in per cent (the figures are ours).
    _, bits = layout_of("ogd592")
    assert read_distance(bits, bytes.fromhex("00B4FD000042FE03")) == Reading(180, pytest.approx(0.18))


@pytest.mark.parametrize(
    ("hexadecimal", "counts", "measured"),
    [("7FF8", 32760, True), ("8008", -32760, False), ("7FFC", 32764, False)],
)
@pytest.mark.parametrize("model", MODELS)
def test_special_values_of_the_device_descriptions(model: str, hexadecimal: str, counts: int, measured: bool) -> None:
    _, bits = layout_of(model)
    data = bytes.fromhex(hexadecimal).ljust(bits.size, b"\x07")
    assert read_distance(bits, data) == Reading(counts, None, measured)


def test_an_ods9_counts_tenths_of_a_millimetre() -> None:
    _, bits = layout_of("ods9-450")
    assert read_distance(bits, bytes.fromhex("09C4FC13")) == Reading(2500, pytest.approx(0.25))


@pytest.mark.parametrize("model", MODELS)
def test_distances_become_process_data_and_back(model: str) -> None:
    loaded, bits = layout_of(model)
    for distance in (0.05, 0.15, 0.2999, 0.3):
        found = read_distance(bits, write_distance(loaded, bits, distance)).distance
        assert found == pytest.approx(distance, abs=bits.scale / 2 + 1e-9)
    assert read_distance(bits, write_distance(loaded, bits, None)) == Reading(bits.far[0], None)
    assert read_distance(bits, write_distance(loaded, bits, 9.9)) == Reading(bits.far[0], None)
    for blind in (math.nan, 0.001):
        assert not read_distance(bits, write_distance(loaded, bits, blind)).measured


def test_process_data_of_another_length_is_refused() -> None:
    _, bits = layout_of("ogd592")
    for size in (0, 7, 9):
        with pytest.raises(ProtocolError, match="expected 8"):
            read_distance(bits, bytes(size))


def test_counts_that_do_not_fit_are_refused() -> None:
    for signed, counts in ((True, 128), (True, -129), (False, 256), (False, -1)):
        with pytest.raises(ValueError, match="does not fit"):
            write_counts(layout(size=1, bit_offset=0, bits=8, signed=signed, scale=1.0), counts)
    nameless = layout(size=2, bit_offset=0, bits=16, scale=1.0)
    loaded, _ = layout_of("ogd592")
    with pytest.raises(ValueError, match="names no counts"):
        write_distance(loaded, nameless, None)


# --- properties -------------------------------------------------------------------------------------------------------

texts = st.text(max_size=20)
values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**12), 10**12)
    | st.floats(allow_nan=False, allow_infinity=False)
    | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=8,
)
objects = st.dictionaries(texts, values, max_size=3)
items = st.builds(Item, st.integers(0, 999), values)


@given(st.integers(-(10**9), 10**9), texts, st.none() | objects, st.none() | texts, texts)
def test_requests_round_trip(cid: int, adr: str, data: Any, user: str | None, password: str) -> None:
    request = Request(cid, adr, data, user, None if user is None else password)
    assert iotcore.decode_request(read_text(iotcore.encode_request(request))) == request


@given(st.integers(-(10**9), 10**9), st.integers(0, 999), values)
def test_answers_round_trip_and_are_for_one_request(cid: int, code: int, data: Any) -> None:
    text = iotcore.encode_answer(Answer(cid, code, data))
    assert iotcore.decode_answer(text, cid) == Answer(cid, code, data)
    with pytest.raises(ProtocolError):
        iotcore.decode_answer(text, cid + 1)


@given(st.integers(-(10**9), 10**9), st.integers(0, 10**9), texts, st.dictionaries(texts, items, max_size=3))
def test_events_round_trip(cid: int, number: int, source: str, payload: dict[str, Item]) -> None:
    event = Event(cid, number, source, payload)
    assert iotcore.decode_event(iotcore.encode_event(event)) == event


@given(st.integers(0, 300), values)
def test_a_truncated_text_is_none(kept: int, data: Any) -> None:
    text = iotcore.encode_answer(Answer(1, 200, data))
    if kept < len(text):
        with pytest.raises(ProtocolError):
            iotcore.decode_answer(text[:kept], 1)


@given(values)
def test_two_texts_at_once_are_none(data: Any) -> None:
    text = iotcore.encode_answer(Answer(1, 200, data))
    with pytest.raises(ProtocolError):
        iotcore.decode_answer(text + text, 1)


DECODERS = (
    lambda data: iotcore.decode_answer(data, 1),
    iotcore.decode_event,
    jsoniol.decode_places,
    jsoniol.decode_status,
    jsoniol.decode_identification,
    jsoniol.decode_process_data,
)


@given(st.binary(max_size=200) | values.map(write_text))
def test_anything_is_a_message_or_a_protocol_error(data: bytes) -> None:
    for decode in DECODERS:
        try:
            decode(data)
        except ProtocolError as error:
            assert len(error.data) <= SHOWN  # noqa: PT017  (or no error at all)
    jsoniol.decode_failure(data)
    assert isinstance(iotcore.cid_of(_value(data)), int)


def _value(data: bytes) -> Any:
    try:
        return read_text(data)
    except ProtocolError:
        return None


def test_a_text_has_a_largest_size() -> None:
    with pytest.raises(ProtocolError, match="is the most"):
        read_text(b" " * (LARGEST + 1))


@given(st.data())
def test_counts_round_trip_through_any_layout(data: st.DataObject) -> None:
    size = data.draw(st.integers(1, 32))
    bits = data.draw(st.integers(1, min(32, 8 * size)))
    signed = data.draw(st.booleans()) and bits > 1
    where = layout(
        size=size, bit_offset=data.draw(st.integers(0, 8 * size - bits)), bits=bits, signed=signed, scale=0.001
    )
    low = -(1 << bits - 1) if signed else 0
    counts = data.draw(st.integers(low, low + (1 << bits) - 1))
    written = write_counts(where, counts)
    noise = int.from_bytes(data.draw(st.binary(min_size=size, max_size=size)))
    mask = ((1 << bits) - 1) << where.bit_offset
    noisy = (noise & ~mask | int.from_bytes(written)).to_bytes(size)
    assert read_distance(where, noisy).counts == counts


@given(st.binary(max_size=64))
def test_hexadecimal_texts_round_trip(data: bytes) -> None:
    assert iotcore.from_hex(iotcore.to_hex(data)) == data
    assert iotcore.to_hex(data) == iotcore.to_hex(data).upper()
    assert iotcore.from_hex(iotcore.to_hex(data).lower()) == data
