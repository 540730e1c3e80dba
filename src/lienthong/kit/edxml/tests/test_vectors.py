"""The vectors of exchange.md that the codec answers: V-ERR, V-BIZ, V-CID, V-TRC, and the status codes."""

import io
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from lienthong.kit.edxml import (
    PacketInvalid,
    ParseResult,
    Profile,
    code_lists,
    find_errors,
    loop_error,
    make_document_id,
    model,
    organ_key,
    parse,
    samples,
    splice_trace,
    variants,
)

TOMORROW = samples.DAY + timedelta(days=1)


def read(data: bytes, profile: Profile = Profile.STRICT) -> ParseResult:
    with parse(io.BytesIO(data), profile, today=samples.DAY) as result:
        return result


def codes(packet: model.Packet, profile: Profile = Profile.STRICT) -> list[str]:
    return [error.code for error in find_errors(packet, profile, today=samples.DAY)]


CHANGES: dict[str, tuple[Callable[[str], str], str]] = {
    "V-ERR-1": (
        lambda text: text.replace("<edXML:Priority>0", "<edXML:Priority>5"),
        "M.MessageHeader.OtherInfo.Priority",
    ),
    "V-ERR-2": (lambda text: re.sub("(?s)<edXML:To>.*</edXML:To>\n", "", text), "N.MessageHeader.To"),
    "V-ERR-3": (
        lambda text: re.sub("(?<=<edXML:Subject>)[^<]*", "ệ" * 501, text),
        "R.MessageHeader.Subject",
    ),
    "V-ERR-4": (
        lambda text: text.replace("2026/09/30</edXML:Promul", "2026-09-30</edXML:Promul"),
        "T.MessageHeader.PromulgationInfo.PromulgationDate",
    ),
    "V-ERR-5": (
        lambda text: text.replace("2026/09/30</edXML:Promul", f"{TOMORROW:%Y/%m/%d}</edXML:Promul"),
        "M.MessageHeader.PromulgationInfo.PromulgationDate",
    ),
}


@pytest.mark.parametrize("vector", CHANGES)
def test_one_error_with_its_place(vector: str) -> None:
    """V-ERR-1, V-ERR-2, V-ERR-3, V-ERR-4, V-ERR-5; EX-36: code whole, place of the start tag, value and allowed."""
    change, code = CHANGES[vector]
    text = change(variants.pretty(samples.to_bytes(samples.document())).decode())
    (error,) = read(text.encode()).errors
    assert error.code == code
    lines = text.split("\n")
    element = code.rpartition(".")[2]
    if vector == "V-ERR-2":
        element = "MessageHeader"  # what is missing stands at its parent's start tag
    assert lines[error.line - 1].startswith(f"<edXML:{element}")
    assert error.column == 1
    assert str(error).startswith(f"{error.line}:1 {code} ")


def test_columns_count_characters() -> None:
    """EX-36: letters with marks and letters beyond the first plane are one column each."""
    text = samples.to_bytes(samples.document()).decode().replace("Hà Nội", "Hà Nội 𠀀😀").replace("y>0</", "y>5</")
    (error,) = read(text.encode()).errors
    assert error.line == 2
    assert text.split("\n")[1][error.column - 1 :].startswith("<edXML:Priority>5")


def test_all_errors_in_one_answer() -> None:
    """V-ERR-6: the first four faults in one packet are four errors, in the order of the file."""
    text = samples.to_bytes(samples.document()).decode()
    for change, _ in (CHANGES[f"V-ERR-{n}"] for n in (1, 3, 4)):
        text = change(text)
    text = re.sub("<edXML:To>.*</edXML:To>", "", text)
    errors = read(text.encode()).errors
    assert [error.code for error in errors] == [CHANGES[f"V-ERR-{n}"][1] for n in (2, 4, 3, 1)]
    assert errors[2].value == "ệ" * 501
    assert errors[3].allowed is not None
    assert "Hỏa tốc" in errors[3].allowed


