"""What is said about a signature and a signed paper, in data and in Vietnamese (CORE-63, CORE-64, CORE-66)."""

from dataclasses import asdict, dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from lienthong.core.signing.pki import Kind
from lienthong.kit import clock


class Status(StrEnum):
    """The four verdicts of CORE-63."""

    VALID = "valid"
    VALID_AT_SIGNING = "valid_at_signing"
    INDETERMINATE = "indeterminate"
    INVALID = "invalid"


class Reason(StrEnum):
    """Why a verdict is not simply valid."""

    BROKEN = "broken"
    EXPIRED = "expired"
    NOT_YET_VALID = "not_yet_valid"
    REVOKED = "revoked"
    WRONG_PURPOSE = "wrong_purpose"
    BAD_CHAIN = "bad_chain"
    WRONG_REFERENCES = "wrong_references"
    UNTRUSTED = "untrusted"
    WEAK_ALGORITHM = "weak_algorithm"
    NO_REVOCATION_DATA = "no_revocation_data"
    NO_TIME_PROOF = "no_time_proof"
    UNREADABLE = "unreadable"
    LEGACY = "legacy"


STATUS_TEXT: dict[Status, str] = {
    Status.VALID: "Hợp lệ",
    Status.VALID_AT_SIGNING: "Hợp lệ tại thời điểm ký",
    Status.INDETERMINATE: "Chưa xác định",
    Status.INVALID: "Không hợp lệ",
}

REASON_TEXT: dict[Reason, str] = {
    Reason.BROKEN: "nội dung đã bị thay đổi hoặc chữ ký bị hỏng",
    Reason.EXPIRED: "chứng thư số đã hết hạn khi ký",
    Reason.NOT_YET_VALID: "chứng thư số chưa có hiệu lực khi ký",
    Reason.REVOKED: "chứng thư số đã bị thu hồi trước khi ký",
    Reason.WRONG_PURPOSE: "chứng thư số không được cấp để ký loại này",
    Reason.BAD_CHAIN: "chuỗi chứng thư số không hợp lệ",
    Reason.WRONG_REFERENCES: "chữ ký không phủ đúng các phần của gói tin",
    Reason.UNTRUSTED: "chứng thư số không dẫn tới tổ chức chứng thực được tin cậy",
    Reason.WEAK_ALGORITHM: "không tin cậy (thuật toán cũ)",
    Reason.NO_REVOCATION_DATA: "chưa có dữ liệu thu hồi còn hiệu lực của chứng thư số",
    Reason.NO_TIME_PROOF: "không có dấu thời gian chứng minh chữ ký có trước khi chứng thư số hết hạn hoặc bị thu hồi",
    Reason.UNREADABLE: "không đọc được chữ ký",
    Reason.LEGACY: "chưa kiểm chứng",
}

GOOD = frozenset({Status.VALID, Status.VALID_AT_SIGNING})


@dataclass(frozen=True, slots=True)
class Revocation:
    """Where the revocation state was read: a list (CRL) or an answer (OCSP), of which instant, and what it says."""

    source: str
    issued_at: datetime
    revoked_at: datetime | None = None
    cause: str = ""

    @property
    def sentence(self) -> str:
        """For example "Theo CRL lúc 08:00 ngày 01/03/2026: chưa bị thu hồi"."""
        head = f"Theo {self.source} lúc {_moment(self.issued_at)}"
        if self.revoked_at is None:
            return f"{head}: chưa bị thu hồi"
        return f"{head}: bị thu hồi từ {_moment(self.revoked_at)}"


@dataclass(frozen=True, slots=True)
class SigningTime:
    """When it was signed: proven by an RFC 3161 stamp, or only claimed by the signer ("tự khai")."""

    at: datetime | None = None
    proven: bool = False
    authority: str = ""

    @property
    def sentence(self) -> str:
        """The time with its proof, as the clerk reads it."""
        if self.at is None:
            return "Không có thời gian ký"
        if self.proven:
            return f"{_moment(self.at)} (dấu thời gian của {self.authority})"
        return f"{_moment(self.at)} (tự khai)"


