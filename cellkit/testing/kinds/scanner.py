"""The 2D scanner: its rig, and the rules of the driver contract."""

# ruff: noqa: D102 - the name of a rule states what the rule asks for; a failing test shows it

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any

from cellkit.devices import RangeScanner
from cellkit.errors import (
    CommandRejected,
    DeviceFault,
)
from cellkit.testing.contract import raised, refused, rule
from cellkit.testing.observed_contract import ObservedContract
from cellkit.testing.rig import DeviceRig


class ScannerRig(DeviceRig):
    """A scanner in an empty room, with one field called ``near``: 1 m forwards, 0.5 m to each side."""

    def put_post(self, distance: float | None, direction: float = 0.0) -> None:
        """Place a post 0.1 m wide ``distance`` m away, in a direction (rad); None: empty the room."""
        self.bench.plant.put(distance, direction)

    def dazzle(self) -> None:
        """Let all beams see glare from now on."""
        self.bench.plant.dazzled = True

    def repeat(self) -> None:
        """Let the scanner repeat its last scan from now on."""
        self.bench.plant.repeats = True


class ScannerContract(ObservedContract[ScannerRig]):
    """Every rule that a driver of a 2D scanner has to keep."""

    kind = "scanner"
    settling = 0.3
    resolution = 0.06
    """m by which a distance may be off: the noise of some beams."""

    def ask(self, device: RangeScanner) -> Coroutine[Any, Any, object]:
        return device.scan()

    def wait(self, device: RangeScanner) -> Coroutine[Any, Any, object]:
        return device.wait_for("near", True)

    @rule(safe=True)
    async def test_scans_have_the_models_shape(self, rig: ScannerRig) -> None:
        scanner = await self.connected(rig)
        await asyncio.sleep(self.settling)
        scan = await scanner.scan()
        assert len(scan.ranges) == scanner.model.beams
        assert abs(scan.step - scanner.model.resolution.known()) < 1e-3
        assert abs(scan.start + scanner.model.field_of_view.known() / 2) < 1e-2
        await asyncio.sleep(0.5)
        later = await scanner.scan()
        assert later.number > scan.number
        assert abs(later.stamp - scan.stamp - 0.5) < 0.2

    @rule
    async def test_distances_are_where_the_post_is(self, rig: ScannerRig) -> None:
        scanner = await self.connected(rig)
        for distance, direction in ((0.8, 0.0), (2.0, 0.6), (3.0, -1.0)):
            rig.put_post(distance, direction)
            await asyncio.sleep(self.settling)
            found = await scanner.distance(direction)
            assert found is not None, f"the post at {direction} rad is not detected"
            assert abs(found - distance) <= self.resolution
            assert await scanner.distance(direction + 0.4) is None
        await refused(scanner.distance(3.1), CommandRejected, because="a direction that the scanner does not see")

    @rule
    async def test_fields_are_violated_by_what_stands_in_them(self, rig: ScannerRig) -> None:
        scanner = await self.connected(rig)
        await asyncio.sleep(self.settling)
        assert not await scanner.violated("near")
        rig.put_post(2.0)
        await asyncio.sleep(self.settling)
        assert not await scanner.violated("near")
        waiting = asyncio.ensure_future(scanner.wait_for("near", True, timeout=30.0))
        await asyncio.sleep(0.5)
        assert not waiting.done()
        rig.put_post(0.7)
        await asyncio.wait({waiting}, timeout=self.settling)
        assert waiting.done(), "the post is in the field, but wait_for() still waits"
        await waiting
        rig.put_post(None)
        await asyncio.sleep(self.settling)
        assert not await scanner.violated("near")
        await refused(scanner.violated("far"), CommandRejected, "near", because="a field that does not exist")

    @rule
    async def test_a_dazzled_scanner_is_a_fault_not_an_empty_room(self, rig: ScannerRig) -> None:
        scanner = await self.connected(rig)
        await asyncio.sleep(self.settling)
        rig.dazzle()
        await asyncio.sleep(self.settling)
        error = await refused(scanner.violated("near"), DeviceFault, because="a dazzled scanner")
        assert error.code == "dazzled"

    @rule
    async def test_a_scanner_that_repeats_itself_is_a_fault(self, rig: ScannerRig) -> None:
        scanner = await self.connected(rig)
        rig.put_post(2.0)
        await asyncio.sleep(self.settling)
        waiting = asyncio.ensure_future(scanner.wait_for("near", True, timeout=60.0))
        await asyncio.sleep(1.0)
        assert not waiting.done()
        rig.repeat()
        error = await raised(waiting, DeviceFault, 10.0, "waiting with a scanner that repeats its last scan")
        assert error.code == "frozen"
