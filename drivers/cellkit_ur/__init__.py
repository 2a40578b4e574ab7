"""Universal Robots: models so far; the wire driver is to come."""

from cellkit.registry import DriverSpec

DRIVER = DriverSpec(name="ur", title="Universal Robots", package="cellkit_ur")
