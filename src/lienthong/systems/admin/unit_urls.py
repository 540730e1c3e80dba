"""Pages of units, cases, bodies, schemes, imports and places."""

from django.urls import URLPattern, path

from lienthong.systems.admin.views import units, units_cases, units_more

UNITS: list[URLPattern] = [
    path("quan-tri/don-vi/", units.listing, name="units"),
    path("quan-tri/don-vi/them/", units.new, name="unit_new"),
    path("quan-tri/don-vi/<uuid:ident>/", units.detail, name="unit"),
    path("quan-tri/don-vi/<uuid:ident>/doi/", units.change, name="unit_change"),
    path("quan-tri/don-vi/<uuid:ident>/dinh-chinh/", units.correct, name="unit_correct"),
    path("quan-tri/don-vi/<uuid:ident>/ma/", units.code, name="unit_code"),
    path("quan-tri/don-vi/<uuid:ident>/ma/ngung/", units.code_end, name="unit_code_end"),
    path("quan-tri/don-vi/sap-xep/", units_cases.listing, name="unit_cases"),
    path("quan-tri/don-vi/sap-xep/them/", units_cases.new, name="unit_case_new"),
    path("quan-tri/don-vi/sap-xep/<uuid:ident>/", units_cases.detail, name="unit_case"),
    path("quan-tri/don-vi/sap-xep/<uuid:ident>/noi-nhan/", units_cases.take, name="unit_case_take"),
    path("quan-tri/don-vi/sap-xep/<uuid:ident>/bien-ban/", units_cases.minutes, name="unit_case_minutes"),
    path("quan-tri/don-vi/sap-xep/<uuid:ident>/viec/<slug:act>/", units_cases.act, name="unit_case_act"),
    path("quan-tri/don-vi/chu-the-ban-hanh/", units_more.body_list, name="unit_bodies"),
    path("quan-tri/don-vi/chu-the-ban-hanh/them/", units_more.body_new, name="unit_body_new"),
    path("quan-tri/don-vi/chu-the-ban-hanh/<uuid:ident>/doi/", units_more.body_change, name="unit_body_change"),
    path("quan-tri/don-vi/chu-the-ban-hanh/<uuid:ident>/ngung/", units_more.body_end, name="unit_body_end"),
    path("quan-tri/don-vi/he-thong-ma/", units_more.scheme_list, name="unit_schemes"),
    path("quan-tri/don-vi/he-thong-ma/them/", units_more.scheme_new, name="unit_scheme_new"),
    path("quan-tri/don-vi/he-thong-ma/<uuid:ident>/sua/", units_more.scheme_amend, name="unit_scheme_amend"),
    path("quan-tri/don-vi/he-thong-ma/<uuid:ident>/ngung/", units_more.scheme_end, name="unit_scheme_end"),
    path("quan-tri/don-vi/nap/", units_more.import_list, name="unit_imports"),
    path("quan-tri/don-vi/nap/mau/<slug:kind>/", units_more.template, name="unit_import_template"),
    path("quan-tri/don-vi/nap/<uuid:ident>/", units_more.import_one, name="unit_import"),
    path("quan-tri/don-vi/nap/<uuid:ident>/nap/", units_more.import_load, name="unit_import_load"),
    path("quan-tri/don-vi/dia-ban/", units.places, name="unit_places"),
]
