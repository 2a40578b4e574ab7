"""fanuc-ucl against a controller at HOST, where 16001 is its port: prints what it did as one JSON object."""

import json
import sys
import time

from fanuc_ucl import JointFormat, JointTemplate, rmi
from fanuc_ucl.rmi import proto

WAIT = 30.0
SIX, COUPLED, INDEPENDENT = JointTemplate.SIX, JointFormat.FanucDeg, JointFormat.AbsDeg
FINE, AROUND = (proto.TermType.FINE, 100), (proto.TermType.CNT, 50)
SECOND, SPEED = (proto.SpeedType.MilliSeconds, 1000), (proto.SpeedType.MMSec, 200)


def main(host: str) -> dict:
    done: dict = {}
    driver = rmi.RmiDriver(rmi.RmiDriverConfig(host))
    connected = driver.connect()
    done["version"] = [connected.major_version, connected.minor_version]

    def ask(packet):
        return driver.send(packet).wait_timeout(WAIT)

    def refused(packet):
        try:
            ask(packet)
        except Exception as error:
            return str(error)
        return "went through"

    def angles(values):
        return proto.JointAngles(COUPLED, SIX, *[float(value) for value in values])

    def joints(form=COUPLED):
        return ask(rmi.FrcReadJointAngles()).joints(form, SIX).as_array()[:6]

    def place(values):
        """Positions have neither a constructor nor readable numbers here: one must go there and read them."""
        ask(rmi.FrcJointMotionJRep(angles(values), *SECOND, *FINE))
        found = ask(rmi.FrcReadCartesianPosition())
        return found.config, found.pos

    ask(rmi.FrcReset())
    ask(rmi.FrcSetUFrameUTool(1, 0))
    ask(rmi.FrcInitialize())
    done["initialize_twice"] = refused(rmi.FrcInitialize())
    status = ask(rmi.FrcGetStatus())
    done["status"] = [status.servo_ready, status.tp_mode, status.program_status, status.number_utool]
    # It asks for tools with FrameNumber and reads UToolNumber and UFrameNumber from the answers: so the manual's text
    # has it. FANUC's own client, and with it the virtual controller, has ToolNumber and FrameNumber.
    done["tool"], done["user_frame"] = refused(rmi.FrcReadUToolData(1)), refused(rmi.FrcReadUFrameData(3))
    done["tool_number"] = ask(rmi.FrcGetUFrameUTool()).u_tool_number

    home = joints()
    done["coupled"], done["independent"] = home, joints(INDEPENDENT)
    one = place([home[0] + 4, *home[1:]])
    two = place([home[0] + 4, home[1] - 4, *home[2:]])
    start = place(home)
    ask(rmi.FrcJointRelativeJRep(angles([0, 0, 0, 0, 5, -10]), *SECOND, *FINE))
    done["relative"] = [now - before for now, before in zip(joints(), home, strict=True)]
    ask(rmi.FrcJointMotion(*start, *SECOND, *FINE))
    done["returned"] = [now - before for now, before in zip(joints(), home, strict=True)]
    handles = [
        driver.send(rmi.FrcLinearMotion(*one, *SPEED, *AROUND)),
        driver.send(rmi.FrcLinearMotion(*two, *SPEED, *FINE)),
        driver.send(rmi.FrcLinearMotion(*start, *SPEED, *FINE)),
        driver.send(rmi.FrcCircularMotion(*two, *one, *SPEED, *FINE)),
        driver.send(rmi.FrcLinearMotionJRep(angles(home), *SPEED, *FINE)),
    ]
    numbers = [handle.wait_timeout(WAIT).sequence_id for handle in handles]
    done["in_order"] = numbers == list(range(numbers[0], numbers[0] + len(handles)))
    done["at_home"] = [now - before for now, before in zip(joints(), home, strict=True)]

    ask(rmi.FrcSetOverRide(50))
    for packet in (
        rmi.FrcSetPayLoad(1),
        rmi.FrcSetUTool(2),
        rmi.FrcSetUFrame(3),
        rmi.FrcSetUTool(1),
        rmi.FrcSetUFrame(0),
    ):
        ask(packet)
    ask(rmi.FrcWriteDOUT(5, proto.OnOff.ON))
    done["din"] = ask(rmi.FrcReadDIN(5)).port_value
    done["write_register"] = refused(rmi.FrcWritePositionRegister(7, *one))
    done["read_register"] = refused(rmi.FrcReadPositionRegister(7))
    done["tcp_speed"] = ask(rmi.FrcReadTCPSpeed()).speed
    done["error"] = ask(rmi.FrcReadError(1)).error_data
    # More than the controller holds: the client keeps the ninth back by itself.
    many = [driver.send(rmi.FrcWaitTime(0.02)) for _ in range(20)]
    done["many"] = len([handle.wait_timeout(WAIT) for handle in many])

    slow = driver.send(rmi.FrcLinearMotion(*one, proto.SpeedType.MMSec, 20, *FINE))
    time.sleep(0.5)
    ask(rmi.FrcPause())
    time.sleep(0.5)
    done["paused"], done["speed_when_paused"] = ask(rmi.FrcGetStatus()).program_status, ask(rmi.FrcReadTCPSpeed()).speed
    ask(rmi.FrcContinue())
    slow.wait_timeout(WAIT)
    done["unknown_program"] = refused(rmi.FrcCall("NOWHERE"))
    ask(rmi.FrcReset())
    ask(rmi.FrcAbort())
    done["aborted"] = ask(rmi.FrcGetStatus()).program_status
    done["abort_twice"] = refused(rmi.FrcAbort())
    driver.disconnect()
    return done


if __name__ == "__main__":
    print(json.dumps(main(sys.argv[1])))
