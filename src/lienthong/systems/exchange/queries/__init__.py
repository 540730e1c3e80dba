"""What screens, the API and other systems ask of the axis."""
