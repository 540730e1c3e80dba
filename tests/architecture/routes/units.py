"""Pages and API of units, cases, bodies, schemes, imports and places."""

from datetime import date
from uuid import uuid4

from lienthong.contracts.actor import Actor
from lienthong.core.orgs.actions import bodies, cases, codes, imports, units
from lienthong.core.orgs.models import IssuingBody, Reorganisation, Unit, UnitImport
from lienthong.core.registry import registry
from tests.architecture.routes.route import Route, Thing, page
from tests.architecture.scenes import Stage
from tests.architecture.scenes.units import PAPER, a_scheme_is_published, administrator, division

CASE, BODY, IMPORT, SCHEME, UNIT = "unit_case", "unit_body", "unit_import", "unit_scheme", "unit"
DAY = "2026-01-01"
DATED = {"effective": DAY, "instrument": "Quyết định"}
A_BODY = {"kind": "unit", "name": "Tên", "abbreviation": "T", "header_lines": ["TÊN"], "place": "Huế", **DATED}
A_SCHEME = {
    "name": "Tên",
    "issuer_id": str(uuid4()),
    "alphabet": "digits",
    "shortest": 1,
    "longest": 2,
    "instrument": "Quyết định",
    "published_on": DAY,
}
ROUTES: dict[str, Route] = {
    "admin:units": page(units.READ),
    "admin:unit_new": page(units.CREATE),
    "admin:unit": page(units.READ, things=UNIT),
    "admin:unit_change": page(units.CHANGE, things=UNIT),
    "admin:unit_correct": page(units.CORRECT, things=UNIT),
    "admin:unit_code": page(units.ADD_CODE, things=UNIT),
    "admin:unit_code_end": page(units.END_CODE, things=UNIT),
    "admin:unit_cases": page(cases.READ),
    "admin:unit_case_new": page(cases.OPEN),
    "admin:unit_case": page(cases.READ, things=CASE),
    "admin:unit_case_take": page(cases.NAME_TAKER, method="post", things=CASE),
    "admin:unit_case_minutes": page(cases.READ, things=CASE),
    "admin:unit_case_act": page(cases.READ, method="post", things=CASE, verb_on=cases.CANCEL, extra={"act": "huy"}),
    "admin:unit_bodies": page(bodies.READ),
    "admin:unit_body_new": page(bodies.CREATE),
    "admin:unit_body_change": page(bodies.CHANGE, things=BODY),
    "admin:unit_body_end": page(bodies.END, things=BODY),
    "admin:unit_schemes": page(codes.PUBLISH_SCHEME),
    "admin:unit_scheme_new": page(codes.PUBLISH_SCHEME),
    "admin:unit_scheme_amend": page(codes.AMEND_SCHEME, things=SCHEME),
    "admin:unit_scheme_end": page(codes.END_SCHEME, method="post", things=SCHEME),
    "admin:unit_imports": page(imports.READ),
    "admin:unit_import_template": page(imports.READ, extra={"kind": "xlsx"}),
    "admin:unit_import": page(imports.READ, things=IMPORT),
    "admin:unit_import_load": page(imports.APPROVE, method="post", things=IMPORT),
    "admin:unit_places": page(units.READ),
    "api:list_units": page(units.READ),
    "api:resolve_code": page(units.READ, data={"code": "X01"}),
    "api:get_unit": page(units.READ, things=UNIT),
    "api:create_unit": page(units.CREATE, method="post", json=True, data=DATED),
    "api:change_unit": page(
        units.CHANGE,
        method="post",
        things=UNIT,
        verb_on=units.CHANGE,
        json=True,
        data={"version": 0, "changes": {}, **DATED},
    ),
    "api:correct_unit": page(
        units.CORRECT,
        method="post",
        things=UNIT,
        verb_on=units.CORRECT,
        json=True,
        data={"version": 0, "changes": {}, "start": DAY, "reason": "x"},
    ),
    "api:code_unit": page(
        units.ADD_CODE,
        method="post",
        things=UNIT,
        verb_on=units.ADD_CODE,
        json=True,
        data={"version": 0, "code": "X", **DATED},
    ),
    "api:end_unit_code": page(
        units.END_CODE,
        method="post",
        things=UNIT,
        verb_on=units.END_CODE,
        json=True,
        data={"version": 0, "code": "X", "effective": DAY, "reason": "x"},
    ),
    "api:list_cases": page(cases.READ),
    "api:get_case": page(cases.READ, things=CASE),
    "api:open_reorganisation": page(cases.OPEN, method="post", json=True, data={"kind": "merge", "ends": [], **DATED}),
    "api:name_takers": page(
        cases.NAME_TAKER, method="put", things=CASE, json=True, data={"group": "x", "kind": "unit"}
    ),
    "api:act_case": page(
        cases.READ,
        method="post",
        things=CASE,
        verb_on=cases.CANCEL,
        extra={"act": "cancel"},
        json=True,
        data={"reason": ""},
    ),
    "api:list_bodies": page(bodies.READ),
    "api:create_body": page(bodies.CREATE, method="post", json=True, data=A_BODY),
    "api:change_body": page(bodies.CHANGE, method="post", things=BODY, json=True, data=A_BODY),
    "api:end_body": page(bodies.END, method="post", things=BODY, json=True, data={"effective": DAY, "reason": "x"}),
    "api:list_schemes": page(units.READ),
    "api:publish_scheme": page(codes.PUBLISH_SCHEME, method="post", json=True, data=A_SCHEME),
    "api:amend_scheme": page(
        codes.AMEND_SCHEME, method="patch", things=SCHEME, json=True, data={"changes": {}, "reason": "x"}
    ),
    "api:begin_import": page(imports.BEGIN, method="post"),
    "api:get_import": page(imports.READ, things=IMPORT),
    "api:load_import": page(imports.APPROVE, method="post", things=IMPORT),
    "api:list_places": page(units.READ),
}


