"""The tables of the office, by what they hold."""

from lienthong.systems.office.models.incoming import IncomingDocument, IncomingFile, Line
from lienthong.systems.office.models.numbers import Register, RegisterClosing, RegisterLine, Series, SeriesCounter
from lienthong.systems.office.models.outgoing import Draft, OutgoingDocument, OutgoingFile, Receiver

__all__ = [
    "Draft",
    "IncomingDocument",
    "IncomingFile",
    "Line",
    "OutgoingDocument",
    "OutgoingFile",
    "Receiver",
    "Register",
    "RegisterClosing",
    "RegisterLine",
    "Series",
    "SeriesCounter",
]
