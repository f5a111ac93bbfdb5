"""Files for other tools: a blind spot as a task of an evaluation harness, a study's data as a data set."""

from scotoma.integrations.export.dataset import export_dataset
from scotoma.integrations.export.harnesses import HARNESSES, export_task, harness_name

__all__ = ["HARNESSES", "export_dataset", "export_task", "harness_name"]
