"""A hub passes on the bytes it received with one TraceHeader spliced in (EX-67, table 3.2; V-TRC-1, V-TRC-2)."""

from datetime import datetime
from typing import BinaryIO

from lienthong.kit.edxml.errors import PacketError, make
from lienthong.kit.edxml.model import DocumentPacket
from lienthong.kit.edxml.names import organ_key
from lienthong.kit.edxml.parser import ParseResult
from lienthong.kit.edxml.writer import escape, timestamp_text

_BLOCK = 1 << 18


def loop_error(result: ParseResult, organ_id: str) -> PacketError | None:
    """The refusal of a packet that this node has already passed on (V-TRC-2), else None."""
    packet = result.packet
    if not isinstance(packet, DocumentPacket):
        return None
    if all(organ_key(hop.organ_id) != organ_key(organ_id) for hop in packet.trace.headers):
        return None
    path = "TraceHeaderList.TraceHeader.OrganId"
    problem = "gói tin đi vòng, nơi này đã chuyển"
    return make(f"M.{path}", "Mã định danh nơi chuyển tiếp", problem, result.place(path), value=organ_id)


def splice_trace(source: BinaryIO, out: BinaryIO, result: ParseResult, organ_id: str, timestamp: datetime) -> None:
    """Copy a document packet with one TraceHeader of ours after the last; every other byte stays (EX-67).

    `result` is what `parse` said of these bytes, `source` stands at their beginning, `timestamp` is aware. Raises
    ValueError for a packet without trace (a status, or a refused packet) and for a loop.
    """
    if result.trace_end is None or not isinstance(result.packet, DocumentPacket):
        raise ValueError("not a document packet with a trace")
    if loop_error(result, organ_id) is not None:
        raise ValueError(f"already passed on by {organ_id}")
    left = result.trace_end
    while left:
        block = source.read(min(_BLOCK, left))
        if not block:
            raise ValueError("the source is shorter than the packet that was parsed")
        out.write(block)
        left -= len(block)
    added = (
        f'<TraceHeader xmlns="{result.namespace}"><OrganId>{escape(organ_id)}</OrganId>'
        f"<Timestamp>{timestamp_text(timestamp)}</Timestamp></TraceHeader>"
    ).encode()
    while block := source.read(_BLOCK):
        end = -1 if not added else block.find(b">") + 1
        if end > 0:  # the end tag holds no other ">"
            out.write(block[:end])
            out.write(added)
            block, added = block[end:], b""
        out.write(block)
    if added:
        raise ValueError("the source is not the packet that was parsed")
