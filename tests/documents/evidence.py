"""Evidence as an audit would leave it: made-up counts of 12 840 children in three origins and 87 neighbourhoods."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Literal

import numpy as np

from smartstart_gov.authoring.charter import Charter
from smartstart_gov.authoring.contract import DataContract
from smartstart_gov.authoring.policy import Policy
from smartstart_gov.counting.tally import Axis, Step, Tally
from smartstart_gov.evidence.edition import Counted, Evidence
from smartstart_gov.evidence.publish import public_edition
from smartstart_gov.evidence.rules import Rules
from smartstart_gov.evidence.verdict import judged
from smartstart_gov.explanation.attribution import Attribution
from smartstart_gov.judgement.finding import Verdict
from smartstart_gov.looks.part import Part
from smartstart_gov.statistics.contrasts import disparities
from smartstart_gov.statistics.estimates import measure
from smartstart_gov.training.record import Told, TrainingRecord

ORIGINS = ("NL", "EU", "non_EU")
AREAS = 6
NEIGHBOURHOODS = tuple(f"B{i:02d}" for i in range(87))
#: Neighbourhoods that are large enough to print, and the area of each.
LARGE = tuple(range(0, 80, 8))
_AREA_NAMES = ("Noord", "Oost", "Zuid", "West", "Centrum", "Reeshof")
WEIRD = "Wijk met een bijzonder lange naam die nergens in een smalle kolom past"


def both(nl: str, en: str) -> dict[str, str]:
    return {"nl": nl, "en": en}


def _source(system: str, owner: str, *, known: bool) -> dict[str, Any]:
    if not known:
        return {
            "system": system, "owner": owner, "original_purpose": "open", "lawful_basis": "open", "retention": "open",
            "last_verified": "open", "error_rate": "open",
        }  # fmt: skip
    return {
        "system": system, "owner": owner,
        "original_purpose": both("Bijhouden wie waar woont.", "Keeping track of who lives where."),
        "lawful_basis": both("Taak van algemeen belang.", "A task in the public interest."),
        "retention": both("Vijf jaar, daarna gewist.", "Five years, then erased."),
        "last_verified": "2026-02-01", "error_rate": 0.012,
    }  # fmt: skip


def _column(name: str, role: str, nl: str, en: str, **more: Any) -> dict[str, Any]:
    said = {"special_category": False} if role == "feature" else {}
    return {"name": name, "dtype": "number", "role": role, "meaning": both(nl, en), "source": "register", **said, **more}


def contract(**changes: Any) -> DataContract:
    fields: dict[str, Any] = {
        "format": 1,
        "name": "early_help",
        "version": "2.1",
        "meaning": both("Gezinnen in het register van de gemeente.", "Families in the register of the municipality."),
        "unit_of_analysis": both("een kind in een schooljaar", "a child in a school year"),
        "aggregation_level": "person",
        "licence": "open",
        "sources": {
            "register": _source("Basisregistratie Personen", "Gemeente Voorbeeld", known=True),
            "school": _source("Leerlingadministratie", "Stichting Voorbeeldscholen", known=False),
        },
        "columns": (
            _column("absence", "feature", "dagen verzuim op school", "days absent from school", source="school", minimum=0),
            _column("moves", "feature", "verhuizingen in drie jaar", "moves in three years", justification=both(
                "Vaak verhuizen geeft onrust; er is geen zachtere maat.", "Moving often unsettles; there is no milder measure.")),
            _column("age", "feature", "leeftijd van het kind in jaren", "age of the child in years"),
            _column("siblings", "feature", "aantal broers en zussen", "number of brothers and sisters"),
            _column("late_fees", "feature", "te laat betaalde rekeningen", "bills paid late", source="school"),
            {"name": "origin", "dtype": "string", "role": "sensitive", "meaning": both("herkomst van de ouders", "origin of the parents"),
             "source": "register", "levels": ORIGINS, "special_category": True, "maximum_unknown_share": 0.1,
             "labels": {"NL": both("Nederland", "the Netherlands"), "EU": both("elders in Europa", "elsewhere in Europe"),
                        "non_EU": both("buiten Europa", "outside Europe")},
             "unknown_values": ("?",), "expected_shares": {"NL": 0.7, "EU": 0.15, "non_EU": 0.15}},
            {"name": "sex", "dtype": "string", "role": "sensitive", "meaning": both("geslacht van het kind", "sex of the child"),
             "source": "register", "levels": ("f", "m"),
             "labels": {"f": both("meisjes", "girls"), "m": both("jongens", "boys")}},
            {"name": "neighbourhood", "dtype": "string", "role": "sensitive", "meaning": both("buurt waar het kind woont", "neighbourhood where the child lives"),
             "source": "register", "levels": NEIGHBOURHOODS,
             "labels": {"B00": both(WEIRD, WEIRD), "B08": both("Reeshof-Noord", "Reeshof-Noord")}},
            {"name": "help", "dtype": "boolean", "role": "label", "levels": (False, True), "positive": True, "source": "register",
             "meaning": both("binnen een jaar kreeg het gezin hulp", "the family got help within a year")},
            {"name": "family", "dtype": "string", "role": "unit", "meaning": both("sleutel van het gezin", "key of the family"), "source": "register"},
        ),
        "hierarchies": {
            "neighbourhood": ({"name": "district", "meaning": both("stadsdeel", "city district"), "parents": {b: _AREA_NAMES[i % AREAS] for i, b in enumerate(NEIGHBOURHOODS)}},)
        },
    }  # fmt: skip
    return DataContract.model_validate({**fields, **changes})


def charter(*, full: bool = True, **changes: Any) -> Charter:
    def maybe(nl: str, en: str) -> Any:
        return both(nl, en) if full else "open"

    fields: dict[str, Any] = {
        "format": 1,
        "name": "early_help",
        "title": both("Vroege hulp aan gezinnen", "Early help for families"),
        "purpose": both(
            "Gezinnen die vastlopen eerder hulp aanbieden, voordat er een melding is.",
            "Offering help earlier to families that get stuck, before there is a report.",
        ),
        "population": both("Kinderen van 4 tot en met 17 jaar in de gemeente.", "Children from 4 to 17 years in the municipality."),
        "decision": both("Welke gezinnen het wijkteam als eerste belt.", "Which families the local team calls first."),
        "effect": "offer_of_help",
        "coercive": False,
        "oversight": maybe(
            "Een medewerker van het wijkteam beslist en mag zonder uitleg iets anders kiezen.",
            "A member of the local team decides and may choose otherwise without giving reasons.",
        ),
        "out_of_scope": both("Onderzoek naar fraude, en elke stap zonder toestemming.", "Fraud investigations, and any step without consent."),
        "users": both("De twaalf medewerkers van wijkteam West.", "The twelve members of local team West."),
        "affected": both("Kinderen, vooral in gezinnen met weinig geld.", "Children, above all in families with little money."),
        "proportionality": maybe("Huisbezoek aan alle gezinnen is duurder en ingrijpender.", "Visiting every family costs more and intrudes more."),
        "legal_basis": maybe("Artikel 2.1 Jeugdwet.", "Article 2.1 of the Youth Act."),
        "consultation": "open",
        "objection": maybe("Bij het loket Jeugd, per brief of aan de balie.", "At the youth desk, by letter or in person."),
        "limitations": maybe("Het model kent alleen wat de gemeente vastlegt.", "The model knows only what the municipality records."),
        "owner": {"organisation": "Gemeente Voorbeeld", "function": both("directeur Sociaal Domein", "director of social affairs"), "contact": "jeugd@voorbeeld.example"},
        "label": {"type": "service_use", "difference_from_purpose": "open", "selection": maybe("Alle kinderen in het register.", "All children in the register.")},
        "exit": {"end_date": "2027-12-31" if full else "open", "stop_criteria": maybe("Als het model over een grens gaat.", "If the model goes beyond a limit."),
                 "deletion": maybe("Binnen een maand na het einde.", "Within a month after the end.")},
        "parties": ({"name": "Gemeente Voorbeeld", "role": "controller"}, {"name": "Rekenbureau Data", "role": "processor"}) if full else (),
        "risks": (
            {"description": both("Een buurt krijgt een slechte naam.", "A neighbourhood gets a bad name."),
             "origin": both("Uitkomsten per buurt raken bekend.", "Results by neighbourhood become known."),
             "likelihood": "middle", "impact": "high", "measure": maybe("Geen kaarten publiceren.", "Publish no maps."), "residual": "low"},
            {"description": both("Een gezin wordt ten onrechte gebeld.", "A family is called without need."),
             "origin": both("Het model ziet een vals alarm.", "The model raises a false alarm."),
             "likelihood": "high", "impact": "low", "measure": "open", "residual": "high"},
        ) if full else (),
        "signatories": (
            {"role": "owner", "title": both("Eigenaar van het model", "Owner of the model")},
            {"role": "dpo", "title": both("Functionaris gegevensbescherming", "Data protection officer")},
            {"role": "ethics_committee", "title": both("Ethische commissie", "Ethics committee")},
        ),
        "dpia": {"8": both("Alle verwerking gebeurt in Nederland.", "All processing takes place in the Netherlands.")} if full else {},
    }  # fmt: skip
    return Charter.model_validate({**fields, **changes})


def policy(**changes: Any) -> Policy:
    fields: dict[str, Any] = {
        "format": 1,
        "version": "1",
        "attributes": ("origin", "sex", "neighbourhood"),
        "intersections": (("origin", "sex"),),
        "threshold": {"value": 0.35, "chosen_by": "wijkteam en ethische commissie", "reason": both("Het team kan 150 gezinnen per maand bellen.", "The team can call 150 families a month.")},
        "split": {"fit": 0.5, "develop": 0.2, "audit": 0.3},
        "limits": (
            {"id": "fpr_origin", "metric": "false_positive_rate", "by": ("origin",), "measure": "difference", "between": "groups", "at_most": 0.05,
             "reason": both("Een vals alarm is een onnodig telefoontje over iemands kind.", "A false alarm is a needless call about somebody's child.")},
            {"id": "tpr_origin", "metric": "true_positive_rate", "by": ("origin",), "measure": "difference", "between": "overall", "at_most": 0.1,
             "reason": both("Wie hulp nodig heeft moet gelijke kans hebben.", "Whoever needs help must have an equal chance.")},
            {"id": "sel_sex", "metric": "selection_rate", "by": ("sex",), "measure": "ratio", "between": "groups", "at_least": 0.8, "reason": "open"},
            {"id": "sel_buurt", "metric": "selection_rate", "by": ("neighbourhood",), "measure": "difference", "between": "rest", "at_most": 0.1,
             "severity": "warn", "reason": both("Geen buurt mag er ver uitspringen.", "No neighbourhood may stand far apart.")},
        ),
        "stages": {
            "shadow": {"not_shown": "accepted"},
            "trial": {"not_shown": "accepted", "signatures": ("owner", "dpo")},
            "release": {"not_shown": "refused", "signatures": ("owner", "dpo", "ethics_committee")},
        },
    }  # fmt: skip
    return Policy.model_validate({**fields, **changes})


#: What the strongest features tell: nothing to speak of.
TOLD = (
    Told(target="asked", kind="outcome", columns=("absence",), value="0.7134"),
    Told(target="origin", kind="group", columns=("moves",), value="0.2051"),
)


def training(*, origin: Literal["trained", "predictions"] = "trained", rows: int = 12_840) -> TrainingRecord:
    trained = origin == "trained"
    parts = (
        (
            Part(name="fit", rows=21_400, positives=2_800),
            Part(name="develop", rows=8_560, positives=1_100),
            Part(name="audit", rows=rows),
        )
        if trained
        else (Part(name="audit", rows=rows),)
    ) + (Part(name="no_match", rows=37),)
    return TrainingRecord(
        origin=origin,
        estimator="sklearn.ensemble.HistGradientBoostingClassifier" if trained else "",
        steps=("sklearn.preprocessing._encoders.OrdinalEncoder",) if trained else (),
        parameters={"max_depth": "3", "learning_rate": "0.05"} if trained else {},
        features=("absence", "moves", "age", "siblings", "late_fees") if trained else (),
        random_state=7 if trained else None,
        read=sum(p.rows for p in parts),
        parts=parts,
        duplicates=0 if trained else 12,
        copies=0,
        copied="0",
        overlap=0 if trained else None,
        threshold="0.35",
        threshold_from="policy",
        positive_class="1" if trained else None,
        told=TOLD if trained else (),
        read_back=rows if trained else None,
        score="probability" if trained else "given",
        data_digest="sha256:" + "3f" * 32,
        model_digest="sha256:" + "a1" * 32 if trained else None,
        code_revision="9c1e2f4" if trained else "unknown",
        versions={"python": "3.11.7", "scikit-learn": "1.8.0", "numpy": "2.3.0"},
    )


def tally(*, unfair: float = 0.0, small: bool = False) -> Tally:
    """Return counts in which a share `unfair` more of the children of origin non_EU is selected wrongly."""
    rng = np.random.default_rng(20261124)
    size = np.full(87, 60.0)
    size[list(LARGE)] = 760.0
    size *= (0.02 if small else 1.0) * 12_840 / size.sum()
    shape = (4, 2, 87)
    share = np.array([0.64, 0.16, 0.16, 0.04])[:, None, None] * np.array([0.5, 0.5])[None, :, None] * size[None, None, :]
    rows = rng.poisson(share)
    base = np.broadcast_to(np.array([0.12, 0.13, 0.14, 0.13])[:, None, None], shape)
    positive = rng.binomial(rows, base)
    false_alarm = np.broadcast_to(np.array([0.08, 0.085, 0.09 + unfair, 0.085])[:, None, None], shape)
    tp, fp = rng.binomial(positive, 0.72), rng.binomial(rows - positive, false_alarm)
    counts = np.stack([np.stack([rows - positive - fp, fp], axis=-1), np.stack([positive - tp, tp], axis=-1)], axis=-2)
    axes = (
        Axis(name="origin", levels=(*ORIGINS, "unknown"), unknown=True),
        Axis(name="sex", levels=("f", "m")),
        Axis(
            name="neighbourhood",
            levels=NEIGHBOURHOODS,
            steps=(Step(name="district", ancestors=tuple(_AREA_NAMES[i % AREAS] for i in range(87))),),
        ),
    )
    return Tally(axes=axes, counts=counts.astype(np.int64), moments={})


def attribution() -> Attribution:
    mean = np.array([0.42, 0.405, 0.21, 0.08, 0.011])
    error = np.array([0.012, 0.011, 0.009, 0.004, 0.002])
    return Attribution(
        features=("absence", "late_fees", "moves", "age", "siblings"),
        scale="log-odds", explainer="TreeExplainer, interventional", rows=500, background=100, additivity_gap=3.2e-7,
        by=("", "origin", "origin", "origin", "sex", "sex"), groups=("overall", *ORIGINS, "f", "m"),
        group_rows=(500, 320, 84, 76, 246, 254),
        mean_absolute=np.stack([mean * f for f in (1, 0.97, 1.04, 1.11, 0.98, 1.02)]),
        standard_error=np.stack([error * f for f in (1, 1.2, 2.4, 2.5, 1.4, 1.4)]),
    )  # fmt: skip


#: The first look at these rows, under no seal.
LOOK = Counted(
    entry="sha256:" + "0e" * 32, place=1, most=1, spent="0", alpha="0.05", seal=None, sealing="none", told_by="both", known="0",
    new_people=None,
)  # fmt: skip


def private(
    *, unfair: float = 0.0, small: bool = False, predictions: bool = False, full: bool = True, version: str | None = "1.0.0",
    of_contract: DataContract | None = None, of_charter: Charter | None = None, of_policy: Policy | None = None,
) -> Evidence:  # fmt: skip
    counts, rules = tally(unfair=unfair, small=small), of_policy or policy()
    by = Rules.of(rules)
    draft = Evidence(
        edition="private", name="early_help", version=version, created="2026-03-12T09:30:00Z", rules=by,
        contract=of_contract or contract(), charter=of_charter or charter(full=full), policy=rules,
        training=training(origin="predictions" if predictions else "trained", rows=counts.n), tally=counts,
        metrics=measure(counts, rules.margins, by.metrics), disparities=disparities(counts, rules.margins, by.metrics),
        attribution=None if predictions else attribution(),
        verdict=Verdict(findings=(), policy_digest=rules.digest, decide_on=rules.decide_on), nonce="sha256:" + "0d" * 32,
        look=LOOK,
    )  # fmt: skip
    return replace(draft, verdict=judged(draft))


def public(**how: Any) -> Evidence:
    return public_edition(private(**how))
