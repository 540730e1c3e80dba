"""What each profile takes and what none takes (EX-13, EX-18, EX-36)."""

import io

import pytest

from lienthong.kit.edxml import Limits, ParseResult, Profile, parse, samples, variants

LENIENT = variants.lenient_variants()
NEVER = variants.never_accepted()
REFUSED = variants.refused()


def read(data: bytes, profile: Profile = Profile.STRICT, **options: object) -> ParseResult:
    with parse(io.BytesIO(data), profile, today=samples.DAY, **options) as result:  # type: ignore[arg-type]
        return result


@pytest.mark.parametrize("name", LENIENT)
def test_lenient_takes_each_variant_and_says_so(name: str) -> None:
    """EX-13, F-EX-6, F-EX-28: lenient reads it with a warning for the log, strict refuses it."""
    result = read(LENIENT[name], Profile.LENIENT)
    assert result.errors == []
    assert result.warnings
    assert result.packet is not None
    strict = read(LENIENT[name])
    assert strict.packet is None
    assert strict.errors


@pytest.mark.parametrize("profile", Profile)
@pytest.mark.parametrize("name", NEVER)
def test_never_accepted(name: str, profile: Profile) -> None:
    """EX-13, F-EX-10, F-EX-13: one error with line and column, nothing half-parsed."""
    result = read(NEVER[name], profile)
    assert result.packet is None
    assert result.attachments == []
    (error,) = result.errors
    assert error.line >= 1
    assert error.column >= 1
    assert error.code in ("M.edXML", "R.edXML")


@pytest.mark.parametrize(
    ("name", "place"),
    [
        ("junk before the declaration", (1, 1)),
        ("white space before the declaration", (2, 3)),
        ("DTD", (2, 1)),
        ("unbound prefix", None),
        ("declared windows-1258", (1, 1)),
        ("UTF-16", (1, 1)),
        ("data after the root", (3, 1)),
    ],
)
def test_place_of_what_is_never_accepted(name: str, place: tuple[int, int] | None) -> None:
    """EX-13: the answer gives line and column, counted in characters from 1."""
    (error,) = read(NEVER[name]).errors
    if place is None:
        text = NEVER[name].decode().split("\n")[1]
        place = (2, text.index("<la:Subject>") + 1)
    assert (error.line, error.column) == place


@pytest.mark.parametrize("profile", Profile)
@pytest.mark.parametrize("name", REFUSED)
def test_refused_with_its_code(name: str, profile: Profile) -> None:
    """EX-14, EX-16, EX-17, EX-18, EX-36: a readable packet with one fault names that fault and no other."""
    data, code = REFUSED[name]
    result = read(data, profile)
    assert {error.code for error in result.errors} - {"N.Attachment", "N.Reference"} == {code} - {
        "N.Attachment",
        "N.Reference",
    }
    assert code in {error.code for error in result.errors}
    assert all(error.line > 1 and error.column > 1 for error in result.errors)
    assert result.packet is None
    assert result.sender == samples.SENDER


def test_limits_are_parameters() -> None:
    """EX-18: attachments, size of one, elements, depth, bytes outside payloads."""
    data = samples.to_bytes(samples.document(names=("a.pdf", "b.pdf")))
    assert read(data, limits=Limits(attachments=2)).errors == []
    for limits, code in (
        (Limits(attachments=1), "R.Attachment"),
        (Limits(attachment=20), "R.Attachment"),
        (Limits(elements=30), "R.edXML"),
        (Limits(depth=4), "R.edXML"),
        (Limits(skeleton=1000), "R.edXML"),
    ):
        assert {error.code for error in read(data, limits=limits).errors} == {code}


def test_a_large_text_is_no_payload() -> None:
    """EX-18: only payloads may be long; a long text elsewhere stops the reading."""
    plain = samples.to_bytes(samples.document()).decode()
    data = plain.replace("V/v", "x" * (9 << 20)).encode()
    (error,) = read(data).errors
    assert error.code == "R.edXML"


def test_bom_is_a_strict_error_only() -> None:
    """EX-13, F-EX-10: lenient reads a UTF-8 BOM, and columns do not count it."""
    data = b"\xef\xbb\xbf" + samples.to_bytes(samples.document())
    assert [error.code for error in read(data).errors] == ["M.edXML"]
    lenient = read(data, Profile.LENIENT)
    assert lenient.packet is not None
    assert [warning.code for warning in lenient.warnings] == ["M.edXML"]


def test_no_value_is_invented() -> None:
    """EX-14, F-EX-7: what is absent stays absent."""
    result = read(samples.to_bytes(samples.document()))
    assert result.packet is not None
    header = result.packet.header
    assert header.due_date is None  # type: ignore[union-attr]
    assert header.content is None  # type: ignore[union-attr]
    assert header.sender.fax is None
