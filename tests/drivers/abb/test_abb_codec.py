"""ABB's bytes: golden ones of other sources, and properties that hold for all."""

from __future__ import annotations

import contextlib
import json
import math
import struct

import numpy as np
import pytest
from cellkit_abb.protocol import egm, loads, rapid, rws
from cellkit_abb.protocol.errors import HELD_BY_OTHER, SIGNAL_NOT_FOUND, Refusal
from cellkit_abb.virtual_rapid import program_text
from hypothesis import example, given
from hypothesis import strategies as st

from cellkit.devices import Load, Tool
from cellkit.errors import ProtocolError
from cellkit.geometry import Pose

# Encoded by abb-robot-client 0.4.0: EGM.send_to_robot([0, -10.5, 20.25, 0, 30, -90]), its 41st message.
FROM_ABB_ROBOT_CLIENT = bytes.fromhex(
    "0a040829180312380a360900000000000000000900000000000025c0090000000000403440"
    "090000000000000000090000000000003e400900000000008056c0"
)
# Encoded by ABBRobotEGM 1.0.7: EGM.send_to_robot([1, 2, 3, 4, 5, 6]).
FROM_ABB_ROBOT_EGM = bytes.fromhex(
    "0a040807180312380a3609000000000000f03f090000000000000040090000000000000840"
    "090000000000001040090000000000001440090000000000001840"
)
# Encoded with the message classes of ABBRobotEGM 1.0.7, fields that cellkit does not use included.
ROBOT = bytes.fromhex(
    "0a0908d20910d5bb03180212ac010a360900000000000000000900000000000025c0090000000000403440090000000000000000090000"
    "000000003e400900000000008056c012600a1b09000000000060774011000000000000f8bf190000000000b083401224091b0de02d90a0"
    "e63f110000000000000000191b0de02d90a0e63f2100000000000000001a1b090000000000000000110000000000805640190000000000"
    "00000022060838108894302a08083810c0de9cf8021a380a360900000000000000000900000000000025c0090000000000803440090000"
    "000000000000090000000000003e400900000000008056c0220208012a02080330013a1209000000000000f03f09000000000000004042"
    "0208024a361100000000000000001100000000000000001100000000000000001100000000000000001100000000000000001100000000"
    "000000005100000000000029405803723609000000000000f03f09000000000000f03f09000000000000f03f09000000000000f03f0900"
    "0000000000f03f09000000000000f03f"
)
ANGLES = [0.0, -10.5, 20.25, 0.0, 30.0, -90.0]


