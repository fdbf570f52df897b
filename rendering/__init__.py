"""From a scene to finished frames: the only package that renders by bpy."""
