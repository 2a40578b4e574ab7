"""plotly.js, out of the package plotly: the only module that knows it. The page holds it once and asks for nothing."""

from __future__ import annotations

from functools import cache
from importlib.resources import files


@cache
def library() -> str:
    """The text of the library, its licence at the head."""
    text = (files("plotly") / "package_data" / "plotly.min.js").read_text(encoding="utf-8")
    return text.replace("</script", "<\\/script")  # an HTML parser ends a script at such a tag, wherever it stands
