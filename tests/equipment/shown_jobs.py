"""What `scontrol show job` of Slurm 22.05 answers, shortened."""

from __future__ import annotations


def job(
    state: str, tasks: str = "3", reason: str = "None", restarts: int = 0, code: str = "0:0",
    nodes: str = "n1", name: str = "shot",
) -> str:  # fmt: skip
    """One job."""
    array = f"ArrayJobId=71 ArrayTaskId={tasks} " if tasks else ""
    return f"""JobId=74 {array}JobName={name}
   UserId=me(1000) GroupId=me(1000) MCS_label=N/A
   JobState={state} Reason={reason} Dependency=(null)
   Requeue=1 Restarts={restarts} BatchFlag=1 Reboot=0 ExitCode={code}
   ReqNodeList=(null) ExcNodeList=(null)
   NodeList={nodes}
   StdErr=/logs of it/71_3.log
   StdOut=/logs of it/71_3.log
   Power=

"""
