"""The systems of Liên Thông; none imports another."""
