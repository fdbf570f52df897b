"""The NFS ring: children and their publishing on mounts that behave as NFS does.

The model is tests/equipment/nfs_server.py and nfs_client.py, where it says what it promises and by
what. NFS=full runs all of it; otherwise a seeded selection runs. NFS_SEED chooses other moments.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from nfs_share import Share

from ..faults.conftest import make_film, new_trial, shim  # noqa: F401  fixtures of these trials
from ..faults.ledger import Ledger

FULL = os.environ.get("NFS") == "full"
SEED = int(os.environ.get("NFS_SEED", "20261130"))
RESULTS = Path(__file__).resolve().parents[2] / ".build" / "reports" / "nfs.json"

NewShare = Callable[..., Share]


@pytest.fixture(scope="session")
def ledger() -> Ledger:
    results = Path(os.environ.get("NFS_RESULTS", RESULTS))
    results.parent.mkdir(parents=True, exist_ok=True)
    return Ledger(results, SEED)


@pytest.fixture
def new_share(tmp_path: Path) -> Iterator[NewShare]:
    """`new_share("a", "b", seed=7)`: one that these hosts have mounted."""
    shares: list[Share] = []

    def new(*hosts: str, **more: Any) -> Share:
        shares.append(Share(tmp_path / f"share{len(shares)}", hosts or ("a", "b"), **more))
        return shares[-1]

    yield new
    for share in shares:
        share.close()


@pytest.fixture
def share(new_share: NewShare) -> Share:
    return new_share()
