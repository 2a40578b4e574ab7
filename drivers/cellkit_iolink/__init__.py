"""IO-Link masters over HTTP: sensors and signals by ifm's IoT Core, sensors by the community's JSON for IO-Link."""

from cellkit.registry import DriverSpec, Kind, WireSpec

DRIVER = DriverSpec(
    name="iolink",
    title="IO-Link masters",
    package="cellkit_iolink",
    wires=(
        WireSpec(
            Kind.PROXIMITY,
            "iotcore",
            "cellkit_iolink.driver:IotCoreSensor",
            "cellkit_iolink.config:IotCoreConfig",
            "cellkit_iolink.virtual:VirtualIotCoreSensor",
        ),
        WireSpec(
            Kind.PROXIMITY,
            "json",
            "cellkit_iolink.driver:JsonSensor",
            "cellkit_iolink.config:JsonConfig",
            "cellkit_iolink.virtual:VirtualJsonSensor",
        ),
        WireSpec(
            Kind.IO,
            "iotcore",
            "cellkit_iolink.signals:IotCoreDigitalIO",
            "cellkit_iolink.config:IotCoreIoConfig",
            "cellkit_iolink.virtual:VirtualIotCoreIo",
        ),
    ),
    rig="cellkit_iolink.rig:IoLinkRig",
)
