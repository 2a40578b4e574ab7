"""Pure formulas against vectors that were calculated by hand: a difference is an error in the code."""

from __future__ import annotations

import numpy as np

from cellkit.motion.speed_and_separation import Monitoring, Stop, protective_distance
from cellkit.study.contact import allowed_speed, body_regions
from cellkit.study.iso9283 import pose_figures
from cellkit.study.proportion import lower_bound
from cellkit.study.validation.published import Row, compare, published

ROBOT_MASSES = (5.0, 15.0, 30.0)
"""kg, m_R of the columns in the table of speeds."""
ATTAINED = (
    (100.02, 200.01, 299.98),
    (100.03, 199.99, 300.00),
    (100.01, 200.02, 300.01),
    (100.04, 200.00, 299.99),
    (100.00, 199.98, 300.02),
)
"""mm, five attained positions of the command (100, 200, 300)."""


def pose_vector() -> list[Row]:
    """Compare AP, the mean distance, its scatter and RP of five positions."""
    figures = pose_figures(np.array(ATTAINED), np.array([100.0, 200.0, 300.0]))
    basis = "five attained positions of (100, 200, 300) mm"
    return [
        compare("iso9283", "accuracy AP of the vector", figures.accuracy, "iso9283_ap", basis, within=5e-7),
        compare("iso9283", "mean distance of the vector", figures.mean_distance, "iso9283_mean", basis, within=5e-8),
        compare("iso9283", "scatter S_l of the vector", figures.scatter, "iso9283_scatter", basis, within=5e-9),
        compare("iso9283", "repeatability RP of the vector", figures.repeatability, "iso9283_rp", basis, within=5e-8),
    ]


def separation_vector() -> list[Row]:
    """Compare S_p of one installation."""
    stop = Stop(speed=1.0, time=0.3, distance=0.15)
    monitoring = Monitoring(reaction_time=0.1, intrusion=0.10, person_uncertainty=0.05, robot_uncertainty=0.02)
    distance = protective_distance(monitoring, stop).total
    basis = "v_h 1.6, v_r 1.0 m/s, T_r 0.1, T_s 0.3 s, C 0.10, Z_d 0.05, Z_r 0.02 m"
    return [compare("separation", "protective distance S_p", distance, "ssm", basis, within=1e-9)]


def contact_vectors() -> list[Row]:
    """Compare speeds by the force criterion, and the energies that follow from force and stiffness."""
    regions, tables = body_regions().regions, published().tables
    rows = []
    for mass_index, mass in enumerate(ROBOT_MASSES):
        names = list(tables["pfl_speeds"])
        errors = [abs(allowed_speed(mass, regions[name]) - tables["pfl_speeds"][name][mass_index]) for name in names]
        worst = names[errors.index(max(errors))]
        expected = tables["pfl_speeds"][worst][mass_index]
        rows.append(
            Row(
                "contact",
                f"v_max at m_R {mass:g} kg, worst of {len(names)} regions ({worst})",
                "self-check",
                allowed_speed(mass, regions[worst]),
                expected,
                "m/s",
                "the formula, by hand",
                "computed",
                "force limits and stiffness of the regions (data, partly recalled)",
                "",
                max(errors) <= 0.0005,
            )
        )
    energies = {name: (regions[name].energy, values[0]) for name, values in tables["pfl_energies"].items()}
    worst = max(energies, key=lambda name: abs(energies[name][0] / energies[name][1] - 1))
    rows.append(
        Row(
            "contact",
            f"contact energy F_T²/2k, worst of {len(energies)} regions ({worst})",
            "prediction",
            energies[worst][0],
            energies[worst][1],
            "J",
            "energy table of ISO/TS 15066, from memory, not verified",
            "recalled",
            "force limits and stiffness of the regions",
            "The columns for force, stiffness and energy agree only to about this share.",
        )
    )
    return rows


def binomial_vectors() -> list[Row]:
    """Compare the shares that numbers of successes prove."""
    return [
        compare(
            "binomial",
            f"{good} of {runs}, 95 % one-sided",
            lower_bound(good, runs),
            f"bound_{good}_{runs}",
            "Clopper and Pearson, exact",
            within=5e-5,
        )
        for good, runs in ((32, 32), (30, 32), (19, 20), (10, 10))
    ]
