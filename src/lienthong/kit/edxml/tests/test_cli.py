"""`lienthong edxml check` and `show` (issue 2, point 3)."""

import io
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import time_machine

from lienthong.kit.edxml import cli, samples, variants

AT = "2026-10-01T03:00:00Z"


@pytest.fixture(autouse=True)
def _today() -> object:
    with time_machine.travel(AT, tick=False):
        yield


def put(path: Path, data: bytes) -> str:
    path.write_bytes(data)
    return str(path)


def test_valid_packets(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Exit 0, nothing printed."""
    files = [
        put(tmp_path / "a.xml", samples.to_bytes(samples.document())),
        put(tmp_path / "b.xml", samples.to_bytes(samples.status())),
    ]
    assert cli.main(["check", *files]) == 0
    assert capsys.readouterr() == ("", "")


def test_one_line_an_error(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Exit 1; `file:line:column code message`, the code whole, all errors (EX-36)."""
    text = variants.pretty(samples.to_bytes(samples.document())).decode()
    text = re.sub("(?s)<edXML:To>.*</edXML:To>\n", "", text).replace("Priority>0<", "Priority>5<")
    file = put(tmp_path / "a.xml", text.encode())
    good = put(tmp_path / "b.xml", samples.to_bytes(samples.document()))
    assert cli.main(["check", file, good]) == 1
    out, _ = capsys.readouterr()
    first, second = out.splitlines()
    lines = text.split("\n")
    at = lines.index('<edXML:MessageHeader Id="mh">') + 1
    assert first.startswith(f"{file}:{at}:1 N.MessageHeader.To ")
    at = lines.index("<edXML:Priority>5</edXML:Priority>") + 1
    assert second.startswith(f"{file}:{at}:1 M.MessageHeader.OtherInfo.Priority ")
    assert "«5»" in second
    assert "0 (Thường)" in second


def test_profile_is_chosen(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """EX-13: lenient takes what strict refuses; its warnings go to standard error."""
    file = put(tmp_path / "a.xml", variants.lenient_variants()["root EdXML"])
    assert cli.main(["check", file]) == 1
    capsys.readouterr()
    assert cli.main(["check", "--profile", "lenient", file]) == 0
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith(f"{file}:2:1 M.edXML ")


@pytest.mark.parametrize("name", variants.never_accepted())
def test_malformed_is_invalid(name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """EX-13: exit 1 and one line with line and column."""
    file = put(tmp_path / "a.xml", variants.never_accepted()[name])
    assert cli.main(["check", file]) == 1
    out, _ = capsys.readouterr()
    assert re.fullmatch(re.escape(file) + r":\d+:\d+ [MR]\.edXML .+\n", out)
    assert cli.main(["show", file]) == 1


def test_unreadable(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Exit 2: a file that is not there, or is no file; other files are still judged."""
    bad = put(tmp_path / "a.xml", b"<a/>")
    assert cli.main(["check", str(tmp_path / "none.xml"), bad, str(tmp_path)]) == 2
    out, err = capsys.readouterr()
    assert len(out.splitlines()) == 1
    assert err.splitlines() == [
        f"{tmp_path / 'none.xml'}: không đọc được: không có tệp này",
        f"{tmp_path}: không đọc được: đây là thư mục",
    ]
    assert cli.main(["show", str(tmp_path / "none.xml")]) == 2


def test_output_cut_off_is_not_the_files_fault(tmp_path: Path) -> None:
    """`show FILE | head -1`: nothing is said of the file, no trace of the program."""
    file = put(tmp_path / "a.xml", samples.to_bytes(samples.document()))
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "wb") as cut_off:
        command = [sys.executable, "-m", "lienthong.cli", "edxml", "show", file]
        ran = subprocess.run(command, stdout=cut_off, stderr=subprocess.PIPE, check=False)
    assert (ran.returncode, ran.stderr) == (141, b"")


def test_show(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A readable summary in Vietnamese, of documents and statuses."""
    assert cli.main(["show", put(tmp_path / "a.xml", samples.to_bytes(samples.update(added=["X1"])))]) == 0
    out, _ = capsys.readouterr()
    for text in ("Cập nhật", "16/UBND-VX", "30/09/2026", "V/v triển khai", "Thường", "Công văn 16.pdf, 77 byte"):
        assert text in out
    assert cli.main(["show", put(tmp_path / "b.xml", samples.to_bytes(samples.status("02")))]) == 0
    out, _ = capsys.readouterr()
    for text in ("02 Từ chối tiếp nhận", "16/UBND-VX", "Không thuộc thẩm quyền", "30/09/2026 09:15:00"):
        assert text in out


def test_formatting_an_error_never_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """F-EX-26: values with braces, percent signs, line breaks, controls, and a terminal that knows only ASCII."""
    value = "{0} %s %(x)d \N{RIGHT-TO-LEFT OVERRIDE}\x85\u2028 \n <ệ>"
    escaped = value.replace("<", "&lt;").replace(">", "&gt;")
    data = samples.to_bytes(samples.document()).decode().replace("Priority>0<", f"Priority>{escaped}<")
    raw = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(raw, encoding="ascii", write_through=True))
    assert cli.main(["check", put(tmp_path / "{0}%s.xml", data.encode())]) == 1
    assert raw.getvalue().count(b"\n") == 1
    assert b"T.MessageHeader.OtherInfo.Priority" in raw.getvalue()
