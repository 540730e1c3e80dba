"""`make new-system` gives a system that passes every check at once (ARCHITECTURE §2: one folder and one line)."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from lienthong.config import diagrams, scaffold
from tests.architecture.source import ROOT

FULL = bool(os.environ.get("LIENTHONG_FULL"))
IN_FULL = [
    ["python", "-m", "lienthong.cli", "docs-states", "--check"],
    ["pytest", "-q", "src/lienthong/systems/archive"],
]
BIN = Path(sys.executable).parent


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the house with a new system in it."""
    root = tmp_path_factory.mktemp("house")
    skipped = shutil.ignore_patterns("__pycache__", "tests")
    shutil.copytree(ROOT / "src", root / "src", ignore=skipped)
    shutil.copytree(ROOT / "docs" / "systems", root / "docs" / "systems")
    for name in (".importlinter", "pyproject.toml", "conftest.py"):
        shutil.copy(ROOT / name, root / name)
    ran = command(root, sys.executable, "-m", "lienthong.cli", "new-system", "archive", "--root", str(root))
    assert ran.returncode == 0, ran.stdout + ran.stderr
    return root


def command(root: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """Run a command in the copy."""
    environment = {**os.environ, "PYTHONPATH": str(root / "src"), "LIENTHONG_ENV": "test"}
    return subprocess.run(words, cwd=root, env=environment, capture_output=True, text=True, check=False)


@pytest.mark.django_db
@pytest.mark.parametrize(
    "words",
    [
        ["ruff", "format", "--check", "--exclude", "migrations", "src/lienthong/systems/archive"],
        ["ruff", "check", "src/lienthong/systems/archive", "src/lienthong/config/systems.py"],
        ["lint-imports", "--no-cache"],
        ["djlint", "--check", "--lint", "--quiet", "src/lienthong/systems/archive"],
        ["python", "-m", "lienthong.cli", "manage", "makemigrations", "--check", "--dry-run"],
        *(IN_FULL if FULL else []),
    ],
    ids=lambda words: " ".join(words[:4]),
)
def test_a_new_system_passes_the_checks(house: Path, words: list[str]) -> None:
    """Format, lint, layers, templates, migrations; in full also the diagram and its own tests."""
    ran = command(house, str(BIN / words[0]), *words[1:])
    assert ran.returncode == 0, ran.stdout[-3000:] + ran.stderr[-3000:]


def test_a_new_system_is_one_folder_and_one_line(house: Path) -> None:
    """Nothing else of the house changes, but the page with its diagram."""
    listed = (house / "src/lienthong/config/systems.py").read_text("utf-8")
    assert '    "lienthong.systems.archive.apps.ArchiveConfig",\n)' in listed
    assert (
        len(listed.splitlines()) == len((ROOT / "src/lienthong/config/systems.py").read_text("utf-8").splitlines()) + 1
    )
    assert diagrams.BEGIN in (house / "docs/systems/archive.md").read_text("utf-8")
    assert (house / "src/lienthong/systems/archive/migrations/0001_initial.py").exists()


@pytest.mark.parametrize("code", ["Archive", "a", "lưu_trữ", "../x", "office"])
def test_a_code_that_cannot_be_is_refused(code: str, tmp_path: Path) -> None:
    """Bad words, and the name of a system that is there."""
    (tmp_path / "src/lienthong/systems/office").mkdir(parents=True)
    with pytest.raises(ValueError):
        scaffold.write(code, "Lưu trữ", tmp_path)
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]


@pytest.mark.skipif(not FULL, reason="mypy reads the whole house")
def test_a_new_system_is_strictly_typed(house: Path) -> None:
    """Not one remark of mypy about its files."""
    ran = command(house, str(BIN / "mypy"), "src")
    assert [line for line in ran.stdout.splitlines() if "systems/archive/" in line] == []
    assert "checked" in ran.stdout, ran.stderr
