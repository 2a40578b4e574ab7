"""Franka Robotics: models so far; the wire driver is to come."""

from cellkit.registry import DriverSpec

DRIVER = DriverSpec(name="franka", title="Franka Robotics", package="cellkit_franka")
