"""The fixtures of the command line's tests."""

from cli_rig import cellkit, copy

__all__ = ["cellkit", "copy"]