class TestEgm:
    def test_reads_what_abb_robot_client_sends(self) -> None:
        message = egm.decode_sensor(FROM_ABB_ROBOT_CLIENT)
        assert (message.sequence, message.kind) == (41, egm.MessageType.CORRECTION)
        assert message.joints == pytest.approx([math.radians(a) for a in ANGLES])

    def test_reads_what_abb_robot_egm_sends(self) -> None:
        assert egm.decode_sensor(FROM_ABB_ROBOT_EGM).joints == pytest.approx(np.radians([1, 2, 3, 4, 5, 6]).tolist())

    def test_writes_what_abb_robot_egm_writes(self) -> None:
        right_angles = [0.0, math.pi, -math.pi, 2 * math.pi, 0.0, 0.0]  # exact in degrees too
        ours = egm.encode_sensor(egm.SensorMessage(7, 1, right_angles))
        header = FROM_ABB_ROBOT_EGM[2:4] + b"\x10\x01" + FROM_ABB_ROBOT_EGM[4:6]  # with its time stamp, tag 10
        degrees = b"".join(b"\x09" + struct.pack("<d", angle) for angle in (0.0, 180.0, -180.0, 360.0, 0.0, 0.0))
        assert ours == b"\x0a\x06" + header + FROM_ABB_ROBOT_EGM[6:10] + degrees

    def test_reads_a_robot_message_with_fields_it_does_not_know(self) -> None:
        message = egm.decode_robot(ROBOT)
        assert (message.sequence, message.time_ms) == (1234, 56789)
        assert message.joints == pytest.approx([math.radians(a) for a in ANGLES])
        assert message.planned == pytest.approx([math.radians(a) for a in [0, -10.5, 20.5, 0, 30, -90]])
        assert message.tool == egm.CartesianFeedback((374.0, -1.5, 630.0), (0.7071, 0.0, 0.7071, 0.0))
        assert (message.motors, message.guided, message.rapid) == (egm.Motors.ON, egm.Guided.RUNNING, egm.Rapid.RUNNING)
        assert message.converged

    @given(st.lists(st.floats(-7, 7), min_size=6, max_size=6), st.integers(0, 2**32 - 1), st.integers(0, 2**32 - 1))
    def test_survives_there_and_back(self, joints: list[float], sequence: int, time_ms: int) -> None:
        robot = egm.decode_robot(egm.encode_robot(egm.RobotMessage(sequence, time_ms, joints, joints)))
        assert (robot.sequence, robot.time_ms) == (sequence, time_ms)
        assert robot.joints == pytest.approx(joints, abs=1e-12)
        sensor = egm.decode_sensor(egm.encode_sensor(egm.SensorMessage(sequence, time_ms, joints)))
        assert sensor.joints == pytest.approx(joints, abs=1e-12)

    @given(st.binary(max_size=400))
    def test_garbage_is_a_protocol_error_or_a_message(self, data: bytes) -> None:
        for decode in (egm.decode_robot, egm.decode_sensor):
            with contextlib.suppress(ProtocolError):
                decode(data)

    @given(st.integers(0, len(ROBOT) - 1))
    def test_a_truncated_message_is_an_error_or_a_shorter_message(self, length: int) -> None:
        with contextlib.suppress(ProtocolError):
            assert len(egm.decode_robot(ROBOT[:length]).joints) == egm.AXES

    @pytest.mark.parametrize("joints", [[0.0] * 5, [0.0] * 7, [0.0] * 5 + [math.nan], [0.0] * 5 + [math.inf]])
    def test_refuses_joints_that_are_none(self, joints: list[float]) -> None:
        with pytest.raises(ProtocolError, match="6 finite joint angles"):
            egm.decode_robot(egm.encode_robot(egm.RobotMessage(1, 1, joints)))

    def test_refuses_what_is_too_large(self) -> None:
        with pytest.raises(ProtocolError, match="2001 bytes"):
            egm.decode_robot(bytes(2001))


# Recorded on an OmniCore virtual controller, RobotWare 7.21 (ichbinmeraj/abb-rws-client, commit ac0d2d2).
HAL_STATE = (
    '{ "_links" : { "base" : { "href" : "https://127.0.0.1:5466/rw/panel/ctrl-state/" }, "self" : { "href" : "" } } '
    ',"status" : {"code":294912} , "state" : [ { "_type" : "pnl-ctrlstate", "_title" : "ctrl-state", '
    '"ctrlstate" : "motoroff" } ]}'
)
HAL_TASKS = (
    '{ "_links" : { "base" : { "href" : "https://127.0.0.1:5466/rw/rapid/" }, "self" : { "href" : "tasks" } }  , '
    '"_embedded" : { "resources" : [ { "_links" : { "self" : { "href" : "tasks/T_ROB1" } }, "_type" : "rap-task-li", '
    '"_title" : "T_ROB1" , "name":"T_ROB1" , "type":"normal" , "taskstate":"linked" , "excstate": "ready" , '
    '"active":"On" , "motiontask":"TRUE"} ] }}'
)
HAL_REFUSAL = (
    '{ "_links":{ "base": { "href": "https://127.0.0.1:5466/" } } ,"status" : {"code":-1073445866, '
    '"msg":"Invalid IO signal name passed in the uri code:-1073445866 icode:-1"}}'
)
# Recorded on an IRC5 virtual controller, RobotWare 6.16 (the same repository).
JSON_REFUSAL = (
    '{"_links":{"base": { "href": "http://127.0.0.1:50/" }},"_embedded" :{ "status" : {"code":-1073445862, "msg": '
    '"Requested resource is held by someone else code:-1073445862 icode:-1"}, "_state":[  ] }}'
)
XHTML_REFUSAL = (
    '<?xml version="1.0" encoding="UTF-8"?><html xmlns="http://www.w3.org/1999/xhtml"><head><title>rw</title>'
    '<base href="http://127.0.0.1:50/"/></head><body><div class="status"><span class="code">-1073445862</span>'
    '<span class="msg">Requested resource is held by someone else code:-1073445862 icode:-1</span></div></body></html>'
)
TEXT = st.text(st.characters(codec="utf-8", exclude_categories=["C"]), max_size=20)
NAMES = st.from_regex(r"[a-z][a-z0-9-]{0,8}", fullmatch=True)
ITEMS = st.lists(st.builds(rws.Item, NAMES, TEXT, st.dictionaries(NAMES, TEXT, max_size=4)), max_size=4)


