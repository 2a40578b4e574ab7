"""What the virtual scanner answers, and what it refuses with which number."""

from __future__ import annotations

import asyncio

import pytest
from cellkit_sick.protocol.telegrams import COLA_B
from sick_raw import LOGIN, Table, bench, numbers

FULL = "1 D05 FFF92230 225510"


def test_a_tim571_answers_like_recorded_ones() -> None:
    async def test(table: Table) -> None:
        client = await table.client()
        for request, answer in (
            ("sRI 0", "sRA 0 6 TiM571 E V2.51-21.08.15"),
            ("sRI0", "sRA 0 6 TiM571 E V2.51-21.08.15"),
            ("sRN DeviceIdent", "sRA DeviceIdent 6 TiM571 E V2.51-21.08.15"),
            ("sRN FirmwareVersion", "sRA FirmwareVersion 5 V2.51"),
            ("sRN SCdevicestate", "sRA SCdevicestate 1"),
            ("sRN LocationName", "sRA LocationName B not defined"),
            ("sRN LMPoutputRange", f"sRA LMPoutputRange {FULL}"),
            ("sRN LMPscancfg", f"sRA LMPscancfg 5DC {FULL}"),
            ("sRN LMDscandatacfg", "sRA LMDscandatacfg 1 0 0 0 0 0 0 0 1 0 0 1"),
            ("sRN EIHstCola", "sRA EIHstCola 0"),
            ("sMN CheckPassword 3 F4724744", "sAN CheckPassword 1"),
            ("sMN CheckPassword 3 0", "sAN CheckPassword 0"),
            ("sMN Run", "sAN Run 1"),
            ("sEN LMDscandata 0", "sEA LMDscandata 0"),
        ):
            assert await client.say(request) == answer

    bench(test)


def test_an_lms111_answers_like_recorded_ones() -> None:
    async def test(table: Table) -> None:
        client = await table.client()
        for request, answer in (
            ("sRN DeviceIdent", "sRA DeviceIdent 10 LMS11x_FieldEval 5 V1.80"),
            ("sRN FirmwareVersion", "sRA FirmwareVersion 9 V1.80.1  "),
            ("sRN LMPoutputRange", "sRA LMPoutputRange 1 1388 FFF92230 225510"),
            ("sRN LMPscancfg", "sRA LMPscancfg 1388 1 1388 FFF92230 225510"),
            ("sRN LCMstate", "sRA LCMstate 0"),
        ):
            assert await client.say(request) == answer

    bench(test, "lms111")


@pytest.mark.parametrize(
    ("request_", "code"),
    [
        ("sRN NoSuchThing", "3"),
        ("sRN LMCstartmeas", "3"),  # a method
        ("sRN SetActiveApplications", "3"),
        ("sRN LCMstate", "3"),  # the LMS1xx have it, the TiM5xx not
        ("sRI 1", "3"),
        ("sWN NoSuchThing 1", "3"),
        ("sMN NoSuchMethod", "2"),
        ("sMN DeviceIdent", "2"),
        ("sEN NoSuchEvent 1", "F"),
        ("sEN DeviceIdent 1", "F"),
        ("sXN DeviceIdent", "B"),
        ("sRA DeviceIdent", "B"),
        ("sSN LMDscandata", "B"),
        ("sRN", "B"),
        ("sRN DeviceIdent?", "B"),
        ("hello", "C"),
        ("", "C"),
        ("b'\\x02sRN LMDscandata\\x03'", "C"),  # what sick-scan-tcp sends behind every request
        ("sRN DeviceIdent 1", "7"),
        ("sRN LMDscandata 1", "7"),
        ("sEN LMDscandata", "8"),
        ("sEN LMDscandata 2", "4"),
        ("sEN LMDscandata x", "11"),
        ("sEN LMDscandata 1 1", "7"),
        ("sMN SetAccessMode", "8"),
        ("sMN SetAccessMode 3", "8"),
        ("sMN SetAccessMode 3 F4724744 1", "7"),
        ("sMN SetAccessMode 3 F47247441", "10"),
        ("sMN SetAccessMode 3 password", "11"),
        ("sMN SetAccessMode 100 F4724744", "10"),
    ],
)
def test_requests_that_are_wrong_are_refused_with_the_vendors_number(request_: str, code: str) -> None:
    async def test(table: Table) -> None:
        client = await table.client()
        assert await client.say(request_) == f"sFA {code}"
        assert await client.say("sRN SCdevicestate") == "sRA SCdevicestate 1", "and it goes on"

    bench(test)


