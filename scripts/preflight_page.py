"""Write the table of kinds into docs/PREFLIGHT.md, from the kinds themselves.

python scripts/preflight_page.py            write it
python scripts/preflight_page.py --check    say whether it is as it would be written
"""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "PREFLIGHT.md"
KINDS = ROOT / "scene" / "preflight" / "kinds.py"
HEAD = "| kind | severity | who says it | what is the matter | button |\n|---|---|---|---|---|\n"
END = "<!-- end of kinds -->"


def main() -> int:
    text = PAGE.read_text(encoding="utf-8")
    before, _, rest = text.partition(HEAD)
    _, _, after = rest.partition(END)
    new = before + HEAD + "".join(map(row, kinds())) + END + after
    if "--check" in sys.argv:
        return int(new != text)
    PAGE.write_text(new, encoding="utf-8")
    return 0


def kinds() -> list[Any]:
    """The table, loaded without the package around it, which needs Blender."""
    spec = importlib.util.spec_from_file_location("kinds", KINDS)
    assert spec is not None
    assert spec.loader is not None
    sys.modules["kinds"] = module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return list(module.KINDS.values())


def row(kind: Any) -> str:
    """One kind as a row of the table."""
    severity = "as `--missing` says" if kind.severity == "missing" else kind.severity
    who = "every child" if kind.children else "who asks"
    button = f"`{kind.fix}`" if kind.fix else ""
    return f"| `{kind.name}` | {severity} | {who} | {kind.meaning} | {button} |\n"


if __name__ == "__main__":
    sys.exit(main())
