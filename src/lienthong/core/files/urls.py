"""Where the views of files are mounted (config/urls.py: below `tep/`)."""

from django.urls import path

from lienthong.core.files import http

app_name = "files"
urlpatterns = [
    path("", http.upload, name="upload"),
    path("<uuid:file_id>/", http.download, name="download"),
    path("lien-ket/<str:token>/", http.by_link, name="by_link"),
    path("tai-len/", http.begin, name="begin"),
    path("tai-len/<uuid:upload_id>/", http.state, name="state"),
    path("tai-len/<uuid:upload_id>/tiep/", http.append, name="append"),
]
