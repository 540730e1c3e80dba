"""Pages of the shell that belong to no system."""

from django.conf import settings
from django.urls import URLPattern, path
from django.views.i18n import set_language

from lienthong.shell import (
    account,
    account_oidc,
    account_second,
    account_security,
    account_sessions,
    desk,
    views,
)

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
    path("dang-nhap/buoc-hai/", account_second.second_step, name="second-step"),
    path("dang-nhap/khoa/", account_second.passkey_sign_in, name="passkey-sign-in"),
    path("dang-nhap/khoa/tuy-chon/", account_second.passkey_options, name="passkey-options"),
    path("dang-nhap/qua/<slug:code>/", account_oidc.begin, name="oidc"),
    path("dang-nhap/qua/<slug:code>/ve/", account_oidc.callback, name="oidc-callback"),
    path("dang-nhap/mo-khoa/<str:token>/", account_sessions.unlock, name="unlock"),
    path("toi/phien/", account_sessions.sessions_page, name="sessions"),
    path("toi/xac-nhan/", account_second.confirm, name="confirm"),
    path("toi/bao-mat/", account_security.security, name="security"),
    path("toi/bao-mat/mat-khau/", account_security.password, name="password"),
    path("toi/bao-mat/ung-dung/", account_security.totp, name="totp"),
    path("toi/bao-mat/khoa/", account_security.passkey, name="passkey"),
    path("toi/bao-mat/khoa/tuy-chon/", account_security.passkey_options, name="new-passkey-options"),
    path("toi/bao-mat/ma-khoi-phuc/", account_security.recovery_codes, name="recovery-codes"),
    path("toi/bao-mat/bo/<uuid:ident>/", account_security.remove_factor, name="remove-factor"),
    path("toi/bao-mat/lien-ket/<uuid:ident>/bo/", account_security.unlink, name="unlink"),
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
