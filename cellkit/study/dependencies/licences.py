"""The software that a cell runs on, with the class of its licence (L8): packages as they are installed here.

Only the text that a package states about itself is read; nobody's licence is judged here.
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
_REQUIREMENT = re.compile(r"[A-Za-z0-9._-]+")


@cache
def installed_packages() -> tuple[SoftwareItem, ...]:
    """Cellkit and everything that it requires, as far as it is installed, by name; cellkit first."""
    found: dict[str, SoftwareItem] = {}
    _collect(ROOT, found)
    first, *others = found.items()
    return (first[1], *(item for _, item in sorted(others)))


def requirements() -> dict[str, list[str]]:
    """Which installed package requires which, by their normal names."""
    needs: dict[str, list[str]] = {}
    for item in installed_packages():
        needs[normal(item.name)] = sorted({normal(name) for name in _required(item.name) if _installed(name)})
    return needs


def licence_class(text: str | None) -> LicenceClass:
    """The class of a licence as a package states it. Of a choice (``OR``) the freest counts, of several the strictest.

    What is not recognised is not known.
    """
    if text is None or not text.strip():
        return "not known"
    choices = [one.strip() for one in re.split(r"\bOR\b", text)]
    classes = [_class(one) for one in choices]
    order: tuple[LicenceClass, ...] = ("permissive", "copyleft", "source-available", "proprietary", "not known")
    return min(classes, key=order.index)


def normal(name: str) -> str:
    """A distribution's name as registries write it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def _class(text: str) -> LicenceClass:
    if _AVAILABLE.search(text):
        return "source-available"
    if _COPYLEFT.search(text):
        return "copyleft"
    if _PERMISSIVE.search(text):
        return "permissive"
    return "proprietary" if _OWNED.search(text) else "not known"


def _collect(name: str, found: dict[str, SoftwareItem]) -> None:
    key = normal(name)
    if key in found or not _installed(name):
        return
    told = metadata.metadata(name)
    licence = _licence(told)
    found[key] = SoftwareItem(
        name=told["Name"],
        version=metadata.version(name),
        licence=licence,
        spdx="License-Expression" in told,
        licence_class=licence_class(licence),
    )
    for other in _required(name):
        _collect(other, found)


def _licence(told: metadata.PackageMetadata | Message) -> str | None:
    """What a package says: an SPDX expression, else its classifiers, else its own words, shortened."""
    # What is asked for and not there is an error where the backport of importlib.metadata is installed.
    expression = _said(told, "License-Expression")
    if expression:
        return expression
    classifiers = [
        one.rpartition(" :: ")[2] for one in told.get_all("Classifier") or [] if str(one).startswith("License ::")
    ]
    if classifiers:
        return " OR ".join(classifiers) if len(classifiers) > 1 else str(classifiers[0])
    words = " ".join((_said(told, "License") or "").split())
    return words[:100] or None


def _said(told: metadata.PackageMetadata | Message, key: str) -> str | None:
    return str(told[key]) if key in told else None


def _required(name: str) -> Iterator[str]:
    """What a distribution requires without its extras."""
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
