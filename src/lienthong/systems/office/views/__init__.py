"""The office on screen."""
