"""Pages of the law, the calendar and the deadlines."""

from django.urls import URLPattern, path

from lienthong.systems.admin.views import calendar, clocks, law, law_changes

LAW: list[URLPattern] = [
    path("can-cu-phap-ly/", law.listing, name="law"),
    path("can-cu-phap-ly/bo-quy-dinh/", law.rules, name="law_rules"),
    path("can-cu-phap-ly/khac-biet/", law.differences, name="law_differences"),
    path("can-cu-phap-ly/nap/", law_changes.bring, name="law_import"),
    path("can-cu-phap-ly/tham-so/<str:key>/", law.key, name="law_key"),
    path("can-cu-phap-ly/tham-so/<str:key>/de-xuat/", law_changes.change, name="law_change"),
    path("can-cu-phap-ly/de-xuat/", law_changes.listing, name="law_proposals"),
    path("can-cu-phap-ly/de-xuat/<uuid:ident>/", law_changes.proposal, name="law_proposal"),
    path("can-cu-phap-ly/de-xuat/<uuid:ident>/<slug:act>/", law_changes.act, name="law_proposal_act"),
    path("lich-lam-viec/", calendar.present, name="calendar"),
    path("lich-lam-viec/<int:year>/", calendar.of_year, name="calendar_year"),
    path("lich-lam-viec/<int:year>/in/", calendar.paper, name="calendar_print"),
    path("lich-lam-viec/<int:year>/them-ngay/", calendar.add_day, name="calendar_day"),
    path("lich-lam-viec/<int:year>/xac-nhan/", calendar.confirm, name="calendar_confirm"),
    path("lich-lam-viec/<int:year>/nap/", calendar.bring, name="calendar_import"),
    path("lich-lam-viec/ngay/<uuid:ident>/rut/", calendar.withdraw, name="calendar_withdraw"),
    path("thoi-han/<uuid:ident>/", clocks.clock, name="clock"),
    path("quan-tri/tinh-lai-han/", clocks.recounts, name="recounts"),
    path("quan-tri/tinh-lai-han/quyet-dinh/", clocks.decide, name="recount_decide"),
    path("quan-tri/dong-ho/", clocks.machine, name="drift"),
]
