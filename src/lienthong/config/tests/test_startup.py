"""Production refuses to start unsafely."""

import os
import subprocess
import sys

import pytest
from django.conf import settings

from lienthong.config import startup


@pytest.mark.django_db
def test_core_73_the_role_of_the_tests_owns_nothing() -> None:
    assert startup.role_problems() == []


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("url", "words"), [("DATABASE_OWNER_URL", "sở hữu"), ("DATABASE_URL", "mật khẩu kho khóa")])
def test_core_62_core_73_production_says_why_it_does_not_start(url: str, words: str) -> None:
    """CORE-73: not as the owner of the tables; CORE-62, CORE-70: not without keystore passphrase and time stamps."""
    environment = {
        **os.environ,
        "LIENTHONG_ENV": "production",
        "DATABASE_URL": os.environ[url],
        "LIENTHONG_SECRET_KEY": "x" * 60,
        "LIENTHONG_DATA": str(settings.DATA_DIR),
    }
    environment.pop("LIENTHONG_KEYSTORE_PASSPHRASE", None)
    ran = subprocess.run(
        [sys.executable, "-m", "lienthong.cli", "worker"], env=environment, capture_output=True, text=True, timeout=60
    )
    assert ran.returncode == 1
    assert words in ran.stderr
