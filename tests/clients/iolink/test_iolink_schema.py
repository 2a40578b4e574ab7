"""Two third-party tools check the virtual master against the community's own description of JSON for IO-Link.

The YAML is not carried here. To run this: get JSON_for_IO-Link.yaml of github.com/iolinkcommunity/JSON_for_IO-Link
(Apache-2.0; tried with commit 16ce9cd) and name the file in ``JSON_FOR_IO_LINK``.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import pytest

DESCRIPTION = os.environ.get("JSON_FOR_IO_LINK", "")
REQUIREMENTS = "requirements_schema.txt"
pytestmark = [
    pytest.mark.clients,
    pytest.mark.skipif(not DESCRIPTION, reason="JSON_FOR_IO_LINK names no JSON_for_IO-Link.yaml"),
]


@pytest.fixture
def master(virtual_robot: Callable[..., AbstractContextManager[Any]]) -> Any:
    with virtual_robot("ods9-450", "127.0.0.62", {"http": 0}, "--protocol", "json") as started:
        started.switch("distance 0.25")
        yield started


def url(master: Any) -> str:
    return f"http://{master.host}:{master.ports['http']}"


def test_openapi_core_agrees_with_every_resource(master: Any, client: Callable[..., dict[str, Any]]) -> None:
    def check() -> dict[str, Any]:
        return client("iolink", "drive_openapi_core.py", DESCRIPTION, url(master), requirements=REQUIREMENTS)

    said = check()
    assert said["errors"] == []
    assert set(said["good"]) == {200, 204}
    assert set(said["refused"]) == {400, 404, 501}
    assert (len(said["good"]), len(said["refused"])) == (47, 19)
    # The answers of a device that is missing, starts up, is another one or invalid fit the schema too.
    for switch in ("invalid", "unplug", "wrong", "mode 2"):
        master.switch(switch)
        assert check()["errors"] == []


def test_schemathesis_finds_nothing_that_the_schema_forbids(master: Any, client: Callable[..., dict[str, Any]]) -> None:
    said = client("iolink", "drive_schemathesis.py", DESCRIPTION, url(master), 30, requirements=REQUIREMENTS)
    assert (said["code"], said["failures"]) == (0, []), said["text"]
    assert said["operations"] == ["50"]
    assert said["cases"] > 1500
    assert said["server_errors"] == ["501"]
