"""One demo tree, one person, one agency, one node and a paper with the fields of mode A, for the tests of signing."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import pytest
import time_machine
import weasyprint

from lienthong.core.signing import appearance, demo_images, fields, pades, pki, tsa
from lienthong.core.signing.keystore import LocalKey
from lienthong.core.signing.pki import Kind, Subject
from lienthong.core.signing.trust import Anchor, TrustList

FONTS = Path(__file__).resolve().parents[5] / "build" / "fonts" / "tinos"
REGULAR, ITALIC = FONTS / "Tinos_400Regular.ttf", FONTS / "Tinos_400Regular_Italic.ttf"
START = datetime(2025, 1, 1, tzinfo=UTC)
AGENCY = "Bộ Thử nghiệm X01"
LEADER = Subject(Kind.PERSON, "Nguyễn Văn Ký", AGENCY, "Bộ trưởng")
ORGANISATION = Subject(Kind.ORGANISATION, AGENCY, AGENCY, code="X01")
NODE = Subject(Kind.SYSTEM, "Nút trục X01", AGENCY, code="X01")
LEADER_BOX = appearance.Box(330, 280, 450, 340)


@dataclass
class World:
    """Keys and trust of the tests; `trust(at)` holds the revocation lists as of an instant."""

    pki: pki.DemoPki
    handles: dict[str, LocalKey] = field(default_factory=dict)

    def key(self, subject: Subject, **options: object) -> LocalKey:
        """A fresh certificate of a subject under the officials' issuer."""
        return LocalKey.of("test", self.pki.officials.issue(subject, valid_from=START, **options))  # type: ignore[arg-type]

    @property
    def stamps(self) -> tsa.TimeStamps:
        """Both authorities in order."""
        return tsa.TimeStamps(
            [
                tsa.LocalTimeStampService("TSA 1", LocalKey.of("tsa-1", self.pki.tsa)),
                tsa.LocalTimeStampService("TSA 2", LocalKey.of("tsa-2", self.pki.second_tsa)),
            ]
        )

    def trust(self, at: datetime | None = None) -> TrustList:
        """The demo root with revocation lists issued at an instant."""
        return TrustList((Anchor(pki.der(self.pki.root.issued.certificate)),), crls=self.pki.crls(at=at))


class DeadService:
    """A time-stamp authority that never answers."""

    name = "TSA hỏng"

    def respond(self, request: bytes) -> bytes:
        from lienthong.contracts.signing import TimeStampUnavailable

        raise TimeStampUnavailable("không kết nối được")


@pytest.fixture(scope="session")
def tree() -> pki.DemoPki:
    with time_machine.travel(START):
        return pki.DemoPki.create(valid_from=START, tsa_years=8)


@pytest.fixture
def world(tree: pki.DemoPki) -> World:
    for authority in (tree.root, tree.officials, tree.public):
        authority.revoked.clear()
    return World(tree)


@pytest.fixture(scope="session")
def paper() -> bytes:
    """An approved paper: text fields so_ky_hieu, ngay, thang; signature fields ky_lanh_dao, ky_co_quan."""
    html = "<html lang=vi><body><p>Số:        /QĐ-BTN</p><p>Quyết định thử nghiệm về ký số.</p></body></html>"
    return fields.add_fields(
        weasyprint.HTML(string=html).write_pdf(),
        [
            fields.TextField("so_ky_hieu", appearance.Box(100, 700, 150, 718)),
            fields.TextField("ngay", appearance.Box(300, 700, 330, 718)),
            fields.TextField("thang", appearance.Box(370, 700, 400, 718)),
        ],
        [
            fields.SignatureField("ky_lanh_dao", LEADER_BOX),
            fields.SignatureField("ky_co_quan", appearance.seal_box(LEADER_BOX), organisation=True),
        ],
    )


@pytest.fixture(scope="session")
def pictures() -> tuple[pades.Look, pades.Look]:
    """The leader's handwriting and the agency's seal."""
    return (
        pades.Look(png=demo_images.signature_png(LEADER.name)),
        pades.Look(png=demo_images.seal_png(AGENCY, REGULAR)),
    )
