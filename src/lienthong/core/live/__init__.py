"""Live pages (ARCHITECTURE §4): a change is written once in the action's transaction and pushed to every open page.

`publish` tells a topic that something changed; `publish_fragment` carries HTML rendered once for one audience class,
which pages swap in by its id. A topic is `prefix:ident`; who may listen is decided by the rule that `topic(prefix)`
registers. The stream itself is `/live/?topics=…&topics=…`: at most one batch every 250 ms, kept open without a thread
(docs/adr/0003-server.md).
"""

from lienthong.core.live.publishing import POSITION, at, cursor, end_streams, publish, publish_fragment, purge
from lienthong.core.live.topics import Rule, topic

__all__ = [
    "POSITION",
    "Rule",
    "at",
    "cursor",
    "end_streams",
    "publish",
    "publish_fragment",
    "purge",
    "topic",
]
