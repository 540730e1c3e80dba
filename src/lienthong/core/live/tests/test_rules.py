"""Every topic that something publishes has a rule for its listeners."""

import re
from pathlib import Path

from lienthong.core.live import topics

SOURCE = Path(__file__).resolve().parents[3]
PUBLISHED = re.compile(r"""publish(?:_fragment)?\(\s*f?["']([\w.]+):""")


def test_each_published_topic_has_a_rule() -> None:
    found = {
        prefix
        for path in SOURCE.rglob("*.py")
        if "tests" not in path.parts
        for prefix in PUBLISHED.findall(path.read_text(encoding="utf-8"))
    }
    assert {"user", "job"} <= found, "the pattern still finds what is published"
    assert found - topics.prefixes() == set()
