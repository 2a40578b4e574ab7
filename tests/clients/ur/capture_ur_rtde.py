"""Runs in ur-rtde's own environment: what does its control client upload? Prints {"script": text} as the last line.

The text is in the installed wheel, in pieces that only the client itself puts together, so the client is run
against the least that it takes for a controller: three sockets that agree to everything.
"""

import json
import os
import socket
import struct
import sys
import threading

PORTS = {"dashboard": 29999, "script": 30003, "rtde": 30004}
VERSION = (5, 15, 0, 0)


def answer_rtde(stream: socket.socket) -> None:
    pending = b""
    inputs = 0
    while data := stream.recv(65536):
        pending += data
        while len(pending) >= 3:
            size, kind = struct.unpack_from(">HB", pending)
            if len(pending) < size:
                break
            payload, pending = pending[3:size], pending[size:]
            reply = None
            if kind == ord("V"):
                reply = b"\x01"
            elif kind == ord("v"):
                reply = struct.pack(">4I", *VERSION)
            elif kind == ord("O"):
                names = payload[8:].decode().strip(",").split(",")
                reply = b"\x01" + ",".join(map(type_of, names)).encode()
                blank = b"".join(bytes(8 if type_of(name) == "DOUBLE" else 4) for name in names)
            elif kind == ord("I"):
                inputs += 1
                names = payload.decode().strip(",").split(",")
                reply = bytes([inputs]) + ",".join(map(type_of, names)).encode()
            elif kind == ord("S"):
                reply = b"\x01"
            if reply is not None:
                stream.sendall(struct.pack(">HB", 3 + len(reply), kind) + reply)
            if kind == ord("S"):
                threading.Thread(target=send_state, args=(stream, b"\x01" + blank), daemon=True).start()


def send_state(stream: socket.socket, body: bytes) -> None:
    import time

    try:
        while True:
            stream.sendall(struct.pack(">HB", 3 + len(body), ord("U")) + body)
            time.sleep(0.008)
    except OSError:
        pass


def type_of(name: str) -> str:
    if "double" in name or name == "timestamp":
        return "DOUBLE"
    if "external_force" in name:
        return "VECTOR6D"
    return "UINT32" if "bits" in name or name == "runtime_state" else "INT32"


def answer_dashboard(stream: socket.socket) -> None:
    stream.sendall(b"Connected: Universal Robots Dashboard Server\n")
    answers = {
        "PolyscopeVersion": "URSoftware 5.15.0.0 (Jan 01 2024)",
        "get serial number": "20235500000",
        "is in remote control": "true",
    }
    for line in stream.makefile():
        stream.sendall((answers.get(line.strip(), "ok") + "\n").encode())


def take_script(stream: socket.socket) -> None:
    text = ""
    while data := stream.recv(65536):
        text += data.decode()
        if text.rstrip().endswith("\nend"):
            print(json.dumps({"script": text}), flush=True)
            os._exit(0)


def serve(host: str, port: int, handler) -> None:
    listener = socket.create_server((host, port))

    def accept() -> None:
        while True:
            stream, _ = listener.accept()
            threading.Thread(target=handler, args=(stream,), daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()


def connect(host: str) -> None:
    import rtde_control

    rtde_control.RTDEControlInterface(host)


def main(host: str) -> None:
    serve(host, PORTS["rtde"], answer_rtde)
    serve(host, PORTS["dashboard"], answer_dashboard)
    serve(host, PORTS["script"], take_script)
    child = os.fork()  # the client holds the interpreter's lock while it waits, so it gets a process of its own
    if child == 0:
        os.dup2(2, 1)
        connect(host)
        os._exit(1)
    threading.Event().wait(20)
    print(json.dumps({"script": ""}), flush=True)
    os._exit(1)


if __name__ == "__main__":
    main(sys.argv[1])
