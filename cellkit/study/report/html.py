"""Builds HTML by function calls. All plain text is escaped, so that no text of a study can become mark-up."""

from __future__ import annotations

import html
from collections.abc import Iterable


class Html(str):
    """A text that is HTML."""

    __slots__ = ()


def escaped(content: str | Html | Iterable[str | Html] | None) -> Html:
    """Return any content as HTML; several pieces are joined."""
    if content is None:
        return Html("")
    if isinstance(content, Html):
        return content
    if isinstance(content, str):
        return Html(html.escape(content, quote=True))
    return joined(content, "")


def joined(pieces: Iterable[str | Html], separator: str = ", ") -> Html:
    """Return pieces as HTML with a separator between them."""
    return Html(separator.join(escaped(piece) for piece in pieces))


def tag(name: str, /, *content: str | Html | Iterable[str | Html] | None, **attributes: str | None) -> Html:
    """Return ``<name …>content</name>``.

    An attribute that is None is left out; ``class_`` and ``data_path`` become ``class`` and ``data-path``.
    """
    inner = "".join(escaped(one) for one in content)
    return Html(f"<{name}{_attributes(attributes)}>{inner}</{name}>")


def single(name: str, /, **attributes: str | None) -> Html:
    """Return an element without content, such as ``<meta …>``."""
    return Html(f"<{name}{_attributes(attributes)}>")


def _attributes(given: dict[str, str | None]) -> str:
    return "".join(
        f' {name.strip("_").replace("_", "-")}="{html.escape(value, quote=True)}"'
        for name, value in given.items()
        if value is not None
    )
