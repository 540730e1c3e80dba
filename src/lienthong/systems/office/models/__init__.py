"""The tables of the office, by what they hold."""

from lienthong.systems.office.models.beginnings import BroughtAlong, HistoryLine, OpeningBalance
from lienthong.systems.office.models.incoming import IncomingDocument, IncomingFile, Line
from lienthong.systems.office.models.numbers import Register, RegisterClosing, RegisterLine, Series, SeriesCounter
from lienthong.systems.office.models.outgoing import Draft, OutgoingDocument, OutgoingFile, Receiver

__all__ = [
    "BroughtAlong",
    "Draft",
    "HistoryLine",
    "IncomingDocument",
    "IncomingFile",
    "Line",
    "OpeningBalance",
    "OutgoingDocument",
    "OutgoingFile",
    "Receiver",
    "Register",
    "RegisterClosing",
    "RegisterLine",
    "Series",
    "SeriesCounter",
]
