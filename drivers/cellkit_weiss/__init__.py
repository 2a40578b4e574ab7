"""Weiss Robotics: to come."""

from cellkit.registry import DriverSpec

DRIVER = DriverSpec(name="weiss", title="Weiss Robotics", package="cellkit_weiss")
