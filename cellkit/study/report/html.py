"""HTML made of calls: whatever is not HTML already is escaped, so that no text of a study can become mark-up."""

from __future__ import annotations

import html
from collections.abc import Iterable


class Html(str):
    """Text that is HTML already."""

    __slots__ = ()


def escaped(content: str | Html | Iterable[str | Html] | None) -> Html:
    """Any content as HTML; several pieces are joined."""
    if content is None:
        return Html("")
    if isinstance(content, Html):
        return content
    if isinstance(content, str):
        return Html(html.escape(content, quote=True))
    return Html("".join(escaped(one) for one in content))


def tag(name: str, /, *content: str | Html | Iterable[str | Html] | None, **attributes: str | None) -> Html:
    """``<name …>content</name>``. An attribute that is None is left out; ``class_`` and ``data_path`` become
    ``class`` and ``data-path``.
    """
    inner = "".join(escaped(one) for one in content)
    return Html(f"<{name}{_attributes(attributes)}>{inner}</{name}>")


def single(name: str, /, **attributes: str | None) -> Html:
    """An element without content: ``<meta …>``."""
    return Html(f"<{name}{_attributes(attributes)}>")


def _attributes(given: dict[str, str | None]) -> str:
    return "".join(
        f' {name.strip("_").replace("_", "-")}="{html.escape(value, quote=True)}"'
        for name, value in given.items()
        if value is not None
    )