def test_length_is_a_warning_on_receipt() -> None:
    """V-ERR-3, table 3.1: too long a text is an error on sending and a warning on receipt; NFD counts as NFC."""
    long = CHANGES["V-ERR-3"][0](samples.to_bytes(samples.document()).decode())
    lenient = read(long.encode(), Profile.LENIENT)
    assert lenient.packet is not None
    assert [warning.code for warning in lenient.warnings] == ["R.MessageHeader.Subject"]
    decomposed = long.replace("ệ" * 501, "e\N{COMBINING DOT BELOW}\N{COMBINING CIRCUMFLEX ACCENT}" * 500)
    assert read(decomposed.encode()).errors == []


def test_recall_without_the_document() -> None:
    """V-BIZ-1."""
    packet = samples.recall()
    packet = replace(packet, header=replace(packet.header, response_for=()))
    assert codes(packet) == ["N.MessageHeader.ResponseFor"]


def test_replacement_without_the_old_ones() -> None:
    """V-BIZ-2."""
    business = model.Business(type=model.BusinessType.REPLACE, reason="Có sai sót")
    assert codes(samples.document(business)) == ["N.TraceHeaderList.Bussiness.ReplacementInfoList"]


def test_new_document_that_replaces() -> None:
    """V-BIZ-3."""
    business = replace(samples.replacement("15").trace.business or model.Business(), type=model.BusinessType.NEW)
    assert codes(samples.document(business)) == ["M.TraceHeaderList.Bussiness.ReplacementInfoList"]


def test_update_without_reason() -> None:
    """V-BIZ-4."""
    packet = samples.update()
    business = replace(packet.trace.business or model.Business(), reason=None)
    packet = replace(packet, trace=replace(packet.trace, business=business))
    assert codes(packet) == ["N.TraceHeaderList.Bussiness.BussinessDocReason"]


def test_recall_without_the_notice() -> None:
    """V-BIZ-5: from us an error; from a legacy peer carried out and flagged (EX-15)."""
    packet = replace(samples.recall(), references=(), attachments=())
    assert codes(packet) == ["N.Attachment"]
    with pytest.raises(PacketInvalid, match=r"N\.Attachment"):
        samples.to_bytes(packet)
    received = read(samples.to_bytes(packet, profile=Profile.LENIENT), Profile.LENIENT)
    assert received.packet == packet
    assert [warning.code for warning in received.warnings] == ["N.Attachment"]


def test_each_breach_of_the_combination_is_one_error() -> None:
    """EX-15: what belongs to another business type is named, and so is all that is missing."""
    every = replace(
        samples.update().trace.business or model.Business(),
        replacements=(samples.replacement("15").trace.business or model.Business()).replacements,
        reason=None,
    )
    path = "TraceHeaderList.Bussiness"
    for kind, expected in {
        0: ["M." + path + ".BussinessDocumentInfo", "M." + path + ".ReplacementInfoList", "M." + path + ".DocumentId"],
        1: [
            "N." + path + ".BussinessDocReason",
            "N.MessageHeader.ResponseFor",
            "M." + path + ".BussinessDocumentInfo",
            "M." + path + ".ReplacementInfoList",
        ],
        2: ["N." + path + ".BussinessDocReason", "M." + path + ".ReplacementInfoList"],
        3: ["N." + path + ".BussinessDocReason", "M." + path + ".BussinessDocumentInfo"],
    }.items():
        assert codes(samples.document(replace(every, type=model.BusinessType(kind)))) == expected
    empty = replace(every, type=model.BusinessType.UPDATE, document_id=None, document_info=None, replacements=None)
    assert codes(samples.document(empty)) == [
        "N." + path + ".BussinessDocReason",
        "N." + path + ".DocumentId",
        "N." + path + ".BussinessDocumentInfo",
    ]


@pytest.mark.parametrize("code", range(4))
def test_business_type_is_read_by_code(code: int) -> None:
    """EX-34, F-EX-4: 0 new, 1 recall, 2 update, 3 replace, whatever the order of the enumeration; others refused."""
    packets = (samples.document(), samples.recall(), samples.update(), samples.replacement("15", "14"))
    data = samples.to_bytes(packets[code])
    assert f"<edXML:BussinessDocType>{code}<".encode() in data
    packet = read(data).packet
    assert isinstance(packet, model.DocumentPacket)
    assert packet.business_type.name == ("NEW", "RECALL", "UPDATE", "REPLACE")[code]
    unknown = data.replace(f"DocType>{code}<".encode(), b"DocType>4<")
    assert [error.code for error in read(unknown).errors] == ["M.TraceHeaderList.Bussiness.BussinessDocType"]