class TestRws:
    def test_reads_recorded_answers(self) -> None:
        (state,) = rws.read_items(HAL_STATE)
        assert (state.kind, state.title, state.fields) == ("pnl-ctrlstate", "ctrl-state", {"ctrlstate": "motoroff"})
        (task,) = rws.read_items(HAL_TASKS)
        assert task.fields["name"] == "T_ROB1"

    @pytest.mark.parametrize(
        ("body", "code"), [(HAL_REFUSAL, -1073445866), (JSON_REFUSAL, -1073445862), (XHTML_REFUSAL, -1073445862)]
    )
    def test_reads_recorded_refusals(self, body: str, code: int) -> None:
        failure = rws.read_failure(body)
        assert failure is not None
        assert failure.code == code
        assert str(code) in failure.text

    def test_writes_the_recorded_shapes(self) -> None:
        state = rws.Item("pnl-ctrlstate", "ctrl-state", {"ctrlstate": "motoroff"})
        base = "https://127.0.0.1:5466/rw/panel/ctrl-state/"
        assert json.loads(rws.json_2(base, [state])) == json.loads(HAL_STATE)

        def shape(text: str) -> object:
            def of(part: object) -> object:
                return {k: of(v) for k, v in part.items()} if isinstance(part, dict) else type(part).__name__

            return of(json.loads(text))

        assert shape(rws.failure_2("", SIGNAL_NOT_FOUND)) == shape(HAL_REFUSAL)
        assert shape(rws.failure_1("", HELD_BY_OTHER)) == shape(JSON_REFUSAL)
        ours = rws.failure_xhtml("http://127.0.0.1:50/", HELD_BY_OTHER)
        assert ours.split("<span")[:2] == XHTML_REFUSAL.split("<span")[:2]

    def test_the_link_to_the_next_page_is_escaped_as_in_xml(self) -> None:
        links = json.loads(rws.json_2("", [], listed=True, after="signals?start=100&limit=100"))["_links"]
        assert links["next"]["href"] == "signals?start=100&amp;limit=100"

    @given(ITEMS)
    def test_items_survive_there_and_back(self, items: list[rws.Item]) -> None:
        assert rws.read_items(rws.json_1("http://h/", items)) == items
        assert rws.read_items(rws.json_2("http://h/", items)) == items
        assert rws.read_items(rws.json_2("http://h/", items, listed=True)) == items
        assert rws.read_items(rws.xhtml("http://h/", items)) == items

    @given(st.text(max_size=200))
    @example("}")
    def test_garbage_is_a_protocol_error(self, body: str) -> None:
        assert rws.read_failure(body) is None
        for text in (body, "{" + body):
            with pytest.raises(ProtocolError):
                rws.read_items(text)

    @given(st.integers(0, len(XHTML_REFUSAL) - 1))
    def test_half_a_body_is_no_body(self, length: int) -> None:
        assert rws.read_failure(XHTML_REFUSAL[:length]) is None

    def test_entities_of_xml_are_not_expanded(self) -> None:
        bomb = '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa">]><html xmlns="http://www.w3.org/1999/xhtml">&a;</html>'
        with pytest.raises(ProtocolError):
            rws.read_items(bomb)

    def test_a_body_has_a_bound(self) -> None:
        with pytest.raises(ProtocolError, match="characters"):
            rws.read_items("{" + " " * rws.LARGEST)

    def test_a_refusal_says_its_detail(self) -> None:
        failure = rws.read_failure(rws.failure_2("", Refusal(400, -1, "No"), "because <&>"))
        assert failure is not None
        assert "because <&>" in failure.text


