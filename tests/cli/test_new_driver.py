"""`cellkit new driver`: packages that pass the driver contract at once, and refusals that write nothing."""

from __future__ import annotations

import os
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from cli_rig import Call

from cellkit.cli import skeleton

PATIENCE = 120.0
TEMPLATES = Path(skeleton.__file__).parent / "templates"


def install(distribution: Path, site: Path) -> None:
    """Make a distribution importable, and its entry points known, by metadata beside it: without pip."""
    project = tomllib.loads((distribution / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    site.mkdir()
    for package in distribution.glob("cellkit_*"):
        (site / package.name).symlink_to(package, target_is_directory=True)
    info = site / f"{project['name'].replace('-', '_')}-{project['version']}.dist-info"
    info.mkdir()
    heads = f"Metadata-Version: 2.1\nName: {project['name']}\nVersion: {project['version']}\n"
    (info / "METADATA").write_text(heads, encoding="utf-8")
    rows = project["entry-points"]["cellkit.drivers"]
    lines = ["[cellkit.drivers]", *(f"{name} = {value}" for name, value in rows.items())]
    (info / "entry_points.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")


def in_a_process(site: Path, *command: str, cwd: Path) -> str:
    """Run a module of Python with ``site`` on its path; return what it prints after checking that it succeeds."""
    path = os.pathsep.join([str(site), *filter(None, [os.environ.get("PYTHONPATH")])])
    done = subprocess.run(
        [sys.executable, "-m", *command],
        cwd=cwd,
        env=os.environ | {"PYTHONPATH": path},
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.mark.parametrize("kind", ["arm", pytest.param("jaws", marks=pytest.mark.long)])
def test_a_new_driver_passes_the_driver_contract_and_its_own_tests(cellkit: Call, tmp_path: Path, kind: str) -> None:
    package, site = tmp_path / "new", tmp_path / "site"
    done = cellkit("new", "driver", "acme_two", "--kind", kind, "--folder", package)
    assert done.code == 0, done.err
    assert "cellkit check-driver acme_two" in done.out
    install(package, site)
    assert "passed" in in_a_process(site, "cellkit", "check-driver", "acme_two", cwd=tmp_path)
    codec = ("pytest", "-q", "-p", "no:cacheprovider", "tests/test_acme_two_codec.py")
    assert "passed" in in_a_process(site, *codec, cwd=package)
    in_a_process(site, "ruff", "check", "--no-cache", ".", cwd=package)
    drivers = in_a_process(site, "cellkit", "drivers", cwd=tmp_path)
    assert "acme_two" in drivers


@pytest.mark.long
@pytest.mark.parametrize("kind", ["arm", "jaws"])
def test_a_new_driver_passes_its_fault_tests_and_strict_typing(cellkit: Call, tmp_path: Path, kind: str) -> None:
    package, site = tmp_path / "new", tmp_path / "site"
    assert cellkit("new", "driver", "acme_two", "--kind", kind, "--folder", package).code == 0
    install(package, site)
    assert "passed" in in_a_process(site, "pytest", "-q", "-p", "no:cacheprovider", cwd=package)
    in_a_process(site, "ruff", "format", "--check", "--no-cache", ".", cwd=package)
    in_a_process(site, "mypy", "--strict", "--cache-dir", os.devnull, cwd=package)


def test_without_a_folder_the_package_is_named_after_the_driver(
    cellkit: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert cellkit("new", "driver", "acme_two").code == 0
    files = {str(file.relative_to(tmp_path)) for file in tmp_path.rglob("*") if file.is_file()}
    assert {
        "cellkit-acme-two/pyproject.toml",
        "cellkit-acme-two/README.md",
        "cellkit-acme-two/cellkit_acme_two/__init__.py",
        "cellkit-acme-two/cellkit_acme_two/py.typed",
        "cellkit-acme-two/cellkit_acme_two/models/acme_two-1.yaml",
        "cellkit-acme-two/cellkit_acme_two/protocol/messages.py",
        "cellkit-acme-two/tests/test_acme_two_codec.py",
        "cellkit-acme-two/tests/test_acme_two_contract.py",
    } <= files
    texts = [(tmp_path / file).read_text(encoding="utf-8") for file in files]
    assert not any("@name@" in text or "@Name@" in text for text in texts)


@pytest.mark.parametrize("existing", ["folder", "file"])
def test_what_exists_is_left_as_it_is(cellkit: Call, tmp_path: Path, existing: str) -> None:
    target = tmp_path / "there"
    if existing == "folder":
        target.mkdir()
        (target / "notes.txt").write_text("mine")
    else:
        target.write_text("mine")
    before = {file: file.read_bytes() for file in tmp_path.rglob("*") if file.is_file()}
    complaint = cellkit("new", "driver", "acme_two", "--folder", target).complaint()
    assert f"{target}: exists already and is left as it is" in complaint
    assert {file: file.read_bytes() for file in tmp_path.rglob("*") if file.is_file()} == before


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("Foo-Bar", "use a lower-case letter"),
        ("1x", "use a lower-case letter"),
        ("x-y", "use a lower-case letter"),
        ("../x", "use a lower-case letter"),
        ("x_", "single underscores"),
        ("é", "use a lower-case letter"),
        ("class", "a word of the Python language"),
        ("ur", "a driver named 'ur' is installed already"),
        ("sim", "a package named 'cellkit_sim' is installed already"),
    ],
)
def test_names_that_no_driver_can_have_are_refused(
    cellkit: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, reason: str
) -> None:
    monkeypatch.chdir(tmp_path)
    assert reason in cellkit("new", "driver", name).complaint()
    assert not list(tmp_path.iterdir())


def test_kinds_without_a_skeleton_are_refused_with_those_that_have_one(cellkit: Call, tmp_path: Path) -> None:
    target = tmp_path / "new"
    complaint = cellkit("new", "driver", "acme_two", "--kind", "vacuum", "--folder", target).complaint()
    assert "--kind vacuum" in complaint
    assert "available: arm, jaws" in complaint
    assert not target.exists()


def test_every_file_of_a_skeleton_is_a_template() -> None:
    assert skeleton.skeletons("driver") == ["arm", "jaws"]
    files = [file for file in TEMPLATES.rglob("*") if file.is_file()]
    assert files
    assert all(file.name.endswith(skeleton.ENDING) for file in files), (
        "an ending of its own keeps tools away from templates"
    )
