"""The library plotly.js from the package plotly. The page contains it once and loads nothing."""

from __future__ import annotations

from functools import cache
from importlib.resources import files


@cache
def library() -> str:
    """Return the text of the library, which begins with its licence."""
    text = (files("plotly") / "package_data" / "plotly.min.js").read_text(encoding="utf-8")
    return text.replace("</script", "<\\/script")  # an HTML parser ends a script at this tag, even within a string