STRINGS = st.text(st.characters(codec="ascii", exclude_categories=["C"]), max_size=80)
VALUES = st.recursive(
    st.booleans() | st.floats(-1e9, 1e9) | STRINGS, lambda inner: st.lists(inner, max_size=4), max_leaves=8
)


class TestRapid:
    @given(VALUES)
    def test_values_survive_there_and_back(self, value: rapid.Value) -> None:
        parsed = rapid.parse_value(rapid.format_value(value))
        assert parsed == value
        assert rapid.same_shape(parsed, value)

    # As abb-robot-client writes them.
    @pytest.mark.parametrize(
        ("text", "value"),
        [
            ("[[1.0000,2.0000],[0.0000,9E9]]", [[1.0, 2.0], [0.0, 9e9]]),
            ("[4,5,6.5]", [4.0, 5.0, 6.5]),
            ('"say ""hi"""', 'say "hi"'),
            ("TRUE", True),
            ("-1.5E-3", -0.0015),
            ("[]", []),
        ],
    )
    def test_reads_values(self, text: str, value: rapid.Value) -> None:
        assert rapid.parse_value(text) == value

    @pytest.mark.parametrize(
        "text", ["", "[", "[1,", "1 2", "[1 2]", "true", '"open', "[1,]]", "1e999", "[" * 99, '"' + "x" * 81 + '"']
    )
    def test_refuses_what_is_no_value(self, text: str) -> None:
        with pytest.raises(ProtocolError):
            rapid.parse_value(text)

    @given(st.text(max_size=60))
    def test_any_text_is_a_value_or_an_error(self, text: str) -> None:
        with contextlib.suppress(ProtocolError):
            rapid.format_value(rapid.parse_value(text))

    def test_tools_are_in_millimetres_with_w_first(self) -> None:
        tool = Tool(
            "pen",
            Pose.from_rpy((0.0, 0.01, 0.12), (0.0, math.pi / 2, 0.0), "flange"),
            Load(0.5, np.array([0, 0, 0.05])),
        )
        half = pytest.approx(math.sqrt(0.5))
        value = rapid.parse_value(loads.tool_data(tool))
        assert value == [True, [[0, 10, 120], [half, 0, half, 0]], [0.5, [0, 0, 50], [1, 0, 0, 0], 0, 0, 0]]
        back = loads.read_tool(value)
        assert back.tcp.distance(tool.tcp) == pytest.approx((0.0, 0.0), abs=1e-7)
        assert back.load.mass == 0.5

    def test_a_tool_never_weighs_nothing(self) -> None:
        assert rapid.parse_value(loads.load_data(Load(), Tool())) == [0.001, [0, 0, 1], [1, 0, 0, 0], 0, 0, 0]
        assert loads.read_load(rapid.parse_value(loads.load_data(Load(), Tool())), Tool()).mass == 0.0

    def test_the_shipped_module_declares_its_data(self) -> None:
        symbols = {one.name: one.kind for one in rapid.persistent_symbols(program_text())}
        assert symbols == {"cellkit_tool": "tooldata", "cellkit_load": "loaddata"}
        assert rapid.module_name(program_text()) == "CellkitEgm"
