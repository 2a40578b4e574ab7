"""igus: models so far; the wire driver is to come."""

from cellkit.registry import DriverSpec

DRIVER = DriverSpec(name="igus", title="igus / Commonplace Robotics", package="cellkit_igus")
