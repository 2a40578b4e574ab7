"""Where a reader is, and which lines it speaks."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from cellkit.devices.wired import DriverConfig
from cellkit_reader.protocol.dialects import DIALECTS, Dialect

Seconds = Annotated[float, Field(gt=0, le=60)]
Text = Annotated[str, Field(max_length=200)]


class TextConfig(DriverConfig):
    r"""A preset, and the settings that differ from it. Usual ports: DataMan 23, Keyence SR 9004, SICK 2112.

    In the texts YAML's own escapes stand for control characters (backslash and ``x02``, ``r`` and so on).
    """

    text_port: int = 23
    dialect: Literal["keyence", "cognex", "sick", "plain"] = "keyence"
    trigger: Text | None = Field(default=None, description="what starts a reading; null: the preset's")
    stop: Text | None = Field(default=None, description='what ends it; "": nothing does')
    no_read: list[Text] | None = Field(default=None, description="texts that say that nothing was read")
    header: Text | None = Field(default=None, description="what begins every line, both ways")
    terminator: Annotated[Text, Field(min_length=1)] | None = Field(
        default=None, description="what ends every line, both ways"
    )
    read_time: Seconds = Field(
        default=1.0,
        description="s after which a reading that was not answered is ended with the stop command, for readers that go "
        "on until then",
    )
    stop_timeout: Seconds = Field(default=0.5, description="s that a reader may take to answer the stop command")
    line_timeout: Seconds = Field(default=0.5, description="s that a line may take from its first byte to its end")
    line_limit: Annotated[int, Field(ge=16, le=1_000_000)] = Field(default=8192, description="bytes of a line")

    def spoken(self) -> Dialect:
        """Return the preset with the changes of the settings."""
        preset = DIALECTS[self.dialect]
        return Dialect(
            preset.name,
            preset.header if self.header is None else self.header.encode(),
            preset.terminator if self.terminator is None else self.terminator.encode(),
            preset.trigger if self.trigger is None else self.trigger,
            preset.stop if self.stop is None else self.stop,
            preset.no_read if self.no_read is None else tuple(self.no_read),
        )
