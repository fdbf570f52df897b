"""The headless doors: words and variables to settings, Blender called, an exit code given."""
