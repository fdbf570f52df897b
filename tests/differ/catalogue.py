"""What scenes are put together from: properties with the values they are given, kinds of things.

Owners are words for what holds a property: `render`, `object Thing 1`, `layer Second`. Where a
Blender has not got one of these properties or values, the part that sets it does nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

Values = tuple[Any, ...]
Properties = Mapping[str, Values]

SWITCH = (False, True)

RENDER: Properties = {
    "film_transparent": SWITCH,
    "use_motion_blur": SWITCH,
    "motion_blur_shutter": (0.1, 0.5, 2.0),
    "motion_blur_position": ("START", "CENTER", "END"),
    "filter_size": (0.2, 1.5, 4.0),
    "use_simplify": SWITCH,
    "simplify_subdivision_render": (0, 1, 3),
    "simplify_child_particles_render": (0.0, 1.0),
    "simplify_volumes": (0.1, 1.0),
    "hair_type": ("STRAND", "STRIP"),
    "hair_subdiv": (0, 2),
    "use_high_quality_normals": SWITCH,
    "pixel_aspect_x": (1.0, 2.0),
    "resolution_percentage": (50, 100),
    "use_border": SWITCH,
    "border_max_x": (0.5, 1.0),
    "use_crop_to_border": SWITCH,
    "use_multiview": SWITCH,
    "use_single_layer": SWITCH,
    "use_compositing": SWITCH,
    "use_sequencer": SWITCH,
    "dither_intensity": (0.0, 2.0),
    "frame_map_new": (50, 100, 200),
    "fps": (12, 24, 60),
}
"""Of a scene's render."""

CYCLES: Properties = {
    "samples": (1, 2),
    "seed": (0, 7),
    "use_animated_seed": SWITCH,
    "use_adaptive_sampling": SWITCH,
    "adaptive_threshold": (0.0, 0.5),
    "sampling_pattern": ("SOBOL", "TABULATED_SOBOL", "BLUE_NOISE"),
    "scrambling_distance": (0.5, 1.0),
    "use_denoising": SWITCH,
    "use_light_tree": SWITCH,
    "light_sampling_threshold": (0.0, 0.5),
    "direct_light_sampling_type": (
        "MULTIPLE_IMPORTANCE_SAMPLING",
        "FORWARD_PATH_TRACING",
        "NEXT_EVENT_ESTIMATION",
    ),
    "max_bounces": (0, 1, 12),
    "diffuse_bounces": (0, 4),
    "glossy_bounces": (0, 4),
    "transmission_bounces": (0, 12),
    "volume_bounces": (0, 2),
    "transparent_max_bounces": (0, 1, 8),
    "min_light_bounces": (0, 2),
    "caustics_reflective": SWITCH,
    "caustics_refractive": SWITCH,
    "blur_glossy": (0.0, 5.0),
    "sample_clamp_direct": (0.0, 0.3),
    "sample_clamp_indirect": (0.0, 0.3),
    "film_exposure": (0.3, 1.0),
    "film_transparent_glass": SWITCH,
    "pixel_filter_type": ("BOX", "GAUSSIAN", "BLACKMAN_HARRIS"),
    "filter_width": (0.2, 3.0),
    "use_pixel_jitter": SWITCH,
    "use_fast_gi": SWITCH,
    "fast_gi_method": ("ADD", "REPLACE"),
    "ao_bounces_render": (0, 1),
    "use_camera_cull": SWITCH,
    "use_distance_cull": SWITCH,
    "distance_cull_margin": (1.0, 50.0),
    "rolling_shutter_type": ("NONE", "TOP"),
    "dicing_rate": (1.0, 8.0),
    "offscreen_dicing_scale": (1.0, 4.0),
    "max_subdivisions": (0, 4),
    "texture_limit_render": ("OFF", "128"),
    "volume_step_rate": (0.5, 5.0),
    "volume_max_steps": (2, 1024),
    "volume_biased": (True,),
    "use_layer_samples": ("USE", "BOUNDED", "IGNORE"),
    "debug_use_spatial_splits": SWITCH,
    "debug_use_hair_bvh": SWITCH,
    "debug_use_compact_bvh": SWITCH,
    "debug_bvh_time_steps": (0, 2),
    "use_auto_tile": SWITCH,
    "feature_set": ("SUPPORTED", "EXPERIMENTAL"),
    "use_guiding": SWITCH,
}

PASSES = (
    *("combined", "z", "vector", "position", "normal", "uv", "mist", "object_index"),
    *("material_index", "shadow", "ambient_occlusion", "emit", "environment", "diffuse_direct"),
    *("diffuse_indirect", "diffuse_color", "glossy_direct", "glossy_indirect", "glossy_color"),
    *("transmission_direct", "transmission_indirect", "transmission_color"),
    *("subsurface_direct", "subsurface_indirect", "subsurface_color"),
    *("cryptomatte_object", "cryptomatte_material", "cryptomatte_asset"),
)

