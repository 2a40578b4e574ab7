"""Timing of a state read and of a command without a motion; runs in ur-rtde's own environment."""

import json
import statistics
import sys
import time

import rtde_control
import rtde_receive

host, reads, commands = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
control = rtde_control.RTDEControlInterface(host)
receive = rtde_receive.RTDEReceiveInterface(host)
here = receive.getActualQ()
times = []
for _ in range(commands):
    began = time.perf_counter()
    control.moveJ(here)
    times.append(time.perf_counter() - began)
began = time.perf_counter()
for _ in range(reads):
    receive.getActualQ()
each = (time.perf_counter() - began) / reads
control.stopScript()
print(json.dumps({"read": each, "command": statistics.median(times)}))
