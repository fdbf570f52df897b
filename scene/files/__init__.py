"""The files outside the .blend: the paths that are stored, or made by nodes, and what is there."""
