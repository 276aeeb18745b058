"""The questions of the pre-scan DPIA in our own short words, and the words for the options of their answers."""

from __future__ import annotations

from smartstart_gov.documents.terms import _

ASKS: dict[str, str] = {
    "0.1": _("Is this about a new law or regulation?"),
    "0.2": _("What is the processing?"),
    "0.3": _("What is its purpose?"),
    "0.4": _("What is the legal ground?"),
    "0.5.1": _("Is a cloud used?"),
    "0.5.2": _("Which kind of cloud service?"),
    "0.5.3": _("Public, private or mixed cloud?"),
    "0.5.4": _("Is a public cloud essential to the primary task?"),
    "1.1.1": _("Are ordinary personal data processed?"),
    "1.1.2": _("Which ordinary personal data?"),
    "1.2.1": _("Are special categories of personal data processed?"),
    "1.2.2": _("Which special categories?"),
    "1.3.1": _("Are other sensitive data processed?"),
    "1.3.2": _("Which sensitive data?"),
    "1.4.1": _("Which people is it about?"),
    "1.5.1": _("Is it about 10,000 people or more?"),
    "1.5.2": _("Are there 10,000 data items or more?"),
    "1.5.3": _("How often are data processed?"),
    "1.5.4": _("How long are the data kept?"),
    "2.1.1": _("Do data leave the European Economic Area?"),
    "2.1.2": _("Where is the head office of the cloud provider?"),
    "2.1.3": _("Where are the data stored, by contract?"),
    "2.1.4": _("Where is support provided from?"),
    "2.1.5": _("Where are diagnostic data processed?"),
    "2.1.6": _("On what basis is the transfer allowed?"),
    "2.1.8": _("Do special categories leave as well?"),
    "3.1": _("Which items apply from the list of processing operations that always need a DPIA?"),
    "4.1": _("Which of the nine criteria for high risk apply?"),
    "5.1.1": _("Are base registers used?"),
    "5.1.2": _("Which base registers?"),
    "6.1.1": _("Is an algorithm used?"),
    "6.1.2": _("Is it a high-risk AI system in the sense of the AI Act?"),
    "6.1.3": _("Is it another algorithm that affects people?"),
    "7.1.1": _("Is a digital service offered or used?"),
    "7.1.2": _("Is that service meant for people under 18?"),
    "7.1.3": _("Can it be shown that people under 18 do not use it, and that it is not used on them?"),
}

#: Question to the words for its options; `2.1.2` to `2.1.5` share theirs.
OPTIONS: dict[str, dict[str, str]] = {
    "0.4": {
        "consent": _("consent"), "agreement": _("an agreement with the person"),
        "legal_obligation": _("a legal obligation"), "vital_interest": _("a vital interest"),
        "public_task": _("a task in the public interest"), "legitimate_interest": _("a legitimate interest"),
    },
    "0.5.2": {
        "service": _("software, platform or infrastructure as a service"), "storage": _("storage in a cloud"),
        "subprocessor": _("an application whose sub-processor stores data in a cloud"),
        "hybrid_on_premise": _("own computers with functions from a cloud"),
    },
    "0.5.3": {"public": _("public"), "private": _("private"), "hybrid": _("mixed")},
    "1.1.2": {
        "device": _("device and internet data"), "content": _("contents of messages or documents"),
        "demographic": _("demographic data"), "telemetry": _("diagnostic data"), "website": _("data gathered by a website"),
        "helpdesk": _("helpdesk data"), "logging": _("logs"), "contact": _("names and contact data"), "other": _("others"),
    },
    "1.2.2": {
        "biometric": _("biometric data that identify somebody"), "sexual": _("sexual behaviour or orientation"),
        "health": _("health"), "genetic": _("genetic data"), "union": _("membership of a trade union"),
        "political": _("political opinions"), "ethnic": _("race or ethnic origin"), "religious": _("religion or belief"),
    },
    "1.3.2": {
        "browsing": _("browsing behaviour"), "financial": _("financial situation"),
        "fraud": _("data that can be used for identity fraud"), "vulnerable": _("data on vulnerable groups"),
        "credentials": _("passwords and other login data"),
        "communication_location": _("communication and location data"),
        "national_number": _("national identification numbers"), "criminal": _("data on criminal offences"),
        "stigma": _("other data that may stigmatise or exclude somebody"),
    },
    "1.4.1": {
        "staff": _("staff"), "citizens": _("citizens whose data are processed"),
        "under_16": _("children under 16"), "vulnerable": _("other vulnerable people"),
        "specified": _("people named in a law"),
    },
    "1.5.3": {
        "continuous": _("continuously"), "more_than_monthly": _("more often than monthly"),
        "monthly": _("at least monthly"), "yearly": _("at least yearly"), "irregular": _("irregularly"), "once": _("once"),
    },
    "1.5.4": {
        "years": _("several years"), "year": _("a year"), "under_month": _("less than a month"),
        "under_week": _("less than a week"), "under_day": _("less than a day"),
    },
    "2.1": {"inside": _("inside the European Economic Area"), "outside": _("outside the European Economic Area"),
            "on_premise": _("on the organisation's own computers")},
    "2.1.6": {
        "adequacy": _("an adequacy decision"), "standard_clauses": _("standard contractual clauses"),
        "binding_rules": _("binding corporate rules"), "certification": _("an approved certification"),
        "code_of_conduct": _("an approved code of conduct"), "instrument": _("a binding legal instrument"),
        "article_49": _("an exception of article 49 of the GDPR"), "other": _("something else"),
    },
    "3.1": {
        "biometric": _("biometric data"), "cameras": _("camera surveillance"), "communication": _("communication data"),
        "employees": _("checks on employees"), "credit": _("credit scores"), "financial": _("financial situation"),
        "mobile_cameras": _("mobile camera surveillance"), "fraud": _("fighting fraud"), "genetic": _("genetic data"),
        "health": _("health data"), "covert": _("covert investigation"), "internet_of_things": _("internet of things"),
        "profiling": _("profiling"), "behaviour": _("observing and influencing behaviour"), "location": _("location data"),
        "cooperation": _("cooperation of organisations that share data"), "blacklist": _("blacklists"),
    },
    "4.1": {
        "special": _("special or very sensitive data"), "blocking": _("a service, right or contract is blocked"),
        "automated_decision": _("automated decisions"), "new_technology": _("new technology"),
        "large_scale": _("large scale"), "combining": _("combining data sets"),
        "evaluation": _("evaluating or scoring people"), "monitoring": _("systematic monitoring"),
        "vulnerable": _("vulnerable people"),
    },
    "5.1.2": {
        "topography_large": _("large-scale topography (BGT)"), "income": _("income (BRI)"),
        "land_registry": _("land registry (BRK)"), "subsoil": _("subsoil (BRO)"), "persons": _("persons (BRP)"),
        "topography": _("topography (BRT)"), "vehicles": _("vehicles (BRV)"), "property_value": _("property value (WOZ)"),
        "companies": _("trade register (HR)"), "addresses": _("addresses and buildings (BAG)"),
    },
}  # fmt: skip
