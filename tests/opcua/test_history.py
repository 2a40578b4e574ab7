"""History as a client reads it. The file and the ranges are tested without a server; servers start where needed."""

from __future__ import annotations

import asyncio
import logging
import sqlite3
import stat
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from asyncua import Client, Server, ua
from asyncua.ua.ua_binary import variant_to_binary
from hypothesis import given
from hypothesis import strategies as st

from cellkit.errors import ConfigError
from cellkit.opcua import history, history_file, history_read
from cellkit.opcua.history import keep_history
from cellkit.opcua.history_file import HistoryFile, Sample
from cellkit.opcua.history_read import read_raw
from tests.opcua.gateway_rig import patient_client
from tests.patience import PATIENCE

NOW = datetime.now(UTC).replace(microsecond=0)
DAY = 86_400_000_000


def at(seconds: float) -> datetime:
    return NOW + timedelta(seconds=seconds)


def details(
    start: float | None, end: float | None, most: int = 0, *, bounds: bool = False
) -> ua.ReadRawModifiedDetails:
    nothing = ua.get_win_epoch()
    return ua.ReadRawModifiedDetails(
        IsReadModified=False,
        StartTime=nothing if start is None else at(start),
        EndTime=nothing if end is None else at(end),
        NumValuesPerNode=most,
        ReturnBounds=bounds,
    )


# --- the file ---


def sample(node: int, seconds: float, value: float = 0.0) -> Sample:
    time = history_read.microseconds(at(seconds))
    return Sample(node, time, time, 0, variant_to_binary(ua.Variant(value)))


def everything(file: HistoryFile, node: int) -> list[float]:
    values, onward = read_raw(file, node, details(-1e6, 1e6), None)
    assert onward is None
    return [value.Value.Value for value in values]


def open_file(path: Path, max_age: int = DAY, max_rows: int = 1000) -> HistoryFile:
    return HistoryFile(path, max_age=max_age, max_rows=max_rows)


def test_the_file_is_bounded_by_rows_of_each_node_and_by_age(tmp_path: Path) -> None:
    now = history_read.microseconds(at(0))
    file = open_file(tmp_path / "h.db", max_age=100_000_000, max_rows=5)
    busy, quiet = file.node("urn:a", "s=busy"), file.node("urn:a", "s=quiet")
    file.append([sample(quiet, -50, 1), sample(quiet, -101, 2)], now)
    file.append([sample(busy, number / 10, number) for number in range(20)], now)
    assert everything(file, busy) == [15, 16, 17, 18, 19]
    assert everything(file, quiet) == [1]
    file.append([sample(busy, 2, 20)], now)
    assert everything(file, busy) == [16, 17, 18, 19, 20]
    file.append([sample(busy, 1.65, 16.5), sample(busy, 1.0, 10)], now)  # late, and too late
    assert everything(file, busy) == [16.5, 17, 18, 19, 20]
    file.append([], now + 60_000_000)
    assert everything(file, quiet) == []
    file.close()


def test_a_reopened_file_still_knows_everything_and_its_bounds(tmp_path: Path) -> None:
    now = history_read.microseconds(at(0))
    first = open_file(tmp_path / "h.db")
    node = first.node("urn:a", "s=x")
    first.append([sample(node, number, number) for number in range(5)], now)
    first.close()
    again = open_file(tmp_path / "h.db", max_rows=3)
    assert again.node("urn:a", "s=x") == node
    assert again.node("urn:b", "s=x") != node
    assert everything(again, node) == [0, 1, 2, 3, 4]
    again.append([], now)
    assert everything(again, node) == [2, 3, 4]
    again.close()


def test_the_file_is_its_owners_alone(tmp_path: Path) -> None:
    path = tmp_path / "h.db"
    file = open_file(path)
    for one in tmp_path.iterdir():
        assert stat.S_IMODE(one.stat().st_mode) == 0o600, one
    with pytest.raises(ConfigError, match="another gateway"):
        open_file(path)
    file.close()
    open_file(path).close()


def damaged(path: Path) -> None:
    file = open_file(path)
    node = file.node("urn:a", "s=x")
    for _ in range(20):
        file.append([sample(node, number, number) for number in range(100)], history_read.microseconds(at(0)))
    file.close()
    content = bytearray(path.read_bytes())
    for page in range(2 * 4096, len(content), 4096):
        content[page : page + 200] = b"\xa5" * 200
    path.write_bytes(content)


