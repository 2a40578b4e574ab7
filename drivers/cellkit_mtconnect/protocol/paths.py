"""The part of XPath that clients use to narrow what they ask for, over the document that a probe gives.

Steps (``//Door``, ``/Devices/Device``, ``*``), with attributes compared in brackets and joined by ``and`` or ``or``;
several paths joined by ``|``. What a step matches stands for the data items in it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import product
from math import prod
from xml.etree.ElementTree import Element

from cellkit_mtconnect.protocol.documents import Component
from cellkit_mtconnect.protocol.writing import Version, device_element

LONGEST = 2000
MOST = 200  # alternatives that ``or`` may open up
_TEST = r"""@([A-Za-z]\w*)\s*=\s*(?:'([^'"]*)'|"([^'"]*)")"""
_STEP = re.compile(rf"""(//?)([A-Za-z]\w*|\*)((?:\[\s*{_TEST}(?:\s+(?:and|or)\s+{_TEST})*\s*\])*)""")
_BRACKET = re.compile(r"\[[^\]]*\]")


class BadPath(Exception):
    """The path cannot be understood."""


def matching(path: str, devices: Iterable[Component], version: Version) -> set[str]:
    """Ids of the data items that a path stands for. Raises ``BadPath``."""
    if len(path) > LONGEST:
        raise BadPath(path[:40])
    top = Element("MTConnectDevices")
    group = Element("Devices")
    top.append(group)
    group.extend(device_element(device, version) for device in devices)
    root = Element("root")
    root.append(top)
    found: set[str] = set()
    for one in path.split("|"):
        for simple in _alternatives(one.strip()):
            for element in root.findall(simple):
                found |= {item.get("id", "") for item in element.iter("DataItem")}
    return found


def _alternatives(path: str) -> list[str]:
    """Paths without ``and`` and ``or``, as the standard library's own matcher takes them."""
    at, size = 0, 1
    steps: list[list[str]] = []
    while at < len(path):
        step = _STEP.match(path, at)
        if step is None:
            raise BadPath(path)
        at = step.end()
        axis = "//" if step[1] == "//" else "/"
        brackets = [_choices(one) for one in _BRACKET.findall(step[3] or "")]
        size *= prod(map(len, brackets))
        if size > MOST:
            raise BadPath(path)
        steps.append([axis + step[2] + "".join(tests) for tests in product(*brackets)])
    if not steps:
        raise BadPath(path)
    return ["." + "".join(chosen) for chosen in product(*steps)]


def _choices(bracket: str) -> list[str]:
    """Return the tests of one bracket: one after the other for ``and``, alternatives for ``or`` (which binds less)."""
    found, tests = [], ""
    for word in re.split(r"\s+(or)\s+(?=@)|\s+(and)\s+(?=@)", bracket.strip("[] \t")):
        if word == "or":
            found.append(tests)
            tests = ""
        elif word and word != "and":
            test = re.fullmatch(_TEST, word.strip())
            if test is None:
                raise BadPath(bracket)
            tests += f"[@{test[1]}='{test[2] if test[2] is not None else test[3]}']"
    return [*found, tests]
