"""Calls the command-line tool of modbus-cli, as an electrician does; prints one JSON object. Arguments: host, port."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path


def main() -> None:
    host, port = sys.argv[1:]
    tool = Path(sys.executable).parent / "modbus"

    def call(*accesses: str, unit: int | None = None) -> list[str]:
        options = [] if unit is None else ["--slave-id", str(unit)]
        command = [str(tool), *options, f"{host}:{port}", *accesses]
        done = subprocess.run(command, capture_output=True, text=True, timeout=60.0, check=False)
        if done.returncode:
            return [done.stderr.strip().splitlines()[-1] if done.stderr.strip() else "silent"]
        said = [line for line in (done.stdout + done.stderr).splitlines() if not line.startswith("Parsed ")]
        return [" ".join(line.split()[:2]) if "Invalid" not in line else line.strip() for line in said]

    found = {
        "inputs": call("d@0", "d@1"),
        "one on": call("c@0=1"),
        "coils": call("c@0", "c@1"),
        "both": call("c@0=0", "c@1=1"),
        "coils again": call("c@0", "c@1"),
        "by unit": call("c@1", unit=1),
        "beyond": call("c@64"),
        "register": call("h@0"),
        "another unit": call("c@0", unit=7),
    }
    print(json.dumps(found))


if __name__ == "__main__":
    main()