@pytest.mark.parametrize(
    ("request_", "code"),
    [
        ("sWN LMPoutputRange " + FULL, "A"),
        ("sWN LMDscandatacfg 01 00 1 1 0 00 00 0 0 0 0 +1", "A"),
        ("sWN EIHstCola 0", "A"),
        ("sWN LocationName 3 abc", "A"),
        ("sWN DeviceIdent 3 abc 3 abc", "A"),
        ("sMN LMCstartmeas", "1"),
        ("sMN LMCstopmeas", "1"),
        ("sMN mLMPsetscancfg +1500 +1 +3333 0 0", "1"),
        ("sMN mEEwriteall", "1"),
        ("sMN mSCreboot", "1"),
        ("sMN mSCloadfacdef", "1"),
    ],
)
def test_without_a_login_nothing_is_written_or_called(request_: str, code: str) -> None:
    """``sFA A`` for a write is recorded from a TiM561 that had refused the password (sick_scan, issue 4)."""

    async def test(table: Table) -> None:
        client = await table.client()
        for password in ("3 00000000", "2 F4724744", "1 F4724744", "0 F4724744", "7 F4724744"):
            assert await client.say(f"sMN SetAccessMode {password}") == "sAN SetAccessMode 0"
        assert await client.say(request_) == f"sFA {code}"
        await client.login()
        assert await client.say("sMN Run") == "sAN Run 1"
        assert await client.say(request_) == f"sFA {code}", "Run logs out"

    bench(test)


@pytest.mark.parametrize("password", ["2 B21ACE26", "3 F4724744", "03 F4724744", "4 81BE23AA"])
def test_the_passwords_of_three_levels(password: str) -> None:
    async def test(table: Table) -> None:
        client = await table.client()
        assert await client.say(f"sMN SetAccessMode {password}") == "sAN SetAccessMode 1"
        allowed = not password.startswith("2")
        assert await client.say("sMN LMCstartmeas") == ("sAN LMCstartmeas 0" if allowed else "sFA 1")
        assert await client.say("sRN SCdevicestate") == "sRA SCdevicestate 0", "busy while somebody is logged in"
        other = await table.client()
        assert await other.say("sMN LMCstartmeas") == "sFA 1", "the level is the connection's"
        await client.close()
        await asyncio.sleep(0.01)
        assert await other.say("sRN SCdevicestate") == "sRA SCdevicestate 1"

    bench(test)


@pytest.mark.parametrize(
    ("request_", "code"),
    [
        ("sWN SCdevicestate 1", "A"),
        ("sWN DeviceIdent 1 a 1 b", "A"),
        ("sWN LMPoutputRange 1 D05 FFF92230", "8"),
        ("sWN LMPoutputRange 1 1388 FFF92230 225510", "4"),  # half a degree is the LMS111's
        ("sWN LMPoutputRange 2 D05 FFF92230 225510", "4"),
        ("sWN LMPoutputRange 1 D05 FFF92229 225510", "4"),
        ("sWN LMPoutputRange 1 D05 FFF92230 225511", "4"),
        ("sWN LMPoutputRange 1 D05 1000 1000", "4"),
        ("sWN LMPoutputRange 1 D05 -450000 +2250000 0", "7"),
        ("sWN LMDscandatacfg 02 00 1 1 0 00 00 0 0 0 0 +1", "4"),
        ("sWN LMDscandatacfg 01 00 2 1 0 00 00 0 0 0 0 +1", "4"),
        ("sWN LMDscandatacfg 01 00 1 2 0 00 00 0 0 0 0 +1", "4"),
        ("sWN LMDscandatacfg 01 00 1 1 0 01 00 0 0 0 0 +1", "4"),
        ("sWN LMDscandatacfg 01 00 1 1 0 00 00 0 0 0 0 0", "4"),
        ("sWN LMDscandatacfg 01 00 1 1 0 00 00 0 0 0 +1", "8"),
        ("sWN LMDscandatacfg \x01 00 1 1 0 00 00 0 0 0 0 +1", "11"),
        ("sWN LocationName 11 abcdefghijklmnopq", "4"),
        ("sWN LocationName 5 abc", "8"),
        ("sWN EIHstCola 2", "4"),
        ("sWN EIIpAddr C0 A8 0 100", "10"),
        ("sWN EIIpAddr C0 A8 0", "8"),
        ("sWN LFPmeanfilter 1 +1 0", "4"),
        ("sWN SetActiveApplications 2 FEVL 1 RANG 1", "7"),
        ("sWN SetActiveApplications 1 NAVI 1", "4"),
        ("sMN mLMPsetscancfg \x00\x01", "11"),  # recorded: binary numbers in CoLa A (sick_scan_xd, issue 128)
        ("sMN mLMPsetscancfg +5000 +1", "8"),
        ("sMN LMCstartmeas 1", "7"),
        ("sMN Run 1", "7"),
    ],
)
def test_what_may_be_written_must_be_right(request_: str, code: str) -> None:
    async def test(table: Table) -> None:
        client = await table.client()
        await client.login()
        before = await client.say("sRN LMPoutputRange"), await client.say("sRN LMDscandatacfg")
        assert await client.say(request_) == f"sFA {code}"
        assert (await client.say("sRN LMPoutputRange"), await client.say("sRN LMDscandatacfg")) == before

    bench(test)


