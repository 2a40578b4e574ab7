"""Drives a virtual IRC5 with ABBRobotEGM; RAPID is started with the standard library's own digest log-in."""

import json
import sys
import urllib.request

import numpy as np
from ABBRobotEGM import EGM

url, egm_port = sys.argv[1], int(sys.argv[2])
result = {}
passwords = urllib.request.HTTPPasswordMgrWithDefaultRealm()
passwords.add_password(None, url, "Default User", "robotics")
opener = urllib.request.build_opener(
    urllib.request.HTTPDigestAuthHandler(passwords), urllib.request.HTTPCookieProcessor()
)


def post(path, form):
    with opener.open(f"{url}{path}", data=form.encode()) as answer:
        return answer.status


form = "regain=continue&execmode=continue&cycle=forever&condition=none&stopatbp=disabled&alltaskbytsp=false"
with EGM(port=egm_port) as egm:
    result["started"] = post("/rw/rapid/execution?action=start&json=1", form)
    ok, state = egm.receive_from_robot(5.0)
    start = np.array(state.joint_angles)
    result["first"] = [state.motors_on, state.rapid_running, state.mci_state, len(state.joint_angles_planned)]
    result["clock"] = list(state.clock)
    cycles, skipped = 0, 0
    goal = start + 3.0
    numbers = []
    while cycles < 1000:
        ok, state, late = egm.receive_latest(1.0)
        if not ok:
            break
        cycles += 1
        skipped += late
        numbers.append(state.header.seqno)
        egm.send_to_robot(start + (goal - start) * min(1.0, cycles / 150))
        if cycles > 150 and state.mci_convergence_met and abs(state.joint_angles - goal).max() < 0.01:
            break
    result["cycles"] = cycles
    result["rising"] = numbers == sorted(set(numbers))
    result["off_deg"] = float(abs(state.joint_angles - goal).max())
    result["stopped"] = post("/rw/rapid/execution?action=stop&json=1", "stopmode=stop")
    while True:
        ok, last = egm.receive_from_robot(0.5)
        if not ok:
            break
        state = last
    result["last"] = [state.rapid_running, state.mci_state]
print(json.dumps(result))
