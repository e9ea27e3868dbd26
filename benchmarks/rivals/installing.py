"""Rivals from PyPI, each below .venv/rivals in an environment of its own."""

import subprocess
import sys
from pathlib import Path

from benchmarks.measure import ROOT

HERE = Path(__file__).resolve().parent
FOLDER = ROOT / ".venv" / "rivals"


def package(name: str) -> Path:
    """Return the folder with the package and nothing else, for PYTHONPATH beside the project's."""
    target = FOLDER / name
    if not _is_installed(name, target):
        _pip(sys.executable, name, "--target", str(target), "--no-deps", "--upgrade")
        _remember(name, target)
    return target


def python(name: str) -> Path:
    """Return the Python of an environment that has all that the rival needs, and nothing of us."""
    target = FOLDER / name
    interpreter = target / "bin" / "python"
    if not _is_installed(name, target):
        subprocess.run((sys.executable, "-m", "venv", "--clear", target), check=True)
        _pip(str(interpreter), name)
        _remember(name, target)
    return interpreter


def _pip(interpreter: str, name: str, *options: str) -> None:
    command = [interpreter, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    subprocess.run([*command, "--requirement", HERE / f"{name}.txt", *options], check=True)


def _is_installed(name: str, target: Path) -> bool:
    stamp = target / "installed.txt"
    return stamp.exists() and stamp.read_text() == (HERE / f"{name}.txt").read_text()


def _remember(name: str, target: Path) -> None:
    (target / "installed.txt").write_text((HERE / f"{name}.txt").read_text())
