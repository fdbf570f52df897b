"""What of a compositing tree is surely a picture, and what surely is none.

Blender writes a file for each linked slot of a File Output node whose data has pixels, and none
for a value alone. Each line below was tried in 4.2, 4.5, 5.0, 5.2 and 5.3, with one input linked
and with the others.
"""

from __future__ import annotations

import enum
from collections.abc import Iterable
from typing import Any

import bpy

from .compositor import group_in, trees_used

FAR = 100
"""As many nodes a slot's data is followed through: each is a call inside a call."""


class Pixels(enum.Enum):
    """Whether a socket's data has pixels, and so is written."""

    SURE = enum.auto()
    NONE = enum.auto()
    UNKNOWN = enum.auto()


CONSTANTS = frozenset(
    {
        *("CompositorNodeValue", "ShaderNodeValue"),
        *("CompositorNodeRGB", "ShaderNodeRGB"),
    }
)

BY_ANY_INPUT = frozenset(
    {
        *("CompositorNodeMixRGB", "ShaderNodeMix", "CompositorNodeAlphaOver"),
        *("CompositorNodeMath", "ShaderNodeMath", "ShaderNodeVectorMath", "ShaderNodeClamp"),
        *("CompositorNodeSepRGBA", "CompositorNodeSeparateColor", "ShaderNodeSeparateXYZ"),
        *("CompositorNodeCombRGBA", "CompositorNodeCombineColor", "ShaderNodeCombineXYZ"),
        *("CompositorNodeRGBToBW", "ShaderNodeRGBToBW", "CompositorNodePremulKey"),
        *("CompositorNodeValToRGB", "ShaderNodeValToRGB", "ShaderNodeRGBCurve"),
        *("CompositorNodeConvertColorSpace", "CompositorNodeNormalize", "CompositorNodeFlip"),
        *("CompositorNodeSetAlpha", "CompositorNodePosterize", "CompositorNodeMapValue"),
    }
)
"""Nodes that make pixels of each input that has some."""

BY_MAIN_INPUT = frozenset(
    {
        *("CompositorNodeBlur", "CompositorNodeBokehBlur", "CompositorNodeBilateralblur"),
        *("CompositorNodeDenoise", "CompositorNodeDespeckle", "CompositorNodeAntiAliasing"),
        *("CompositorNodeFilter", "CompositorNodeGlare", "CompositorNodeLensdist"),
        *("CompositorNodeDilateErode", "CompositorNodeInpaint", "CompositorNodePixelate"),
        *("CompositorNodeBrightContrast", "CompositorNodeHueSat", "CompositorNodeHueCorrect"),
        *("CompositorNodeColorBalance", "CompositorNodeColorCorrection", "CompositorNodeInvert"),
        *("CompositorNodeCurveRGB", "CompositorNodeExposure", "CompositorNodeTonemap"),
        *("CompositorNodeGamma", "CompositorNodeMapRange", "CompositorNodeKuwahara"),
    }
)
"""Nodes whose first output has pixels where their first input for a colour (else their first) has;
other inputs do the same in some versions."""


class SlotSources:
    """Follows what is linked to sockets back to the render layers of a scene."""

    def __init__(self, scene: bpy.types.Scene, trees: Iterable[bpy.types.NodeTree]) -> None:
        """`trees` are those that the scene is composited by."""
        self._scene = scene
        used = trees_used(trees)
        self._single = {tree for tree, is_repeated in used.items() if not is_repeated}
        self._sources = {
            link.to_socket: link.from_socket
            for tree in used
            for link in tree.links
            if not link.is_muted
        }
        self._group_nodes = {
            group: node
            for tree in used
            for node in tree.nodes
            if (group := group_in(node)) is not None
        }
        self._known: dict[Any, Pixels] = {}

    def pixels_for(self, socket: Any, depth: int = 0) -> Pixels:
        """What an input gets; UNKNOWN in and behind a group that is used several times."""
        source = self._sources.get(socket)
        if source is None:
            return Pixels.NONE
        if source not in self._known:
            self._known[source] = Pixels.UNKNOWN  # until it is known: links can go in a circle
            if depth < FAR:
                self._known[source] = self._of_output(source, depth + 1)
        return self._known[source]

    def _of_output(self, output: Any, depth: int) -> Pixels:
        node = output.node
        if node.mute:
            return Pixels.UNKNOWN
        match node.bl_idname:
            case "CompositorNodeRLayers" if node.scene != self._scene:  # it may have other views
                return Pixels.UNKNOWN
            case "CompositorNodeRLayers":
                layer: bpy.types.ViewLayer | None = self._scene.view_layers.get(node.layer)
                is_rendered = output.enabled and layer is not None and layer.use
                return Pixels.SURE if is_rendered else Pixels.NONE
            case "NodeReroute":
                return self.pixels_for(node.inputs[0], depth)
            case "NodeGroupInput":
                outside = self._group_nodes.get(node.id_data)
                is_single = node.id_data in self._single
                return self._of_same(outside if is_single else None, output, depth)
            case name if name in CONSTANTS:
                return Pixels.NONE
            case name if name in BY_ANY_INPUT:
                return self._of_all(node, depth)
            case name if name in BY_MAIN_INPUT and output == node.outputs[0]:
                colours = (socket for socket in node.inputs if socket.type == "RGBA")
                if self.pixels_for(next(colours, node.inputs[0]), depth) == Pixels.SURE:
                    return Pixels.SURE
                is_none = self._of_all(node, depth) == Pixels.NONE
                return Pixels.NONE if is_none else Pixels.UNKNOWN
        return self._of_same(self._inside(group_in(node)), output, depth)

    def _of_all(self, node: Any, depth: int) -> Pixels:
        every = {self.pixels_for(socket, depth) for socket in node.inputs if socket.enabled}
        if Pixels.SURE in every:
            return Pixels.SURE
        return Pixels.UNKNOWN if Pixels.UNKNOWN in every else Pixels.NONE

    def _of_same(self, node: Any, output: Any, depth: int) -> Pixels:
        """What gets in at a group's other end by an input that belongs to this output."""
        inputs = node.inputs if node is not None else ()
        same = [socket for socket in inputs if socket.identifier == output.identifier]
        return self.pixels_for(same[0], depth) if same else Pixels.UNKNOWN

    def _inside(self, group: bpy.types.NodeTree | None) -> Any:
        if group is None or group not in self._single:
            return None
        ends = (node for node in group.nodes if node.bl_idname == "NodeGroupOutput")
        return next((node for node in ends if node.is_active_output), None)
