"""How static files are kept: fingerprinted, compressed once at start for every later answer."""

from typing import Any

import brotli
from whitenoise.compress import Compressor
from whitenoise.storage import CompressedManifestStaticFilesStorage

QUALITY = 6
"""Brotli's best level costs twenty times this one and saves a few percent of bytes: a first start should not wait."""


class _Compressor(Compressor):
    @staticmethod
    def compress_brotli(data: bytes) -> bytes:
        """One file in Brotli."""
        return bytes(brotli.compress(data, quality=QUALITY))  # type: ignore[no-untyped-call]


class StaticFiles(CompressedManifestStaticFilesStorage):
    """WhiteNoise's storage with a quick compressor."""

    def create_compressor(self, **options: Any) -> Compressor:
        """The compressor of `collectstatic`."""
        return _Compressor(**options)  # type: ignore[no-untyped-call]
