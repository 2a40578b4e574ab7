"""FANUC: models so far; the wire driver is to come."""

from cellkit.registry import DriverSpec

DRIVER = DriverSpec(name="fanuc", title="FANUC", package="cellkit_fanuc")
