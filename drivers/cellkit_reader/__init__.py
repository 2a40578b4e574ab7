"""Code readers that are triggered by a line of text over TCP and answer with the text of the code."""

from cellkit.registry import DriverSpec, WireSpec

DRIVER = DriverSpec(
    name="reader",
    title="Code readers",
    package="cellkit_reader",
    wires=(
        WireSpec(
            "code_reader",
            "text",
            "cellkit_reader.driver:TextReader",
            "cellkit_reader.config:TextConfig",
            "cellkit_reader.virtual:VirtualReader",
        ),
    ),
    rig="cellkit_reader.rig:ReaderRig",
)
