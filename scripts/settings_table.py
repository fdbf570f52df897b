"""Write the table of settings into the README, from the settings themselves.

python scripts/settings_table.py            write it
python scripts/settings_table.py --check    say whether it is as it would be written
"""

from __future__ import annotations

import importlib
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
README = ROOT / "README.md"
END = "<!-- end of settings -->"


def main() -> int:
    sys.path.insert(0, str(ROOT))
    chunking: Any = importlib.import_module("chunking.settings")
    text = README.read_text(encoding="utf-8")
    before, _, rest = text.partition(HEAD)
    _, _, after = rest.partition(END)
    new = before + HEAD + "".join(map(row, chunking.SETTINGS.values())) + END + after
    if "--check" in sys.argv:
        return int(new != text)
    README.write_text(new, encoding="utf-8")
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