@dataclass(frozen=True, slots=True)
class Signer:
    """Whom the certificate names."""

    kind: Kind
    name: str
    position: str = ""
    unit: str = ""
    serial: str = ""
    issuer: str = ""
    fingerprint: str = ""


@dataclass(frozen=True, slots=True)
class SignatureVerdict:
    """The verdict on one signature (CORE-63).

    `revision` of `revisions` is what the bytes of the signature cover: the last one means the whole file. `altered`
    says that something not permitted was added afterwards.
    """

    status: Status
    signer: Signer
    time: SigningTime
    reason: Reason | None = None
    chain: tuple[str, ...] = ()
    revocation: Revocation | None = None
    field: str = ""
    revision: int = 1
    revisions: int = 1
    altered: bool = False
    notes: tuple[str, ...] = ()

    @property
    def good(self) -> bool:
        """Whether the signature may be relied on: valid now, or proven valid when made, and nothing altered since."""
        return self.status in GOOD and not self.altered

    @property
    def covers_file(self) -> bool:
        """Whether the signature covers the last byte of the file."""
        return self.revision == self.revisions

    @property
    def label(self) -> str:
        """The verdict with its reason."""
        text = STATUS_TEXT[self.status]
        return f"{text}: {REASON_TEXT[self.reason]}" if self.reason else text

    @property
    def coverage(self) -> str:
        """What the signature covers, in words."""
        return "Toàn bộ tệp" if self.covers_file else f"Phiên bản {self.revision} trên {self.revisions} của tệp"

    @property
    def sentences(self) -> tuple[str, ...]:
        """All that the clerk is shown before accepting, one fact a sentence."""
        who = ", ".join(part for part in (self.signer.name, self.signer.position, self.signer.unit) if part)
        lines = [
            f"{self.label}.",
            f"Người ký: {who or 'không xác định'}.",
            f"Thời gian ký: {self.time.sentence}.",
            f"Phạm vi: {self.coverage}.",
        ]
        if self.chain:
            lines.append(f"Chuỗi chứng thực: {' → '.join(self.chain)}.")
        if self.revocation:
            lines.append(f"{self.revocation.sentence}.")
        if self.altered:
            lines.append("Tệp đã bị thay đổi sau chữ ký này.")
        return (*lines, *self.notes)


class PaperKind(StrEnum):
    """Which rule of CORE-66 a file falls under."""

    MAIN = "main"
    COPY = "copy"
    ANNEX = "annex"


class PaperValue(StrEnum):
    """What a signed file is worth (EX-2, NĐ 30/2020 Đ5, 25, 26, 33)."""

    ORIGINAL = "original"
    COPY = "copy"
    ANNEX = "annex"
    REFERENCE = "reference"
    UNDETERMINED = "undetermined"
    INVALID = "invalid"


VALUE_TEXT: dict[PaperValue, str] = {
    PaperValue.ORIGINAL: "Bản gốc điện tử",
    PaperValue.COPY: "Bản sao hợp lệ",
    PaperValue.ANNEX: "Tệp kèm theo hợp lệ",
    PaperValue.REFERENCE: "Chỉ để tham khảo",
    PaperValue.UNDETERMINED: "Chưa xác định",
    PaperValue.INVALID: "Không hợp lệ",
}


