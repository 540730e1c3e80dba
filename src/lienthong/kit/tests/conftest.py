"""Property tests of the kit."""

from hypothesis import settings

# A busy machine makes an example slow, not wrong.
settings.register_profile("lienthong", deadline=None)
settings.load_profile("lienthong")
