"""The form for DPIAs as the interchange has it: its fields, the keys of a charter that each is of, and a charter's answers."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from smartstart_gov.authoring.charter import FINDING_PATTERN, Charter, Risk
from smartstart_gov.authoring.dpia_form import FIELDS, RIGHTS
from smartstart_gov.authoring.interchange import Form, Keys, composed, encoded
from smartstart_gov.authoring.value import Authored

#: Which finding a risk is about stands at the end of its origin.
FINDING = re.compile(rf"\s*\(({FINDING_PATTERN})\)\.?$")

_TRANSFER = {
    "adequacy": "Adequaatheidsbesluit", "standard_clauses": "Standaard contractsbepaling (SCC)",
    "binding_rules": "binding corporate rules/bindend bedrijfsvoorschrift (bcr)",
    "certification": "Goedgekeurde certificeringsmechanisme", "code_of_conduct": "Goedgekeurde gedragscode",
    "instrument": "Juridisch bindend en afdwingbaar instrument", "article_49": "uitzondering artikel 49 avg",
    "other": "Overig mechanisme",
}  # fmt: skip
_GRADE = {"low": "laag", "middle": "midden", "high": "hoog"}
#: Field to our codes and the values of the form, which are typed as the form has them.
OPTIONS: dict[str, dict[str, str]] = {
    "2.1.4": {
        "ordinary": "gewoon", "sensitive": "gevoelig", "special": "bijzonder", "criminal": "strafrechtelijk",
        "national_number": "nationaal identificatienummer",
    },
    "6.1.1.2": {
        "controller": "Verwerkingsverantwoordelijke", "joint_controller": "Gezamenlijke verwerkingsverantwoordelijke",
        "processor": "Verwerker", "sub_processor": "Sub-verwerker", "third_party": "Derde", "provider": "Verstrekker",
        "recipient": "Ontvanger",
    },
    "8.1.1.2": _TRANSFER,
    "10.1.1.4": {
        "years": "Aantal jaren", "year": "Jaar", "under_month": "Minder dan 1 maand", "under_week": "Minder dan 1 week",
        "under_day": "Minder dan 24 uur",
    },
    "11.1.1.1": {
        "consent": "Rechtsgrond toestemming", "agreement": "Rechtsgrond noodzakelijk voor de uitvoering van een overeenkoms",
        "legal_obligation": "Rechtsgrond wettelijke verplichting", "vital_interest": "Rechtsgrond vitaal belang",
        "public_task": "Rechtsgrond taak van algemeen belang", "legitimate_interest": "Rechtsgrond gerechtvaardigd belang",
    },
    "13.1.1.5": {
        "allowed_by_law": "Toelaatbaar op grond van Unie- of lidstaatrechtelijk recht",
        "compatible": "Verenigbaar met oorspronkelijk doeleinde",
        "no_further_use": "Niet van toepassing (geen verdere verwerking)",
    },
    "16.1.3": _GRADE, "16.1.5": _GRADE, "16.1.7": _GRADE, "17.1.4": _GRADE,
    "19.2": {"draft": "concept", "final": "definitief"},
}  # fmt: skip
#: Yes or no.
FLAGS = ("2.1.6", *(f"{right}.{n}" for right in RIGHTS for n in (1, 3)))
#: The form says of a restriction that there is one, or that it is not applicable: null, as an answer that was cleared.
RESTRICTIONS = tuple(f"{right}.3" for right in RIGHTS)
NOT_APPLICABLE = FLAGS[1:]
#: One line, and a date: as they stand, in no language.
LINES = (
    "19.4.1", "19.5.1", "19.5.2", "19.5.3", "19.5.6", "19.5.7", "19.5.8", "6.1.1.1",
    *(one.id for one in FIELDS.values() if one.kind == "line"),
)  # fmt: skip
#: Field to the keys of a charter whose texts it holds, one under the other; the last is the field's own.
PLACES: dict[str, tuple[Keys, ...]] = {
    "1.1": (("purpose",), ("population",), ("decision",), ("users",), ("out_of_scope",), ("dpia", "1")),
    "2.3": (("affected",), ("dpia", "2")),
    "3.2": (("dpia", "3"),), "4": (("dpia", "4"),), "5.2": (("dpia", "5"),), "6.2": (("dpia", "6"),),
    "7.2": (("consultation",), ("dpia", "7")),
    "8.2": (("dpia", "8"),), "9.2": (("dpia", "9"),),
    "10.2": (("exit", "deletion"), ("dpia", "10")),
    "11.2": (("dpia", "11"),), "12.4": (("dpia", "12.4"),), "13.2": (("dpia", "13"),),
    "14.1": (("proportionality",), ("dpia", "14.1")), "14.2": (("dpia", "14.2"),),
    **{f"{right}.{n}": (("dpia", f"{right}.{n}"),) for right in RIGHTS for n in (1, 3, 4)},
    **{f"{right}.2": (("dpia", right),) for right in RIGHTS},
    "15.6.2": (("oversight",), ("dpia", "15.6")),
    "15.7.2": (("objection",), ("dpia", "15.7")),
    "16.2": (("dpia", "16"),), "17.2": (("dpia", "17.2"),), "17.3": (("dpia", "17"),), "18": (("dpia", "18"),),
    "19.2": (("dpia", "19.2"),),
    "19.4.1": (("owner", "organisation"),), "19.4.2": (("dpia", "19.4.2"),), "19.4.3": (("dpia", "19.4.3"),),
    "19.4.5": (("owner", "function"),), "19.4.6": (("dpia", "19.4.6"),),
    "19.5.1": (("dpo_advice", "organisation"),), "19.5.2": (("dpo_advice", "directorate"),),
    "19.5.3": (("dpo_advice", "department"),), "19.5.5": (("dpo_advice", "function"),), "19.5.6": (("dpo_advice", "date"),),
    "19.5.7": (("dpo_advice", "document"),), "19.5.8": (("dpo_advice", "version"),),
}  # fmt: skip
#: Repeated group to its fields that are answered once, for every repetition.
ONCE: dict[str, dict[str, tuple[Keys, ...]]] = {
    "8.1.1": {"8.1.1.1": (("dpia", "8.1.1.1"),), "8.1.1.2": (("prescan", "2.1.6"),), "8.1.1.3": (("dpia", "8.1.1.3"),)},
    "9.1.1": {"9.1.1.2": (("dpia", "9.1.1.2"),)},
    "10.1.1": {"10.1.1.4": (("prescan", "1.5.4"),)},
    "11.1.1": {"11.1.1.1": (("prescan", "0.4"),), "11.1.1.2": (("legal_basis",),)},
    "12.1.2": {"12.1.2.5": (("dpia", "12.1"),)},
    "12.2.2": {"12.2.2.4": (("dpia", "12.2"),)},
    "12.3.2": {"12.3.2.4": (("dpia", "12.3"),)},
    "13.1.1": {"13.1.1.5": (("dpia", "13.1.1.5"),), "13.1.1.6": (("dpia", "13.1.1.6"),)},
    "19.1": {"19.1.3": (("dpia", "19.1.3"),)},
    "19.3.2": {"19.3.2.4": (("dpia", "19.3.2.4"),)},
    "20.1": {n: (("dpia", n),) for n in ("20.1.2", "20.1.3", "20.1.7")},
}  # fmt: skip
#: Fields of repeated groups to the key of the entry that holds them.
DATA = {"2.1.2": "people", "2.1.3": "category", "2.1.4": "type", "2.1.6": "through_party", "2.1.9": "provision_basis"}
PARTY = {"6.1.1.1": "name", "6.1.1.2": "role", "6.1.1.3": "functions", "6.1.1.4": "columns", "6.1.1.5": "people"}
RISK = {
    "16.1.1": "description", "16.1.2": "origin", "16.1.3": "likelihood", "16.1.4": "likelihood_reason", "16.1.5": "impact",
    "16.1.6": "impact_reason", "16.1.7": "level", "16.1.8": "level_reason",
}  # fmt: skip
MEASURE = {
    "17.1.3": "measure", "17.1.4": "residual", "17.1.5": "authority_advice", "17.1.6": "monitoring", "17.1.7": "owner",
}  # fmt: skip
#: Repeated groups of the form, and how many fields each has.
GROUPS = {
    "1.2": 1, "2.1": 9, "3.1": 3, "3.3": 1, "5.1": 1, "6.1": 1, "6.1.1": 5, "7.1": 1, "8.1": 1, "8.1.1": 3, "9.1": 1,
    "9.1.1": 2,
    "10.1": 1, "10.1.1": 5, "11.1": 1, "11.1.1": 2, "12.1.2": 5, "12.2.2": 4, "12.3.2": 4, "13.1": 1, "13.1.1": 6, "16.1": 8,
    "17.1": 7, "19.1": 3, "19.3.2": 4, "20.1": 7,
}  # fmt: skip
#: Repeated fields, which stand in a group of their own.
OF_THEMSELVES = ("5.1.1", "7.1.1")
#: Fields that hold a list of texts.
LISTS = frozenset(
    [
        "3.1.3", "6.1.1.2", "6.1.1.4", "6.1.1.5", "10.1.1.2", "10.1.1.3", "13.1.1.1", "13.1.1.2", "17.1.1", "19.5.8",
        *(f"12.{kind}.2.{n}" for kind in (1, 2, 3) for n in (1, 2, 3)),
    ]
)  # fmt: skip
#: Every field and group of the form.
FORM = frozenset(
    [
        *PLACES, *GROUPS, *(f"{group}.{n}" for group, fields in GROUPS.items() for n in range(1, fields + 1)),
        "0", "12.1.1", "12.2.1", "12.3.1", "19.3.1", "19.4.4", "19.5.4",
    ]
)  # fmt: skip


# ------------------------------------------------------------------------------------------------------- out
def answers_of(charter: Charter) -> dict[str, Any]:
    """Return what a charter answers: field to value, and repeated group to a list of such records."""
    found: dict[str, Any] = {
        id_: v for id_, places in PLACES.items() if (v := composed(DPIA, charter, id_, places)) is not None
    }
    found |= {id_: None for id_ in NOT_APPLICABLE if charter.dpia.get(id_) == "not_applicable"}
    found["2.1"] = [{"2.1.1": column, **_fields(data, DATA)} for data in charter.personal_data for column in data.columns]
    found["6.1.1"] = [_fields(party, PARTY) for party in charter.parties]
    found["7.1.1"] = [_fields(party, {"7.1.1": "interest"}) for party in charter.parties]
    for group, fields in ONCE.items():
        once = {id_: v for id_, places in fields.items() if (v := composed(DPIA, charter, id_, places)) is not None}
        found[group] = [once] if once else []
    found["16.1"] = [_with_finding(_fields(risk, RISK), risk) for risk in charter.risks]
    found["17.1"] = [
        {"17.1.1": [risk.description.nl], "17.1.2": risk.origin.nl, **_fields(risk, MEASURE)} for risk in charter.risks
    ]
    return {id_: value for id_, value in found.items() if value != []}


def _with_finding(record: dict[str, Any], risk: Risk) -> dict[str, Any]:
    return record if risk.finding is None else {**record, "16.1.2": f"{record['16.1.2']} ({risk.finding})"}


def _fields(value: Authored, keys: Mapping[str, str]) -> dict[str, Any]:
    return {id_: v for id_, key in keys.items() if (v := encoded(DPIA, id_, getattr(value, key))) is not None}


DPIA = Form(
    urn="urn:nl:dpia:3.0", fields=FORM, places=PLACES, options=OPTIONS, flags=frozenset(FLAGS),
    only_true=frozenset(RESTRICTIONS),
    not_applicable=frozenset(NOT_APPLICABLE), lines=frozenset(LINES), lists=LISTS, once=ONCE, groups=frozenset(GROUPS),
    of_themselves=frozenset(OF_THEMSELVES),
    entries=frozenset([*DATA, *PARTY, *RISK, *MEASURE, "2.1.1", "7.1.1", "17.1.1", "17.1.2"]), answers_of=answers_of,
    unheld="software fills it in, or the files hold no names",
)  # fmt: skip
