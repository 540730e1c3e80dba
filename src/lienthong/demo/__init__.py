"""The demo world: made-up agencies, people and documents; one seed for `make run`, tests and screenshots."""
