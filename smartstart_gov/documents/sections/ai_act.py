"""What the AI Act asks (article 13(3), annex IV, article 27), and where the documents answer it."""

from __future__ import annotations

from collections.abc import Iterator

from smartstart_gov.documents.blocks import Block, Prose, Table
from smartstart_gov.documents.outline import Ref, Section
from smartstart_gov.documents.words import Words
from smartstart_gov.evidence.edition import Evidence

Row = tuple[str, str, str, str]


def annex(words: Words, evidence: Evidence) -> Section:
    """Return the annex with its two tables."""
    say = words.say
    asks = say("Regulation (EU) 2024/1689 (the AI Act) requires this information for high-risk AI systems.")
    audit = say("Article 4a (formerly article 10(5)) says when special-category data may be used to find unfair treatment.")
    intro = Prose(text=f"{asks} {domain_text(words, evidence)} {audit}")
    header = (say("Article"), say("What is required"), say("Answer"), say("Kind"))
    asked = {
        say("Article 13(3): information for those who use the system"): tuple(_article_13(words, evidence)),
        say("Annex IV: technical documentation"): tuple(_annex_iv(words, evidence)),
    }
    if not required(evidence):
        # Nobody has to fill in what nobody asks.
        answered = say("The Act then does not require it. The tables list what the documents answer all the same.")
        intro = Prose(text=f"{intro.text} {answered}")
        asked = {
            caption: tuple(row for row in rows if row[3] != words.code("basis", "open")) for caption, rows in asked.items()
        }
    article, technical = (Table(caption=caption, header=header, rows=rows) for caption, rows in asked.items())
    return Section(id="ai-act", kind="annex", title=say("Requirements of the AI Act"), blocks=(intro, article, technical))


def required(evidence: Evidence) -> bool:
    """Whether the AI Act asks its documentation of a high-risk system here, as far as the charter says; open counts as yes."""
    return evidence.charter.domain != "none"


def domain_text(words: Words, evidence: Evidence) -> str:
    """Return what the declared domain of use means for the AI Act: it follows the charter, and is no judgement of ours."""
    say, domain = words.say, evidence.charter.domain
    if domain is None:
        return say(
            "Nobody has said yet under which point of annex III of the AI Act this use falls, if under any. It is for the"
            " lawyer to say whether this is a high-risk AI system."
        )
    if domain == "none":
        return say("According to the charter, this use falls under no point of annex III of the AI Act.")
    return say(
        "According to the charter, this use falls under annex III of the AI Act: {domain}. Such a system is high-risk unless"
        " article 6(3) makes an exception. It makes none for a system that profiles people.",
        domain=words.code("domain", domain),
    )  # fmt: skip


def fria(words: Words, evidence: Evidence) -> tuple[Block, ...]:
    """Return what article 27 asks of a public body with a high-risk AI system, and which part of the DPIA answers it."""
    say, charter = words.say, evidence.charter
    if charter.domain in ("none", "infrastructure"):
        text = say("Article 27 of the AI Act does not ask for an assessment of the impact on fundamental rights here.")
        return (Prose(text=f"{domain_text(words, evidence)} {text}", basis="derived"),)
    asks = say(
        "Public bodies that use a high-risk AI system must assess its impact on fundamental rights before the first use,"
        " and notify the supervisory authority. Answers already given in the DPIA need not be repeated (article 27(4))."
    )
    intro = Prose(text=f"{domain_text(words, evidence)} {asks}", keep=True)
    declared, unknown = words.code("basis", "declared"), words.code("basis", "open")
    answered = bool(charter.risks) and charter.objection is not None and all(r.measure is not None for r in charter.risks)
    asked = (
        (
            "27(1)(a)",
            say("In which processes it is used"),
            _see(words, "part-3", "part-5"),
            None not in (charter.decision, charter.purpose),
        ),
        (
            "27(1)(b)",
            say("For how long and how often"),
            _see(words, "part-10"),
            charter.exit.end_date is not None and "1.5.3" in charter.prescan,
        ),
        (
            "27(1)(c)",
            say("Which people and groups it affects"),
            _see(words, "part-2", "part-16"),
            None not in (charter.population, charter.affected),
        ),
        ("27(1)(d)", say("What harm they may suffer"), _see(words, "part-16"), bool(charter.risks)),
        ("27(1)(e)", say("How people oversee it"), _see(words, "part-15"), charter.oversight is not None),
        (
            "27(1)(f)",
            say("What happens if something goes wrong, and where to complain"),
            _see(words, "part-15", "part-17"),
            answered,
        ),
    )
    rows = tuple((article, what, where, declared if known else unknown) for article, what, where, known in asked)
    header = (say("Article"), say("What is required"), say("Answer"), say("Kind"))
    return intro, Table(caption=say("Article 27: where to find the answer"), header=header, rows=rows)


def _see(words: Words, *ids: str) -> str:
    return words.say("See {where}.", where=Ref(*ids))


def _open(words: Words, asked: str, place: str, who: str) -> Row:
    text = words.say("To be filled in by {who}, in {where}.", who=words.code("who", who), where=words.say("the technical file"))
    return place, asked, text, words.code("basis", "open")