CYCLES_PASSES = (
    *("pass_debug_sample_count", "use_pass_volume_direct", "use_pass_volume_indirect"),
    *("use_pass_volume_scatter", "use_pass_volume_transmit", "use_pass_volume_majorant"),
    *("use_pass_shadow_catcher", "denoising_store_passes", "denoising_store_motion_passes"),
)

LAYER: Properties = {
    "use": SWITCH,
    "samples": (0, 1, 3),
    "use_sky": SWITCH,
    "use_solid": SWITCH,
    "use_strand": SWITCH,
    "use_volumes": SWITCH,
    "use_ao": SWITCH,
    "use_motion_blur": SWITCH,
    "pass_alpha_threshold": (0.0, 0.5, 1.0),
    "pass_cryptomatte_depth": (2, 4, 8),
    "material_override": ("@material",),
    "world_override": ("@world",),
}

LAYER_CYCLES: Properties = {"use_denoising": SWITCH}

LAYER_COLLECTION: Properties = {
    "exclude": SWITCH,
    "holdout": SWITCH,
    "indirect_only": SWITCH,
}

COLLECTION: Properties = {
    "hide_render": SWITCH,
    "instance_offset[0]": (0.0, 1.0),
}

OBJECT: Properties = {
    "location[0]": (-1.5, 0.0, 1.5),
    "location[2]": (-0.5, 1.0),
    "rotation_euler[2]": (0.0, 0.8),
    "scale[0]": (0.4, 1.0, 1.6),
    "delta_location[1]": (-1.0, 1.0),
    "color[0]": (0.0, 1.0),
    "pass_index": (0, 3, 40),
    "hide_render": SWITCH,
    "visible_camera": SWITCH,
    "visible_diffuse": SWITCH,
    "visible_glossy": SWITCH,
    "visible_transmission": SWITCH,
    "visible_volume_scatter": SWITCH,
    "visible_shadow": SWITCH,
    "is_holdout": SWITCH,
    "is_shadow_catcher": SWITCH,
    "show_instancer_for_render": SWITCH,
    "lightgroup": ("", "Key", "Fill"),
    "shadow_terminator_geometry_offset": (0.0, 0.5),
}

OBJECT_CYCLES: Properties = {
    "use_motion_blur": SWITCH,
    "use_deform_motion": SWITCH,
    "motion_steps": (1, 3),
    "use_camera_cull": SWITCH,
    "use_distance_cull": SWITCH,
    "shadow_terminator_offset": (0.0, 0.5),
    "shadow_terminator_geometry_offset": (0.0, 0.5),
    "ao_distance": (0.0, 2.0),
    "is_caustics_caster": SWITCH,
    "is_caustics_receiver": SWITCH,
}

LIGHT: Properties = {
    "energy": (10.0, 300.0, 2000.0),
    "color[0]": (0.1, 1.0),
    "type": ("POINT", "SUN", "SPOT", "AREA"),
    "shadow_soft_size": (0.0, 1.0),
    "use_shadow": SWITCH,
    "diffuse_factor": (0.0, 1.0),
    "specular_factor": (0.0, 1.0),
    "transmission_factor": (0.0, 1.0),
    "volume_factor": (0.0, 1.0),
    "use_soft_falloff": SWITCH,
    "normalize": SWITCH,
    "exposure": (0.0, 2.0),
    "use_temperature": SWITCH,
    "use_nodes": SWITCH,
    "spot_size": (0.3, 1.5),
    "size": (0.2, 4.0),
    "angle": (0.0, 0.5),
    "cycles.cast_shadow": SWITCH,
    "cycles.max_bounces": (0, 8),
    "cycles.is_portal": SWITCH,
    "cycles.is_caustics_light": SWITCH,
    "cycles.use_multiple_importance_sampling": SWITCH,
}

CAMERA: Properties = {
    "lens": (25.0, 50.0, 90.0),
    "type": ("PERSP", "ORTHO", "PANO"),
    "ortho_scale": (4.0, 9.0),
    "shift_x": (0.0, 0.2),
    "clip_start": (0.1, 8.0),
    "clip_end": (9.0, 100.0),
    "sensor_width": (20.0, 36.0),
    "dof.use_dof": SWITCH,
    "dof.focus_distance": (3.0, 15.0),
    "dof.aperture_fstop": (0.2, 5.0),
    "dof.aperture_blades": (0, 5),
    "stereo.interocular_distance": (0.065, 1.0),
    "panorama_type": ("EQUIRECTANGULAR", "FISHEYE_EQUIDISTANT"),
}

WORLD: Properties = {
    "use_nodes": SWITCH,
    "color[0]": (0.0, 1.0),
    "lightgroup": ("", "Key", "Fill"),
    "mist_settings.start": (0.0, 5.0),
    "mist_settings.depth": (5.0, 25.0),
    "mist_settings.falloff": ("QUADRATIC", "LINEAR"),
    "light_settings.distance": (1.0, 10.0),
    "cycles.sampling_method": ("NONE", "AUTOMATIC", "MANUAL"),
    "cycles.sample_map_resolution": (16, 64),
    "cycles.max_bounces": (0, 8),
    "cycles.is_caustics_light": SWITCH,
    "cycles_visibility.camera": SWITCH,
    "cycles_visibility.diffuse": SWITCH,
    "cycles_visibility.glossy": SWITCH,
}

