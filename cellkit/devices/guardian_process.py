"""The process that stops a device when its owner dies. ``Guardian`` starts it; it imports the standard library only.

The first line of standard input is the order. Then ``done`` means that the owner has left the device in order; an end
of input without it means that the owner has died.
"""

import contextlib
import json
import socket
import sys

TRIES = 5
ANSWER = 0.2
"""s that the controller may take to answer before a datagram is sent again."""


def main() -> None:
    """Wait for the end of the owner, and stop the device unless the owner has."""
    order = json.loads(sys.stdin.buffer.readline())
    if sys.stdin.buffer.read() != b"done":
        send = _send_datagram if order["datagram"] else _send_over_stream
        send((order["host"], order["port"]), bytes.fromhex(order["stop"]))


def _send_datagram(address: tuple[str, int], stop: bytes) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as line:
        line.settimeout(ANSWER)
        for _ in range(TRIES):
            with contextlib.suppress(OSError):
                line.sendto(stop, address)
                line.recv(2048)
                return


def _send_over_stream(address: tuple[str, int], stop: bytes) -> None:
    for _ in range(TRIES):
        with contextlib.suppress(OSError), socket.create_connection(address, timeout=1.0) as line:
            line.sendall(stop)
            line.settimeout(ANSWER)
            line.recv(2048)  # the controller must read the stop before the line closes
            return


if __name__ == "__main__":
    main()
