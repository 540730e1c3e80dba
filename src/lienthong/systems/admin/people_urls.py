"""Pages of people and positions."""

from django.urls import URLPattern, path

from lienthong.systems.admin.views import people, people_signing, positions

PEOPLE: list[URLPattern] = [
    path("quan-tri/nguoi/", people.listing, name="people"),
    path("quan-tri/nguoi/them/", people.new, name="person_new"),
    path("quan-tri/nguoi/nap/", people.bring, name="people_import"),
    path("quan-tri/nguoi/ra-soat/", people.review, name="review"),
    path("quan-tri/nguoi/<uuid:ident>/", people.person, name="person"),
    path("quan-tri/nguoi/<uuid:ident>/sua/", people.edit, name="person_edit"),
    path("quan-tri/nguoi/<uuid:ident>/so-dinh-danh/", people.record_number, name="number_record"),
    path("quan-tri/nguoi/<uuid:ident>/so-dinh-danh/xem/", people.read_number, name="number_read"),
    path("quan-tri/nguoi/<uuid:ident>/<slug:act>/", people.account_act, name="account_act"),
    path("quan-tri/vi-tri/", positions.listing, name="positions"),
    path("quan-tri/vi-tri/them/", positions.new, name="position_new"),
    path("quan-tri/vi-tri/<uuid:ident>/", positions.position, name="position"),
    path("quan-tri/vi-tri/<uuid:ident>/sua/", positions.edit, name="position_edit"),
    path("quan-tri/vi-tri/<uuid:ident>/bo/", positions.retire, name="position_retire"),
    path("quan-tri/vi-tri/<uuid:ident>/giao/", positions.appoint, name="appoint"),
    path("quan-tri/vi-tri/<uuid:ident>/vai-tro/", positions.grant, name="grant"),
    path("quan-tri/vi-tri/nguoi-giu/<uuid:ident>/thoi/", positions.end, name="holding_end"),
    path("quan-tri/vi-tri/vai-tro-da-trao/<uuid:ident>/rut/", positions.withdraw, name="grant_withdraw"),
    path("quan-tri/vi-tri/vai-tro/", positions.roles, name="roles"),
    path("quan-tri/vi-tri/vai-tro/them/", positions.role_new, name="role_new"),
    path("quan-tri/vi-tri/vai-tro/<uuid:ident>/", positions.role_edit, name="role_edit"),
    path("quan-tri/vi-tri/vai-tro/<uuid:ident>/bo/", positions.role_retire, name="role_retire"),
    path("quan-tri/quyen-ky/", people_signing.delegations, name="delegations"),
    path("quan-tri/quyen-ky/them/", people_signing.delegation_new, name="delegation_new"),
    path("quan-tri/quyen-ky/<uuid:ident>/", people_signing.delegation, name="delegation"),
    path("quan-tri/quyen-ky/<uuid:ident>/giao-lai/", people_signing.give_on, name="delegation_give_on"),
    path("quan-tri/quyen-ky/<uuid:ident>/thu-hoi/", people_signing.revoke, name="delegation_revoke"),
    path("quan-tri/quyen-ky/nguoi-ky/", people_signing.signers, name="signers"),
    path("quan-tri/quyen-ky/nguoi-ky/them/", people_signing.signer_new, name="signer_new"),
    path("quan-tri/quyen-ky/nguoi-ky/<uuid:ident>/rut/", people_signing.signer_withdraw, name="signer_withdraw"),
    path("quan-tri/vi-tri/lam-thay/", people_signing.absences, name="absences"),
    path("quan-tri/vi-tri/lam-thay/them/", people_signing.absence_new, name="absence_new"),
    path("quan-tri/vi-tri/lam-thay/<uuid:ident>/ket-thuc/", people_signing.absence_close, name="absence_close"),
]
