"""The contracts of sensors: force/torque, beams, scanners, code readers, cameras. Three lines each."""

# ruff: noqa: D102  (a rule is named after what it asks for; that name is what a failing one shows)

from __future__ import annotations

import asyncio
import math
from collections.abc import Coroutine
from typing import Any

import numpy as np

from cellkit.devices import Camera, CodeReader, ForceTorqueSensor, Lifecycle, ProximitySensor, RangeScanner
from cellkit.errors import (
    CommandRejected,
    ConnectionLost,
    DeviceBusy,
    DeviceFault,
    LimitViolation,
    MotionAborted,
    MotionTimeout,
)
from cellkit.geometry import Wrench
from cellkit.testing.contract import AT_ONCE, Contract, assert_lifecycle, each, raised, refused, rule
from cellkit.testing.observed_contract import ObservedContract
from cellkit.testing.rig import CameraRig, CodeReaderRig, ForceTorqueRig, Kind, ProximityRig, ScannerRig

NEAR = 0.1  # share of a sensor's range for what is put before it


class ForceTorqueContract(ObservedContract[ForceTorqueRig]):
    """Every rule that a driver of a force/torque sensor has to keep."""

    kind = Kind.FORCE_TORQUE

    def ask(self, device: ForceTorqueSensor) -> Coroutine[Any, Any, object]:
        return device.read()

    def wait(self, device: ForceTorqueSensor) -> Coroutine[Any, Any, object]:
        return device.wait_for(self.some(device))

    def some(self, device: ForceTorqueSensor) -> float:
        """A force (N) well within the range."""
        return 20.0 if device.model is None else NEAR * min(device.model.force_range)

    def tolerance(self, device: ForceTorqueSensor) -> float:
        """N or N m by which a reading may be off: some steps of the sensor."""
        model = device.model
        if model is None:
            return 0.01
        return 3 * max(model.force_resolution.value or 0.01, model.torque_resolution.value or 0.001)

    @rule
    async def test_readings_are_what_hangs_on_the_sensor(self, rig: ForceTorqueRig) -> None:
        sensor = await self.connected(rig)
        f = self.some(sensor)
        t = 0.2 if sensor.model is None else NEAR * min(sensor.model.torque_range)
        wrench = Wrench(np.array((f, -0.5 * f, 0.25 * f)), np.array((t, -0.5 * t, 0.25 * t)), "flange")
        rig.put_wrench(wrench)
        await asyncio.sleep(self.settling)
        reading = await sensor.read()
        assert reading.wrench.frame == "flange"
        off = max(abs(reading.wrench.force - wrench.force).max(), abs(reading.wrench.torque - wrench.torque).max())
        assert off <= self.tolerance(sensor), f"{off:.4g} N or N m off: {reading.wrench} for {wrench}"

    @rule
    async def test_stamps_go_on(self, rig: ForceTorqueRig) -> None:
        sensor = await self.connected(rig)
        before = (await sensor.read()).stamp
        await asyncio.sleep(0.5)
        passed = (await sensor.read()).stamp - before
        assert abs(passed - 0.5) <= 0.1, f"the stamps say {passed:.3f} s, it was 0.5 s"

    @rule
    async def test_zero_takes_what_hangs_there_as_nothing(self, rig: ForceTorqueRig) -> None:
        sensor = await self.connected(rig)
        f = self.some(sensor)
        rig.put_wrench(Wrench(np.array((0.0, 0.0, f)), np.zeros(3), "flange"))
        await asyncio.sleep(self.settling)
        await sensor.zero()
        assert abs((await sensor.read()).wrench.force).max() <= self.tolerance(sensor)
        rig.put_wrench(Wrench(np.array((0.0, 0.0, 2 * f)), np.zeros(3), "flange"))
        await asyncio.sleep(self.settling)
        assert abs((await sensor.read()).wrench.force[2] - f) <= 2 * self.tolerance(sensor)

    @rule
    async def test_wait_for_ends_when_the_force_is_reached(self, rig: ForceTorqueRig) -> None:
        sensor = await self.connected(rig)
        f = self.some(sensor)
        waiting = asyncio.ensure_future(sensor.wait_for(f, along=(0, 0, -1), timeout=30.0))
        rig.put_wrench(Wrench(np.array((2 * f, 0.0, 0.5 * f)), np.zeros(3), "flange"))
        await asyncio.sleep(1.0)
        assert not waiting.done(), "another direction than the one that was named"
        rig.put_wrench(Wrench(np.array((0.0, 0.0, -1.1 * f)), np.zeros(3), "flange"))
        await asyncio.wait({waiting}, timeout=AT_ONCE)
        assert waiting.done(), "the force is there, and wait_for() still waits"
        assert abs(await waiting - 1.1 * f) <= self.tolerance(sensor)

    @rule
    async def test_wait_for_times_out_and_refuses_nonsense(self, rig: ForceTorqueRig) -> None:
        sensor = await self.connected(rig)
        await refused(
            sensor.wait_for(self.some(sensor), timeout=0.5), MotionTimeout, because="a force that never comes"
        )
        for command, why in each(
            (sensor.wait_for(0.0), "no force at all"),
            (sensor.wait_for(math.nan), "NaN"),
            (sensor.wait_for(1.0, along=(0.0, 0.0, 0.0)), "no direction"),
            (sensor.wait_for(1.0, along=(1.0, 0.0)), "two numbers as a direction"),
        ):
            await refused(command, CommandRejected, because=why)
        if sensor.model is not None:
            beyond = 1.5 * min(sensor.model.force_range)
            await refused(sensor.wait_for(beyond), LimitViolation, f"{beyond:g}", because="beyond the range")

    @rule
    async def test_a_saturated_sensor_is_a_fault_and_goes_on_afterwards(self, rig: ForceTorqueRig) -> None:
        sensor = await self.connected(rig)
        if sensor.model is None:
            return
        f = self.some(sensor)
        waiting = asyncio.ensure_future(sensor.wait_for(f, along=(1, 0, 0)))
        await asyncio.sleep(self.settling)
        end = sensor.model.force_range[2]
        rig.put_wrench(Wrench(np.array((0.0, 0.0, 1.2 * end)), np.zeros(3), "flange"))
        await raised(waiting, DeviceFault, 1.0, "waiting for a force with a saturated sensor")
        await refused(sensor.read(), DeviceFault, because="reading a saturated sensor")
        rig.put_wrench(Wrench(np.zeros(3), np.zeros(3), "flange"))
        await asyncio.sleep(self.settling)
        assert_lifecycle(sensor, Lifecycle.OPEN)
        await sensor.read()


