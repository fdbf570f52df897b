"""Pure: who runs the children of an array."""
