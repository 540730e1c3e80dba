"""Lengths that end in 0x80 are read as what they are."""

from asn1crypto import core

from lienthong.core.signing.der import heed_definite_lengths


class Inner(core.Sequence):
    _fields = [("text", core.OctetString)]


class Outer(core.Sequence):
    _fields = [("inner", Inner), ("text", core.OctetString)]


def test_a_definite_length_that_ends_in_0x80_is_not_encoded_anew() -> None:
    for size in range(100, 700):
        made = Outer({"inner": {"text": b"a"}, "text": b"x" * size}).dump()
        read = Outer.load(made)
        if read._header[-1:] == b"\x80" and len(read._header) > 2:
            assert read.dump() == made
            assert read.children is None, "an unread object was taken apart to be written"
            break
    else:
        raise AssertionError("no length ended in 0x80")


def test_what_was_changed_is_encoded_anew() -> None:
    made = Outer({"inner": {"text": b"a"}, "text": b"x" * 370})
    read = Outer.load(made.dump())
    read["text"] = b"y"
    assert Outer.load(read.dump())["text"].native == b"y"
    heed_definite_lengths()
    assert read.dump() == Outer({"inner": {"text": b"a"}, "text": b"y"}).dump()


def test_an_indefinite_length_is_still_made_definite() -> None:
    indefinite = b"\x30\x80\x30\x05\x04\x03abc\x04\x01x\x00\x00"
    assert Outer.load(indefinite).dump() == Outer({"inner": {"text": b"abc"}, "text": b"x"}).dump()
