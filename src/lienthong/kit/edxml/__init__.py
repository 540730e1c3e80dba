"""The edXML codec: document and status packets of the document axis, read and written whole (exchange.md §3, §5, §6).

`parse` reads a stream in one pass and reports all errors at once; `build` writes a checked packet; `splice_trace` adds
one hop to received bytes. Sources: QCVN 102:2016/BTTTT, TT 01/2022/TT-BTTTT, QĐ 28/2018/QĐ-TTg.
"""

from lienthong.kit.edxml.archive import ArchiveRefused, Member, Wrapping, members
from lienthong.kit.edxml.builder import Built, Signer, build, find_errors, with_digests
from lienthong.kit.edxml.codes import CodeList, code_lists
from lienthong.kit.edxml.errors import PacketError, PacketInvalid
from lienthong.kit.edxml.names import display_name, document_key, make_document_id, organ_key
from lienthong.kit.edxml.parser import ParseResult, ReceivedAttachment, parse
from lienthong.kit.edxml.profiles import NAMESPACE, XMLDSIG, Limits, Profile
from lienthong.kit.edxml.relay import loop_error, splice_trace
from lienthong.kit.edxml.secrecy import secret_label

__all__ = [
    "NAMESPACE",
    "XMLDSIG",
    "ArchiveRefused",
    "Built",
    "CodeList",
    "Limits",
    "Member",
    "PacketError",
    "PacketInvalid",
    "ParseResult",
    "Profile",
    "ReceivedAttachment",
    "Signer",
    "Wrapping",
    "build",
    "code_lists",
    "display_name",
    "document_key",
    "find_errors",
    "loop_error",
    "make_document_id",
    "members",
    "organ_key",
    "parse",
    "secret_label",
    "splice_trace",
    "with_digests",
]
