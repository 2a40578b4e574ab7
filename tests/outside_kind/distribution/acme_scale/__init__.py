"""Weighing scales as a kind of device, and a driver of the scales of an invented vendor."""

from cellkit.registry import DriverSpec, KindSpec, WireSpec

KIND = KindSpec(
    name="scale",
    title="weighing scale",
    interface="acme_scale.interface:Scale",
    cell="acme_scale.cell:SCALE",
    supervision="acme_scale.supervision:SCALE",
    contract="acme_scale.contract:ScaleContract",
    rig="acme_scale.contract:ScaleRig",
    reference="acme_scale.reference:ReferenceScale",
    recording="acme_scale.recording:SCALE",
)
DRIVER = DriverSpec(
    name="acme_scale",
    title="ACME Scales",
    package="acme_scale",
    wires=(
        WireSpec(
            "scale",
            "acme-lines",
            "acme_scale.driver:AcmeScale",
            "acme_scale.driver:ScaleConfig",
            "acme_scale.virtual:VirtualAcmeScale",
        ),
    ),
    rig="acme_scale.rig:AcmeScaleRig",
)
