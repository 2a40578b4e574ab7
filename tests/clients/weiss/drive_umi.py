"""Drive the gripper with the WSG driver of real-stanford/universal_manipulation_interface, and print the results.

Runs in an environment of its own; the driver comes from a folder.
"""

import json
import sys

sys.path.insert(0, f"{sys.argv[1]}/umi/real_world")

from wsg_binary_driver import StatusCode, WSGBinaryDriver

host, port = sys.argv[2], int(sys.argv[3])
seen = {}


def refused(call, *arguments, **options):
    """The status of a command that must fail."""
    try:
        call(*arguments, **options)
    except RuntimeError as error:
        return next((int(code) for code in StatusCode if str(error).endswith(f": {code}")), str(error))
    return None


def status(message):
    return int(message["status_code"])


with WSGBinaryDriver(host, port) as gripper:
    seen["too_early"] = refused(gripper.pre_position, 50, 100)
    seen["acknowledged"] = status(gripper.ack_fault())
    seen["homed"] = [status(gripper.homing(True)), status(gripper.homing(None))]
    seen["moved"] = [status(gripper.pre_position(60, 420)), status(gripper.pre_position(100.5, 300))]
    seen["out_of_range"] = [refused(gripper.pre_position, 150, 100), refused(gripper.pre_position, 50, 900)]
    width = gripper.cmd_submit(0x43, b"\0\0\0", pending=False)
    seen["width"] = width["payload_bytes"].hex()
    seen["echo"] = gripper.cmd_submit(0x06, b"hello", pending=False)["payload_bytes"].decode()
    seen["no_script"] = refused(gripper.script_query)
    seen["short"] = int(gripper.cmd_submit(0x25, b"\0\0", pending=False)["status_code"])
    seen["stopped"] = status(gripper.stop_cmd())
with WSGBinaryDriver(host, port) as gripper:
    seen["again"] = status(gripper.pre_position(30, 200))
gone = WSGBinaryDriver(host, port)
gone.start()
gone.tcp_sock.close()
with WSGBinaryDriver(host, port) as gripper:
    seen["left_without_a_word"] = refused(gripper.pre_position, 50, 100)
    seen["acknowledged_again"] = status(gripper.ack_fault())
    seen["goes_on"] = status(gripper.pre_position(50, 100))
print(json.dumps(seen))
