"""Liên Thông: one open-source platform for a government office."""
