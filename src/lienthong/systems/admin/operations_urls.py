"""Addresses of the operator's pages."""

from django.urls import URLPattern, path

from lienthong.systems.admin.views import announcements, operations

OPERATIONS: list[URLPattern] = [
    path("quan-tri/tinh-trang/", operations.status, name="operations"),
    path("quan-tri/viec-nen/", operations.jobs, name="jobs"),
    path("quan-tri/viec-nen/<uuid:ident>/", operations.job, name="job"),
    path("quan-tri/viec-nen/<uuid:ident>/<slug:act>/", operations.job_act, name="job_act"),
    path("quan-tri/thong-diep/", operations.dead_messages, name="messages"),
    path("quan-tri/thong-diep/<int:ident>/<slug:act>/", operations.message_act, name="message_act"),
    path("quan-tri/luu-tru/", operations.storage, name="storage"),
    path("quan-tri/thong-bao-chung/", announcements.page, name="announcements"),
    path("quan-tri/thong-bao-chung/dang/", announcements.publish, name="announcement_publish"),
    path("quan-tri/thong-bao-chung/<uuid:ident>/rut/", announcements.withdraw, name="announcement_withdraw"),
]
