"""OnRobot: models so far; the wire driver is to come."""

from cellkit.registry import DriverSpec

DRIVER = DriverSpec(name="onrobot", title="OnRobot", package="cellkit_onrobot")
