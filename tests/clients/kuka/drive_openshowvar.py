"""Runs in py-openshowvar's own environment: reads and sets variables over KUKAVARPROXY; prints what it got."""

import json
import sys
import time

from py_openshowvar import openshowvar

host, port = sys.argv[1], int(sys.argv[2])
client = openshowvar(host, port)
seen = {"connects": client.can_connect}


def read(name):
    value = client.read(name, debug=False)
    return None if value is None else value.decode()


for name in ("$MODE_OP", "$OV_PRO", "$AXIS_ACT", "$POS_ACT", "$PRO_STATE1", "$ROBNAME[]", "$IN[1]", "CK_STATUS[]"):
    seen[name] = read(name)
seen["written"] = client.write("$OV_PRO", "40", debug=False).decode()
seen["override"] = read("$OV_PRO")
client.write("$OUT[3]", "TRUE", debug=False)
seen["output"] = read("$OUT[3]")
client.write("$ANOUT[2]", "0.25", debug=False)
seen["analogue"] = read("$ANOUT[2]")
LOAD = "{M 1.5,CM {X 10.0,Y 0.0,Z 50.0,A 0.0,B 0.0,C 0.0},J {X 0.01,Y 0.02,Z 0.03}}"
seen["load"] = client.write("CK_LOAD", LOAD, debug=False).decode()
seen["load in force"] = [read("$LOAD")]
seen["refused"] = [
    read("$NO_SUCH"),
    client.write("$OV_PRO", "400", debug=False),
    client.write("$IN[1]", "TRUE", debug=False),
    client.write("$ANOUT[2]", "1.5", debug=False),
    client.write("CK_LOAD", "{M 1.5}", debug=False),
]
client.write("CK_REQ", "3", debug=False)
time.sleep(0.5)
seen["started"] = read("CK_ACK")
seen["load in force"].append(read("$LOAD"))
client.close()
print(json.dumps(seen))
