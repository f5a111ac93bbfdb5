"""A study of a few seconds: one start, one arm, no generator."""

#: All but the task and the blind spots.
REST = """\
data:
  train: {microworld: {part: train, n: 360, dial: 0.5}}
  tests: {general: {microworld: {part: test, n: 30, dial: 0.5}}}
  repeated_pairs: drop
model: {name: bundled:microworld_base, precision: fp32, adapter: {kind: full}}
seed: 0
replicates: 1
starts: [60]
recipe:
  {epochs: 1, batch_size: 8, learning_rate: 1.0e-3, schedule: cosine, warmup: 0.1, optimizer: adamw,
   betas: [0.9, 0.999], epsilon: 1.0e-8, weight_decay: 0.01, max_grad_norm: 1.0, order: random}
arms: [original: 30]
evaluation: {batch_tokens: 2048}
"""

TINY = f"""
task: microworld
blindspots: [{{name: microworld, source: {{microworld: {{part: blindspot, n: 1}}}}}}]
{REST}"""
