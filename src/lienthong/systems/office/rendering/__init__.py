"""Official paper: from a `Paper` to PDF by NĐ 30/2020/NĐ-CP PL I (OF-43..45, OF-50..51). Pure library."""

from lienthong.systems.office.rendering.body import InvalidBody, clean
from lienthong.systems.office.rendering.fonts import FontsMissing
from lienthong.systems.office.rendering.paper import Annex, Attached, Paper, Signer
from lienthong.systems.office.rendering.pdf import Unprintable, lay_out, render, render_annex
from lienthong.systems.office.rendering.rules import DocumentType, nd30

__all__ = [
    "Annex",
    "Attached",
    "DocumentType",
    "FontsMissing",
    "InvalidBody",
    "Paper",
    "Signer",
    "Unprintable",
    "clean",
    "lay_out",
    "nd30",
    "render",
    "render_annex",
]