def test_absent_business_means_new() -> None:
    """Table 3.2: a packet without `Bussiness` is new, and stays without."""
    data = re.sub(b"<edXML:Bussiness.*</edXML:Bussiness>", b"", samples.to_bytes(samples.document()))
    packet = read(data).packet
    assert isinstance(packet, model.DocumentPacket)
    assert packet.trace.business is None
    assert packet.business_type is model.BusinessType.NEW


def test_reference_joins_attachment() -> None:
    """V-CID-1: Reference `cid:209` joins Attachment `209`."""
    result = read(samples.to_bytes(samples.document()))
    assert isinstance(result.packet, model.DocumentPacket)
    assert result.packet.references[0].content_id == "cid:209"
    assert result.packet.attachments[0].content_id == "209"
    assert result.attachments[0].digest_matches is True


def test_trace_grows_at_each_hop_and_refuses_loops() -> None:
    """V-TRC-1, V-TRC-2; EX-67: three headers at the receiver; every other byte stays; back to the province refused."""
    sent = samples.to_bytes(samples.document())
    at = datetime(2026, 9, 30, 3, 0, tzinfo=UTC)
    data = sent
    for hub in samples.HUBS:
        out = io.BytesIO()
        result = read(data)
        assert loop_error(result, hub) is None
        splice_trace(io.BytesIO(data), out, result, hub, at)
        data = out.getvalue()
    result = read(data)
    assert isinstance(result.packet, model.DocumentPacket)
    assert [hop.organ_id for hop in result.packet.trace.headers] == [samples.SENDER, *samples.HUBS]
    assert result.packet.trace.headers[-1].timestamp == at
    added = re.compile(rb'<TraceHeader xmlns="[^"]*">.*?</TraceHeader>')
    assert added.sub(b"", data) == sent
    assert result.content_hash() == read(sent).content_hash()
    refusal = loop_error(result, samples.HUBS[0].lower() + "\N{ZERO WIDTH SPACE}")
    assert refusal is not None
    assert refusal.code == "M.TraceHeaderList.TraceHeader.OrganId"
    with pytest.raises(ValueError, match="already passed on"):
        splice_trace(io.BytesIO(data), io.BytesIO(), result, samples.HUBS[0], at)
    looped = data.replace(samples.HUBS[1].encode(), samples.HUBS[0].encode())
    assert [error.code for error in read(looped).errors] == ["M.TraceHeaderList.TraceHeader.OrganId"]


@pytest.mark.parametrize("prefix", ["e", ""])
def test_splice_whatever_the_prefix(prefix: str) -> None:
    """EX-12, EX-67: the header is spliced into packets that name their elements by another prefix, in two reads."""
    text = samples.to_bytes(samples.document(hops=2)).decode()
    text = re.sub("edXML:(?=[A-Z]|edXML[A-Z])", f"{prefix}:" if prefix else "", text)
    if prefix:
        text = text.replace("xmlns:edXML=", f"xmlns:{prefix}=")
    data = text.replace("</TraceHeader>", "</TraceHeader >").encode()
    result = read(data)
    out = io.BytesIO()
    splice_trace(_Dribble(data), out, result, "X97", samples.INSTANT)
    packet = read(out.getvalue()).packet
    assert isinstance(packet, model.DocumentPacket)
    assert [hop.organ_id for hop in packet.trace.headers] == [samples.SENDER, samples.HUBS[0], "X97"]


class _Dribble(io.BytesIO):
    """A stream that gives one byte at a time."""

    def read(self, size: int | None = -1, /) -> bytes:
        return super().read(min(size, 1) if size is not None and size >= 0 else size)


