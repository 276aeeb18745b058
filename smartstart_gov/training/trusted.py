"""The types that a model file may contain beyond skops' own list, by library.

This is the published list: whoever serves a model loads its file with skops and these types. None of the libraries is
imported here; a type is a name. A project adds its own types in its policy, under ``trusted_types``.
"""

from __future__ import annotations

from smartstart_gov.arguments import accept
from smartstart_gov.errors import Refused

#: Library to types. Trees of scikit-learn are among them because `first_unsound_tree` checks what skops cannot: that their
#: nodes point only to nodes and columns that exist, and that splines have as many knots as they use. The types of the boosting
#: libraries are those of skops' own tests.
FAMILIES: dict[str, tuple[str, ...]] = {
    "scikit-learn": (
        # What a partial calls is a type of its own in the list of a file, and has to be trusted too.
        "functools.partial",
        "numpy.dtype",
        # Splines of a SplineTransformer, whose knots are checked as trees are, and how they make arrays.
        "scipy._lib.array_api_compat.numpy._aliases.asarray",
        "scipy.interpolate._bsplines.BSpline",
        "sklearn.calibration._CalibratedClassifier",
        "sklearn.calibration._SigmoidCalibration",
        "sklearn.calibration._TemperatureScaling",
        "sklearn.compose._column_transformer.make_column_selector",
        "sklearn.ensemble._hist_gradient_boosting.predictor.TreePredictor",
        "sklearn.feature_selection._univariate_selection.chi2",
        "sklearn.feature_selection._univariate_selection.f_classif",
        "sklearn.impute._iterative.IterativeImputer",
        "sklearn.impute._iterative._ImputerTriplet",
        "sklearn.model_selection._split.KFold",
        "sklearn.model_selection._split.StratifiedKFold",
        "sklearn.neural_network._stochastic_optimizers.AdamOptimizer",
        "sklearn.neural_network._stochastic_optimizers.SGDOptimizer",
        "sklearn.tree._tree.Tree",
        "sklearn.utils._bunch.Bunch",
        "sklearn.utils.validation.check_array",
    ),
    "xgboost": ("xgboost.core.Booster", "xgboost.sklearn.XGBClassifier", "xgboost.sklearn.XGBRFClassifier"),
    "lightgbm": ("collections.OrderedDict", "lightgbm.basic.Booster", "lightgbm.sklearn.LGBMClassifier"),
    "catboost": ("catboost.core.CatBoostClassifier",),
    # Samplers are stored without what they learnt: they work in fit only.
    "imbalanced-learn": (
        "imblearn.combine._smote_enn.SMOTEENN",
        "imblearn.combine._smote_tomek.SMOTETomek",
        "imblearn.ensemble._bagging.BalancedBaggingClassifier",
        "imblearn.ensemble._easy_ensemble.EasyEnsembleClassifier",
        "imblearn.ensemble._forest.BalancedRandomForestClassifier",
        "imblearn.ensemble._weight_boosting.RUSBoostClassifier",
        "imblearn.over_sampling._adasyn.ADASYN",
        "imblearn.over_sampling._random_over_sampler.RandomOverSampler",
        "imblearn.over_sampling._smote.base.SMOTE",
        "imblearn.over_sampling._smote.base.SMOTENC",
        "imblearn.over_sampling._smote.filter.BorderlineSMOTE",
        "imblearn.pipeline.Pipeline",
        "imblearn.under_sampling._prototype_selection._edited_nearest_neighbours.EditedNearestNeighbours",
        "imblearn.under_sampling._prototype_selection._nearmiss.NearMiss",
        "imblearn.under_sampling._prototype_selection._random_under_sampler.RandomUnderSampler",
        "imblearn.under_sampling._prototype_selection._tomek_links.TomekLinks",
    ),
    "fairlearn": ("fairlearn.preprocessing._correlation_remover.CorrelationRemover",),
}
#: The whole list.
TRUSTED: tuple[str, ...] = tuple(sorted(name for family in FAMILIES.values() for name in family))
#: Types that keep their trees as bytes, which the library reads by itself and follows without looking at bounds. skops sees
#: the type and nobody the content: such a file is opened where the evidence names it, or where the policy lists the type.
BYTES = ("catboost.core.CatBoostClassifier", "lightgbm.basic.Booster", "xgboost.core.Booster")


def trusted_types(library: str | None = None) -> tuple[str, ...]:
    """Return the types that a model file may contain beyond skops' own list.

    Parameters
    ----------
    library : str, optional
        ``scikit-learn``, ``xgboost``, ``lightgbm``, ``catboost``, ``imbalanced-learn`` or ``fairlearn``; all by default.

    Returns
    -------
    tuple of str
        Full names, as skops expects them: ``skops.io.load(file, trusted=[...])``.

    Raises
    ------
    Refused
        U01 for a library that is not on the list.

    Examples
    --------
    >>> trusted_types("lightgbm")
    ('collections.OrderedDict', 'lightgbm.basic.Booster', 'lightgbm.sklearn.LGBMClassifier')
    """
    accept(trusted_types, locals())
    if library is None:
        return TRUSTED
    if library not in FAMILIES:
        remedy = f"Use one of {', '.join(FAMILIES)}."
        raise Refused("U01", f"The list does not contain library {library!r}.", "Argument library", remedy)
    return FAMILIES[library]
