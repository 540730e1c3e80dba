"""State secrets do not travel on the axis (EX-1, CORE-58)."""

import io
from dataclasses import replace

import pytest

from lienthong.kit.edxml import PacketInvalid, Profile, parse, samples, secret_label, variants


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("MẬT", "Mật"),
        ("mật", "Mật"),
        (" Mật ", "Mật"),
        ("ma\N{COMBINING DOT BELOW}\N{COMBINING CIRCUMFLEX ACCENT}t", "Mật"),
        ("Tối mật", "Tối mật"),
        ("TUYỆT  MẬT", "Tuyệt mật"),
        ("[ T U Y Ệ T   M Ậ T ]", "Tuyệt mật"),
        ("Độ mật: Tối mật", "Tối mật"),
        ("Độ mật: Không", None),
        ("Độ mật", None),
        ("BẢO MẬT", None),
        ("MẬT ĐỘ DÂN CƯ", None),
        ("Cập nhật", None),
        ("", None),
    ],
)
def test_label(text: str, label: str | None) -> None:
    """EX-1, V-SEC-2: a field that says Mật or higher and nothing else is a mark."""
    assert secret_label(text) == label


@pytest.mark.parametrize("label", ["Mật", "Tối mật", "Tuyệt mật"])
@pytest.mark.parametrize("profile", Profile)
def test_refused_on_receipt(label: str, profile: Profile) -> None:
    """EX-1: marked in an unknown element, an attribute or by character references; no content in the error."""
    text = variants.pretty(samples.to_bytes(samples.document())).decode()
    coded = "".join(f"&#{ord(c)};" for c in label)
    for marked in (
        text.replace("<edXML:OtherInfo>", f"<edXML:OtherInfo><edXML:DoMat>{label.upper()}</edXML:DoMat>"),
        text.replace("<edXML:OtherInfo>", f'<edXML:OtherInfo DoMat="{label}">'),
        text.replace("<edXML:OtherInfo>", f"<edXML:OtherInfo><edXML:DoMat>{coded}</edXML:DoMat>"),
        text.replace("<edXML:SteeringType>", f"<edXML:Content>{label}</edXML:Content>\n<edXML:SteeringType>"),
    ):
        with parse(io.BytesIO(marked.encode()), profile, today=samples.DAY) as result:
            assert result.secret
            assert result.packet is None
            (error,) = result.errors
            assert error.code.startswith("M.MessageHeader.")
            assert error.value == label
            assert error.line > 1
            assert (result.attachments, result.skeleton, result.document_id) == ([], b"", None)
            assert all(spool.closed for spool in result.spools)


def test_refused_on_sending() -> None:
    """EX-1: a packet of ours with a marked field is not written."""
    packet = samples.document()
    packet = replace(packet, header=replace(packet.header, content="TỐI MẬT"))
    out = io.BytesIO()
    with pytest.raises(PacketInvalid, match=r"M\.Content"):
        samples.to_bytes(packet)
    assert out.getvalue() == b""


def test_names_of_persons_are_no_marks() -> None:
    """EX-1: a signer or officer may be called Mật."""
    packet = samples.document()
    signer = replace(packet.header.signer_info or samples.header().signer_info, full_name="Mật")  # type: ignore[type-var]
    data = samples.to_bytes(replace(packet, header=replace(packet.header, signer_info=signer)))
    with parse(io.BytesIO(data), today=samples.DAY) as result:
        assert not result.secret
        assert result.errors == []
