"""Pages of the office."""

from django.urls import path

from lienthong.systems.office.views import books, bulk, files, incoming, outgoing

app_name = "office"
urlpatterns = [
    path("van-ban-den/", incoming.listing, name="incoming_list"),
    path("van-ban-den/nhap/", incoming.enter, name="paper_new"),
    path("van-ban-den/vao-so/", bulk.register, name="incoming_bulk"),
    path("van-ban-den/<uuid:ident>/", incoming.detail, name="incoming"),
    path("van-ban-den/<uuid:ident>/viec/<slug:act>/", incoming.act, name="incoming_act"),
    path("van-ban-di/", outgoing.listing, name="outgoing_list"),
    path("van-ban-di/soan/", outgoing.draft_new, name="draft_new"),
    path("van-ban-di/phat-hanh/", bulk.issue, name="outgoing_bulk"),
    path("van-ban-di/<uuid:ident>/", outgoing.detail, name="outgoing"),
    path("van-ban-di/<uuid:ident>/sua/", outgoing.draft_edit, name="draft_edit"),
    path("van-ban-di/<uuid:ident>/xem-truoc.pdf", outgoing.preview, name="preview"),
    path("van-ban-di/<uuid:ident>/viec/<slug:act>/", outgoing.act, name="outgoing_act"),
    path("van-ban-den/<uuid:ident>/tep/<uuid:file_id>/", files.incoming_file, name="incoming_file"),
    path("van-ban-di/<uuid:ident>/tep/<uuid:file_id>/", files.outgoing_file, name="outgoing_file"),
    path("so-van-ban/", books.registers, name="registers"),
    path("so-van-ban/<uuid:register_id>/", books.book, name="book"),
]