def _ident(*rows: object) -> list[Thing]:
    return [Thing(row, {"ident": row.pk}) for row in rows]  # type: ignore[attr-defined]


def _cases(stage: Stage) -> list[Thing]:
    found = []
    for agency in (stage.world.a, stage.world.b):
        unit = division(agency, "Phòng Giải thể")
        found.append(
            cases.open_case(
                by=administrator(agency),
                kind=Reorganisation.Kind.DISSOLVE,
                ends=[unit.pk],
                instrument=PAPER,
                effective=date(2030, 1, 1),
            )
        )
    return _ident(*found)


def _imports(stage: Stage) -> list[Thing]:
    return _ident(
        *(
            imports.begin(
                by=administrator(agency), name="a.csv", content=b"a", instrument="Nguồn", effective=date(2026, 1, 1)
            )
            for agency in (stage.world.a, stage.world.b)
        )
    )


def _schemes(stage: Stage) -> list[Thing]:
    a_scheme_is_published(stage)
    from lienthong.core.orgs.models import CodeScheme

    return _ident(*CodeScheme.objects.all()[:1])


THINGS = {
    UNIT: lambda stage: _ident(*Unit.objects.filter(agency_id__in=[stage.world.a.id, stage.world.b.id])[:3]),
    CASE: _cases,
    BODY: lambda stage: _ident(stage.world.a.body, stage.world.b.body),
    IMPORT: _imports,
    SCHEME: _schemes,
}


def _by_policy(model: type) -> object:
    return lambda actor, obj: registry.policies[model].sees(actor, obj)


def _public(_actor: Actor, _obj: object) -> bool:
    return True


SEES = {
    UNIT: _public,
    SCHEME: _public,
    CASE: _by_policy(Reorganisation),
    BODY: _by_policy(IssuingBody),
    IMPORT: _by_policy(UnitImport),
}
