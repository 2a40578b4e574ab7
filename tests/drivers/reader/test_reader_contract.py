"""The driver contract for code readers: every dialect in memory, the usual one over loopback sockets."""

from __future__ import annotations

import pytest
from cellkit_reader.rig import ReaderRig

from cellkit.testing.kinds.code_reader import CodeReaderContract
from cellkit.testing.rig import DriverRig


class TestKeyence(CodeReaderContract):
    driver = "reader"


class TestCognex(CodeReaderContract):
    def driver_rig(self) -> DriverRig:
        return ReaderRig(dialect="cognex")


class TestSick(CodeReaderContract):
    def driver_rig(self) -> DriverRig:
        return ReaderRig(dialect="sick")


class TestPlain(CodeReaderContract):
    def driver_rig(self) -> DriverRig:
        return ReaderRig(dialect="plain")


@pytest.mark.long
class TestKeyenceLoopback(CodeReaderContract):
    speed = 1.0

    def driver_rig(self) -> DriverRig:
        return ReaderRig(sockets=True)


@pytest.mark.long
class TestSickLoopback(CodeReaderContract):
    speed = 1.0

    def driver_rig(self) -> DriverRig:
        return ReaderRig(sockets=True, dialect="sick")
