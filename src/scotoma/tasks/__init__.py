"""The tasks Scotoma knows, one file each and a line in this table."""

from scotoma.tasks.microworld import MICROWORLD
from scotoma.tasks.microworld_sentiment import MICROWORLD_SENTIMENT
from scotoma.tasks.mnli import MNLI
from scotoma.tasks.qqp import QQP
from scotoma.tasks.task import Rejected, Task

TASKS = {task.name: task for task in (MICROWORLD, MICROWORLD_SENTIMENT, MNLI, QQP)}

__all__ = ["MICROWORLD", "MICROWORLD_SENTIMENT", "MNLI", "QQP", "TASKS", "Rejected", "Task"]
