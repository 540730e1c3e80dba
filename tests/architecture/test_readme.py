"""What README and docs promise is there: links, commands, variables, words, licences."""

import importlib.metadata
import json
import re
import tomllib
from datetime import date
from functools import cache
from pathlib import Path

import pytest
import yaml

from lienthong.cli import OPERATING
from tests.architecture.source import PACKAGE, ROOT

PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *PACKAGE.rglob("README.md")])
LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")
FENCE = re.compile(r"```.*?```", re.S)
IMAGE_BYTES = 300_000


def links(page: Path) -> list[str]:
    """The relative targets of a page; examples in code are none."""
    text = re.sub(r"`[^`\n]*`", "", FENCE.sub("", page.read_text("utf-8")))
    return [target for target in LINK.findall(text) if "://" not in target and not target.startswith("mailto:")]


def anchors(page: Path) -> set[str]:
    """The headings of a page as link targets."""
    heads = re.findall(r"^#+ (.+)$", FENCE.sub("", page.read_text("utf-8")), re.M)
    return {re.sub(r"[^\w\- ]", "", head).strip().lower().replace(" ", "-") for head in heads}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_links_resolve(page: Path) -> None:
    """Every relative link leads to a file of the repository, every anchor to a heading."""
    for target in links(page):
        name, _, anchor = target.partition("#")
        goal = (page.parent / name).resolve() if name else page
        assert goal.is_relative_to(ROOT), f"{page.name}: {target}"
        assert goal.exists(), f"{page.name}: {target}"
        if anchor and goal.suffix == ".md":
            assert anchor in anchors(goal), f"{page.name}: {target}"


def test_pages_are_found() -> None:
    """The tests above saw something."""
    assert len(PAGES) > 20
    assert sum(len(links(page)) for page in PAGES) > 80


def test_pictures_are_small() -> None:
    """At most 300 KB each, none unused."""
    used = {(page.parent / target).resolve() for page in PAGES for target in links(page)}
    used |= {ROOT / shot for texts in publiccode()["description"].values() for shot in texts.get("screenshots", ())}
    for picture in (ROOT / "docs" / "img").iterdir():
        assert picture.stat().st_size <= IMAGE_BYTES, picture.name
        assert picture in used, f"docs/img/{picture.name} is shown nowhere"


def code(page: Path) -> str:
    """What a page shows as something to type: fenced blocks and `code`."""
    text = page.read_text("utf-8")
    return "\n".join([*FENCE.findall(text), *re.findall(r"`([^`\n]+)`", FENCE.sub("", text))])


def test_make_targets_exist() -> None:
    """Each `make …` of the pages is a target of the Makefile."""
    makefile = (ROOT / "Makefile").read_text("utf-8")
    targets = set(re.findall(r"^([\w/.%-]+):", makefile, re.M))
    named = {target for page in PAGES for target in re.findall(r"\bmake ([a-z][\w/.-]*)", code(page))}
    assert {"run", "test", "bench", "setup"} <= named
    for target in named - targets:
        assert target.startswith("bench-"), f"make {target}"
        assert (ROOT / "benchmarks" / f"{target.removeprefix('bench-')}.py").exists(), f"make {target}"


def test_commands_exist() -> None:
    """Each `lienthong …` of the pages is a command."""
    cli = (PACKAGE / "cli.py").read_text("utf-8")
    commands = set(re.findall(r'add_parser\("([\w-]+)"', cli)) | set(re.findall(r'\[:1\] == \["([\w-]+)"\]', cli))
    commands |= set(OPERATING)
    for page in PAGES:
        for command in re.findall(r"(?<![\w/.])(?:\.venv/bin/)?lienthong ([a-z][a-z-]+)\b", code(page)):
            assert command in commands, f"{page.name}: lienthong {command}"


def test_variables_are_documented() -> None:
    """deploy.md names every variable that the code reads, and none that it does not."""
    sources = [*(PACKAGE / "config").glob("*.py"), PACKAGE / "cli.py"]
    text = "\n".join(path.read_text("utf-8") for path in sources)
    read = set(re.findall(r'env\.(?:text|flag|words|number)\("(\w+)"', text)) | {"DATABASE_URL", "DATABASE_OWNER_URL"}
    page = (ROOT / "docs/howto/deploy.md").read_text("utf-8")
    table = set(re.findall(r"^\| `(\w+)` \|", page, re.M))
    assert read <= table
    assert {name for name in table if name not in text} == set()


@cache
def publiccode() -> dict[str, dict[str, dict[str, list[str]]]]:
    found: dict[str, dict[str, dict[str, list[str]]]] = yaml.safe_load((ROOT / "publiccode.yml").read_text("utf-8"))
    return found


