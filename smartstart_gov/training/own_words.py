"""What an estimator says when it fails, without what it quotes of a record.

A message like ``could not convert string to float: 'Jansen'`` helps whoever wrote the estimator, but names a person to whoever
reads a build log. Nobody can tell from a message which part was copied from a row, or what a custom step made of it
(truncated, in lower case, plus one). So everything that can come from a record is removed: text in quotes, numbers,
and every word that occurs in the text of the rows. Only words of a program stay: names of columns, classes, methods
and parameters, a parameter with its own value (``n_neighbors=20``), and prose.
"""

from __future__ import annotations

import re
from typing import Any

import numpy as np

#: What stands for what is left out.
LEFT_OUT = "…"
AS_LEFT_OUT = f"Its own message may quote a record; {LEFT_OUT} marks what was left out."
_LONGEST = 300
# An apostrophe within a word (can't, O'Neil) opens and closes nothing.
_QUOTED = re.compile(r"""(?<!\w)(?P<sign>['"`])(?P<inside>.*?)(?P=sign)(?!\w)""", re.DOTALL)
_NUMBER = r"[-+]?\d[\w.,:%/+-]*"
_WORDS = re.compile(rf"(?P<set>(?P<name>[^\W\d]\w*)\s?=\s?(?P<value>{_NUMBER}))|(?P<number>(?<!\w){_NUMBER})|(?P<word>\w+)")


def own_words(error: BaseException, estimator: Any, features: Any) -> str:
    """Return kind and message of `error`, which `estimator` raised on the rows of `features`, safe to print anywhere.

    Examples
    --------
    >>> import pandas as pd
    >>> from sklearn.linear_model import LogisticRegression
    >>> rows = pd.DataFrame({"name": ["Jansen"], "age": [41]})
    >>> own_words(ValueError("could not convert string to float: 'Jansen'"), LogisticRegression(), rows)
    "ValueError: could not convert string to float: '…'"
    >>> own_words(ValueError("jansen (41) in column 'name'; C=1.0"), LogisticRegression(), rows)
    "ValueError: … (…) in column 'name'; C=1.0"
    """
    kind = type(error).__name__
    try:
        lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    except Exception:
        return kind  # a message that cannot be made says nothing
    if not lines:
        return kind
    # A search that fails tells why in the last line of what it cites.
    told = lines[0] if "Traceback" not in " ".join(lines) else f"{lines[0]} {lines[-1]}"
    texts, names, settings = _texts(features), _names(estimator, features), _settings(estimator)

    def quoted(match: re.Match[str]) -> str:
        inside, sign = match["inside"], match["sign"]
        known = inside in names and inside.casefold() not in texts
        return match[0] if known else f"{sign}{LEFT_OUT}{sign}"

    def unquoted(match: re.Match[str]) -> str:
        if match["set"]:
            value = match["value"].rstrip(".,:/-")
            if match["name"].casefold() in texts:
                return LEFT_OUT
            if value in settings.get(match["name"], ()):
                return match[0]
            return f"{match['name']}={LEFT_OUT}" + match["value"][len(value) :]
        if match["number"]:
            return LEFT_OUT + match["number"][len(match["number"].rstrip(".,:/-")) :]
        return LEFT_OUT if match["word"].casefold() in texts else match["word"]

    # What stands between quotes is judged as a whole, and what stands around them word by word.
    said, at = [], 0
    for match in _QUOTED.finditer(told):
        said += [_WORDS.sub(unquoted, told[at : match.start()]), quoted(match)]
        at = match.end()
    text = "".join([*said, _WORDS.sub(unquoted, told[at:])])
    return f"{kind}: {text}" if len(text) <= _LONGEST else f"{kind}: {text[:_LONGEST]} {LEFT_OUT}"


def _texts(features: Any) -> set[str]:
    """Return every text of the rows, and every word of it, in small letters."""
    found: set[str] = set()
    for name in features.columns:
        values = np.asarray(features[name])
        if values.dtype.kind in "OU":
            found |= {value.casefold() for value in values.tolist() if isinstance(value, str)}
    return found | {word for text in found for word in re.findall(r"\w+|[^\W_]+", text)}


def _names(estimator: Any, features: Any) -> set[str]:
    """Return names of columns, and of classes, methods and parameters of the estimator and what it is made of."""
    found = {str(name) for name in features.columns}
    for part in _parts(estimator):
        found |= {type(part).__name__, *(name for name in dir(type(part)) if not name.startswith("_")), *_parameters(part)}
        found |= {value for value in _parameters(part).values() if isinstance(value, str)}
    return found


def _settings(estimator: Any) -> dict[str, set[str]]:
    """Return for each parameter the numbers that it is set to, as text."""
    found: dict[str, set[str]] = {}
    for part in _parts(estimator):
        for name, value in _parameters(part).items():
            if isinstance(value, int | float):
                found.setdefault(name, set()).add(repr(value))
    return found


def _parts(estimator: Any) -> list[Any]:
    return [estimator, *(value for value in _parameters(estimator, deep=True).values() if hasattr(value, "get_params"))]


def _parameters(part: Any, *, deep: bool = False) -> dict[str, Any]:
    try:
        return dict(part.get_params(deep=deep))
    except Exception:
        return {}  # the estimator that failed may fail at this too
