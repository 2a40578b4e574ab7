"""KUKA: models so far; the wire driver is to come."""

from cellkit.registry import DriverSpec

DRIVER = DriverSpec(name="kuka", title="KUKA", package="cellkit_kuka")