def of_another_program(path: Path) -> None:
    with sqlite3.connect(path) as other:
        other.execute("CREATE TABLE recipes (name TEXT)")
    other.close()


def of_a_later_version(path: Path) -> None:
    open_file(path).close()
    with sqlite3.connect(path) as other:
        other.execute("PRAGMA user_version = 2")
    other.close()


@pytest.mark.parametrize(
    ("spoil", "why"),
    [
        (lambda path: path.write_text("these are notes of somebody, and no database at all\n" * 100), "damaged"),
        (damaged, "damaged"),
        (of_another_program, "no history of this version"),
        (of_a_later_version, "no history of this version"),
    ],
    ids=["text", "damaged", "other program", "later version"],
)
def test_a_file_that_is_not_understood_is_named_and_not_touched(
    tmp_path: Path, spoil: Callable[[Path], object], why: str
) -> None:
    path = tmp_path / "h.db"
    spoil(path)
    before = path.read_bytes()
    with pytest.raises(ConfigError, match=why) as caught:
        open_file(path)
    assert caught.value.file == path
    assert "\n" not in str(caught.value)
    assert path.read_bytes() == before


def test_the_start_does_not_wait_for_a_huge_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "h.db"
    damaged(path)
    monkeypatch.setattr(history_file, "CHECK_SECONDS", -1.0)
    monkeypatch.setattr(history_file, "CHECK_STEPS", 1)
    open_file(path).close()


def test_a_file_that_cannot_be_opened_is_named(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "no" / "folder" / "h.db"):
        with pytest.raises(ConfigError, match="cannot be opened") as caught:
            open_file(path)
        assert caught.value.file == path


# --- reading ---


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Iterator[HistoryFile]:
    """One node with values 0 to 9 at as many seconds, two of them at second 5: 5 and 5.5; arrived out of order."""
    file = open_file(tmp_path_factory.mktemp("history") / "h.db")
    assert file.node("urn:a", "s=x") == 1
    numbers = [3, 0, 1, 2, 4, 5, 5.5, 9, 8, 7, 6]
    file.append([sample(1, int(number), number) for number in numbers], history_read.microseconds(at(0)))
    yield file
    file.close()


def told(values: list[ua.DataValue]) -> list[object]:
    return [value.Value.Value if value.StatusCode.is_good() else value.StatusCode.name for value in values]


def read_all(file: HistoryFile, asked: ua.ReadRawModifiedDetails) -> list[object]:
    values: list[ua.DataValue] = []
    onward: bytes | None = None
    for _ in range(100):
        more, onward = read_raw(file, 1, asked, onward)
        assert len(more) <= (asked.NumValuesPerNode or len(more))
        values += more
        if onward is None:
            return told(values)
    pytest.fail("the continuation points never end")


NO = "BadBoundNotFound"


@pytest.mark.parametrize(
    ("start", "end", "most", "bounds", "expected"),
    [
        (2, 5, 0, False, [2, 3, 4]),
        (5, 2, 0, False, [5.5, 5, 4, 3]),
        (5, 5, 0, False, [5, 5.5]),
        (2.5, 2.6, 0, False, []),
        (20, 30, 0, False, []),
        (6, None, 2, False, [6, 7]),
        (6, None, 50, False, [6, 7, 8, 9]),
        (None, 2, 2, False, [2, 1]),
        (None, 2, 50, False, [2, 1, 0]),
        (2.5, 4.5, 0, True, [2, 3, 4, 5]),
        (2, 4, 0, True, [2, 3, 4]),
        (4.5, 2.5, 0, True, [5, 4, 3, 2]),
        (6, 5, 0, True, [6, 5.5]),
        (5, 6, 0, True, [5, 5.5, 6]),
        (-3, 1.5, 0, True, [NO, 0, 1, 2]),
        (8, 30, 0, True, [8, 9, NO]),
        (-3, 30, 0, True, [NO, 0, 1, 2, 3, 4, 5, 5.5, 6, 7, 8, 9, NO]),
        (30, -3, 0, True, [NO, 9, 8, 7, 6, 5.5, 5, 4, 3, 2, 1, 0, NO]),
        (-5, -3, 0, True, [NO, 0]),
        (20, 30, 0, True, [9, NO]),
        (-3, None, 2, True, [NO, 0]),
        (None, 30, 2, True, [NO, 9]),
        (2.5, None, 2, True, [2, 3]),
    ],
)
def test_ranges(
    file: HistoryFile, start: float | None, end: float | None, most: int, bounds: bool, expected: list[object]
) -> None:
    asked = details(start, end, most, bounds=bounds)
    assert read_all(file, asked) == expected


