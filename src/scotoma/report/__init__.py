"""From predictions to numbers, contrasts, verdicts and pages; no model is needed for any of it."""