@dataclass(frozen=True, slots=True)
class FileVerdict:
    """The verdict on a signed file: its signatures in the order of the revisions, and what was done after them."""

    signatures: tuple[SignatureVerdict, ...] = ()
    altered: bool = False
    notes: tuple[str, ...] = ()
    error: str = ""
    checked_at: datetime = field(default_factory=clock.now)

    @property
    def persons(self) -> tuple[SignatureVerdict, ...]:
        """The signatures of competent persons."""
        return tuple(s for s in self.signatures if s.signer.kind is Kind.PERSON)

    @property
    def organisations(self) -> tuple[SignatureVerdict, ...]:
        """The signatures of agencies."""
        return tuple(s for s in self.signatures if s.signer.kind is Kind.ORGANISATION)

    @property
    def sentences(self) -> tuple[str, ...]:
        """What is said of the file as a whole, before its signatures one by one."""
        if self.error:
            return (f"Không kiểm tra được: {self.error}",)
        if not self.signatures:
            return ("Tệp không có chữ ký số.",)
        whole = "Tệp đã bị thay đổi sau khi ký." if self.altered else "Tệp không bị thay đổi ngoài những gì được phép."
        return (whole, *self.notes)


def paper_value(verdict: FileVerdict, kind: PaperKind, *, main: PaperValue | None = None) -> PaperValue:
    """The person first, then the agency; one agency signature for copies and separate annexes (CORE-66, V-SIG-6).

    `main` is the value of the main file that an annex belongs to. Src: NĐ 30/2020 Đ5, 14, 18.6, 25.1.c, 26, 32.2.d.
    """
    if verdict.error or verdict.altered or any(s.status is Status.INVALID for s in verdict.signatures):
        return PaperValue.INVALID
    if kind is PaperKind.MAIN:
        return _main_value(verdict)
    if not verdict.organisations:
        return PaperValue.REFERENCE
    if not any(s.good for s in verdict.organisations):
        return PaperValue.UNDETERMINED
    if kind is PaperKind.COPY:
        return PaperValue.COPY
    if main is PaperValue.ORIGINAL:
        return PaperValue.ANNEX
    return PaperValue.UNDETERMINED if main is PaperValue.UNDETERMINED else PaperValue.REFERENCE


def _main_value(verdict: FileVerdict) -> PaperValue:
    ordered = [
        (person, agency)
        for agency in verdict.organisations
        for person in verdict.persons
        if person.revision < agency.revision
    ]
    if not ordered:
        return PaperValue.REFERENCE
    every = (*verdict.persons, *verdict.organisations)
    return PaperValue.ORIGINAL if all(s.good for s in every) else PaperValue.UNDETERMINED


def _moment(instant: datetime) -> str:
    return clock.local(instant).strftime("%H:%M:%S ngày %d/%m/%Y")


def to_json(verdict: FileVerdict | SignatureVerdict) -> dict[str, Any]:
    """A verdict as plain JSON values, times in ISO 8601."""
    return {key: _plain(value) for key, value in asdict(verdict).items()}


def signature_verdict_from_json(data: dict[str, Any]) -> SignatureVerdict:
    """A verdict read back from `to_json`; raises KeyError or ValueError on anything else."""
    revocation = data["revocation"]
    return SignatureVerdict(
        status=Status(data["status"]),
        signer=Signer(**{**data["signer"], "kind": Kind(data["signer"]["kind"])}),
        time=SigningTime(**{**data["time"], "at": _instant(data["time"]["at"])}),
        reason=Reason(data["reason"]) if data["reason"] else None,
        chain=tuple(data["chain"]),
        revocation=Revocation(
            source=revocation["source"],
            issued_at=datetime.fromisoformat(revocation["issued_at"]),
            revoked_at=_instant(revocation["revoked_at"]),
            cause=revocation["cause"],
        )
        if revocation
        else None,
        field=data["field"],
        revision=data["revision"],
        revisions=data["revisions"],
        altered=data["altered"],
        notes=tuple(data["notes"]),
    )


def file_verdict_from_json(data: dict[str, Any]) -> FileVerdict:
    """A verdict read back from `to_json`; raises KeyError or ValueError on anything else."""
    return FileVerdict(
        signatures=tuple(signature_verdict_from_json(item) for item in data["signatures"]),
        altered=data["altered"],
        notes=tuple(data["notes"]),
        error=data["error"],
        checked_at=datetime.fromisoformat(data["checked_at"]),
    )


def _instant(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, StrEnum):
        return value.value
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return value
