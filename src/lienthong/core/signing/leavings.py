"""What signing keeps of agencies that end: certificates, the keys behind them, seals (CORE-103; NĐ 30/2020 Đ32)."""

from collections.abc import Iterable, Iterator, Sequence
from uuid import UUID

from lienthong.contracts.actor import Actor
from lienthong.contracts.handover import Item, Leaving, Taken
from lienthong.core.signing import actions
from lienthong.core.signing.models import Certificate, Picture
from lienthong.kit import clock


class SigningLeavings:
    """Implements `contracts.handover.HandOverSource`."""

    def items(self, leaving: Leaving) -> Iterator[Item]:
        """Certificates in force, the keys that lie in the keystore, and the seals in use."""
        rows = Certificate.objects.filter(
            agency_id__in=leaving.agencies, revoked_at__isnull=True, valid_to__gt=clock.now()
        ).order_by("name", "serial")
        for row in rows:
            agency: UUID = row.agency_id  # type: ignore[assignment]
            title = f"{row.name}, số hiệu {row.serial}"
            yield _item("certificate", "Chứng thư số", row.pk, title, agency)
            if row.key_name:
                yield _item("key", "Khóa trong kho khóa", row.pk, row.key_name, agency)
        seals = Picture.objects.filter(
            kind=Picture.Kind.SEAL, agency_id__in=leaving.agencies, used_to__isnull=True
        ).order_by("name")
        for seal in seals:
            yield _item("seal", "Dấu", seal.pk, seal.name, seal.agency_id)  # type: ignore[arg-type]

    def close(self, *, by: Actor, leaving: Leaving, taken: Sequence[Taken], reason: str) -> Iterable[tuple[str, str]]:  # noqa: ARG002
        """Certificates are revoked and seals withdrawn on the day; keys rest with their revoked certificates."""
        for each in taken:
            key = each.item.key
            kind, _, ident = key.partition(":")
            if kind == "certificate":
                row = Certificate.objects.get(pk=ident)
                actions.revoke_certificate(by=by, target=row, reason=reason)
                yield key, "Đã thu hồi chứng thư số; chữ ký cũ vẫn kiểm tra được."
            elif kind == "seal":
                actions.withdraw_picture(by=by, target=Picture.objects.get(pk=ident), reason=reason)
                yield key, "Đã ngừng dùng dấu."
            else:
                yield key, "Khóa ngừng dùng theo chứng thư số đã thu hồi."


def _item(kind: str, label: str, ident: UUID, title: str, agency: UUID) -> Item:
    return Item(group=kind, label=label, key=f"{kind}:{ident}", title=title, agency_id=agency, unit_id=agency)
