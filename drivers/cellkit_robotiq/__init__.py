"""Robotiq: models so far; the wire driver is to come."""

from cellkit.registry import DriverSpec

DRIVER = DriverSpec(name="robotiq", title="Robotiq", package="cellkit_robotiq")
