"""UFACTORY: models so far; the wire driver is to come."""

from cellkit.registry import DriverSpec

DRIVER = DriverSpec(name="ufactory", title="UFACTORY", package="cellkit_ufactory")
