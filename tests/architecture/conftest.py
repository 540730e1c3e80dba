"""A database for a whole module, rolled back at its end: the stage of these tests is expensive to build."""

from collections.abc import Iterator

import pytest
from django.db import transaction


class _Over(Exception):
    """Ends a transaction without a trace."""


@pytest.fixture(scope="module")
def module_db(django_db_setup: None, django_db_blocker: object) -> Iterator[None]:
    """One transaction for the module."""
    with django_db_blocker.unblock():  # type: ignore[attr-defined]
        try:
            with transaction.atomic():
                yield
                raise _Over
        except _Over:
            pass


@pytest.fixture
def act(module_db: None) -> Iterator[None]:
    """A savepoint for one test on the module's stage."""
    try:
        with transaction.atomic():
            yield
            raise _Over
    except _Over:
        pass
