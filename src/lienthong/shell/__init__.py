"""The shell: the frame of every page, its components, and the pages that belong to no system."""