MATERIAL: Properties = {
    "pass_index": (0, 3, 40),
    "displacement_method": ("BUMP", "DISPLACEMENT", "BOTH"),
    "diffuse_color[0]": (0.0, 1.0),
    "use_nodes": SWITCH,
    "cycles.emission_sampling": ("NONE", "AUTO"),
    "cycles.volume_sampling": ("DISTANCE", "EQUIANGULAR"),
    "cycles.use_bump_map_correction": SWITCH,
    "cycles.volume_step_rate": (0.2, 2.0),
    "cycles.homogeneous_volume": SWITCH,
}

SOCKETS: Properties = {
    "Base Color": (0.0, 1.0),
    "Metallic": (0.0, 1.0),
    "Roughness": (0.0, 1.0),
    "Alpha": (0.2, 1.0),
    "Transmission Weight": (0.0, 1.0),
    "Emission Strength": (0.0, 3.0),
    "Subsurface Weight": (0.0, 1.0),
    "Coat Weight": (0.0, 1.0),
    "Sheen Weight": (0.0, 1.0),
    "IOR": (1.0, 2.0),
}
"""Inputs of a material's Principled BSDF."""

SHAPES = (
    *("cube", "ball", "grid", "curve", "text", "meta", "hair", "points", "lattice", "armature"),
    *("faces", "collection", "cloud", "curves"),
)
"""Kinds of objects; see `assembly_objects`."""

MODIFIERS: Mapping[str, Properties] = {
    "ARRAY": {"count": (1, 4), "relative_offset_displace[0]": (0.5, 1.5)},
    "SUBSURF": {"render_levels": (0, 2), "show_render": SWITCH},
    "MIRROR": {"show_render": SWITCH, "use_axis[0]": SWITCH},
    "SOLIDIFY": {"thickness": (0.01, 0.5)},
    "BEVEL": {"width": (0.0, 0.4), "segments": (1, 3)},
    "BUILD": {"frame_duration": (2.0, 6.0)},
    "DECIMATE": {"ratio": (0.2, 1.0)},
    "DISPLACE": {"strength": (0.0, 0.8)},
    "WAVE": {"height": (0.1, 0.8)},
    "CAST": {"factor": (0.0, 1.0)},
    "SCREW": {"angle": (1.0, 6.0)},
    "SIMPLE_DEFORM": {"angle": (0.0, 1.5)},
    "SMOOTH": {"factor": (0.0, 1.0)},
    "TRIANGULATE": {"show_render": SWITCH},
    "WIREFRAME": {"thickness": (0.02, 0.3)},
    "REMESH": {"voxel_size": (0.3, 0.8)},
    "EDGE_SPLIT": {"split_angle": (0.0, 1.5)},
    "WELD": {"merge_threshold": (0.0, 1.5)},
    "NODES": {"show_render": SWITCH},
}

NODE_GROUPS = (
    *("count by frame", "points", "instances", "chosen material", "colour attribute", "volume"),
    *("switched geometry", "curve to mesh", "object info", "collection info", "instance colour"),
)
"""What a modifier of geometry nodes does; see `assembly_nodes`."""

TEXTURES = (
    *("noise", "voronoi", "checker", "wave", "white noise", "generated image", "sequence"),
    *("stale sequence", "object colour", "object random", "object index", "position", "window"),
    *("camera view", "other object", "uv", "attribute", "object property", "pointiness", "ao"),
    *("bevel", "wireframe", "light path", "layer weight", "particle info", "random island"),
    *("vertex colour", "curves info", "frame driver", "scene property", "layer property"),
    *("raycast", "volume info", "ramp", "group"),
)
"""What gives a material its colour; see `assembly_looks`."""

SURFACES = (
    *("principled", "diffuse", "glossy", "glass", "emission", "transparent", "subsurface"),
    *("translucent", "toon", "hair", "holdout", "mix", "absorption", "scatter", "smoke"),
)
"""What a material's surface or volume is; the last three are volumes."""

WORLDS = ("colour", "sky", "gradient", "sequence", "volume", "generated image", "light path")

MOTIONS = ("ramp", "late", "blink", "early", "only at 3")
"""When a property has which of two values; see `description`."""

COMPOSITORS = (
    *("first layer", "all layers", "pass", "file output", "multilayer output", "blur", "denoise"),
    *("cryptomatte", "id mask", "animated fade", "image", "other scene", "time", "normalize"),
)

STRIPS = ("scene", "scene twice", "colour", "picture", "adjustment", "muted", "camera")

SCRIPTS = ("moves", "paints", "hides", "sets light", "sets property")
"""What a handler of frame changes does."""

SIMULATIONS = ("particles", "hair dynamics", "cloth", "rigid body", "simulation nodes")

LIBRARIES = ("object", "collection", "material", "override", "world")

FORMATS = ("OPEN_EXR_MULTILAYER", "OPEN_EXR", "PNG")
