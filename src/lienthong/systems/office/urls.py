"""Pages of the office."""

from django.urls import path

from lienthong.systems.office.views import books, bringing, bulk, files, incoming, outgoing

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
    path("so-van-ban/mo-so/", books.register_new, name="register_new"),
    path("so-van-ban/<uuid:register_id>/", books.book, name="book"),
    path("so-van-ban/<uuid:register_id>/mo-day-so/", books.series_new, name="series_new"),
    path("day-so/<uuid:ident>/", books.series, name="series"),
    path("day-so/<uuid:ident>/dang-so/", books.series_change, name="series_change"),
    path("day-so/<uuid:ident>/so-cuoi/", books.balance_propose, name="balance_propose"),
    path("so-cuoi-so-truoc/<uuid:ident>/", books.balance, name="balance"),
    path("so-cuoi-so-truoc/<uuid:ident>/ban-quet/", books.balance_scan, name="balance_scan"),
    path("so-cuoi-so-truoc/<uuid:ident>/viec/<slug:act>/", books.balance_act, name="balance_act"),
    path("du-lieu-cu/", bringing.listing, name="brought_list"),
    path("du-lieu-cu/nhap/", bringing.new, name="brought_new"),
    path("du-lieu-cu/mau/<slug:kind>.<slug:form>", bringing.template, name="brought_template"),
    path("du-lieu-cu/<uuid:ident>/", bringing.detail, name="brought"),
    path("du-lieu-cu/<uuid:ident>/viec/<slug:act>/", bringing.act, name="brought_act"),
    path("du-lieu-cu/viec/<uuid:ident>/<slug:act>/", bringing.line_act, name="line_act"),
]
