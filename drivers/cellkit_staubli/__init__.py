"""Models of Stäubli arms; a wire driver does not exist yet."""

from cellkit.registry import DriverSpec

DRIVER = DriverSpec(name="staubli", title="Stäubli", package="cellkit_staubli")