class ProximityContract(ObservedContract[ProximityRig]):
    """Every rule that a driver of a beam or distance sensor has to keep."""

    kind = Kind.PROXIMITY
    resolution = 0.002
    """m that a distance may be off."""

    def ask(self, device: ProximitySensor) -> Coroutine[Any, Any, object]:
        return device.distance()

    def wait(self, device: ProximitySensor) -> Coroutine[Any, Any, object]:
        return device.wait_for(True)

    @rule
    async def test_distances_are_what_stands_in_the_beam(self, rig: ProximityRig) -> None:
        sensor = await self.connected(rig)
        for distance in (0.15, 0.25, None, 0.2):
            rig.put_distance(distance)
            await asyncio.sleep(self.settling)
            found = await sensor.distance()
            if distance is None or found is None:
                assert found is distance, f"{found} m where {distance} was expected"
            else:
                assert abs(found - distance) <= self.resolution
            assert await sensor.present() is (distance is not None)
            assert await sensor.present(within=0.18) is (distance == 0.15)

    @rule
    async def test_wait_for_ends_when_something_comes_and_goes(self, rig: ProximityRig) -> None:
        sensor = await self.connected(rig)
        coming = asyncio.ensure_future(sensor.wait_for(True, within=0.2, timeout=30.0))
        rig.put_distance(0.3)
        await asyncio.sleep(1.0)
        assert not coming.done(), "the background was taken for a part"
        rig.put_distance(0.15)
        await asyncio.wait({coming}, timeout=self.settling)
        assert coming.done(), "something is there, and wait_for() still waits"
        await coming
        await refused(sensor.wait_for(False, timeout=0.5), MotionTimeout, because="something that stays")
        going = asyncio.ensure_future(sensor.wait_for(False, timeout=30.0))
        await asyncio.sleep(0.5)
        rig.put_distance(None)
        await asyncio.wait({going}, timeout=self.settling)
        assert going.done(), "nothing is there any more, and wait_for() still waits"
        await going

    @rule
    async def test_a_sensor_that_cannot_measure_is_a_fault_not_a_free_beam(self, rig: ProximityRig) -> None:
        sensor = await self.connected(rig)
        rig.put_distance(math.nan)
        await asyncio.sleep(self.settling)
        await refused(sensor.distance(), DeviceFault, because="glare")
        rig.put_distance(0.2)
        await asyncio.sleep(self.settling)
        assert await sensor.distance() is not None


