"""The film and the contact sheet, made from finished frames by Blender's own sequencer."""
