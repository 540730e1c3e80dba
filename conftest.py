"""The test database of every test (lienthong/testing.py is loaded first and points the settings at it)."""

from lienthong.testing import django_db_setup

__all__ = ["django_db_setup"]