def _article_13(words: Words, evidence: Evidence) -> Iterator[Row]:
    say, kind = words.say, words.code
    measured, declared = kind("basis", "measured"), kind("basis", "declared")
    owner = evidence.charter.owner
    provider = f"{owner.organisation or words.text(None)}, {words.text(owner.contact)}"
    known = declared if owner.organisation and owner.contact else kind("basis", "open")
    yield "13(3)(a)", say("Provider and contact"), provider, known
    yield "13(3)(b)(i)", say("Purpose"), _see(words, "use"), declared if evidence.charter.purpose else kind("basis", "open")
    yield "13(3)(b)(ii)", say("Accuracy, and the metrics used"), _see(words, "overall"), measured
    yield _open(words, say("Robustness and security"), "13(3)(b)(ii)", "data")
    yield (
        "13(3)(b)(iii)",
        say("Foreseeable misuse and risks"),
        _see(words, "ethics"),
        declared if evidence.charter.risks else kind("basis", "open"),
    )
    yield (
        "13(3)(b)(iv)",
        say("What explains the output"),
        _see(words, "reliance"),
        measured if evidence.attribution else kind("basis", "open"),
    )
    yield "13(3)(b)(v)", say("Results for groups of people"), _see(words, "by-group"), measured
    seen = evidence.training.origin != "predictions"
    yield "13(3)(b)(vi)", say("Input data"), _see(words, "training-data"), declared if seen else kind("basis", "open")
    yield "13(3)(b)(vii)", say("How to read the output"), _see(words, "metrics"), declared
    yield _open(words, say("Changes planned beforehand"), "13(3)(c)", "owner")
    yield (
        "13(3)(d)",
        say("Human oversight"),
        _see(words, "use"),
        declared if evidence.charter.oversight else kind("basis", "open"),
    )
    yield _open(words, say("Computers needed, lifetime and maintenance"), "13(3)(e)", "data")
    yield _open(words, say("How logs are kept"), "13(3)(f)", "data")


def _annex_iv(words: Words, evidence: Evidence) -> Iterator[Row]:
    say, kind = words.say, words.code
    measured, declared, unknown = (kind("basis", name) for name in ("measured", "declared", "open"))
    trained = evidence.training.origin == "trained"
    yield "1(a)", say("Purpose, provider and version"), _see(words, "model", "use"), declared
    yield _open(words, say("Interaction with other systems"), "1(b)", "data")
    yield "1(c)", say("Versions of software"), _see(words, "model"), measured
    yield _open(words, say("Form in which it is put into use, hardware, user interface, instructions"), "1(d)-1(h)", "data")
    yield "2(a)", say("How it was developed"), _see(words, "model"), measured if trained else unknown
    yield (
        "2(b)",
        say("Importance of inputs"),
        _see(words, "reliance"),
        measured if evidence.attribution else unknown,
    )
    yield _open(words, say("Design choices, and what is optimised"), "2(b)", "data")
    seen = evidence.training.origin != "predictions"
    yield "2(c)", say("Architecture"), _see(words, "model"), measured if seen else unknown
    yield (
        "2(d)",
        say("Data: origin, selection, labels"),
        _see(words, "audit-data", "training-data"),
        declared if _data_told(evidence) else unknown,
    )
    yield "2(e)", say("Human oversight"), _see(words, "use"), declared if evidence.charter.oversight else unknown
    yield _open(words, say("Changes planned beforehand"), "2(f)", "owner")
    yield "2(g)", say("Tests, metrics, possible discrimination"), _see(words, "results"), measured
    signing = say("There is space for signatures in {where}.", where=Ref("road", of="model_card"))
    yield "2(g)", say("Reports of tests, dated and signed"), signing, unknown
    yield _open(words, say("Security against attacks"), "2(h)", "data")
    yield "3", say("Accuracy for groups"), _see(words, "by-group"), measured
    limited = evidence.charter.limitations is not None and bool(evidence.charter.risks)
    yield (
        "3",
        say("Limitations, and unintended effects"),
        _see(words, "ethics", "limitations"),
        declared if limited else unknown,
    )
    reasons = bool(evidence.policy.limits) and all(limit.reason is not None for limit in evidence.policy.limits)
    yield "4", say("Why these metrics fit"), _see(words, "limits"), declared if reasons else unknown
    yield "5", say("Risk management"), _see(words, "ethics"), declared if evidence.charter.risks else unknown
    yield _open(words, say("Changes during its lifetime"), "6", "owner")
    yield _open(words, say("Standards applied"), "7", "lawyer")
    yield _open(words, say("EU declaration of conformity"), "8", "lawyer")
    yield _open(words, say("Plan for monitoring the system after the start"), "9", "owner")


def _data_told(evidence: Evidence) -> bool:
    """Whether somebody has said where the cases come from, how they were chosen, and what the outcome is worth."""
    label, contract = evidence.charter.label, evidence.contract
    told = (contract.meaning, label.type, label.selection, label.difference_from_purpose)
    return evidence.training.origin == "trained" and all(fact is not None for fact in told)
