"""Runs in an environment of its own, with real-stanford/minWSG from a folder; prints what it did and saw."""

import json
import sys

sys.path.insert(0, sys.argv[1])

from wsg import WSG

host, port, task = sys.argv[2], int(sys.argv[3]), sys.argv[4]
gripper = WSG(host, port)
seen = {}
if task == "empty":
    seen["too_early"] = [gripper.move(50), gripper.grip(20)]
    seen["homed"] = gripper.home()
    seen["verbose"] = [gripper.set_verbose(True), gripper.set_verbose(False)]
    seen["moved"] = [gripper.move(60), gripper.move(10.5), gripper.move(100)]
    seen["out_of_range"] = [gripper.move(200), gripper.move(-1), gripper.grip(200), gripper.grip(1)]
    seen["released_nothing"] = gripper.release()
    seen["gripped_itself"] = gripper.grip(20)
    seen["gripped_again"] = gripper.grip(20)
    seen["released"] = gripper.release()
elif task == "part":
    seen["moved"] = gripper.move(100)
    seen["gripped"] = gripper.grip(20)
elif task == "release":
    seen["released"] = gripper.release()
    seen["moved"] = gripper.move(90)
else:
    seen["blocked"] = gripper.move(50)
gripper.bye()
print(json.dumps(seen))
