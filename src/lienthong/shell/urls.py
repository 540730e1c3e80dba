"""Pages of the shell that belong to no system."""

from django.conf import settings
from django.urls import URLPattern, path
from django.views.i18n import set_language

from lienthong.shell import account, desk, views

app_name = "shell"
urlpatterns: list[URLPattern] = [
    path("", desk.home, name="home"),
    path("tim/", desk.search, name="search"),
    path("thong-bao/", desk.notices, name="notices"),
    path("thong-bao/da-doc/", desk.read_notices, name="read-notices"),
    path("toi/", desk.profile, name="profile"),
    path("vi-tri/", account.act_as, name="act-as"),
    path("dang-nhap/", account.sign_in, name="sign-in"),
    path("dang-nhap/vai/", account.demo_sign_in, name="demo-sign-in"),
    path("dang-xuat/", account.sign_out, name="sign-out"),
    path("giao-dien/", views.theme, name="theme"),
    path("ngon-ngu/", set_language, name="set-language"),
    path("giu-phien/", views.stay, name="stay"),
]
if settings.DEBUG or settings.DEMO:
    urlpatterns += [
        path("thu-vien-giao-dien/", views.gallery, name="gallery"),
        path("thu-vien-giao-dien/<slug:part>/", views.gallery, name="gallery-part"),
    ]
