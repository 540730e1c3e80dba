"""The diagrams in the docs are drawn from the tables that rule (ARCHITECTURE §3.1)."""

from lienthong.config import diagrams
from lienthong.core.registry import registry
from tests.architecture.source import ROOT


def test_state_diagrams_are_up_to_date() -> None:
    """Renew them by `.venv/bin/lienthong docs-states`."""
    pages = diagrams.pages()
    assert set(pages) >= {"office", "exchange"}
    for label, section in pages.items():
        page = (ROOT / "docs" / "systems" / f"{label}.md").read_text("utf-8")
        assert diagrams.written(page, section) == page, f"docs/systems/{label}.md: run `lienthong docs-states`"


def test_every_move_is_drawn() -> None:
    """Each transition of each machine has its arrow and its line."""
    pages = diagrams.pages()
    for model, machine in registry.machines.items():
        text = pages[model._meta.app_label]
        for source, to in machine.pairs():  # type: ignore[attr-defined]
            assert f"    {source} --> {to}: " in text
        for move in machine.transitions:  # type: ignore[attr-defined]
            assert f"`{move.verb}`" in text


def test_a_page_keeps_what_stands_around() -> None:
    """Only what is between the markers is written."""
    page = f"# Trang\n\nTrước\n\n{diagrams.BEGIN}\ncũ\n{diagrams.END}\n\nSau\n"
    new = diagrams.written(page, "mới")
    assert new.startswith("# Trang\n\nTrước\n")
    assert new.endswith(f"{diagrams.END}\n\nSau\n")
    assert "cũ" not in new
    assert diagrams.written(new, "mới") == new