@given(
    st.floats(-2, 12),
    st.floats(-2, 12),
    st.booleans(),
    st.integers(1, 5),
)
def test_blocks_of_any_size_say_the_same_as_one_block(
    file: HistoryFile, start: float, end: float, bounds: bool, most: int
) -> None:
    assert read_all(file, details(start, end, most, bounds=bounds)) == read_all(
        file, details(start, end, bounds=bounds)
    )


def test_a_block_holds_no_more_than_asked_for(file: HistoryFile) -> None:
    asked = details(0, 9, 4)
    first, onward = read_raw(file, 1, asked, None)
    second, onward = read_raw(file, 1, asked, onward)
    third, onward = read_raw(file, 1, asked, onward)
    assert [told(block) for block in (first, second, third)] == [[0, 1, 2, 3], [4, 5, 5.5, 6], [7, 8]]
    assert onward is None


def test_a_response_is_bounded_whatever_is_asked(file: HistoryFile, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(history_read, "MAX_VALUES", 3)
    for asked in (details(0, 100), details(0, 100, 1000), details(0, None, 1000)):
        values, onward = read_raw(file, 1, asked, None)
        assert told(values) == [0, 1, 2]
        assert onward is not None
        assert read_all(file, asked) == [0, 1, 2, 3, 4, 5, 5.5, 6, 7, 8, 9]
    assert read_all(file, details(0, None, 7)) == [0, 1, 2, 3, 4, 5, 5.5]


def test_reads_that_cannot_be(file: HistoryFile) -> None:
    for asked in (details(None, None, 5), details(1, None), details(None, 1)):
        with pytest.raises(ua.uaerrors.BadHistoryOperationInvalid):
            read_raw(file, 1, asked, None)
    _, onward = read_raw(file, 1, details(0, 9, 4), None)
    for node, continuation in ((1, b"x"), (1, b"\0" * 54), (2, onward)):
        with pytest.raises(ua.uaerrors.BadContinuationPointInvalid):
            read_raw(file, node, details(0, 9, 4), continuation)


# --- the server ---


class Kept:
    """A server with a history, and a client of it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.server = Server()
        self.client: Client
        self.namespace = 0

    async def begin(self) -> None:
        await self.server.init()
        self.server.set_endpoint("opc.tcp://127.0.0.1:0/")
        self.server.set_security_policy([ua.SecurityPolicyType.NoSecurity])
        self.namespace = await self.server.register_namespace("urn:cellkit:cell:test")
        for name, value in (("force", 0.0), ("state", "idle"), ("other", 0.0)):
            await self.server.nodes.objects.add_variable(self.node(name), ua.QualifiedName(name, self.namespace), value)
        await keep_history(self.server, self.path, [self.node("force"), self.node("state")], days=1, max_rows=1000)

    async def start(self) -> None:
        await self.begin()
        await self.server.start()
        port = self.server.bserver._server.sockets[0].getsockname()[1]
        self.client = patient_client(f"opc.tcp://127.0.0.1:{port}/")
        await self.client.connect()

    async def stop(self) -> None:
        await self.client.disconnect()
        await self.server.stop()

    def node(self, name: str) -> ua.NodeId:
        return ua.NodeId(f"the cell's/{name}; DROP", self.namespace)

    async def write(self, name: str, value: Any, seconds: float, status: int = ua.StatusCodes.Good) -> None:
        data = ua.DataValue(
            Value=ua.Variant(value),
            StatusCode=ua.StatusCode(status),
            SourceTimestamp=at(seconds),
            ServerTimestamp=at(seconds + 0.5),
        )
        await self.server.write_attribute_value(self.node(name), data)

    async def ask(self, name: str | ua.NodeId, asked: object, **how: Any) -> ua.HistoryReadResult:
        value_id = ua.HistoryReadValueId(
            NodeId=self.node(name) if isinstance(name, str) else name,
            IndexRange=how.get("index_range"),
            ContinuationPoint=how.get("continuation"),
        )
        params = ua.HistoryReadParameters(
            HistoryReadDetails=asked,
            TimestampsToReturn=how.get("timestamps", ua.TimestampsToReturn.Both),
            ReleaseContinuationPoints=how.get("release", False),
            NodesToRead=[value_id],
        )
        (result,) = await self.client.uaclient.history_read(params)
        return result


@pytest.fixture(scope="module")
def run() -> Iterator[Callable[..., Any]]:
    with asyncio.Runner() as runner:
        yield runner.run


@pytest.fixture(scope="module")
def kept(run: Callable[..., Any], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kept]:
    kept = Kept(tmp_path_factory.mktemp("kept") / "history.db")
    run(kept.start())
    yield kept
    run(kept.stop())


def test_values_come_back_with_status_and_both_timestamps(run: Callable[..., Any], kept: Kept) -> None:
    async def test() -> None:
        await kept.write("force", 1.5, -30)
        await kept.write("force", None, -29, ua.StatusCodes.BadNoCommunication)
        await kept.write("force", 2.5, -28, ua.StatusCodes.UncertainLastUsableValue)
        await kept.write("state", "executing", -27)
        result = await kept.ask("force", details(-60, -20))
        assert result.StatusCode.is_good()
        found = result.HistoryData.DataValues
        assert [(value.Value.Value, value.StatusCode.name) for value in found] == [
            (1.5, "Good"),
            (None, "BadNoCommunication"),
            (2.5, "UncertainLastUsableValue"),
        ]
        assert [value.SourceTimestamp for value in found] == [at(-30), at(-29), at(-28)]
        assert [value.ServerTimestamp for value in found] == [at(-29.5), at(-28.5), at(-27.5)]
        (state,) = (await kept.ask("state", details(-60, -20))).HistoryData.DataValues
        assert state.Value.Value == "executing"
        values = await kept.client.get_node(kept.node("force")).read_raw_history(at(-60), at(-20), return_bounds=False)
        assert values == found
        for which, source, server in ((0, True, False), (1, False, True)):
            asked = await kept.ask("force", details(-60, -20), timestamps=ua.TimestampsToReturn(which))
            first = asked.HistoryData.DataValues[0]
            assert (first.SourceTimestamp is not None, first.ServerTimestamp is not None) == (source, server)

    run(test())


def test_blocks_through_the_wire(run: Callable[..., Any], kept: Kept) -> None:
    async def test() -> None:
        for number in range(10):
            await kept.write("force", float(number), -19 + number / 10)
        asked = details(-19, -18, 4)
        values, onward = [], None
        for _ in range(3):
            result = await kept.ask("force", asked, continuation=onward)
            values.append([value.Value.Value for value in result.HistoryData.DataValues])
            onward = result.ContinuationPoint
        assert values == [[0, 1, 2, 3], [4, 5, 6, 7], [8, 9]]
        assert onward is None
        assert (await kept.ask("force", asked, continuation=b"junk")).StatusCode.name == "BadContinuationPointInvalid"
        assert (await kept.ask("force", asked, continuation=b"junk", release=True)).StatusCode.is_good()

    run(test())


def test_what_is_no_read_of_this_history_is_refused(run: Callable[..., Any], kept: Kept) -> None:
    async def test() -> None:
        good = details(-60, -20)
        modified = details(-60, -20)
        modified.IsReadModified = True
        for name, asked, how, status in (
            ("other", good, {}, "BadHistoryOperationUnsupported"),
            ("force", modified, {}, "BadHistoryOperationUnsupported"),
            ("force", ua.ReadAtTimeDetails(), {}, "BadHistoryOperationUnsupported"),
            ("nowhere", good, {}, "BadNodeIdUnknown"),
            ("force", details(None, None), {}, "BadHistoryOperationInvalid"),
            ("force", good, {"timestamps": ua.TimestampsToReturn.Neither}, "BadTimestampsToReturnInvalid"),
            ("force", good, {"index_range": "1:2"}, "BadIndexRangeInvalid"),
            ("force", details(-1000, -999), {}, "GoodNoData"),
        ):
            assert (await kept.ask(name, asked, **how)).StatusCode.name == status, (name, asked)
        update = ua.HistoryUpdateParameters(HistoryUpdateDetails=[ua.UpdateDataDetails(NodeId=kept.node("force"))])
        (refused,) = kept.server.iserver.history_manager.update_history(update)
        assert refused.StatusCode.name == "BadHistoryOperationUnsupported"

    run(test())


def test_clients_see_which_variables_have_a_history(run: Callable[..., Any], kept: Kept) -> None:
    async def test() -> None:
        for name, expected in (("force", True), ("state", True), ("other", False)):
            node = kept.client.get_node(kept.node(name))
            for attribute in (ua.AttributeIds.AccessLevel, ua.AttributeIds.UserAccessLevel):
                level = (await node.read_attribute(attribute)).Value.Value
                assert bool(level & ua.AccessLevel.HistoryRead.mask) is expected
                assert level & ua.AccessLevel.CurrentRead.mask
            assert (await node.read_attribute(ua.AttributeIds.Historizing)).Value.Value is expected
        for number, value in ((11193, True), (11273, history_read.MAX_VALUES)):
            assert await kept.client.get_node(ua.NodeId(number)).read_value() == value

    run(test())


def test_a_file_that_cannot_be_written_loses_nothing(
    run: Callable[..., Any], kept: Kept, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def full(self: HistoryFile, samples: object, now: int) -> None:
        raise sqlite3.OperationalError("database or disk is full")

    async def test() -> None:
        with monkeypatch.context() as patch:
            patch.setattr(HistoryFile, "append", full)
            for number in range(3):
                await kept.write("force", float(number), -10 + number)
                assert (await kept.ask("force", details(-10, -5))).StatusCode.name == "GoodNoData"
        values = (await kept.ask("force", details(-10, -5))).HistoryData.DataValues
        assert [value.Value.Value for value in values] == [0, 1, 2]

    with caplog.at_level(logging.WARNING, "cellkit.opcua.history"):
        run(test())
    assert [record.message for record in caplog.records if record.name == "cellkit.opcua.history"] == [
        "the history cannot be written; its samples wait in memory: database or disk is full"
    ]


def test_a_history_outlives_its_server_and_knows_variables_by_their_names(
    run: Callable[..., Any], tmp_path: Path
) -> None:
    """The index of a namespace can change with a restart; its URI must not."""
    path = tmp_path / "history.db"
    file = open_file(path)
    file.append([sample(file.node("urn:cellkit:cell:test", "s=the cell's/force; DROP"), -40, 6.0)], 0)
    file.close()

    async def test() -> None:
        again = Kept(path)
        await again.begin()
        await again.write("force", 7.0, -30)
        await again.server.iserver.history_manager.stop()
        file = open_file(path)
        node = file.node("urn:cellkit:cell:test", "s=the cell's/force; DROP")
        assert everything(file, node) == [6, 7, 0]  # the last is what it held when the server began
        file.close()
        await again.server.stop()

    run(test())


def test_samples_go_to_the_disk_without_being_asked_for(
    run: Callable[..., Any], kept: Kept, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(history, "FLUSH_EVERY", 0.01)
    written = asyncio.Event()
    append = HistoryFile.append

    async def test() -> None:
        loop = asyncio.get_running_loop()

        def seen(self: HistoryFile, samples: tuple[Sample, ...], now: int) -> None:
            append(self, samples, now)
            if samples:
                loop.call_soon_threadsafe(written.set)

        monkeypatch.setattr(HistoryFile, "append", seen)
        await keep_history(kept.server, tmp_path / "h.db", [kept.node("other")], days=1, max_rows=10)
        other = kept.server.iserver.history_manager
        await asyncio.wait_for(written.wait(), PATIENCE)
        await other.stop()

    before = kept.server.iserver.history_manager
    try:
        run(test())
    finally:
        kept.server.iserver.history_manager = before


def test_a_damaged_file_stops_the_start_and_leaves_no_thread(
    run: Callable[..., Any], tmp_path: Path, kept: Kept
) -> None:
    path = tmp_path / "h.db"
    path.write_text("no database, but long enough to be one" * 100)
    with pytest.raises(ConfigError, match="damaged"):
        run(keep_history(kept.server, path, [], days=1, max_rows=10))
    assert path.read_text().startswith("no database")
