"""explain(): Shapley values of the model's output, folded back to the contract's columns and averaged.

Values are interventional (Janzing, Minorics and Blöbaum, AISTATS 2020): a column that the model does
not use gets exactly 0, however much it resembles one that is used. Linear models are exact in closed
form; trees go through shap's tree routine on the transformed matrix (Lundberg et al., Nature Machine
Intelligence 2, 2020); anything else through shap's permutations of the contract's own columns. Whatever
the method, the values of each explained row are added up and held against the model's own output.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from smartstart_gov.errors import Refused
from smartstart_gov.explanation.attribution import Attribution
from smartstart_gov.explanation.explainers import Explainer, Floats, Linear, open_up
from smartstart_gov.explanation.ensembles import ensemble_of
from smartstart_gov.explanation.folding import Folding, fold_of
from smartstart_gov.explanation.sampling import Sample, draw, lottery, mean_and_error
from smartstart_gov.predictions import GroupCodes, Predictions
from smartstart_gov.project.policy import Explaining
from smartstart_gov.training.estimators import class_path, final_step, positive_scores
from smartstart_gov.training.table import rows as pick_rows
