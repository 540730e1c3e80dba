"""Migrations that a running node survives (ARCHITECTURE §5): no code of today, no long locks, no drift."""

import ast
import re

import psycopg
import pytest
from django.apps import apps
from django.db import models
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.operations import AddConstraint, AddIndex, CreateModel, RunPython, RunSQL
from django.db.migrations.operations.base import Operation
from django.db.models import UniqueConstraint

from lienthong import cli
from lienthong.config import embedded
from tests.architecture.source import ROOT, Module, migrations

# What a migration may take from our code: shapes that are stored in it by name and hold no logic of a model.
ALLOWED = {"lienthong.core.workflow", "lienthong.kit"}
BLOCKING = re.compile(r"CREATE (UNIQUE )?INDEX(?! CONCURRENTLY)")
each = pytest.mark.parametrize("file", migrations(), ids=lambda file: file.place.replace("/migrations/", ":"))


@each
def test_no_model_or_helper_of_today(file: Module) -> None:
    """A migration is read in ten years: it asks `apps.get_model`, never imports our modules."""
    taken = set()
    for node in ast.walk(file.tree):
        match node:
            case ast.ImportFrom(module=str() as name):
                taken.add(name)
            case ast.Import(names=names):
                taken |= {alias.name for alias in names}
    ours = {name for name in taken if name.split(".")[0] == "lienthong"}
    assert {name for name in ours if not any(name.startswith(good) for good in ALLOWED)} == set()


@pytest.fixture(scope="module")
def loader() -> MigrationLoader:
    return MigrationLoader(None)


OURS = {config.label for config in apps.get_app_configs() if config.name.startswith("lienthong.")}


def later(loader: MigrationLoader) -> list[tuple[str, bool, list[Operation]]]:
    """All migrations of ours after the first of their app: name, atomic, operations."""
    return [
        (f"{label}.{name}", migration.atomic, list(migration.operations))
        for (label, name), migration in loader.disk_migrations.items()
        if label in OURS and not name.startswith("0001_")
    ]


def test_later_indexes_are_built_beside_the_traffic(loader: MigrationLoader) -> None:
    """An index or unique rule on a table that exists is concurrent, in a migration that is not atomic."""
    wrong = []
    for name, atomic, operations in later(loader):
        born = {operation.name_lower for operation in operations if isinstance(operation, CreateModel)}
        for operation in operations:
            model = getattr(operation, "model_name", "").lower()
            if type(operation).__name__ == "AddIndexConcurrently" and atomic:
                wrong.append(f"{name}: a concurrent index needs atomic = False")
            if type(operation) is AddIndex and model not in born:
                wrong.append(f"{name}: AddIndex on {model}")
            unique = isinstance(operation, AddConstraint) and isinstance(operation.constraint, UniqueConstraint)
            if unique and model not in born:
                wrong.append(f"{name}: unique constraint on {model}")
            if isinstance(operation, RunSQL) and BLOCKING.search(str(operation.sql)):
                wrong.append(f"{name}: CREATE INDEX without CONCURRENTLY")
    assert wrong == []


def test_what_rewrites_a_table_is_not_mixed_with_data(loader: MigrationLoader) -> None:
    """Structure and data move in different migrations, so that no lock waits for a loop."""
    wrong = [
        name
        for name, _, operations in later(loader)
        if any(isinstance(operation, RunPython) for operation in operations)
        and any(not isinstance(operation, RunPython | RunSQL) for operation in operations)
    ]
    assert wrong == []


def test_every_step_can_be_taken_back(loader: MigrationLoader) -> None:
    """RunPython and RunSQL say how they are undone (a noop is an answer)."""
    wrong = [
        f"{label}.{name}"
        for (label, name), migration in loader.disk_migrations.items()
        if label in OURS
        for operation in migration.operations
        if isinstance(operation, RunPython | RunSQL) and not operation.reversible
    ]
    assert wrong == []


def test_one_line_of_migrations(loader: MigrationLoader) -> None:
    """No two leaves in an app, names by number and what they do."""
    assert {label: names for label, names in loader.detect_conflicts().items() if label in OURS} == {}
    for label, name in loader.disk_migrations:
        if label in OURS:
            assert re.fullmatch(r"\d{4}_[a-z0-9_]+", name), name
            assert "_auto_" not in name, name


@pytest.mark.django_db
def test_a_migration_does_not_wait_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    """The process that migrates is the owner's and gives up a lock after seconds."""
    environment = cli.owner_environment()
    monkeypatch.setenv("PGOPTIONS", environment["PGOPTIONS"])
    with psycopg.connect(environment["DATABASE_URL"]) as owner:
        row = owner.execute("SELECT current_user, current_setting('lock_timeout')").fetchone()
    assert row == (embedded.OWNER, "5s")


def test_make_check_looks_for_drift() -> None:
    """`makemigrations --check` runs in `make check`, and `make test` runs `make check`."""
    makefile = (ROOT / "Makefile").read_text("utf-8")
    assert "manage makemigrations --check --dry-run" in makefile
    assert re.search(r"^test: setup check\b", makefile, re.MULTILINE)
    assert all(isinstance(model, type) and issubclass(model, models.Model) for model in apps.get_models())
