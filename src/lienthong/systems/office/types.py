"""The 29 types of administrative documents (NĐ 30/2020 Đ7, PL III; OF-41), read from the lawbook."""

from dataclasses import dataclass
from datetime import date

from lienthong.core import lawbook


@dataclass(frozen=True, slots=True)
class DocumentType:
    """A type: `title` is what box 5a prints (empty for công văn and thư công), `axis_code` its number on the axis
    (EX-35).
    """

    code: str
    name: str
    title: str
    abbreviation: str
    template: str
    axis_code: int | None

    @property
    def is_letter(self) -> bool:
        """Công văn: no named type, trích yếu after "V/v" under the number."""
        return not self.title


def by_code(on: date | None = None) -> dict[str, DocumentType]:
    """All types by their code, in the order of Đ7."""
    axis = {row["name"]: row["code"] for row in lawbook.get("exchange.administrative_types", on=on)}
    return {
        row["code"]: DocumentType(
            code=row["code"],
            name=row["name"],
            title=row["title"],
            abbreviation=row["abbreviation"],
            template=row["template"],
            axis_code=axis.get(row["name"].removesuffix(" (cá biệt)")),
        )
        for row in lawbook.get("office.document_types", on=on)
    }
