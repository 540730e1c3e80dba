"""The tokens of the design: every pair used for text passes 4.5:1, controls 3:1 (CORE-91, DESIGN §2)."""

import re
from pathlib import Path

import pytest

TOKENS = Path(__file__).resolve().parents[4] / "frontend" / "_tokens.scss"

# The values that the design fixes; a change here is a change of the design.
FIXED = {
    "light": {
        "ink": "#1a1e24", "ink-2": "#4a5360", "ink-3": "#66707e", "paper": "#ffffff", "mist": "#f4f6f8",
        "line": "#d8dee6", "line-strong": "#7d8896", "on-action": "#ffffff", "son": "#a3172a", "lam": "#0b5a8c",
        "lam-hover": "#084870", "ok": "#17713f", "warn": "#8a5200", "stop": "#b3261e",
    },
    "dark": {
        "ink": "#eceff3", "ink-2": "#b6bfca", "ink-3": "#929ca9", "paper": "#14181d", "mist": "#1c2229",
        "line": "#323b46", "line-strong": "#77828f", "on-action": "#10212e", "son": "#e8707f", "lam": "#6db7e8",
        "ok": "#5dc98b", "warn": "#f0b45a", "stop": "#f28b82",
    },
}  # fmt: skip
TEXT = [
    ("ink", "paper"), ("ink", "mist"), ("ink-2", "paper"), ("ink-2", "mist"), ("ink-3", "paper"), ("ink-3", "mist"),
    ("lam", "paper"), ("lam", "mist"), ("lam-hover", "paper"), ("on-action", "lam"), ("on-action", "lam-hover"),
    ("on-action", "stop"), ("on-action", "urgent-2"), ("on-action", "urgent-3"), ("urgent-1", "paper"),
    ("ok", "ok-tint"), ("warn", "warn-tint"), ("stop", "stop-tint"), ("lam", "lam-tint"), ("stop", "paper"),
    ("ok", "paper"), ("warn", "paper"), ("ink", "lam-tint"), ("ink-2", "lam-tint"), ("ink", "warn-tint"),
    ("ink-2", "stop-tint"), ("ink-2", "warn-tint"), ("ink-2", "ok-tint"), ("paper", "ink"), ("son", "paper"),
]  # fmt: skip
CONTROLS = [("line-strong", "paper"), ("line-strong", "mist"), ("lam", "paper"), ("son", "mist")]


def palette(theme: str) -> dict[str, str]:
    """The tokens of a theme as the style sheet declares them."""
    block = re.search(rf"@mixin {theme} \{{(.*?)\n\}}", TOKENS.read_text(encoding="utf-8"), re.S)
    assert block
    return dict(re.findall(r"--lt-([\w-]+): (#[0-9a-f]{6});", block[1]))


def luminance(colour: str) -> float:
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def test_contrast_knows_black_on_white() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") < 4.5


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_tokens_are_those_of_the_design(theme: str) -> None:
    tokens = palette(theme)
    assert {name: tokens[name] for name in FIXED[theme]} == FIXED[theme]


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize(("text", "ground"), TEXT)
def test_core_91_text_pairs_pass(theme: str, text: str, ground: str) -> None:
    tokens = palette(theme)
    assert contrast(tokens[text], tokens[ground]) >= 4.5


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize(("edge", "ground"), CONTROLS)
def test_core_91_edges_of_controls_pass(theme: str, edge: str, ground: str) -> None:
    tokens = palette(theme)
    assert contrast(tokens[edge], tokens[ground]) >= 3