def test_a_scan_configuration_is_taken_or_told_why_not() -> None:
    """``sAN mLMPsetscancfg 2 …`` for a resolution that it has not is recorded (sick_scan_xd, issue 449)."""

    async def test(table: Table) -> None:
        client = await table.client()
        await client.login()
        for request, status in (
            ("+5000 +1 +5000 -450000 +2250000", 0),
            ("1388 1 1388 0 0", 0),
            ("+2500 +1 +5000 -450000 +2250000", 1),
            ("+5000 +1 +2500 -450000 +2250000", 2),
            ("+5000 +1 +5000 -400000 +2250000", 4),
            ("+5000 +2 +5000 -450000 +2250000", 4),
        ):
            answer = await client.say(f"sMN mLMPsetscancfg {request}")
            assert numbers(answer) == (status, 5000, 1, 5000, 0xFFF92230, 0x225510)

    bench(test, "lms111")


def test_scans_come_to_whoever_has_asked_for_them_in_his_dialect() -> None:
    async def test(table: Table) -> None:
        table.throw("post", "1.0")
        text, binary, idle = await table.client(), await table.client("colab"), await table.client()
        assert await idle.silent()
        assert await text.say("sEN LMDscandata 1") == "sEA LMDscandata 1"
        assert await binary.ask(b"sEN LMDscandata \x01") == b"sEA LMDscandata \x01"
        await asyncio.sleep(1.001)
        assert 14 <= len(text.scans) <= 16, "15 Hz"
        assert not idle.scans
        one, other = text.scans[-1], binary.scans[-1]
        assert one.wide[0].counts.tolist() == other.wide[0].counts.tolist()
        assert one.scans == other.scans
        assert one.sent - one.started == pytest.approx(1e6 / 15, abs=2)
        assert [later.scans - earlier.scans for earlier, later in zip(text.scans, text.scans[1:], strict=False)] == [
            1
        ] * (len(text.scans) - 1)
        await text.ask("sEN LMDscandata 0")
        assert await text.silent()
        assert not await binary.silent()

    bench(test)


def test_one_scan_can_be_asked_for() -> None:
    async def test(table: Table) -> None:
        client = await table.client()
        assert (await client.say("sRN LMDscandata")).startswith("sRA LMDscandata 1 1 ")
        table.throw("post", "1.0")
        await asyncio.sleep(0.1)
        answer = await client.say("sRN LMDscandata")
        words = answer.split(" ")
        assert answer.startswith("sRA LMDscandata 1 1 ")
        assert answer.endswith(" 0 0 1 B not defined 0 0 0")
        assert len(words) == 846, "as a recorded TiM571's"
        again = (await client.say("sRN LMDscandata")).split(" ")
        assert words[8] == again[8], "the same turn"
        assert words[26:-9] == again[26:-9]
        assert int(again[7], 16) == int(words[7], 16) + 1, "and another telegram"

    bench(test)


