"""The tasks Scotoma knows, one file each and a line in this table."""

from scotoma.tasks.microworld import MICROWORLD
from scotoma.tasks.mnli import MNLI
from scotoma.tasks.task import Rejected, Task

TASKS = {task.name: task for task in (MICROWORLD, MNLI)}

__all__ = ["MICROWORLD", "MNLI", "TASKS", "Rejected", "Task"]
