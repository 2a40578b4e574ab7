"""ABB: models so far; the wire driver is to come."""

from cellkit.registry import DriverSpec

DRIVER = DriverSpec(name="abb", title="ABB", package="cellkit_abb")
