"""The cost of the whole `pocket` chain for one replicate, computed from the measured costs per row."""

from bench import material
from bench.pairs import Figures

#: Rows of matched dev and of HANS in the study, together.
_TESTS = 1200 + 30 * 40


def chain(figures: dict[str, Figures]) -> tuple[float, float]:
    """Seconds of one replicate, ours and the paper's.

    One start, one generator trained on the start's rows, the sample, three arms of 1,500, and an
    evaluation of each of the four models.
    """
    study = material.study()
    n_start = int(study.starts[0])
    n_arms = sum(arm.n or 0 for arm in study.arms)
    n_samples = material.generator_settings().sampling.candidates_per_label * 3
    work = {
        "training at 16": n_start + n_arms,
        "generator": n_start,
        "sampling": n_samples,
        "evaluation": _TESTS * (1 + len(study.arms)),
    }
    return (
        sum(figures[name].ours * n for name, n in work.items()),
        sum(figures[name].other * n for name, n in work.items()),
    )
