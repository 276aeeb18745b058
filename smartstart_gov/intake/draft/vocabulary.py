"""What the name of a column means: words in municipal tables, in Dutch and English, and what they stand for."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import cache
from typing import Literal

from smartstart_gov.authoring.value import Text
from smartstart_gov.intake.draft.draft import text

Subject = Literal[
    "bsn", "sex", "age", "birth_date", "birth_country", "origin", "nationality", "religion", "marital", "language", "health",
    "neighbourhood", "district", "municipality", "region", "postcode", "deprivation", "education",
    "person", "row", "label", "score", "weight", "time", "site",
    "money", "moves", "proper_name", "remark", "one_sex", "migration", "politics", "orientation", "family_form",
]  # fmt: skip


#: Subjects on which people are treated alike, or which stand for one of those; a column on one is compared, or it is said.
GROUNDS: tuple[Subject, ...] = (
    "sex", "age", "birth_date", "birth_country", "origin", "nationality", "religion", "marital", "language", "health",
    "neighbourhood", "district", "municipality", "region", "postcode", "one_sex", "migration", "politics", "orientation",
)  # fmt: skip

#: Subjects that often go with one of those. A model learns from a column on one; that no group of it is compared, is said.
STAND_INS: tuple[Subject, ...] = ("deprivation", "education", "family_form")


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """A subject of column names: how it is recognised, and what such a column means."""

    subject: Subject
    pattern: str
    meaning: Text | None = None
    #: Special category of GDPR article 9, or origin, nationality, religion or a marker of these.
    special: bool = False


_ORDINAL = r"(_?(id|nr|nummer|number|key|sleutel|code|hash|no))?"


def _about(subject: Subject, *stems: str, nl: str = "", en: str = "", special: bool = False) -> Known:
    return Known(subject=subject, pattern=f"_({'|'.join(stems)})_", meaning=text(nl, en) if nl else None, special=special)


#: Tried in order against the name as lower-case words with underscores around and between them.
_KNOWN: tuple[Known, ...] = (
    _about("bsn", "bsn", "burgerservicenummer", "sofinummer", "sofi", "bsnnr"),
    _about(
        "birth_country", r"geboorteland\w*", "gebland", "birth_?country", "country_(of_)?birth", "born_in", "birthplace",
        "geboren_in_nl", nl="Land van geboorte.", en="Country of birth.", special=True,
    ),
    _about(
        "nationality", r"nationaliteit\w*", "nationality", "citizen(ship)?", special=True,
        nl="Nationaliteit of staatsburgerschap.", en="Nationality or citizenship.",
    ),
    _about(
        "origin", r"herkomst\w*", "migratieachtergrond", "etnici?teit", "etnische", r"ethnic\w*", "origin", "race", "ras",
        "colour",
        "color", "huidskleur", "afkomst", nl="Herkomst.", en="Origin.", special=True,
    ),
    _about(
        "migration", r"foreign(er|_?worker|_?born)?", r"buitenland\w*", r"im?migra(nt|tion)\w*", r"migrant\w*",
        r"(asiel|asylum)\w*", "statushouder", r"(vluchteling|refugee)\w*", r"vreemdeling\w*",
        r"verblijfs_?(status|titel|vergunning|recht)", r"residence_permit\w*", r"(niet_|non_?)?western?s?", r"native(_?born)?",
        special=True,
    ),
    _about(
        "origin", "hispanic", r"latin[aox]", "indigenous", "roma", "sinti", "caste", special=True,
    ),
    _about(
        "religion", r"m[ou]slims?", "islam(itisch)?", "joods", "jewish", "moskee", "kerk", "church", "hoofddoek",
        r"levensovertuiging\w*", r"denominati\w*", special=True,
    ),
    _about(
        "politics", r"politie?k(e_\w+)?", r"political\w*", r"vakbond\w*", r"(trade_|labou?r_)?union(_?member\w*)?",
        special=True,
    ),
    _about("orientation", r"seksuele_\w+", "sexual_orientation", "geaardheid", r"lhbt\w*", r"lgbt\w*", special=True),
    _about("religion", "religie", "religion", "geloof", "kerkelijke?", nl="Godsdienst.", en="Religion.", special=True),
    _about(
        "health", r"\w*handicap\w*", r"disab\w+", r"diagnose\w*", "diagnosis", "ggz", r"psych\w+", r"mental\w*", r"verslav\w+",
        r"ziekte\w*", "medicati(e|on)", r"gezondheid\w*", r"health\w*", r"beperking\w*", r"zwanger\w*", r"pregnan\w*",
        r"chronisch\w*", "chronic", "lvb", "adhd", r"autis\w*", r"depressi\w*", r"geneti\w*", "dna", r"biometr\w*",
        special=True,
    ),
    _about("sex", r"geslacht\w*", "sex", "gender", "sekse", "man_vrouw", nl="Geslacht.", en="Sex."),
    _about(
        "one_sex", "(is_)?((fe)?male|man|woman|vrouw|jongen|meisje|boy|girl|trans(gender)?)", "m_?v", "m_?f",
    ),
    _about("marital", r"(on)?gehuwd", "(un)?married", "divorced", "gescheiden"),
    _about(
        "family_form", "leefvorm", "gezinsvorm", r"huishoud(en)?s?_?(type|vorm|samenstelling)",
        "(household|family)_?(type|composition|form)", r"alleenstaand\w*", r"een_?ouder\w*", r"(single|lone)_?parent\w*",
    ),
    _about("marital", r"burgerlijke_?staat\w*", "marital(_status)?", nl="Burgerlijke staat.", en="Marital status."),
    _about("language", "taal", "spreektaal", "moedertaal", "thuistaal", "language", "taalniveau", nl="Taal.", en="Language."),
    _about(
        "birth_date", r"geboorte_?datum\w*", "geboorte_?(dag|jaar)", "geb_?(datum|dat|dd|jaar)", "dob", "yob",
        "birth_?(date|day|year)", "(date|day|year)_of_birth", nl="Datum of jaar van geboorte.", en="Date or year of birth.",
    ),
    _about("age", r"leeftijd\w*", "age", "age_?(group|band|class)", "lft", nl="Leeftijd.", en="Age."),
    _about("neighbourhood", r"buurt\w*", "bu(_?code)?", r"neighbou?rhood\w*", nl="Buurt.", en="Neighbourhood."),
    _about("district", r"stadsdeel\w*", nl="Stadsdeel.", en="City district."),
    _about("district", r"wijk\w*", "wk(_?code)?", "district", "precinct", nl="Wijk.", en="District."),
    _about("municipality", "gemeente(code|naam)?", "gm(_?code)?", "municipality", nl="Gemeente.", en="Municipality."),
    _about(
        "region", "regio", "region", "provincie", "province", "county", "borough", "woonplaats", nl="Regio.", en="Region.",
    ),
    _about("deprivation", r"imd\w*", r"depriv\w*", "ses(_?woa)?", r"achterstandsscore\w*"),
    _about("education", r"opleiding\w*", r"education\w*"),
    _about("postcode", r"postcode\w*", "pc[46]", "zip(code)?", "postal_?code", nl="Postcode.", en="Postcode."),
    _about(
        "proper_name", "voornaam", "achternaam", "naam", "name", "surname", "first_?name", "last_?name", "e?mail",
        r"telefoon\w*",
        "phone", "adres", "address", "iban", r"straat\w*", "street",
    ),
    _about("remark", r"opmerking\w*", "toelichting", r"notitie\w*", "remarks?", "notes?", "comments?", "omschrijving"),
    _about(
        "person",
        "(persoons?|person|gezin|gezins|family|household|huishouden|hh|client|leerling|pupil|student|deelnemer|patient|subject|customer|klant|inwoner|aanvrager|applicant|verdachte|defendant|medewerker|employee"
        f"|kind|child|pseudoniem|pseudonym|pseudo|rin|rinpersoons?){_ORDINAL}",
    ),
    _about(
        "row",
        "(id|nr|nummer|rij|row|rownames?|index|record|case|zaak|dossier|aanvraag|melding|key|sleutel|unnamed_0|uuid)"
        f"{_ORDINAL}",
    ),
    _about("score", "score", "risico(_?score)?", "risk(_?score)?", "kans", "probability", "proba", "pred(iction|icted)?",
    "voorspelling"),
    _about(
        "weight", "weight", "gewicht", "weging", "weegfactor", "sample_?weight", "perwt",
        nl="Gewicht van de rij.", en="Weight of the row.",
    ),
    _about(
        "label", "label", "target", "uitkomst", "outcome", "doel", "y", "y_true", "class", "klasse", "default", "released",
        "hulp",
        "final_result", "eindresultaat", "uitslag",
        r"kreeg_\w+", r"ontving_\w+", "readmitted", "survived", r"recid\w*", "two_year_recid", "is_recid",
    ),
    _about(
        "time", r"\w*datum\w*", "date", r"\w*_date", "tijdstip", "timestamp", "moment", "event_time", nl="Datum.", en="Date.",
    ),
    _about(
        "site", "instelling", r"organisatie\w*", "organi[sz]ation", "school(code|naam)?", "locatie", "site", "team",
        "aanbieder",
        "hospital", "ziekenhuis",
    ),
    _about("money", r"\w*inkomen\w*", "income", "salaris", r"bijstand\w*", r"uitkering\w*", r"schuld\w*", "debt", "welfare",
    "benefit"),
    _about("moves", r"verhuizing\w*", "moves", r"verhuis\w*"),
)  # fmt: skip

#: Dutch to English, for names that are made of such words only.
_GLOSSARY = """
aantal: number of, dagen: days, dag: day, weken: weeks, maanden: months, maand: month, jaren: years, jaar: year, uren: hours,
kinderen: children, kind: child, ouder: parent, ouders: parents, gezin: family, huishouden: household, personen: persons,
school: school, verzuim: absence, spijbelen: truancy, schooladvies: school advice, opleiding: education, niveau: level,
inkomen: income, schuld: debt, schulden: debts, huur: rent, achterstand: arrears, uitkering: benefit, bijstand: welfare benefit,
toeslag: allowance, werk: work, baan: job, woning: dwelling, adres: address, woonduur: length of residence,
verhuizingen: moves, melding: report, meldingen: reports, hulp: help, zorg: care, aanvraag: request, aanvragen: requests,
eerdere: earlier, vorige: previous, laatste: last, eerste: first, totaal: total, gemiddeld: average, gemiddelde: average,
percentage: percentage, aandeel: share, bedrag: amount, duur: duration, leeftijd: age, moeder: mother, vader: father,
bezoeken: visits, bezoek: visit, gesprekken: talks, contact: contact, contacten: contacts, politie: police,
boetes: fines, wachttijd: waiting time, status: status, soort: kind, type: type, per: per, van: of, in: in, en: and,
heeft: has, is: is, geen: no, lopende: current, betalingen: payments, betaling: payment, cijfer: mark, taal: language,
rekenen: arithmetic, lessen: lessons, klas: class, groep: group, grootte: size, afstand: distance, auto: car, score: score
"""
_WORDS = dict(re.findall(r"(\w+): ([\w ]+)", _GLOSSARY))
_ENGLISH = {english: dutch for dutch, english in _WORDS.items() if " " not in english} | {"number": "aantal", "size": "grootte"}


@cache
def words_of(name: str) -> tuple[str, ...]:
    """Return the words in a column's name, in lower case and without accents.

    Examples
    --------
    >>> words_of("aantalKinderen_in-gezin2")
    ('aantal', 'kinderen', 'in', 'gezin', '2')
    """
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    parted = re.sub(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Za-z])(?=[0-9])", "_", plain)
    return tuple(word for word in re.split(r"[^a-z0-9]+", parted.lower()) if word)


@cache
def known(name: str) -> Known | None:
    """Return what a column called `name` is about, or None if the name does not say.

    Examples
    --------
    >>> known("geboorteland_moeder").subject
    'birth_country'
    >>> known("v17") is None
    True
    """
    words = f"_{'_'.join(words_of(name))}_"
    plain = f"_{re.sub('[^a-z0-9]+', '_', name.lower()).strip('_')}_"
    return next((one for one in _KNOWN if re.search(one.pattern, words) or re.search(one.pattern, plain)), None)


def subject_of(name: str) -> Subject | None:
    """Return the subject of a name; None if it has none."""
    about = known(name)
    return None if about is None else about.subject


def meaning_of(name: str) -> Text | None:
    """Return what the name itself means, in both languages, if all its words are common ones.

    Examples
    --------
    >>> meaning_of("aantal_dagen_verzuim").en
    'Number of days absence.'
    >>> meaning_of("x17") is None
    True
    """
    about, words = known(name), words_of(name)
    if about is not None and about.meaning is not None:
        extra = [word for word in words if not re.search(about.pattern, f"_{word}_")]
        if not extra:
            return about.meaning
    if words and all(word in _WORDS for word in words):
        return text(_sentence(words), _sentence([_WORDS[word] for word in words]))
    if words and all(word in _ENGLISH for word in words):
        return text(_sentence([_ENGLISH[word] for word in words]), _sentence(words))
    return about.meaning if about is not None else None


def _sentence(words: list[str] | tuple[str, ...]) -> str:
    joined = " ".join(words)
    return f"{joined[:1].upper()}{joined[1:]}."