def test_publiccode_is_valid() -> None:
    """The mandatory keys of publiccode.yml 0.4 and the bounds of their values."""
    found = publiccode()
    assert found["publiccodeYmlVersion"] == "0.4"
    for key in ("name", "url", "platforms", "categories", "description", "legal", "maintenance", "localisation"):
        assert found[key], key
    assert found["developmentStatus"] in {"concept", "development", "beta", "stable", "obsolete"}
    assert found["softwareType"] == "standalone/web"
    assert found["legal"]["license"] == project()["license"]
    assert found["localisation"]["localisationReady"] is True
    assert found["localisation"]["availableLanguages"] == ["vi", "en"]
    if found["maintenance"]["type"] in {"internal", "community"}:
        assert found["maintenance"]["contacts"]
    for texts in found["description"].values():
        assert len(texts["shortDescription"]) <= 150
        assert 150 <= len(texts["longDescription"]) <= 10_000
        assert texts["features"]
        for shot in texts.get("screenshots", ()):
            assert (ROOT / shot).exists(), shot
    if "releaseDate" in found:
        assert isinstance(found["releaseDate"], date)


def project() -> dict[str, object]:
    """`[project]` of pyproject.toml."""
    found: dict[str, object] = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    return found


def test_licence_is_whole() -> None:
    """The verbatim text, and the same name everywhere (ADR 0001)."""
    lines = (ROOT / "LICENSE").read_text("utf-8").splitlines()
    assert lines[0].strip() == "GNU AFFERO GENERAL PUBLIC LICENSE"
    assert len(lines) == 661
    package = json.loads((ROOT / "package.json").read_text("utf-8"))
    assert project()["license"] == package["license"] == "AGPL-3.0-or-later"


def licence_table() -> dict[str, str]:
    """docs/licences.md: package → licence."""
    page = (ROOT / "docs/licences.md").read_text("utf-8")
    return dict(re.findall(r"^\| `([\w@/.-]+)`[^|]* \| ([^|]+?) \|", page, re.M))


def test_every_package_has_its_licence() -> None:
    """Each package that runs stands in the table, with the licence that its own metadata states (ADR 0001)."""
    table = licence_table()
    locked = re.findall(r"^([a-z0-9][\w.-]*)==", (ROOT / "requirements/base.txt").read_text("utf-8"), re.M)
    npm = json.loads((ROOT / "package-lock.json").read_text("utf-8"))["packages"]
    browser = {
        path.removeprefix("node_modules/"): row["license"]
        for path, row in npm.items()
        if path and not row.get("dev") and not path.startswith("node_modules/@napi-rs/canvas-")
    }
    assert set(locked) | set(browser) == set(table)
    for name, licence in browser.items():
        assert table[name] == licence, name
    for name in locked:
        try:
            stated = importlib.metadata.metadata(name).get("License-Expression")
        except importlib.metadata.PackageNotFoundError:
            continue  # for other systems and interpreters
        assert stated is None or table[name] == stated, name


@pytest.mark.parametrize("no", ["GPL-2.0-only", "CDDL", "SSPL", "NC", "Proprietary"])
def test_no_licence_forbids_ours(no: str) -> None:
    """A dependency must be compatible with AGPLv3 (ADR 0001)."""
    assert not [name for name, licence in licence_table().items() if re.search(rf"\b{no}\b", licence)]


def test_glossary_names_are_real() -> None:
    """At least 80 terms; every name in the last column occurs in the code."""
    rows = [line for line in (ROOT / "docs/glossary.md").read_text("utf-8").splitlines() if re.match(r"\| .*`", line)]
    assert len(rows) >= 80
    paths = [path for kind in ("*.py", "*.html") for path in PACKAGE.rglob(kind) if "tests" not in path.parts]
    text = "\n".join(path.read_text("utf-8") for path in paths)
    for row in rows:
        for name in re.findall(r"`([^`]+)`", row.rstrip("| ").rpartition("|")[2]):
            assert re.search(rf"(?<!\w){re.escape(name)}(?!\w)", text), f"{name}: not in src"


def test_every_decision_is_listed() -> None:
    """docs/adr/README.md links each record once; numbers are not used twice."""
    folder = ROOT / "docs" / "adr"
    records = sorted(path.name for path in folder.glob("[0-9]*.md"))
    assert sorted(re.findall(r"\]\((\d{4}-[\w-]+\.md)\)", (folder / "README.md").read_text("utf-8"))) == records
    assert len({name[:4] for name in records}) == len(records)
    for name in records:
        assert re.search(r"^Status: (proposed|accepted|replaced)", (folder / name).read_text("utf-8"), re.M), name