class ScannerContract(ObservedContract[ScannerRig]):
    """Every rule that a driver of a 2D scanner has to keep."""

    kind = Kind.SCANNER
    settling = 0.3
    resolution = 0.06
    """m that a distance may be off: the noise of some beams."""

    def ask(self, device: RangeScanner) -> Coroutine[Any, Any, object]:
        return device.scan()

    def wait(self, device: RangeScanner) -> Coroutine[Any, Any, object]:
        return device.wait_for("near", True)

    @rule
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
            assert found is not None, f"the post at {direction} rad is not seen"
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
        assert waiting.done(), "somebody stands in the field, and wait_for() still waits"
        await waiting
        rig.put_post(None)
        await asyncio.sleep(self.settling)
        assert not await scanner.violated("near")
        await refused(scanner.violated("far"), CommandRejected, "near", because="a field that there is not")

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


class CodeReaderContract(ObservedContract[CodeReaderRig]):
    """Every rule that a driver of a code reader has to keep."""

    kind = Kind.CODE_READER

    def ask(self, device: CodeReader) -> Coroutine[Any, Any, object]:
        return device.read_code()

    def wait(self, device: CodeReader) -> Coroutine[Any, Any, object]:
        return device.read_code(timeout=30.0)

    @rule
    async def test_reads_what_is_there_and_says_so_when_nothing_is(self, rig: CodeReaderRig) -> None:
        reader = await self.connected(rig)
        assert await reader.read_code() is None
        for text in ("PART-0001", "4006381333931", "Ünit 7, top"):
            rig.put_label(text)
            assert await reader.read_code() == text
        rig.put_label(None)
        assert await reader.read_code() is None

    @rule
    async def test_one_reading_at_a_time_and_stop_ends_it(self, rig: CodeReaderRig) -> None:
        reader = await self.connected(rig)
        rig.stall()
        reading = asyncio.ensure_future(reader.read_code(timeout=30.0))
        await asyncio.sleep(0.02)
        await refused(reader.read_code(), DeviceBusy, because="a second reading")
        await reader.stop()
        await raised(reading, MotionAborted, 1.0, "a reading that was stopped")

    @rule
    async def test_a_reader_that_does_not_answer_is_a_timeout_or_a_lost_link(self, rig: CodeReaderRig) -> None:
        reader = await self.connected(rig)
        rig.stall()
        reading = asyncio.ensure_future(reader.read_code(timeout=0.5))
        await raised(reading, (MotionTimeout, ConnectionLost), 2.0, "a reading without an answer")  # type: ignore[arg-type]

    @rule
    async def test_a_lost_link_fails_what_waits_and_what_follows(self, rig: CodeReaderRig) -> None:
        self.needs(rig, "drop_link")
        reader = await self.connected(rig)
        rig.drop_link()
        await asyncio.sleep(0.1)
        await refused(reader.read_code(), ConnectionLost, because="reading after the link broke")

    @rule
    async def test_closing_ends_what_waits(self, rig: CodeReaderRig) -> None:
        reader = await self.connected(rig)
        rig.stall()
        reading = asyncio.ensure_future(reader.read_code(timeout=30.0))
        await asyncio.sleep(0.02)
        await reader.close()
        await raised(reading, MotionAborted, 1.0, "a reading during which the reader was closed")


class CameraContract(Contract[CameraRig]):
    """Every rule that a driver of an RGB-D camera has to keep."""

    kind = Kind.CAMERA

    @rule
    async def test_connects_and_closes_twice_cleanly(self, rig: CameraRig) -> None:
        camera: Camera = rig.device
        for _ in range(2):
            await camera.connect()
            await camera.connect()
            assert_lifecycle(camera, Lifecycle.OPEN)
            await camera.close()
            await camera.close()
            await refused(camera.capture(), CommandRejected, because="a picture of a closed camera")

    @rule
    async def test_pictures_have_colour_depth_in_metres_intrinsics_and_a_named_frame(self, rig: CameraRig) -> None:
        camera: Camera = rig.device
        await camera.connect()
        image = await camera.capture()
        height, width = image.depth.shape
        assert image.colour.shape == (height, width, 3)
        assert image.colour.dtype == np.uint8
        assert image.pose.frame, "the pose names its frame"
        middle = np.linalg.inv(image.intrinsics) @ (width / 2, height / 2, 1.0)
        assert abs(middle[:2]).max() < 0.05, "the optical axis goes through the middle"
        corner = image.depth[height // 10, width // 10]
        assert abs(corner - rig.depth) < 0.02 * rig.depth, "depth is along the axis, not along the ray"
        part = image.colour[height // 2, width // 2].astype(int)
        assert part[0] > part[1] + 20, "the part is red: colours are in the order red, green, blue"
        assert image.depth[height // 2, width // 2] < rig.depth

    @rule
    async def test_a_lost_link_is_told(self, rig: CameraRig) -> None:
        self.needs(rig, "drop_link")
        await rig.device.connect()
        rig.drop_link()
        await asyncio.sleep(0.1)
        await refused(rig.device.capture(), ConnectionLost, because="a picture after the link broke")
