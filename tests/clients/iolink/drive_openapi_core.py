"""Runs in an environment of its own, with openapi-core: holds requests and answers against the community's YAML."""

import json
import sys
from pathlib import Path

import requests
import yaml
from openapi_core import OpenAPI
from openapi_core.contrib.requests import RequestsOpenAPIRequest, RequestsOpenAPIResponse

description, url = sys.argv[1:3]
base = f"{url}/iolink/v1"
# Its server has variables, one of them with a slash in it: openapi-core does not match that, so they are put in.
api = OpenAPI.from_dict({**yaml.safe_load(Path(description).read_text(encoding="utf-8")), "servers": [{"url": base}]})

MANUAL = {"mode": "IOLINK_MANUAL", "validationAndBackup": "TYPE_COMPATIBLE_DEVICE_V1.1"}
DEVICE, PORT = "/devices/master1port1", "/masters/1/ports/1"
GOOD = [
    ("GET", path, None)
    for path in (
        "/gateway/identification",
        "/gateway/capabilities",
        "/gateway/configuration",
        "/gateway/events",
        "/gateway/events?origin=PORTS&portNumber=1&bottom=2",
        "/masters",
        "/masters/1/capabilities",
        "/masters/1/identification",
        "/masters/1/ports",
        *(f"/masters/1/ports/{n}/{what}" for n in (1, 2, 3, 4) for what in ("capabilities", "status", "configuration")),
        f"{PORT}/datastorage",
        "/devices",
        f"{DEVICE}/capabilities",
        f"{DEVICE}/identification",
        *(f"/devices/master1port{n}/processdata/value" for n in (1, 2, 3, 4)),
        *(f"/devices/master1port{n}/processdata/getdata/value" for n in (1, 2, 3, 4)),
        f"{DEVICE}/processdata/getdata/value?format=byteArray",
        "/devices/master1port3/processdata/setdata/value",
        f"{DEVICE}/parameters/16/value",
        f"{DEVICE}/parameters/24/value?format=byteArray",
        f"{DEVICE}/events",
    )
] + [
    ("POST", "/gateway/configuration", {"ethIpv4": [{"ipConfiguration": "DHCP"}]}),
    ("POST", "/gateway/reset", None),
    ("POST", "/masters/1/identification", {"locationTag": "left"}),
    ("POST", f"{PORT}/configuration", {**MANUAL, "vendorId": 338, "deviceId": 2165}),
    ("POST", f"{PORT}/datastorage", {"header": {}, "content": ""}),
    ("POST", f"{DEVICE}/identification", {"applicationSpecificTag": "beam"}),
    ("POST", "/devices/master1port3/processdata/value", {"cqValue": True}),
    ("POST", f"{DEVICE}/parameters/24/value", [65, 66]),
    (
        "POST",
        f"{DEVICE}/blockparameterization",
        {"direction": "READ", "parameters": [{"identifier": {"index": 18}}, {"identifier": {"index": 999}}]},
    ),
]
REFUSED = [
    ("GET", "/masters/2/ports", None),
    ("GET", "/masters/1/ports/9/status", None),
    ("GET", "/devices/nobody/identification", None),
    ("GET", "/devices/master1port2/identification", None),
    ("GET", f"{DEVICE}/processdata/getdata/value?format=iodd", None),
    ("GET", f"{DEVICE}/parameters", None),
    ("GET", f"{DEVICE}/parameters/999/value", None),
    ("GET", f"{DEVICE}/parameters/16/subindices", None),
    ("GET", "/iodds", None),
    ("GET", "/mqtt/configuration", None),
    ("GET", "/mqtt/connectionstatus", None),
    ("POST", f"{PORT}/configuration", MANUAL),
    ("POST", f"{PORT}/configuration", {"deviceAlias": "master1port2"}),
    ("POST", f"{PORT}/datastorage", {"header": {"vendorId": 1, "deviceId": 1, "ioLinkRevision": "1.1"}, "content": ""}),
    ("POST", f"{DEVICE}/identification", {"functionTag": "x"}),
    ("POST", f"{DEVICE}/processdata/value", {"ioLink": {"valid": True, "value": [1]}}),
    ("POST", "/devices/master1port2/processdata/value", {"cqValue": True}),
    ("POST", f"{DEVICE}/parameters/16/value", [65]),
    ("POST", f"{DEVICE}/parameters/24/value", [0] * 33),
]


def check(method, path, body):
    sent = requests.Request(method, base + path, json=body)
    with requests.Session() as session:
        answer = session.send(sent.prepare(), timeout=5)
    request, response = RequestsOpenAPIRequest(sent), RequestsOpenAPIResponse(answer)
    api.validate_request(request)
    api.validate_response(request, response)
    return answer.status_code


seen = {"good": [], "refused": [], "errors": []}
for name, calls in (("good", GOOD), ("refused", REFUSED)):
    for call in calls:
        try:
            seen[name].append(check(*call))
        except Exception as error:
            seen["errors"].append(f"{call[0]} {call[1]}: {type(error).__name__}: {error} {error.__cause__ or ''}")
print(json.dumps(seen))
