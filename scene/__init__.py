"""What the open .blend is: what it renders, what it reads, and what is the matter with it.

The modules here say what a render of a scene uses: other scenes, node trees, colors, settings, and
what of that a fingerprint is made of. Three rooms are for one subject each: `files` for the files
outside the .blend, `simulations` for what needs frames before, `preflight` for what is the matter.
"""
