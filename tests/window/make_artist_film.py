"""Run by Blender: make a film with much that a render sets aside and has to put back.

blender -b --factory-startup -P make_artist_film.py -- FILE.blend SAMPLES
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import bpy

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "equipment"))
from compositing import compositing_tree, file_output

blend, samples = sys.argv[-2:]
scene: Any = bpy.context.scene
render = scene.render
render.engine = "CYCLES"
scene.cycles.samples, scene.cycles.device = int(samples), "GPU"
scene.cycles.use_denoising = False
scene.cycles.use_adaptive_sampling = False
render.resolution_x, render.resolution_y = 256, 144
render.filepath = "M:/Film/out_"
render.use_file_extension = False
render.use_overwrite = False
render.use_placeholder = True
render.threads_mode = "AUTO"
scene.frame_start, scene.frame_end = 1, 8
scene.frame_set(5, subframe=0.25)
cube = bpy.data.objects["Cube"]
for frame, x in ((1, -2.0), (8, 2.0)):
    cube.location.x = x
    cube.keyframe_insert("location", frame=frame)
other = bpy.data.objects.new("Other", bpy.data.cameras.new("Other"))
scene.collection.objects.link(other)
other.matrix_world = bpy.data.objects["Camera"].matrix_world
scene.timeline_markers.new("cut", frame=1).camera = other
tree = compositing_tree(scene)
node = file_output(tree, "//passes", "Image")
tree.links.new(tree.nodes["Layers"].outputs["Image"], node.inputs[0])
bpy.ops.wm.save_as_mainfile(filepath=blend)
