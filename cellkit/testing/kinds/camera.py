"""The camera: its rig, and the rules of the driver contract."""

# ruff: noqa: D102 - the name of a rule states what the rule asks for; a failing test shows it

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any

import numpy as np

from cellkit.cell.kinds.camera import BENCH_HEIGHT
from cellkit.devices import Camera
from cellkit.errors import ConnectionLost
from cellkit.testing.contract import LifecycleContract, refused, rule
from cellkit.testing.rig import DeviceRig


class CameraRig(DeviceRig):
    """A camera that looks straight down on a plate ``depth`` m away, with a red part on it."""

    world_name = "physics"  # the only world with images
    depth = BENCH_HEIGHT


class CameraContract(LifecycleContract[CameraRig]):
    """Every rule that a driver of an RGB-D camera has to keep."""

    kind = "camera"

    def ask(self, device: Camera) -> Coroutine[Any, Any, object]:
        """Take a picture."""
        return device.capture()

    @rule
    async def test_pictures_have_colour_depth_in_metres_intrinsics_and_a_named_frame(self, rig: CameraRig) -> None:
        camera: Camera = rig.device
        await camera.connect()
        image = await camera.capture()
        height, width = image.depth.shape
        assert image.colour.shape == (height, width, 3)
        assert image.colour.dtype == np.uint8
        assert image.pose.frame, "the frame of the camera's pose"
        middle = np.linalg.inv(image.intrinsics) @ (width / 2, height / 2, 1.0)
        assert abs(middle[:2]).max() < 0.05, (
            "the position of the camera: its optical axis must go through the middle of the image"
        )
        corner = image.depth[height // 10, width // 10]
        assert abs(corner - rig.depth) < 0.02 * rig.depth, (
            "depth must be measured along the optical axis, not along the ray"
        )
        part = image.colour[height // 2, width // 2].astype(int)
        assert part[0] > part[1] + 20, "the colour of the red part: channels must be in the order red, green, blue"
        assert image.depth[height // 2, width // 2] < rig.depth

    @rule
    async def test_a_lost_link_is_told(self, rig: CameraRig) -> None:
        self.needs(rig, "drop_link")
        await rig.device.connect()
        rig.drop_link()
        await asyncio.sleep(0.1)
        await refused(rig.device.capture(), ConnectionLost, because="an image after the link broke")
