"""What prevents a first audit, or deserves attention: what `init` reports along with its guesses."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from smartstart_gov.authoring.contract import BINARY
from smartstart_gov.authoring.value import Text
from smartstart_gov.intake.draft.codes import area_of
from smartstart_gov.intake.draft.draft import Draft, few, text
from smartstart_gov.intake.draft.profile import Profile
from smartstart_gov.intake.draft.roles import Guess, comparable, likeliest
from smartstart_gov.intake.draft.vocabulary import GROUNDS, STAND_INS, subject_of

#: What looks like an outcome by its name has at most so many values, or it is a measurement.
_FEW_OUTCOMES = 15


def notes_on(draft: Draft, profiles: Sequence[Profile], guesses: Mapping[str, Guess]) -> Iterator[Text]:
    """Report what prevents an audit, or deserves attention."""
    labels = draft.with_role("label")
    perhaps = [p.name for p in likeliest([p for p in profiles if draft.column(p.name).role == "feature"])]
    several = [p.name for p in profiles if of_several_values(p) and draft.column(p.name).role == "feature"]
    for label in draft.with_role(*BINARY):
        if label.positive is None and label.levels:
            values = ", ".join(map(str, label.levels))
            nl, en = "moet het model vinden", "should the model find"
            if label.role == "decision":
                nl, en = "betekent dat iemand is aangewezen", "means that somebody is selected"
            yield text(
                f"Welke waarde van {label.name} {nl}: {values}? Schrijf het bij positive in contract.yaml, of zeg het met"
                f" --positive {label.name}=WAARDE; tot dan wordt er niets geleerd of geteld.",
                f"Which value of {label.name} {en}: {values}? Write it as positive in contract.yaml, or give it with"
                f" --positive {label.name}=VALUE; until then nothing is trained or counted.",
            )
    if not labels and perhaps and not several:
        nl, en = few(perhaps)
        yield text(
            f"Welke kolom is de uitkomst: {nl}? Noem haar met --role NAAM=label; wat pas daarna bekend wordt, is ignore.",
            f"Which column is the outcome: {en}? Name it with --role NAME=label; give what becomes known only"
            " later the role ignore.",
        )
    elif not labels and several:
        nl, en = few(several)
        yield text(
            f"Deze kolom lijkt een uitkomst, maar heeft meer dan twee waarden: {nl}. Maak er in de gegevens een kolom van twee"
            " waarden van: wat het model moet vinden, en al het andere. Haal de oude weg, of geef haar de rol ignore.",
            f"This column looks like an outcome but has more than two values: {en}. In the data, turn it into a column of two"
            " values: what the model should find, and everything else. Remove the old column, or give it the role ignore.",
        )
    elif not labels:
        yield text(
            "Geen kolom met precies twee waarden ziet eruit als een uitkomst. Noem de kolom met --role NAAM=label.",
            "No column with exactly two values looks like an outcome. Name the column with --role NAME=label.",
        )
    also = [] if not labels else [name for name in (*perhaps, *several) if subject_of(name) == "label"]
    if also:
        nl, en = few(also)
        yield text(
            f"Misschien zegt dit de uitkomst nog eens: {nl}. Wat pas na de score bekend is, is geen feature:"
            " --role NAAM=ignore.",
            f"This may repeat the outcome: {en}. What is known only after the score is not a feature: --role NAME=ignore.",
        )
    scores = [c.name for c in draft.with_role("feature") if subject_of(c.name) == "score"]
    if scores and not draft.with_role("score", "decision"):
        nl, en = few(scores)
        yield text(
            f"Komt dit uit een model dat al bestaat: {nl}? Dan leert dit project daarvan. Zo'n model controleert u met --role"
            " NAAM=score (0 tot 1) of NAAM=decision (twee waarden).",
            f"Does this come from an existing model: {en}? Then this project learns from that model. To audit such a model:"
            " --role NAME=score (from 0 to 1) or NAME=decision (two values).",
        )
    silent = _not_compared(draft, profiles, guesses)
    if silent:
        nl, en = few(silent)
        yield text(
            f"Dit gaat over groepen mensen en wordt niet vergeleken: {nl}. Waarom staat boven elke kolom in contract.yaml.",
            f"These describe groups of people but are not compared: {en}. contract.yaml gives the reason above each column.",
        )
    stand_ins = [p for p in profiles if draft.column(p.name).role == "feature" and subject_of(p.name) in STAND_INS]
    for one in [p for p in stand_ins if comparable(p)]:
        yield text(
            f"{one.name} kan voor een beschermde groep staan en wordt niet vergeleken. Wilt u dat: --role {one.name}=sensitive",
            f"{one.name} may stand for a protected group and is not compared. To compare it: --role {one.name}=sensitive",
        )
    many = [p.name for p in stand_ins if not comparable(p)]
    if many:
        nl, en = few(many)
        yield text(
            f"Dit kan voor een beschermde groep staan en wordt niet vergeleken: {nl}. Vergelijken kan als er in de gegevens een"
            " kolom met groepen van komt: --role NAAM=sensitive",
            f"This may stand for a protected group and is not compared: {en}. To compare it, make bands of it in the data, in a"
            " column of their own: --role NAME=sensitive",
        )
    if not draft.with_role("unit"):
        yield text(
            "Geen kolom ziet eruit als de sleutel van een persoon of gezin. Zonder die sleutel kan niemand zien of één persoon"
            " in de rijen om te leren én in de rijen om te toetsen staat.",
            "No column looks like the key of a person or family. Without it nobody can tell whether one person is in both the"
            " rows for training and the rows for the audit.",
        )
    for profile in profiles:
        if profile.whole and profile.missing and profile.distinct <= 20:
            yield text(
                f"Kolom {profile.name} heeft hele getallen, opgeslagen met decimalen omdat er waarden ontbreken.",
                f"Column {profile.name} contains whole numbers, stored with decimals because values are missing.",
            )


def of_several_values(profile: Profile) -> bool:
    """Return whether a column's name suggests an outcome, and it has a few values but more than two."""
    few_values = profile.dtype in ("string", "integer") and 2 < profile.distinct <= _FEW_OUTCOMES
    return few_values and subject_of(profile.name) == "label"


def _not_compared(draft: Draft, profiles: Sequence[Profile], guesses: Mapping[str, Guess]) -> list[str]:
    """Return the columns about groups of people, by their name or their values, of which no group is compared."""
    compared = {subject_of(column.name) for column in draft.with_role("sensitive")}
    areas = any(area_of(column.levels or ()) is not None for column in draft.with_role("sensitive"))

    def silent(profile: Profile) -> bool:
        name, subject = profile.name, subject_of(profile.name)
        if draft.column(name).role not in ("feature", "ignore", "control", "time", "index"):
            return False
        # Bands of age compare ages in years. Of a day of birth it is said all the same: whose bands they are is not known.
        if (subject == "age" and compared & {"age", "birth_date"}) or (areas and area_of(profile.sample) is not None):
            return False
        return subject in GROUNDS or guesses[name].role == "sensitive" or guesses[name].special

    return [profile.name for profile in profiles if silent(profile)]
