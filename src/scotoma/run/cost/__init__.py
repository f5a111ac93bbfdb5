"""What a plan costs before anything has run: a model with its assumptions said, not a measurement."""

from scotoma.run.cost.counting import Costs, count_costs
from scotoma.run.cost.processor import REACHED, core_rate
from scotoma.run.cost.spending import spent

__all__ = ["REACHED", "Costs", "core_rate", "count_costs", "spent"]