def test_what_is_written_counts_when_the_user_logs_out() -> None:
    async def test(table: Table) -> None:
        table.throw("post", "1.0")
        watcher, client = await table.client(), await table.client()
        await watcher.ask("sEN LMDscandata 1")
        await client.login()
        assert await client.say("sWN LMPoutputRange 1 1388 DBBA0 100590") == "sWA LMPoutputRange"
        assert await client.say("sWN LMDscandatacfg 01 00 1 1 0 00 00 1 1 1 1 +5") == "sWA LMDscandatacfg"
        assert await client.say("sWN LocationName 6 door 1") == "sWA LocationName"
        assert await client.say("sRN LMPoutputRange") == "sRA LMPoutputRange 1 1388 DBBA0 100590"
        scan = await watcher.next_scan()
        assert len(scan.wide[0].counts) == 541
        assert scan.name is None
        assert await client.say("sMN Run") == "sAN Run 1"
        scan = await watcher.next_scan()
        distances, remission = scan.wide
        assert (distances.start, len(distances.counts)) == (900_000, 31)
        assert (remission.content, len(remission.counts)) == ("RSSI1", 31)
        assert distances.counts[0] >= 900, "the post is in front, at 90 deg as the vendor counts"
        assert remission.counts[0] > 0
        assert (scan.name, scan.comment, len(scan.position)) == ("door 1", "", 7)
        assert scan.time is not None
        assert scan.time.year == 1970
        assert scan.scans % 5 == 0, "every fifth turn"
        await client.login()
        await client.ask("sWN LMDscandatacfg 01 00 1 0 0 00 00 0 0 0 0 +1")
        await client.close()
        scan = await watcher.next_scan()
        assert [row.content for row in scan.narrow] == ["RSSI1"], "8 bits; a connection that ends logs out as well"

    bench(test, "lms111")


def test_a_scanner_that_stands_sends_nothing() -> None:
    async def test(table: Table) -> None:
        client = await table.client()
        await client.ask("sEN LMDscandata 1")
        await client.login()
        for word in ("LMCstopmeas", "LMCstandby"):
            assert await client.say(f"sMN {word}") == f"sAN {word} 0"
            assert await client.silent()
            assert await client.say("sMN LMCstartmeas") == "sAN LMCstartmeas 0"
            assert not await client.silent()

    bench(test)


def test_a_restart_ends_every_connection_and_forgets_what_was_not_saved() -> None:
    async def test(table: Table) -> None:
        client, other = await table.client(), await table.client()
        await client.login()
        await client.ask("sWN LocationName 4 kept")
        assert await client.say("sMN mEEwriteall") == "sAN mEEwriteall 1"
        await client.ask("sWN LocationName 4 lost")
        assert await client.say("sMN mSCreboot") == "sAN mSCreboot"
        await asyncio.sleep(0.1)
        assert client.ended
        assert other.ended
        early = await table.client()
        await asyncio.sleep(0.1)
        assert early.ended, "it does not answer yet"
        await asyncio.sleep(2.5)
        again = await table.client()
        assert await again.say("sRN SCdevicestate") == "sRA SCdevicestate 0"
        await again.login()
        for request in ("sWN LMPoutputRange " + FULL, "sWN EIHstCola 0", "sMN LMCstartmeas", "sRN LMDscandata"):
            assert await again.say(request) == "sFA 4", "not ready (sick_scan, issue 44)"
        await asyncio.sleep(3.0)
        assert await again.say("sRN LocationName") == "sRA LocationName 4 kept"
        await again.say("sMN mSCloadfacdef")
        assert await again.say("sRN LocationName") == "sRA LocationName B not defined"
        assert await again.say("sRN ODpwrc") == "sRA ODpwrc 2"

    bench(test)


def test_another_dialect_is_not_answered_until_the_port_is_switched_to_it() -> None:
    async def test(table: Table) -> None:
        client = await table.client()
        client.stream.write(b"\x02\x02\x02\x02\x00\x00\x00\x0asRN ODoprh\x41")
        assert await client.silent()
        assert await client.say("sRN ODpwrc") == "sRA ODpwrc 1", "and it goes on"
        await client.login()
        assert await client.say("sWN EIHstCola 1") == "sWA EIHstCola"
        assert await client.say("sRN ODpwrc") == "sRA ODpwrc 1", "this connection stays as it is"
        binary = await table.client(dialect=COLA_B)
        assert await binary.ask(b"sRN ODpwrc") == b"sRA ODpwrc \x00\x00\x00\x01", "later ones speak the other one"

    bench(test)


