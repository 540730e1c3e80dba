"""Changes of units and of people in positions, one module an area; importing it registers them."""
