"""The URL map: the shell at the root, one prefix for each system."""

from django.urls import URLPattern, URLResolver

urlpatterns: list[URLPattern | URLResolver] = []
