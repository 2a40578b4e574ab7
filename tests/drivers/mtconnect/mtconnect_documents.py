"""Documents and frames that other agents have sent, shortened to what matters here; each with where it is from."""

from __future__ import annotations

from pathlib import Path


def _document(name: str) -> bytes:
    return (Path(__file__).parent / "golden" / f"{name}.xml").read_bytes()


OKUMA_1_3 = _document("okuma_current_1_3")
"""Current document of a lathe, agent 1.3.0.15, recorded 2022-01-17 by a user and kept in a public C file."""
MAZAK_2_0 = _document("mazak_current_2_0")
"""Current document of a machining centre, agent 2.1.0.1, recorded 2023-04-14 and kept in a public test of another
client.
"""
MAZAK_DEVICES = _document("mazak_probe_1_8")
"""The machine of the reference agent's demonstration (cppagent 708116fb, demo/agent/Devices.xml), under a head."""
SIMPLEST_1_1 = _document("simplest_probe_1_1")
"""cppagent 708116fb, test_package/probe.xml."""
OBSERVATIONS_1_8 = _document("observations_1_8")
"""cppagent 708116fb, test_package/response_document_test.cpp, should_parse_observations."""
HEARTBEAT_1_7 = _document("heartbeat_1_7")
"""cppagent 708116fb, test_package/mtconnect_xml_transform_test.cpp, should_add_next_to_the_context."""
ERRORS_1_7 = _document("errors_1_7")
"""cppagent 708116fb, test_package/response_document_test.cpp, should_parse_errors."""
LEGACY_ERROR = _document("legacy_error_1_7")
"""The same file, should_parse_legacy_error."""
OUT_OF_RANGE_2_0 = _document("out_of_range_2_0")
"""What the agent of MAZAK_2_0 answered to a ``from`` that had left its buffer; from the same test."""
OUT_OF_RANGE_2_6 = _document("out_of_range_2_6")
"""Written after MTConnectError_2.6.xsd, which has no errorCode; cppagent's own tests expect one."""

PART_BOUNDARY = "29c661e7866fd61fe7d26de8a9a4813c"
PART_LENGTH = 15779
PART_HEAD = b"--29c661e7866fd61fe7d26de8a9a4813c\r\nContent-type: text/xml\r\nContent-length: 15779\r\n\r\n"
"""Head of a part from agent.mtconnect.org in 2013 (github.com/mtconnect/cppagent, issue 2), with the line ends that
``Agent::streamData`` writes (cppagent 19f32b66, src/agent.cpp).
"""
STREAM_HEAD_1 = (
    b"HTTP/1.1 200 OK\r\nDate: Thu, 31 Dec 2020 23:06:36 GMT\r\nServer: MTConnectAgent\r\nExpires: -1\r\n"
    b"Connection: close\r\nCache-Control: private, max-age=0\r\n"
    b"Content-Type: multipart/x-mixed-replace;boundary=29c661e7866fd61fe7d26de8a9a4813c\r\n"
    b"Transfer-Encoding: chunked\r\n\r\n"
)
"""Head of an endless answer of version 1, as ``Agent::streamData`` writes it."""


def part_1(document: bytes) -> bytes:
    """A part and its chunk as version 1 frames them: the line end behind the document counts, none follows."""
    body = document + b"\r\n"
    part = b"--%s\r\nContent-type: text/xml\r\nContent-length: %d\r\n\r\n%s" % (PART_BOUNDARY.encode(), len(body), body)
    return b"%x\r\n%s\r\n" % (len(part), part)
