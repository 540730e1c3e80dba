"""The core holds no table of an agency's documents: its tests see none (CORE-108)."""

from collections.abc import Iterator

import pytest

from lienthong.core import fence


@pytest.fixture(autouse=True)
def outside_every_agency() -> Iterator[None]:
    """As in production, where a thread sees nothing until something lets it in."""
    with fence.nobody():
        yield
