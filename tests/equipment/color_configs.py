"""Configurations of OpenColorIO that give Blender colors of their own."""

from __future__ import annotations

from pathlib import Path


def color_config(folder: Path, gamma: float, table_gamma: float = 1.0) -> Path:
    """An OpenColorIO configuration whose display has this gamma, with a lookup table."""
    space = "  - !<ColorSpace>\n    name: {}\n    bitdepth: 32f\n    isdata: {}\n{}"
    path = folder / "colors.ocio"
    (folder / "tables").mkdir(parents=True)
    rows = "".join(f"{(step / 15) ** table_gamma:.6f}\n" for step in range(16))
    (folder / "tables" / "last.spi1d").write_text(
        f"Version 1\nFrom 0.0 1.0\nLength 16\nComponents 1\n{{\n{rows}}}\n"
    )
    display = (
        "    from_reference: !<GroupTransform>\n      children:\n"
        f"        - !<ExponentTransform> {{value: [{gamma}, {gamma}, {gamma}, 1]}}\n"
        "        - !<FileTransform> {src: last.spi1d, interpolation: linear}\n"
    )
    path.write_text(
        "ocio_profile_version: 1\nsearch_path: tables\nstrictparsing: false\n"
        "luma: [0.2126, 0.7152, 0.0722]\n"
        "roles:\n  default: sRGB\n  scene_linear: Linear Rec.709\n  data: Non-Color\n"
        "  color_picking: sRGB\n  reference: Linear Rec.709\n"
        "displays:\n  sRGB:\n    - !<View> {name: Standard, colorspace: sRGB}\n"
        "    - !<View> {name: AgX, colorspace: sRGB}\n"
        "active_displays: [sRGB]\nactive_views: [Standard, AgX]\ncolorspaces:\n"
        + space.format("Linear Rec.709", "false", "")
        + space.format("Non-Color", "true", "")
        + space.format("sRGB", "false", display)
    )
    return path