def test_splice_refuses_other_packets() -> None:
    """EX-67: a status has no trace; bytes other than those parsed are noticed."""
    status = samples.to_bytes(samples.status())
    with pytest.raises(ValueError, match="trace"):
        splice_trace(io.BytesIO(status), io.BytesIO(), read(status), "X97", samples.INSTANT)
    data = samples.to_bytes(samples.document())
    with pytest.raises(ValueError, match="shorter"):
        splice_trace(io.BytesIO(data[:500]), io.BytesIO(), read(data), "X97", samples.INSTANT)


def test_nine_statuses() -> None:
    """EX-24, §3.5: nine codes; each is read and shown by its name."""
    values = code_lists()["status"].values
    assert list(values) == ["01", "02", "03", "04", "05", "06", "13", "15", "16"]
    for code in values:
        packet = read(samples.to_bytes(samples.status(code))).packet
        assert isinstance(packet, model.StatusPacket)
        assert packet.header.status_code == code


@pytest.mark.parametrize("code", ["07", "14", "99", "xx"])
def test_unknown_status_is_kept(code: str) -> None:
    """V-ST-8, EX-24: any other code is stored and shown with its description, never refused; we never send one."""
    packet = samples.status(code, description="Tạm dừng xử lý")
    assert codes(packet) == ["M.MessageHeader.StatusCode"]
    received = read(samples.to_bytes(packet, profile=Profile.LENIENT), Profile.LENIENT)
    assert received.packet == packet
    assert [warning.code for warning in received.warnings] == ["M.MessageHeader.StatusCode"]
    assert code_lists()["status"].label(code).startswith("Mã chưa biết")


@pytest.mark.parametrize("code", ["02", "13", "16"])
def test_status_that_needs_a_reason(code: str) -> None:
    """§3.5: the reason of 02, 13 and 16 is required of us, missed with a warning from a peer."""
    packet = samples.status(code)
    packet = replace(packet, header=replace(packet.header, description=None))
    assert codes(packet) == ["N.MessageHeader.Description"]
    assert codes(packet, Profile.LENIENT) == []


def test_what_a_status_must_name() -> None:
    """EX-23: StatusCode, and of the document Code, DocumentId and OrganId; all that is missing in one answer."""
    text = samples.to_bytes(samples.status()).decode()
    text = re.sub("<edXML:ResponseFor>.*</edXML:ResponseFor>", "<edXML:ResponseFor></edXML:ResponseFor>", text)
    text = text.replace("<edXML:StatusCode>03</edXML:StatusCode>", "")
    for profile in Profile:
        result = read(text.encode(), profile)
        assert result.kind == "status"
        assert {error.code for error in result.errors} == {
            "N.MessageHeader.ResponseFor.OrganId",
            "N.MessageHeader.ResponseFor.Code",
            "N.MessageHeader.ResponseFor.DocumentId",
            "N.MessageHeader.StatusCode",
        }


def test_status_has_no_to_and_no_trace() -> None:
    """§3.5: a status packet has no To, TraceHeaderList or body; lenient keeps them (EX-12)."""
    document = samples.to_bytes(samples.document()).decode()
    to = re.findall("<edXML:To>.*</edXML:To>", document)[0]
    trace = re.findall("<edXML:TraceHeaderList>.*</edXML:TraceHeaderList>", document)[0]
    text = samples.to_bytes(samples.status()).decode()
    text = text.replace("<edXML:StatusCode>", f"{to}<edXML:StatusCode>")
    text = text.replace("</edXML:MessageHeader>", f"</edXML:MessageHeader>{trace}")
    assert [error.code for error in read(text.encode()).errors] == ["M.MessageHeader.To", "M.TraceHeaderList"]
    lenient = read(text.encode(), Profile.LENIENT)
    assert lenient.packet is not None
    again = samples.to_bytes(lenient.packet, profile=Profile.LENIENT)
    assert to.encode() in again
    assert trace.encode() in again


