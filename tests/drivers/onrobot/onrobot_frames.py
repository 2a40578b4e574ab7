"""Whole Modbus TCP frames that others wrote: requests with the replies they got.

Recorded between client and server on one machine. The server that replied is that of pyModbusTCP 0.3.1 (MIT), with the
registers of a gripper set by hand. The clients: pyModbusTCP 0.3.1; takuya-ki/onrobot-rg, commit 8081075, and
takuya-ki/onrobot-vg, commit 240fc2f (MIT), both over pymodbus 2.5.3. None of their code is here, bytes only.
"""

from __future__ import annotations

PYMODBUSTCP_STATUS = [
    # registers 258 to 275 of a gripper that is open, and of two that hold something
    ("5bac00000006410301020012",
     "5bac00000027410324000000000000000000000000000000000000044c0000000000000000000000000000044c"),
    ("a5a300000006410301020012",
     "a5a300000027410324002e0000000000000000000000000000000001ec002a0000000000000000000000000190"),
    ("b1d700000006410301020012",
     "b1d700000027410324ffd200000000000000000000000000000000ffa4004c0000000000000000000000000190"),
]  # fmt: skip
PYMODBUSTCP_TWO = ("ae74000000064103010b0002", "ae7400000007410304044c0000")  # registers 267 and 268
PYMODBUSTCP_PRODUCT = ("634c00000006410306000001", "634c000000054103020020")
PYMODBUSTCP_CLOSE = ("7b350000000d41100000000306019000000010", "7b3500000006411000000003")  # 40 N, 0 mm, by fingertips
PYMODBUSTCP_WIDTH = ("bec90000000d4110000000030600ff020b0001", "bec900000006411000000003")  # 25.5 N, 52.3 mm, bare
PYMODBUSTCP_STOP = ("3a1100000006410600020008", "3a1100000006410600020008")
PYMODBUSTCP_POWER = ("bb2a000000063f0600000002", "bb2a000000063f0600000002")  # unit 63
PYMODBUSTCP_VACUUM = ("397d00000006410301020002", "397d000000074103040320031b")
PYMODBUSTCP_GRIP = ("f7b00000000b4110000000020401500150", "f7b000000006411000000002")  # both channels, 80 %
PYMODBUSTCP_RELEASE = ("5fd10000000b4110000000020400000000", "5fd100000006411000000002")

ONROBOT_RG = [
    ("00050000000d411000000003060190044c0010", "000500000006411000000003"),  # open_gripper()
    ("00060000000d41100000000306019000000010", "000600000006411000000003"),  # close_gripper()
    ("00070000000d41100000000306019003200010", "000700000006411000000003"),  # move_gripper(800)
    ("000800000006410600020008", "000800000006410600020008"),  # set_control_mode(8)
    ("0009000000064106000000fa", "0009000000064106000000fa"),  # set_target_force(250)
    ("000a000000064106000101f4", "000a000000064106000101f4"),  # set_target_width(500)
    ("000b00000006410600020001", "000b00000006410600020001"),  # set_control_mode(1)
]
ONROBOT_RG_READS = [
    "000100000006410301020001",  # get_fingertip_offset()
    "0002000000064103010b0001",  # get_width()
    "0003000000064103010c0001",  # get_status()
    "000400000006410301130001",  # get_width_with_offset()
]

ONROBOT_VG = [
    ("00040000000b4110000000020401ff01ff", "000400000006411000000002"),  # vacuum_on()
    ("00070000000b4110000000020400000000", "000700000006411000000002"),  # release_vacuum()
    ("00080000000641060000013c", "00080000000641060000013c"),  # set_channelA_control("Grip", 60)
    ("000900000006410600010200", "000900000006410600010200"),  # set_channelB_control("Idle", 0)
    ("000a00000006410600000000", "000a00000006410600000000"),  # release_vacuum_channelA()
]
ONROBOT_VG_READS = [
    "000100000006410300020001",  # get_vacuum_limit()
    "000200000006410301020001",  # get_channelA_vacuum()
    "000300000006410301030001",  # get_channelB_vacuum()
]


def raw(text: str) -> bytes:
    """A frame."""
    return bytes.fromhex(text)


def registers(reply: str) -> list[int]:
    """What a reply to function 3 carries."""
    data = raw(reply)[9:]
    return [int.from_bytes(data[at : at + 2], "big") for at in range(0, len(data), 2)]


def without_number(frame: bytes) -> bytes:
    """A frame without its transaction number, which every client counts in its own way."""
    return frame[2:]
