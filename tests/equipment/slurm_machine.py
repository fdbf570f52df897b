"""A Slurm of this run's own, on this machine: its daemons, folders and ports end with the tests.

A Slurm that the machine may have is neither asked nor touched.
"""

from __future__ import annotations

import contextlib
import os
import pwd
import shutil
import signal
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import TextIO

import pytest
from children import clean_environment

PROGRAMS = ("munged", "slurmctld", "slurmd", "sbatch", "scancel", "scontrol")
SYSTEM_PROGRAMS = "/usr/sbin:/sbin"  # not on everybody's PATH
NODE_MARK = "TESTS_SLURM_NODE"
LONGEST_SECONDS = 120
"""How long anything is waited for before the test gives up: longer than a whole array takes."""

# A requeued job waits for as long as a credential is valid, two minutes by default (cred_expire).
# Without RequeueExit, as on most clusters: what may be tried again our scripts requeue themselves.
CONFIGURATION = """
ClusterName=tests
SlurmctldHost={host}(127.0.0.1)
SlurmctldPort={controller_port}
SlurmdPort={node_port}
SlurmUser={user}
SlurmdUser={user}
AuthType=auth/munge
AuthInfo=socket={home}/munge.socket,cred_expire=5
CredType=cred/munge
StateSaveLocation={home}/state
SlurmdSpoolDir={home}/spool
SlurmctldPidFile={home}/slurmctld.pid
SlurmdPidFile={home}/slurmd.pid
JobCompType=jobcomp/filetxt
JobCompLoc={home}/ends
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
SchedulerType=sched/builtin
SchedulerParameters=sched_interval=2,batch_sched_delay=0
SlurmdParameters=config_overrides
ReturnToService=2
KillWait=30
JobRequeue=1
NodeName={host} NodeAddr=127.0.0.1 CPUs=2
PartitionName=all Nodes=ALL Default=YES MaxTime=INFINITE
"""


@contextlib.contextmanager
def following(path: Path, writer: int | None = None) -> Iterator[TextIO]:
    """The lines of a file, each as soon as it is there, while the process that writes it lives."""
    command = ["timeout", str(LONGEST_SECONDS), "tail", "--follow=name", "--retry", "--lines=+1"]
    command += ["--sleep-interval=0.1", *([f"--pid={writer}"] if writer else []), str(path)]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, encoding="utf-8"
    ) as tail:
        assert tail.stdout is not None
        try:
            yield tail.stdout
        finally:
            tail.terminate()


def wait_for(path: Path, text: str, writer: int | None = None) -> None:
    """Wait for a line with this text."""
    read = []
    with following(path, writer) as lines:
        for line in lines:
            read.append(line)
            if text in line:
                return
    pytest.fail(f"{text!r} never came in {path.name}:\n{''.join(read)}")


class Slurm:
    """The daemons: started, asked, struck and ended."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.host = socket.gethostname().partition(".")[0]
        self.ends = home / "ends"
        """Where Slurm writes a line whenever an attempt of a task has ended."""
        self._configuration = home / "slurm.conf"
        path = f"{os.environ['PATH']}:{SYSTEM_PROGRAMS}"
        self._environment = clean_environment(SLURM_CONF=str(self._configuration), PATH=path)
        # Told to slurmd and sbatch, and so inherited by everything that runs on the node.
        self._node_environment = {**self._environment, NODE_MARK: str(home)}
        self._daemons: dict[str, subprocess.Popen[bytes]] = {}
        missing = [name for name in PROGRAMS if not shutil.which(name, path=path)]
        if missing:
            pytest.fail(f"{', '.join(missing)}: not there; scripts/install_slurm.sh installs it")

    def start(self) -> None:
        """Start all daemons, each when the one that it needs is ready."""
        self._configure()
        self._start("munged", *self._munge_options(), ready="work threads")
        self._start("slurmctld", "-D", ready="Running as primary controller")
        self.start_node()

    def start_node(self) -> None:
        """Start the node, which gives itself back to the array (ReturnToService)."""
        self._start("slurmd", "-D", ready="slurmd started on")

    def kill_node(self) -> None:
        """End the node as a power cut does: its daemon and all that it runs, by SIGKILL.

        Slurm is told at once what it would find out after SlurmdTimeout.
        """
        daemon = self._daemons.pop("slurmd")
        daemon.kill()
        daemon.wait()
        self._kill_children()
        self.run("scontrol", "update", f"NodeName={self.host}", "State=DOWN", "Reason=reclaimed")

    def end(self) -> None:
        """End the daemons and whatever they have started."""
        for name in ("slurmctld", "slurmd"):  # so that no ended child is started again
            self._end(name)
        self._kill_children()
        self._end("munged")

    @property
    def environment(self) -> dict[str, str]:
        """What a process needs to be told to use this Slurm; its jobs end with the node."""
        return dict(self._node_environment)

    def run(self, *command: str, **variables: str) -> str:
        """Run one of Slurm's commands and return what it says."""
        ended = subprocess.run(
            command,
            env={**self._node_environment, **variables},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        assert ended.returncode == 0, f"{command}: {ended.stdout}{ended.stderr}"
        return ended.stdout

    def _configure(self) -> None:
        for folder in ("state", "spool"):
            (self.home / folder).mkdir()
        key = self.home / "munge.key"
        key.write_bytes(os.urandom(128))
        key.chmod(0o400)
        self.ends.touch()
        with socket.create_server(("", 0)) as one, socket.create_server(("", 0)) as other:
            controller_port, node_port = one.getsockname()[1], other.getsockname()[1]
        self._configuration.write_text(
            CONFIGURATION.format(
                host=self.host,
                home=self.home,
                user=pwd.getpwuid(os.getuid()).pw_name,
                controller_port=controller_port,
                node_port=node_port,
            )
        )

    def _munge_options(self) -> tuple[str, ...]:
        # By force: the tests' folder is closed to others, which munged would refuse.
        files = {"socket": "socket", "key-file": "key", "pid-file": "pid", "seed-file": "seed"}
        named = (f"--{option}={self.home}/munge.{suffix}" for option, suffix in files.items())
        return ("--foreground", "--force", *named)

    def _start(self, name: str, *options: str, ready: str) -> None:
        log = self.home / f"{name}.log"
        with log.open("wb") as said:
            daemon = subprocess.Popen(
                ["setpriv", "--pdeathsig", "KILL", name, *options],  # also if this is killed
                env=self._node_environment if name == "slurmd" else self._environment,
                stdin=subprocess.DEVNULL,
                stdout=said,
                stderr=said,
            )
        self._daemons[name] = daemon
        wait_for(log, ready, writer=daemon.pid)

    def _end(self, name: str) -> None:
        daemon = self._daemons.pop(name, None)
        if daemon is None:
            return
        daemon.terminate()
        try:
            daemon.wait(timeout=20)
        except subprocess.TimeoutExpired:
            daemon.kill()
            daemon.wait()

    def _kill_children(self) -> None:
        """Kill what slurmd started and leaves alone when it ends."""
        while children := self._on_node():
            for process in children:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(process, signal.SIGKILL)

    def _on_node(self) -> list[int]:
        """All processes that carry our mark; those of the ended carry nothing any more."""
        mark = f"{NODE_MARK}={self.home}\0".encode()
        found = []
        for environ in Path("/proc").glob("[0-9]*/environ"):
            with contextlib.suppress(OSError):  # it has ended meanwhile
                if mark in environ.read_bytes():
                    found.append(int(environ.parent.name))
        return found
