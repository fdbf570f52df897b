"""What children tell each other in the output folder, from two hosts: proof, folder id, notes."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from array_chunk_render.child.claims import Claimant, Claims
from array_chunk_render.chunking.errors import OutputFailed
from array_chunk_render.publishing.durable import MAY_PASS
from array_chunk_render.publishing.folder_identity import FolderIdentity
from array_chunk_render.publishing.notes import Note
from array_chunk_render.publishing.output_folder import FOLDER_ID, OutputFolder
from array_chunk_render.publishing.proof import Proof, read_proof, store_proof
from nfs_share import Share

HELPER = Claimant("1 of 2 of job", "its run", "b-1", 1)


@pytest.fixture
def folders(share: Share) -> tuple[OutputFolder, OutputFolder]:
    """The same output folder, as the hosts a and b see it."""
    a, b = (OutputFolder(share.folder(host) / "out") for host in "ab")
    a.make()
    b.make()
    return a, b


def test_wrong_stays_wrong(folders: tuple[OutputFolder, OutputFolder]) -> None:
    """One that knew of no proof when it began, and proves the opposite in the next minute."""
    a, b = folders
    assert read_proof(b, "ours") is None
    store_proof(a, Proof("ours", is_proven=False, frames="1,2", reason="frame 2 differs"))
    assert not store_proof(b, Proof("ours", is_proven=True, frames="3,4")).is_proven
    known = read_proof(a, "ours")
    assert known is not None
    assert not known.is_proven


@pytest.mark.parametrize("action", ["fail", "done", "repeat"])
def test_a_folder_has_one_id(
    action: str, share: Share, folders: tuple[OutputFolder, OutputFolder]
) -> None:
    """Two learn it at once, and the answer to the later one's link is lost."""
    a, b = (FolderIdentity(folder) for folder in folders)
    share.rule("writing", "b", "CREATE", "*/tmp/*", "hold")
    share.rule("lost", "b", "LINK", "*/folder_id", action, last=1)
    with ThreadPoolExecutor(1) as pool:
        later = pool.submit(learn_at_last, b)
        share.wait("writing")
        a.learn()
        share.release("writing")
        later.result()
    assert a.folder_id == b.folder_id == (share.there / "out" / FOLDER_ID).read_text()


def learn_at_last(identity: FolderIdentity) -> None:
    """As a child does that tries again."""
    try:
        identity.learn()
    except OutputFailed as failed:
        assert failed.errno in MAY_PASS
        identity.learn()


def test_evidence_keeps_a_helper_away(folders: tuple[OutputFolder, OutputFolder]) -> None:
    """It has listed the notes before: then the frame's child crashed in it."""
    a, b = folders
    claims = Claims(b, HELPER, expiry_seconds=0.0)
    crashed = Claimant("0 of 2 of job", "a run", "a-1", 1)
    assert Claims(a, crashed).take(1, is_own=True)
    assert claims.take(1, is_own=False)
    claims.release(1)
    assert Claims(a, crashed).take(1, is_own=True)
    Note.make(a, 1, 1).add_evidence("Fatal Python error: Segmentation fault")
    assert not claims.take(1, is_own=False)
