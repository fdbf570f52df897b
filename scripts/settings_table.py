"""Write the tables of settings into the pages, from the settings themselves.

python scripts/settings_table.py            write it
python scripts/settings_table.py --check    say whether it is as it would be written
"""

from __future__ import annotations

import importlib
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
END = "<!-- end of settings -->"
sys.path.append(str(ROOT / "benchmarks"))


def main() -> int:
    loader: Any = importlib.import_module("load_package")
    loader.load_package()
    settings: Any = importlib.import_module("array_chunk_render.chunking.settings")
    submit: Any = importlib.import_module("array_chunk_render.engines.farms")
    pages = {
        ROOT / "README.md": settings.SETTINGS.values(),
        ROOT / "docs" / "SUBMIT.md": submit.SUBMIT_OPTIONS,
    }
    return max(write(page, rows) for page, rows in pages.items())


def write(page: Path, settings: Any) -> int:
    """Write a page's table, or return 1 where it is not as it would be written."""
    text = page.read_text(encoding="utf-8")
    before, _, rest = text.partition(HEAD)
    _, _, after = rest.partition(END)
    new = before + HEAD + "".join(map(row, settings)) + END + after
    if "--check" in sys.argv:
        return int(new != text)
    page.write_text(new, encoding="utf-8")
    return 0


HEAD = "| option | variable | default | meaning |\n|---|---|---|---|\n"


def row(setting: Any) -> str:
    """One setting as a row of the table."""
    variables = " or ".join(f"`{name}`" for name in (*setting.variables, setting.variable))
    meaning = setting.help
    if setting.choices:
        meaning += ": " + ", ".join(f"`{name}`" for name, _, _ in setting.choices)
    default = str(setting.default).lower() if setting.default != "" else ""
    return f"| `{setting.option}` | {variables} | {default} | {meaning} |\n"


if __name__ == "__main__":
    sys.exit(main())
