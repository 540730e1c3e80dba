"""The axis on screen."""
