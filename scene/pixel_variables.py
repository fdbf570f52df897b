"""Pure: the environment variables by which Blender and its libraries make other pixels.

Found by listening to what the libraries ask for while the scenes of the tests are rendered, and in
the libraries' own lists of names; what they ask for besides changes no pixel, or does so by a file
that counts itself.
"""

from __future__ import annotations

WORDS = (
    # OpenColorIO: what of a configuration can be chosen, and how exactly it is calculated.
    "OCIO_ACTIVE_DISPLAYS",
    "OCIO_ACTIVE_VIEWS",
    "OCIO_INACTIVE_COLORSPACES",
    "OCIO_OPTIMIZATION_FLAGS",
    # Cycles: which of its kernels is taken, and from where. CPUs of one kind round alike.
    "CYCLES_CPU_NO_AVX2",
    "CYCLES_CPU_NO_SSE42",
    "CYCLES_CUDA_EXTRA_CFLAGS",
    "CYCLES_HIP_EXTRA_CFLAGS",
    "CYCLES_KERNEL_PATH",
    "CYCLES_SHADER_PATH",
    # Open Image Denoise: which device denoises.
    "OIDN_DEFAULT_DEVICE",
    "OIDN_DEVICE_CPU",
    "OIDN_DEVICE_CUDA",
    "OIDN_DEVICE_HIP",
    "OIDN_DEVICE_SYCL",
    # OpenImageIO and OSL: how pictures are read and filtered, and scripts are made faster.
    "OPENIMAGEIO_IMAGECACHE_OPTIONS",
    "OPENIMAGEIO_OPTIONS",
    "OPENIMAGEIO_TEXTURE_OPTIONS",
    "OSL_LEGACY_FUNCTION_RESOLUTION",
    "OSL_OPTIONS",
    # FreeType: which engine draws letters.
    "FREETYPE_PROPERTIES",
)
"""By their values."""

FILES = ("CYCLES_OIDN_CUSTOM_WEIGHTS",)
"""By what is in the file that they name."""

CONFIGURATIONS = ("BLENDER_OCIO", "OCIO")
"""By what is in the color configuration that they name, see `color_config`."""

FOLDERS = (
    "BLENDER_SYSTEM_DATAFILES",
    "BLENDER_SYSTEM_RESOURCES",
    "BLENDER_USER_DATAFILES",
    "BLENDER_USER_RESOURCES",
)
"""By what Blender reads of the folder in the place of its own, see `pixel_preferences`."""

ALL = frozenset((*WORDS, *FILES, *CONFIGURATIONS, *FOLDERS))
