"""Files: stored by hash, quarantined, versioned, immutable once issued (core.md §6).

The functions of the store are offered here by name; `reading` decides who may read, `http` gives the views, `scanning`
the states of harm, `inspect` what a file is by its content.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from lienthong.core.files.reading import may_read, readable_by
    from lienthong.core.files.storing import (
        erase,
        link,
        links,
        lock,
        open_file,
        release_quarantined,
        store,
        wipe_quarantined,
    )

__all__ = [
    "erase",
    "link",
    "links",
    "lock",
    "may_read",
    "open_file",
    "readable_by",
    "release_quarantined",
    "store",
    "wipe_quarantined",
]

_READING = frozenset({"may_read", "readable_by"})


def __getattr__(name: str) -> Any:
    # Models exist only after the apps are loaded; this package is imported earlier.
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from lienthong.core.files import reading, storing

    return getattr(reading if name in _READING else storing, name)
