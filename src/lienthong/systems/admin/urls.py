"""Pages of the administration; each area adds its own list."""

from django.urls import URLPattern, path

from lienthong.systems.admin.law_urls import LAW
from lienthong.systems.admin.operations_urls import OPERATIONS
from lienthong.systems.admin.people_urls import PEOPLE
from lienthong.systems.admin.unit_urls import UNITS
from lienthong.systems.admin.views import clients, golive, overview, support

app_name = "admin"
urlpatterns: list[URLPattern] = [
    path("quan-tri/", overview.home, name="home"),
    *UNITS,
    *PEOPLE,
    *LAW,
    path("quan-tri/van-hanh/", golive.page, name="golive"),
    path("quan-tri/van-hanh/buoc/<slug:code>/chay-thu/", golive.check, name="golive_check"),
    path("quan-tri/van-hanh/buoc/<slug:code>/khong-co/", golive.declare, name="golive_declare"),
    path("quan-tri/van-hanh/de-nghi/", golive.propose, name="golive_propose"),
    path("quan-tri/van-hanh/<uuid:ident>/<slug:act>/", golive.act, name="golive_act"),
    *PEOPLE,
    path("quan-tri/he-thong-ket-noi/", clients.listing, name="clients"),
    path("quan-tri/he-thong-ket-noi/them/", clients.new, name="client_new"),
    path("quan-tri/he-thong-ket-noi/<uuid:ident>/", clients.detail, name="client"),
    path("quan-tri/he-thong-ket-noi/<uuid:ident>/khoa/", clients.add_key, name="client_add_key"),
    path(
        "quan-tri/he-thong-ket-noi/<uuid:ident>/khoa/<uuid:key_id>/thu-hoi/",
        clients.revoke_key,
        name="client_revoke_key",
    ),
    path("quan-tri/he-thong-ket-noi/<uuid:ident>/ngung/", clients.end, name="client_end"),
    *OPERATIONS,
    path("quan-tri/ho-tro/", support.page, name="support"),
    path("quan-tri/ho-tro/mo/", support.open_session, name="support_open"),
    path("quan-tri/ho-tro/<uuid:ident>/ket-thuc/", support.end_session, name="support_end"),
]
