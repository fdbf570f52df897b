"""What differs between Blender's versions, from 4.2 on, each behind one name of ours.

No other module asks for the version, or whether something is there that only some versions have
(`tests/pure/test_versions.py` holds that). A new version of Blender is to be looked at here.
"""
