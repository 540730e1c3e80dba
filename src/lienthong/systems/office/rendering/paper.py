"""A document as it is to be printed: everything that PL I.IV puts on paper, nothing about how (OF-44)."""

from dataclasses import dataclass, field
from datetime import date
from typing import Any

from lienthong.systems.office.rendering.rules import DocumentType, Rules, Template, nd30


@dataclass(frozen=True, slots=True, kw_only=True)
class Signer:
    """Boxes 7a–7b of one signer: quyền hạn and chức vụ lines stacked ("KT. BỘ TRƯỞNG", "THỨ TRƯỞNG"), then the name.

    `lines` are printed as given, in capitals (OF-28, CORE-11); `name` bears no title. `seal` False leaves out the
    agency's field (the thư ký of a biên bản). `post` is the post in the agency of one who signs for a council
    (PL I.II.7.d).
    """

    lines: tuple[str, ...]
    name: str
    seal: bool = True
    post: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Attached:
    """What an annex or attached text belongs to: "(Kèm theo Quyết định số … ngày … của Bộ Nội vụ)" (mẫu 1.3, 2.2)."""

    type_name: str
    notation: str
    issuer: str
    number: str = ""
    issued_on: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Annex:
    """A phụ lục: `number` 0 where there is only one; in the same file or in a file of its own (OF-44, OF-51)."""

    title: str
    body: dict[str, Any]
    number: int = 0
    landscape: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Paper:
    """One outgoing document. All texts are plain; `body` follows `rendering.body`.

    `header`: box 2, first the superior body, last the issuing body. `notation`: what follows the number, "/QĐ-BNV";
    `number_prefix` what stands before it ("66."). `number` "" and `issued_on` None are blank until the document is
    numbered; the space, or the form field of mode A (OF-21), is measured by `number_sample`.
    `issuer`: the issuing body as running text names it (default: last of `header`). `authority`: the line above the
    căn cứ of quyết định and nghị quyết; None derives it from signer and issuing body ("BỘ TRƯỞNG BỘ NỘI VỤ"), "" leaves
    it out. `grounds`: căn cứ without their end marks.
    `addressees`: 9a. `recipients`: 9b without dashes and end marks, the archive line apart. `archive_unit` and
    `archive_copies`: "Lưu: VT, KTTH (2)". `drafter` and `issued_copies`: box 12.
    """

    type: DocumentType
    header: tuple[str, ...]
    notation: str
    place: str
    subject: str
    body: dict[str, Any]
    signers: tuple[Signer, ...]
    number: str = ""
    number_prefix: str = ""
    number_sample: str = "0000"
    issued_on: date | None = None
    title: str = ""
    salutation: str = ""
    addressees: tuple[str, ...] = ()
    issuer: str = ""
    authority: str | None = None
    grounds: tuple[str, ...] = ()
    enacting: str | None = None
    recipients: tuple[str, ...] = ()
    opening_recipient: str | None = None
    archive: str = "VT"
    archive_unit: str = ""
    archive_copies: int = 0
    drafter: str = ""
    issued_copies: int = 0
    urgency: str = ""
    circulation: str = ""
    address: str = ""
    attached: Attached | None = None
    annexes: tuple[Annex, ...] = ()
    template: str = ""
    rules: Rules = field(default_factory=nd30)

    def has(self, part: str) -> bool:
        """Whether the document's template prints the part (OF-42); `template` overrides that of the type."""
        return self.sample.has(part)

    @property
    def issuing_body(self) -> str:
        """The issuing body in running text."""
        return self.issuer or (self.header[-1] if self.header else "")

    @property
    def enacted_by(self) -> str:
        """Whose authority a quyết định or nghị quyết invokes, in capitals (mẫu 1.1, 1.2); "" for other texts.

        For a collective ("TM. …") it is the body itself, else the post that signs or is signed for, and the body.
        """
        if self.authority is not None:
            return self.authority.upper()
        if not self.sample.enacting or not self.signers or not self.header:
            return ""
        first, body = self.signers[0].lines[0].upper().strip(), self.header[-1].upper()
        power, _, post = first.rpartition(". ")
        return body if power == "TM" else f"{post} {body}"

    @property
    def sample(self) -> Template:
        """The sample of PL III that the document follows."""
        return self.rules.templates[self.template] if self.template else self.type.template

    @property
    def heading(self) -> str:
        """The name of the type as box 5a prints it, in capitals; "" for a công văn."""
        if not self.has("type"):
            return ""
        return (self.title or self.type.name).upper()

    @property
    def document_number(self) -> str:
        """Số, ký hiệu as printed once numbered; a single digit gets its leading 0 (OF-44, F-OF-12)."""
        return f"{self.number_prefix}{padded(self.number)}{self.suffix}"

    @property
    def suffix(self) -> str:
        """What follows the number, its separator included."""
        return self.notation if self.notation[:1] in {"/", "-", ""} else f"/{self.notation}"


def padded(number: str) -> str:
    """A number with the leading 0 that PL I.II.3.c wants below 10."""
    return number.zfill(2) if number.isdigit() else number