def test_errors_name_the_place_of_a_later_check() -> None:
    """V-RF-1: whoever compares ResponseFor/OrganId with the recorded sender finds its line and column here."""
    data = variants.pretty(samples.to_bytes(samples.status()))
    line, column = read(data).place("MessageHeader.ResponseFor.OrganId")
    assert data.decode().split("\n")[line - 1][column - 1 :].startswith("<edXML:OrganId>")
    assert line > read(data).place("MessageHeader.ResponseFor")[0]


def test_identifiers() -> None:
    """EX-8, EX-9: codes are compared after NFC, trim, upper case and removal of invisibles; ids are opaque."""
    assert organ_key(" 000.00.00.x51\N{ZERO WIDTH NO-BREAK SPACE}") == organ_key(samples.SENDER)
    assert make_document_id("000.00.00.X51", samples.DAY, "16/UBND-VX") == "000.00.00.X51,2026/09/30,16/UBND-VX"
    uuid = "0b7c8f0e-6a55-4c7e-9d0e-1f2a3b4c5d6e"
    packet = read(samples.to_bytes(samples.document(document_id=uuid))).packet
    assert isinstance(packet, model.DocumentPacket)
    assert packet.header.document_id == uuid


def test_double_receiver_is_found_after_cleaning() -> None:
    """EX-8, EX-11: one receiver in two spellings is one receiver."""
    packet = samples.document(receivers=("000.00.00.X52", "000.00.00.x52\N{ZERO WIDTH SPACE}"))
    assert codes(packet) == ["M.MessageHeader.To.OrganId"]


def test_document_type_is_never_a_reason_to_refuse() -> None:
    """Table 3.1, 1.5; EX-35: Type is kept as received, TypeName decides."""
    data = samples.to_bytes(samples.document()).replace(b"<edXML:Type>2<", b"<edXML:Type>CV-18<")
    received = read(data, Profile.LENIENT)
    assert isinstance(received.packet, model.DocumentPacket)
    assert received.packet.header.document_type.type == "CV-18"
    assert [warning.code for warning in received.warnings] == ["T.MessageHeader.DocumentType.Type"]


def test_dates_and_instants() -> None:
    """EX-10: wall clock of Viet Nam without zone in the packet, an aware UTC instant in the value."""
    data = samples.to_bytes(samples.document())
    assert b"<edXML:Timestamp>2026/09/30 09:15:00<" in data
    packet = read(data).packet
    assert isinstance(packet, model.DocumentPacket)
    assert packet.trace.headers[0].timestamp == samples.INSTANT
    for wrong in ("2026/02/30 09:15:00", "2026/09/30T09:15:00", "2026/09/30 24:00:00", "٢٠٢٦/09/30 09:15:00"):
        found = read(data.replace(b"2026/09/30 09:15:00", wrong.encode()))
        assert [error.code for error in found.errors] == ["T.TraceHeaderList.TraceHeader.Timestamp"]
    for wrong in ("1_0", "+1", "１", "1.0", "0x1", "9" * 40):
        found = read(data.replace(b"<edXML:PageAmount>2<", f"<edXML:PageAmount>{wrong}<".encode()))
        assert [error.code for error in found.errors] == ["T.MessageHeader.OtherInfo.PageAmount"]
    found = read(data.replace(b"<edXML:PageAmount>2<", b"<edXML:PageAmount>65536<"))
    assert [error.code for error in found.errors] == ["R.MessageHeader.OtherInfo.PageAmount"]


def test_code_lists_have_versions() -> None:
    """EX-33, EX-35: lists are data with their versions; 26 administrative types in 2022."""
    lists = code_lists()
    assert lists["priority"].values == {
        "0": "Thường",
        "1": "Khẩn",
        "2": "Thượng khẩn",
        "3": "Hỏa tốc",
        "4": "Hỏa tốc hẹn giờ",
    }
    assert lists["priority"].not_offered == {"4"}
    assert lists["document_type_administrative"].versions == ("2022",)
    assert len(lists["document_type_administrative"].values) == 26
    assert lists["document_type_administrative"].verify == {str(n) for n in range(10, 18)}
    assert len(lists["document_type_legal"].values) == 13
    assert lists["document_type_administrative"].label(27) == "Mã chưa biết: 27"
    assert all(each.source and each.versions for each in lists.values())
