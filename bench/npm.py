"""Node packages in an environment of their own, outside the source."""

from __future__ import annotations

import fcntl
import hashlib
import shutil
import subprocess
from pathlib import Path

from bench.clients import ENVIRONMENTS

ROOT = Path(__file__).parents[1]
PACKAGES = ROOT / "tests" / "clients" / "opcua" / "package.json"
PATIENCE = 600.0  # s of wall time: generous, only a hang takes longer


def npm_environment(package_json: Path) -> Path:
    """Return the folder, with ``node_modules``, of exactly the packages of a package.json; create it if necessary.

    Raises ``FileNotFoundError`` where node or npm is not installed.
    """
    if shutil.which("npm") is None or shutil.which("node") is None:
        raise FileNotFoundError("node and npm are not installed here")
    mark = hashlib.sha256(package_json.read_bytes()).hexdigest()[:12]
    folder = ENVIRONMENTS / f"{package_json.parent.name}-npm-{mark}"
    ready = folder / ".ready"
    ENVIRONMENTS.mkdir(exist_ok=True)
    with (ENVIRONMENTS / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # only one of several processes creates it
        if not ready.exists():
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir()
            shutil.copy(package_json, folder / "package.json")
            npm = ["npm", "install", "--no-package-lock", "--no-audit", "--no-fund", "--loglevel=error"]
            subprocess.run(npm, cwd=folder, check=True, timeout=PATIENCE)
            ready.touch()
    return folder
