"""How other parts show and open units, cases, bodies, schemes and imports: the journal names them by reference."""

from typing import Any
from uuid import UUID

from django.urls import reverse

from lienthong.contracts.actor import Actor
from lienthong.core.orgs.models import CodeScheme, IssuingBody, Reorganisation, UnitImport
from lienthong.core.orgs.queries import latest
from lienthong.core.registry import RefKind, registry


def _unit_title(ident: UUID) -> str:
    found = latest([ident]).get(ident)
    return found.official_name if found else "Đơn vị"


def _unit_url(ident: UUID) -> str:
    return reverse("admin:unit", args=[ident])


def _kind(kind: str, label: str, model: Any, url_name: str, *, of_row: bool = True) -> RefKind:
    def title(ident: UUID) -> str:
        row = model.objects.filter(pk=ident).first()
        return str(row) if row else label

    def url(ident: UUID) -> str:
        return reverse(url_name, args=[ident] if of_row else [])

    def may_see(actor: Actor, ident: UUID) -> bool:
        row = model.objects.filter(pk=ident).first()
        return bool(row and registry.policies[model].sees(actor, row))

    return RefKind(kind, label, title, url, may_see)


KINDS = (
    RefKind("orgs:unit", "Đơn vị", _unit_title, _unit_url, lambda _actor, _ident: True),
    _kind("orgs:case", "Việc sắp xếp tổ chức", Reorganisation, "admin:unit_case"),
    _kind("orgs:import", "Lần nạp đơn vị", UnitImport, "admin:unit_import"),
    _kind("orgs:issuingbody", "Chủ thể ban hành", IssuingBody, "admin:unit_bodies", of_row=False),
    _kind("orgs:codescheme", "Hệ thống mã khác", CodeScheme, "admin:unit_schemes", of_row=False),
)
