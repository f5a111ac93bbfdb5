"""What a plan costs before anything has run: a model with its assumptions said, not a measurement."""

from scotoma.run.cost.counting import Costs, count_costs
from scotoma.run.cost.processor import REACHED, CoreRate, rate_for
from scotoma.run.cost.spending import spent

__all__ = ["REACHED", "CoreRate", "Costs", "count_costs", "rate_for", "spent"]
