"""The MTConnect reader of ot-aiops, which asks for XML; HOST PORT. Prints one JSON line."""

from __future__ import annotations

import json
import sys
from typing import Any

import requests
from ot_aiops.config import TargetConfig
from ot_aiops.ops import mtconnect_ops as ops


def refused(call: Any, *arguments: Any) -> int:
    """The status that the agent refused with."""
    try:
        call(*arguments)
    except requests.HTTPError as error:
        return int(error.response.status_code)
    return 0


def main() -> None:
    url = f"http://{sys.argv[1]}:{sys.argv[2]}"
    target = TargetConfig(name="cnc", protocol="mtconnect", agent_url=url)
    out: dict[str, Any] = {}

    (machine,) = ops.mtconnect_probe(target)["devices"]
    out["machine"] = [machine["name"], machine["uuid"]]
    parts = machine["components"]
    out["items"] = {item["id"]: [part["component"], item["type"]] for part in parts for item in part["data_items"]}

    told = ops.mtconnect_current(target)["observations"]
    out["current"] = {one["data_item_id"]: one["value"] for one in told if one["type"] not in ("Normal", "Fault")}
    out["conditions"] = [[one["type"], one["value"]] for one in told if one["type"] in ("Normal", "Fault")]

    some = ops.mtconnect_sample(target, 5)
    out["sample"] = [one["sequence"] for one in some["observations"]]
    out["assets"] = ops.mtconnect_assets(target)["asset_count"]
    snapshot = ops.mtconnect_oee_snapshot(target)
    out["verdict"] = [snapshot["verdict"], snapshot["execution"], snapshot["controller_mode"]]

    nowhere = TargetConfig(name="saw", protocol="mtconnect", agent_url=f"{url}/Saw")
    out["refused"] = [refused(ops.mtconnect_current, nowhere), refused(ops.mtconnect_sample, nowhere)]
    print(json.dumps(out))


if __name__ == "__main__":
    main()
