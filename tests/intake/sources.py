"""A municipality's files as they might arrive: forty columns from three sources, made up, with one pseudonym in all."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

ROWS = 1200
#: The columns in all: the pseudonym counts once.
COLUMNS = 40


def three_sources(folder: Path) -> dict[str, Path]:
    """Write the three files and return name of the source to file, the base table first."""
    draw = np.random.default_rng(11)
    key = np.array([f"p{i:06x}" for i in draw.choice(2**20, ROWS, replace=False)])
    area = draw.choice(["BU08550101", "BU08550102", "BU08550201", "BU08550202"], ROWS)
    counts = {
        name: draw.poisson(2, ROWS)
        for name in ("aantal_kinderen", "eerdere_meldingen", "aantal_verhuizingen", "lopende_contacten", "wachttijd_dagen")
    }
    people = pd.DataFrame({
        "pseudoniem": key, "buurtcode": area, "geslacht": draw.choice(["M", "V"], ROWS),
        "herkomst": draw.choice(["Nederland", "Europa (exclusief Nederland)", "Buiten-Europa"], ROWS, p=[0.6, 0.2, 0.2]),
        "leeftijd_moeder": draw.integers(18, 45, ROWS), "burgerlijke_staat": draw.choice([1, 2, 3], ROWS),
        "huishouden_type": draw.choice([111, 112, 121, 125], ROWS), "woonduur_jaren": draw.integers(0, 40, ROWS),
        "inkomen": draw.gamma(2, 1100, ROWS).round(2), "uitkering": draw.choice([True, False], ROWS), **counts,
        "peildatum": pd.Timestamp("2025-01-01") + pd.to_timedelta(draw.integers(0, 365, ROWS), unit="D"),
        "kreeg_hulp": draw.choice(["nee", "ja"], ROWS, p=[0.8, 0.2]),
    })  # fmt: skip
    school = pd.DataFrame({
        "pseudoniem": key, "aantal_dagen_verzuim": draw.poisson(4, ROWS), "schooladvies": draw.choice(["vmbo", "havo", "vwo"], ROWS),
        "spijbelen": draw.poisson(1, ROWS), "klas_grootte": draw.integers(15, 32, ROWS), "cijfer_taal": draw.normal(6.5, 1, ROWS).round(1),
        "cijfer_rekenen": draw.normal(6.6, 1, ROWS).round(1), "afst_km": draw.gamma(2, 1.5, ROWS).round(2),
        "gspr_n": draw.poisson(1, ROWS), "zorg_niveau": draw.choice([0, 1, 2, 3], ROWS), "ind_b": draw.poisson(0.2, ROWS),
        "s_index": draw.normal(0, 1, ROWS).round(3), "x17": draw.normal(0, 1, ROWS).round(3),
    }).iloc[:-40]  # fmt: skip
    care = pd.DataFrame({
        "pseudoniem": key, "aantal_bezoeken": draw.poisson(3, ROWS), "dz": draw.integers(0, 900, ROWS),
        "soort_hulp": draw.choice(["licht", "middel", "zwaar"], ROWS), "eerdere_hulp": draw.choice([True, False], ROWS),
        "aantal_contacten": draw.poisson(5, ROWS), "bedrag_per_jaar": draw.gamma(2, 800, ROWS).round(2),
        "laatste_contact_dagen": draw.integers(0, 365, ROWS), "score_gezin": draw.integers(0, 40, ROWS),
        "schulden": draw.gamma(1, 2000, ROWS).round(2), "achterstand_huur": draw.choice([True, False], ROWS),
        "k_code": draw.choice([11, 12, 13], ROWS),
    }).sample(frac=1, random_state=3)  # fmt: skip
    files = {"personen": folder / "personen.csv", "school": folder / "school.parquet", "zorg": folder / "zorg.csv.gz"}
    people.to_csv(files["personen"], index=False, sep=";")
    school.to_parquet(files["school"])
    care.to_csv(files["zorg"], index=False)
    return files
