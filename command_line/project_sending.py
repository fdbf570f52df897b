"""The project of the open .blend, sent to a destination: by `send`, or before it is submitted."""

from __future__ import annotations

import dataclasses
import logging
import posixpath
from pathlib import Path, PurePosixPath
from typing import Any

from ..child.session import session_of_process
from ..chunking.frames import FrameSet
from ..chunking.settings import Settings
from ..engines.options import FARM_BLEND, FARM_OUTPUT
from ..engines.request import Request
from ..machine.end_requests import interrupted_by_signals
from ..transport.bucket_address import BucketAddress
from ..transport.project_destination import ProjectDestination
from ..transport.rewriting_process import RewritingProcess
from ..transport.sending import Outcome
from ..transport.sending import send as send_project
from .sources import Invocation
from .transfer_progress import progress_for

log = logging.getLogger(__name__)

OUTPUT_SUFFIX = "_frames"
"""After the .blend's name, where no output folder is named."""


class ProjectSending:
    """What is going to be sent. Made once the .blend is open, before anything is written.

    Raises SceneRefused where files are missing or can't be sent, and BadSetting.
    """

    def __init__(
        self,
        destination: ProjectDestination,
        opened_state: str,
        scene: Any,
        settings: Settings,
        frames: FrameSet,
    ) -> None:
        from ..rendering.farm_check import check_files
        from ..scene.preflight.registry import refuse_unfit
        from ..scene.sent_project import project_to_send

        self.destination = destination
        for warning in refuse_unfit(check_files(scene, settings, frames, session_of_process())):
            log.warning("%s", warning)
        sent_project = project_to_send(opened_state)
        self.project, self.variables = sent_project.project, sent_project.variables
        destination.refuse_itself(self.project)
        for sentence in sent_project.left:
            log.info("%s", sentence)

    def run(self, invocation: Invocation, chatter_file: Path) -> Outcome:
        """Send it. Raises OutputFailed, ServiceFailed, SceneRefused and Interrupted."""
        rewriting = RewritingProcess(self.project.layout, chatter_file.parent)
        progress = progress_for(str(invocation.options["log"]), "sending")
        left = "what has come there is not sent again. Send again for the rest."
        with interrupted_by_signals(left):
            return send_project(self.project, self.destination, rewriting.rewrite, progress)

    def submitted(self, request: Request, names_output: bool) -> Request:
        """The request for what is going to be there, with the paths that the farm sees.

        Frames go beside the .blend there, unless an output folder of this machine is named, which
        the farm sees by the same path. Raises BadSetting where the farm can't see the destination.
        """
        options = dict(request.options)
        place, output = self.project.blend.place, request.settings.output
        name = PurePosixPath(Path(output).as_posix()).name if output else ""
        name = name or PurePosixPath(place).stem + OUTPUT_SUFFIX
        address = BucketAddress.of_text(str(self.destination))
        root, there = str(self.destination), str(options[FARM_BLEND.name])
        is_there = bool(there) and not request.farm.is_here
        if is_there:
            root = there.removesuffix(place).rstrip("/")
        elif address is not None:
            root = request.farm.bucket_folder(request.farm.parse(options), address.prefix)
        blend = there if is_there else posixpath.join(root, place)
        beside = posixpath.join(posixpath.dirname(blend), name)
        settings = request.settings
        if address is not None:
            options[FARM_BLEND.name] = blend
            options[FARM_OUTPUT.name] = options[FARM_OUTPUT.name] or beside
            settings = dataclasses.replace(settings, output="")
        elif not names_output:
            settings = dataclasses.replace(settings, output=beside)
        variables = {name: posixpath.join(root, each) for name, each in self.variables.items()}
        return dataclasses.replace(
            request,
            blend=request.blend
            if address is not None
            else posixpath.join(str(self.destination), place),
            settings=settings,
            options=options,
            variables={**request.variables, **variables},
        )