def test_in_binary_a_wrong_checksum_is_not_answered() -> None:
    async def test(table: Table) -> None:
        client = await table.client("colab")
        client.stream.write(b"\x02\x02\x02\x02\x00\x00\x00\x0asRN ODpwrc\x53")
        assert await client.silent()
        assert await client.ask(b"sRN ODpwrc") == b"sRA ODpwrc \x00\x00\x00\x01"
        assert await client.ask(b"sMN mLMPsetscancfg \x00\x01\x00\x00") == b"sFA\x00\x01"
        await client.ask(b"sMN SetAccessMode \x03\xf4\x72\x47\x44")
        assert await client.ask(b"sMN mLMPsetscancfg \x00\x01\x00\x00") == b"sFA\x00\x08", "recorded: issue 39"

    bench(test)


def test_switches() -> None:
    async def test(table: Table) -> None:
        client = await table.client()
        await client.ask("sEN LMDscandata 1")
        table.throw("dazzle")
        assert set((await client.next_scan()).wide[0].counts.tolist()) == {1.0}
        table.throw("dazzle", "off")
        assert set((await client.next_scan()).wide[0].counts.tolist()) == {0.0}
        for word, status, level in (("warning", 2, 1), ("error", 5, 2), ("none", 0, 0)):
            table.throw("contaminated", word)
            assert (await client.next_scan()).status == (0, status)
            assert await client.say("sRN LCMstate") == f"sRA LCMstate {level}"
        table.throw("fault")
        assert (await client.next_scan()).status == (0, 1)
        assert await client.say("sRN SCdevicestate") == "sRA SCdevicestate 2"
        table.throw("fault", "off")
        table.throw("mute")
        client.send("sRN ODoprh")
        assert await client.silent()
        table.throw("speak")
        assert not await client.silent()
        assert "1 clients, 1 of them subscribed" in table.virtual.status_line()
        for words in (("dazzle", "maybe"), ("contaminated", "much"), ("fault", "2")):
            with pytest.raises(ValueError, match=r"\|"):
                table.throw(*words)

    bench(test, "lms111")


def test_a_client_that_does_not_read_is_left_behind_and_holds_nobody_up() -> None:
    """It gets the newest scan when it reads again; what waits for it is bounded."""

    async def test(table: Table) -> None:
        client = await table.client()
        await client.ask("sEN LMDscandata 1")
        client._reading.cancel()
        other = await table.client()
        await other.ask("sEN LMDscandata 1")
        await asyncio.sleep(120.0)  # 1800 scans of 2 kB, more than the stream takes
        assert len(other.scans) == 1800
        unread = await client.stream.read()
        assert len(unread) < 1_100_000
        assert LOGIN  # the client can go on
        client.send(LOGIN)
        await asyncio.sleep(0.2)
        assert b"sAN SetAccessMode 1" in await client.stream.read()

    bench(test)


def test_an_lms1xx_has_fields_that_nobody_has_set_up_and_a_tim_has_none() -> None:
    async def lms(table: Table) -> None:
        text, binary = await table.client(), await table.client("colab")
        for number in (0, 10, 29):
            assert await text.say(f"sRN field{number:03}") == f"sRA field{number:03} 0"
        assert await binary.ask(b"sRN field010") == b"sRA field010 \x00", "as recorded (sick_scan_xd, test_server.py)"
        assert await text.say("sRN field030") == "sFA 3"
        await text.login()
        assert await text.say("sWN field000 0") == "sFA A"
        for event in ("LFErec", "LIDoutputstate", "LIDinputstate"):
            assert await text.say(f"sEN {event} 1") == f"sEA {event} 1"
            assert await text.say(f"sEN {event} 2") == "sFA 4"
        assert await text.silent(), "nothing is in a field that there is not, and no scan was asked for"

    async def tim(table: Table) -> None:
        client = await table.client()
        assert await client.say("sRN field000") == "sFA 3"
        for event in ("LFErec", "LIDoutputstate", "LIDinputstate"):
            assert await client.say(f"sEN {event} 1") == "sFA F"

    bench(lms, "lms111")
    bench(tim)
