"""The software that a cell runs on, with the class of its licence (L8): the packages installed here.

The class comes from the text in a package's own metadata; the licence itself is not judged.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from email.message import Message
from functools import cache
from importlib import metadata
from typing import Literal

from cellkit.study.dependencies.result import SoftwareItem

ROOT = "cellkit-robotics"
LicenceClass = Literal["permissive", "copyleft", "source-available", "proprietary", "not known"]
OPEN = ("permissive", "copyleft")

_COPYLEFT = re.compile(r"\b(?:[AL]?GPL|MPL|EPL|EUPL|CDDL)|GNU|Mozilla Public", re.IGNORECASE)
_PERMISSIVE = re.compile(
    r"\b(?:MIT|BSD|0BSD|Apache|ISC|PSF|PSFL|Zlib|CC0|HPND|Unlicense|CNRI)\b"
    r"|Python Software Foundation|MIT-CMU|Public Domain|zlib/libpng|Kiwi licensing|matplotlib"
    r"|Redistribution and use in source and binary forms|Robert Haschke",
    re.IGNORECASE,
)
_AVAILABLE = re.compile(r"Business Source|BUSL|SSPL|Commons Clause|PolyForm", re.IGNORECASE)
_OWNED = re.compile(r"Proprietary|Commercial|All rights reserved", re.IGNORECASE)
_SPDX_OF = {
    "GNU Lesser General Public License v3 or later (LGPLv3+)": "LGPL-3.0-or-later",
    "ISC License (ISCL)": "ISC",
    "MIT License": "MIT",
    "Mozilla Public License 2.0 (MPL 2.0)": "MPL-2.0",
    "3-Clause BSD License": "BSD-3-Clause",
    "zlib/libpng License": "Zlib",
}
"""The SPDX identifiers of texts that mean exactly one licence; "BSD License", for one, may mean any of several."""

_ONE_SPDX = r"(?:0BSD|Apache-2\.0|BSD-[23]-Clause|ISC|LGPL-3\.0-or-later|MIT|MPL-2\.0|PSF-2\.0|Zlib)"
_SPDX = re.compile(rf"{_ONE_SPDX}(?: (?:AND|OR) {_ONE_SPDX})*")
_REQUIREMENT = re.compile(r"[A-Za-z0-9._-]+")


@cache
def installed_packages() -> tuple[SoftwareItem, ...]:
    """Return cellkit and all installed packages that it requires: cellkit first, the others by name."""
    packages: dict[str, SoftwareItem] = {}
    _collect(ROOT, packages)
    first, *others = packages.items()
    return (first[1], *(item for _, item in sorted(others)))


def requirements() -> dict[str, list[str]]:
    """Return the installed requirements of every installed package, by normalised names."""
    needs: dict[str, list[str]] = {}
    for item in installed_packages():
        needs[normal(item.name)] = sorted({normal(name) for name in _required(item.name) if _installed(name)})
    return needs


def licence_class(text: str | None) -> LicenceClass:
    """Return the class of a licence text.

    Of alternatives (``OR``) the freest counts, of several licences the strictest. A text that is not recognised is
    "not known".
    """
    if text is None or not text.strip():
        return "not known"
    choices = [one.strip() for one in re.split(r"\bOR\b", text)]
    classes = [_class(one) for one in choices]
    order: tuple[LicenceClass, ...] = ("permissive", "copyleft", "source-available", "proprietary", "not known")
    return min(classes, key=order.index)


def normal(name: str) -> str:
    """Return a distribution's name in the normalised form of package registries."""
    return re.sub(r"[-_.]+", "-", name).lower()


def _class(text: str) -> LicenceClass:
    if _AVAILABLE.search(text):
        return "source-available"
    if _COPYLEFT.search(text):
        return "copyleft"
    if _PERMISSIVE.search(text):
        return "permissive"
    return "proprietary" if _OWNED.search(text) else "not known"


def _collect(name: str, packages: dict[str, SoftwareItem]) -> None:
    """Add a package and all its installed requirements to ``packages``."""
    key = normal(name)
    if key in packages or not _installed(name):
        return
    fields = metadata.metadata(name)
    licence = _licence(fields)
    packages[key] = SoftwareItem(
        name=fields["Name"],
        version=metadata.version(name),
        licence=licence,
        spdx="License-Expression" in fields or _SPDX.fullmatch(licence or "") is not None,
        licence_class=licence_class(licence),
    )
    for other in _required(name):
        _collect(other, packages)


def _licence(fields: metadata.PackageMetadata | Message) -> str | None:
    """Return the licence of a package: its SPDX expression, else its classifiers, else its own text, shortened.

    A text that means exactly one licence becomes its SPDX identifier.
    """
    expression = _field(fields, "License-Expression")
    if expression:
        return expression
    words = " ".join((_field(fields, "License") or "").split())
    if _SPDX.fullmatch(words):
        return words
    classifiers = [
        one.rpartition(" :: ")[2] for one in fields.get_all("Classifier") or [] if str(one).startswith("License ::")
    ]
    if classifiers:
        return " OR ".join(classifiers) if len(classifiers) > 1 else _SPDX_OF.get(classifiers[0], classifiers[0])
    return _SPDX_OF.get(words, words[:100]) or None


def _field(fields: metadata.PackageMetadata | Message, key: str) -> str | None:
    # With the backport of importlib.metadata, `fields[key]` raises for a missing key.
    return str(fields[key]) if key in fields else None


def _required(name: str) -> Iterator[str]:
    """Yield the requirements of a distribution without its extras."""
    for line in metadata.requires(name) or []:
        match = _REQUIREMENT.match(line)
        if match is not None and "extra ==" not in line:
            yield match.group()


def _installed(name: str) -> bool:
    try:
        metadata.distribution(name)
    except metadata.PackageNotFoundError:
        return False
    return True
