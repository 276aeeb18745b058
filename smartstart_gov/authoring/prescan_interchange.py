"""The pre-scan as the interchange has it: its fields, the keys of a charter that each is of, and a charter's answers."""

from __future__ import annotations

from typing import Any

from smartstart_gov.authoring.charter import Charter
from smartstart_gov.authoring.dpia_interchange import OPTIONS as DPIA_OPTIONS
from smartstart_gov.authoring.interchange import Form, Keys, composed
from smartstart_gov.authoring.screening_questions import ANSWERABLE, QUESTIONS

_AREA = {"inside": "Binnen EER", "outside": "Buiten EER"}


def _named(label: str, options: dict[str, str]) -> dict[str, str]:
    return {code: f"{label}: {said}" for code, said in options.items()}


#: Question to our codes and the values of the form, which are typed as the form has them.
OPTIONS: dict[str, dict[str, str]] = {
    "0.4": DPIA_OPTIONS["11.1.1.1"],
    "0.5.2": {
        "service": "Een Saas, IaaS of PaaS oplossing", "storage": "Cloudopslag van data",
        "subprocessor": "Een applicatie die gebruik maakt van een subverwerker voor cloudopslag"
        " (bijv. Azure, AWS, Google Cloud)",
        "hybrid_on_premise": "On premise toepassing met functionaliteiten van het internet vanuit de cloud (hybrid cloud)",
    },
    "0.5.3": {"public": "Public cloud", "private": "Private cloud", "hybrid": "Hybrid"},
    "1.1.2": _named("Categorie gewone persoonsgegevens", {
        "device": "Apparaat- en internetgegevens", "content": "Content", "demographic": "Demografische gegevens",
        "telemetry": "Diagnostische gegevens of telemetrie", "website": "Gegevens verzameld via een website",
        "helpdesk": "Helpdeskgegevens", "logging": "Logging", "contact": "Naam, contactgegevens", "other": "Overige",
    }),
    "1.2.2": _named("Categorie bijzondere persoonsgegevens", {
        "biometric": "Biometrische gegevens met het oog op de unieke identificatie van een persoon",
        "sexual": "Gegevens met betrekking tot iemands seksueel gedrag of seksuele gerichtheid",
        "health": "Gegevens over gezondheid", "genetic": "Genetische gegevens",
        "union": "Persoonsgegevens waaruit het lidmaatschap van een vakbond blijkt",
        "political": "Persoonsgegevens waaruit politieke opvattingen blijken",
        "ethnic": "Persoonsgegevens waaruit ras of etnische afkomst blijkt",
        "religious": "Persoonsgegevens waaruit religieuze of levensbeschouwelijke overtuigingen blijken",
    }),
    "1.3.2": _named("Categorie gevoelige persoonsgegevens", {
        "browsing": "Surfgedrag", "financial": "Gegevens over de financiële situatie van de betrokkene",
        "fraud": "Gegevens die kunnen worden gebruikt voor (identiteits)fraude",
        "vulnerable": "Gegevens die betrekking hebben op kwetsbare groepen",
        "credentials": "Gebruikersnamen, wachtwoorden en andere inloggegevens",
        "communication_location": "Communicatie- en locatiegegevens",
        "national_number": "Nationale identificatienummers (bijv. BSN)", "criminal": "Strafrechtelijke gegevens",
        "stigma": "Andere gegevens die kunnen leiden tot stigmatisering of uitsluiting van de betrokkene",
    }),
    "1.4.1": _named("Categorie betrokkenen", {
        "staff": "Medewerkers/bewindspersonen",
        "citizens": "Burgers over wie gegevens worden verwerkt in het proces/systeem/applicatie",
        "under_16": "Kinderen jonger dan 16 jaar", "vulnerable": "Andere kwetsbare groepen (gehandicapten, minderheden, etc.)",
        "specified": "Specificatie categorie betrokkenen (bijv. vanuit uitvoeringswetgeving)",
    }),
    "1.5.3": {
        "continuous": "Continu", "more_than_monthly": "Vaker dan maandelijks", "monthly": "Minstens maandelijks",
        "yearly": "Minstens jaarlijks", "irregular": "Onregelmatig", "once": "Eenmalig",
    },
    "1.5.4": DPIA_OPTIONS["10.1.1.4"],
    "2.1.2": _AREA, "2.1.3": {"on_premise": "On premise", "inside": "Datacenter EER", "outside": "Buiten EER"},
    "2.1.4": _AREA, "2.1.5": _AREA,
    "2.1.6": DPIA_OPTIONS["8.1.1.2"],
    "3.1": _named("Lijst AP", {
        "biometric": "Biometrische gegevens", "cameras": "Cameratoezicht", "communication": "Communicatiegegevens",
        "employees": "Controle werknemers", "credit": "Creditscores", "financial": "Financiële situatie",
        "mobile_cameras": "Flexibel cameratoezicht", "fraud": "Fraudebestrijding", "genetic": "Genetische persoonsgegevens",
        "health": "Gezondheidsgegevens", "covert": "Heimelijk onderzoek", "internet_of_things": "Internet of things",
        "profiling": "Profilering", "behaviour": "Observatie en beïnvloeding van gedrag", "location": "Locatiegegevens",
        "cooperation": "Samenwerkingsverbanden", "blacklist": "Zwarte lijsten",
    }),
    "4.1": _named("Lijst EDPB", {
        "special": "Bijzondere persoonsgegevens of zeer gevoelige persoonsgegevens",
        "blocking": "Blokkering van een dienst, recht of contract", "automated_decision": "Geautomatiseerde besluitvorming",
        "new_technology": "Gebruik van nieuwe technologieën", "large_scale": "Grootschalige gegevensverwerkingen",
        "combining": "Koppelen van datasets", "evaluation": "Mensen beoordelen met persoonskenmerken (evaluatie of scoring)",
        "monitoring": "Stelselmatige en grootschalige monitoring",
        "vulnerable": "Verwerking van persoonsgegevens over kwetsbare groepen of personen",
    }),
    "5.1.2": _named("Basisregistratie", {
        "topography_large": "Basisregistratie Grootschalige Topografie (BGT)", "income": "Basisregistratie Inkomen (BRI)",
        "land_registry": "Basisregistratie Kadaster (BRK)", "subsoil": "Basisregistratie Ondergrond (BRO)",
        "persons": "Basisregistratie Personen (BRP)", "topography": "Basisregistratie Topografie (BRT)",
        "vehicles": "Basisregistratie Voertuigen (BRV)", "property_value": "Basisregistratie Waarde Onroerende Zaken (WOZ)",
        "companies": "Handelsregister (HR)", "addresses": "Basisregistratie Adressen en Gebouwen (BAG)",
    }),
}  # fmt: skip
#: Question to the keys of a charter whose answer it holds.
PLACES: dict[str, tuple[Keys, ...]] = {
    "0.2": (("population",), ("decision",), ("dpia", "1")),
    "0.3": (("purpose",),),
    **{id_: (("prescan", id_),) for id_ in ANSWERABLE},
}
#: Boxes of the form to specify an answer in words.
SPECIFIED = ("1.1.3", "1.4.2", "2.1.7")


def answers_of(charter: Charter) -> dict[str, Any]:
    """Return what a charter answers: question to value."""
    return {id_: v for id_, places in PLACES.items() if (v := composed(PRESCAN, charter, id_, places)) is not None}


PRESCAN = Form(
    urn="urn:nl:prescan:2.0", fields=frozenset([*PLACES, *SPECIFIED]), places=PLACES, options=OPTIONS,
    flags=frozenset(id_ for id_, question in QUESTIONS.items() if question.kind == "flag"),
    lists=frozenset(id_ for id_, question in QUESTIONS.items() if question.kind == "many"), answers_of=answers_of,
    unheld="they specify an answer in words, and no outcome depends on them",
)  # fmt: skip
