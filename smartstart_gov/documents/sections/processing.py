"""Block A of the DPIA: parts 1 to 10, the description of the processing."""

from __future__ import annotations

from smartstart_gov.authoring.contract import Column, DataContract
from smartstart_gov.authoring.fields import undescribed
from smartstart_gov.authoring.names import SINGLE
from smartstart_gov.documents.blocks import Bullets, Prose, Table
from smartstart_gov.documents.declarations import answers_for, consequence, personal_data, said, source_of
from smartstart_gov.documents.outline import Ref
from smartstart_gov.documents.prescan_words import OPTIONS
from smartstart_gov.documents.sections.ai_act import domain_text
from smartstart_gov.documents.sections.audit import equal_rows, kind_of_model, link_rule, look_facts
from smartstart_gov.documents.sections.dpia_sheet import Part, Sheet
from smartstart_gov.documents.sections.findings import reason
from smartstart_gov.documents.summary import balance_line, of_areas, printed, unknown_line
from smartstart_gov.documents.terms import _
from smartstart_gov.documents.words import Words, capital
from smartstart_gov.evidence.edition import Evidence

#: More columns than this are listed by source and use.
_MOST_COLUMNS = 24


def _proposal(sheet: Sheet) -> None:
    say, words = sheet.words.say, sheet.words
    sheet.ask(say("1.1 What is proposed?"))
    sheet.tell(say("Model"), words.text(sheet.evidence.charter.title), "declared")
    sheet.declared(say("Purpose"), "charter", "purpose")
    sheet.declared(say("Who the model is about"), "charter", "population")
    sheet.declared(say("Decision"), "charter", "decision")
    sheet.declared(say("A high score leads to"), "charter", "effect", told=consequence(words, sheet.evidence))
    sheet.declared(say("Who works with it"), "charter", "users")
    sheet.declared(say("Not allowed"), "charter", "out_of_scope")
    sheet.own("1", say("1.1 Further text"))


def _personal_data(sheet: Sheet) -> None:
    say, words, contract = sheet.words.say, sheet.words, sheet.evidence.contract
    sheet.add(*_columns(words, contract))
    _groups(sheet)
    rows = []
    for name, source in contract.sources.items():
        place, system, owner = ("sources", name), source.system, said(words, source.owner)
        rows.append((
            source.system,
            sheet.cell(say("{system}: owner", system=system), "contract", *place, "owner", told=owner),
            sheet.cell(say("{system}: originally collected for", system=system), "contract", *place, "original_purpose"),
            sheet.cell(say("{system}: last check", system=system), "contract", *place, "last_verified"),
            sheet.cell(say("{system}: estimated share of wrong records", system=system), "contract", *place, "error_rate"),
        ))  # fmt: skip
    header = (
        say("2.1.8 System"), say("2.1.7 Party"), say("2.1.5 First collected for"), say("Last checked against reality"),
        say("Estimated share of wrong records"),
    )  # fmt: skip
    sheet.add(Table(caption=say("Where the data come from"), header=header, rows=tuple(rows), basis="declared"))
    sheet.add(Prose(lead=say("2.3 Gaps in the data, as found."), text="", keep=True), _gaps(words, sheet.evidence))
    sheet.ask(say("2.3 What else is to be said?"))
    sheet.declared(say("Who is affected"), "charter", "affected")
    sheet.own("2", say("2.3 Further text"))


def _columns(words: Words, contract: DataContract) -> list[Table]:
    """Return the columns as personal data; many of them by source and use."""
    if len(contract.columns) <= _MOST_COLUMNS:
        return personal_data(words, contract)
    groups: dict[tuple[str, str], list[Column]] = {}
    for column in contract.columns:
        groups.setdefault((column.source or "", column.role), []).append(column)
    rows = tuple(
        (
            ", ".join(c.name for c in some),
            words.code("role", role),
            _special(words, contract, some),
            source_of(words, contract, source or None),
        )
        for (source, role), some in groups.items()
    )
    header = (words.say("2.1.1 Data"), words.say("Used as"), words.say("Special category"), words.say("Source"))
    return [Table(caption=words.say("Personal data"), header=header, rows=rows, basis="declared")]


def _special(words: Words, contract: DataContract, columns: list[Column]) -> str:
    found = [c.name for c in columns if contract.special(c)]
    unsaid = sum(contract.special(c) is None for c in columns)
    parts = [", ".join(found) or words.say("none")]
    if unsaid:
        parts.append(words.say("of {n}, nobody has said it", n=words.number(unsaid)))
    return "; ".join(parts)


def _groups(sheet: Sheet) -> None:
    """Add what the charter says of groups of columns: fields 2.1.2, 2.1.3, 2.1.4, 2.1.6 and 2.1.9."""
    say, charter, rows = sheet.words.say, sheet.evidence.charter, []
    if not charter.personal_data:
        sheet.lacking(say("2.1.2 to 2.1.4, 2.1.6 and 2.1.9: whose data these are, and how they come in"), "personal_data")
        return
    for i, data in enumerate(charter.personal_data):
        named, place = ", ".join(data.columns), ("personal_data", i)
        rows.append((
            named,
            sheet.cell(say("{columns}: 2.1.2 people", columns=named), "charter", *place, "people"),
            sheet.cell(say("{columns}: 2.1.3 category", columns=named), "charter", *place, "category"),
            sheet.cell(say("{columns}: 2.1.4 type", columns=named), "charter", *place, "type"),
            sheet.cell(say("{columns}: 2.1.6 through a party", columns=named), "charter", *place, "through_party"),
            sheet.cell(say("{columns}: 2.1.9 legal basis of handing over", columns=named), "charter", *place,
                       "provision_basis"),
        ))  # fmt: skip
    header = (
        say("2.1.1 Data"), say("2.1.2 People"), say("2.1.3 Category"), say("2.1.4 Type"), say("2.1.6 Through a party"),
        say("2.1.9 Legal basis of handing over"),
    )  # fmt: skip
    left = undescribed(charter, sheet.evidence.contract)
    note = "" if not left else say("Nothing is said of: {columns}.", columns=", ".join(left))
    if left:
        sheet.lacking(say("2.1.1 Data of which nothing is said"), "personal_data")
    strange = [
        n for d in charter.personal_data for n in d.columns if n not in {c.name for c in sheet.evidence.contract.columns}
    ]
    if strange:
        unknown = say("Not in the contract: {columns}.", columns=", ".join(strange))
        note = f"{note} {unknown}".strip()
    sheet.add(Table(caption=say("Whose data these are, and how they come in"), header=header, rows=tuple(rows), note=note,
                    basis="declared"))  # fmt: skip


def _gaps(words: Words, evidence: Evidence) -> Bullets:
    """Return what the audit met of gaps in the data."""
    say, training = words.say, evidence.training
    items = [
        f"{words.heading(evidence.contract, margin.attribute)}: "
        + (unknown_line(words, margin, evidence) or say("Not recorded: not allowed, and none found."))
        for margin in printed(evidence).margins
    ]
    equal = equal_rows(words, evidence)
    items.append(f"{equal.term}: {equal.text}")
    if training.overlap is not None:
        both = say("Keys found in both training rows and audit rows")
        if training.folds is not None:
            both = say("Keys found both in audit rows and in the training rows of the copy that scored them")
        items.append(f"{both}: {words.number(training.overlap)}")
    return Bullets(items=tuple(items), basis="measured")


def operations(words: Words, evidence: Evidence) -> tuple[tuple[str, str, tuple[str, ...], str], ...]:
    """Return each processing: its name, what happens, the columns (all where none is named), and its purpose."""
    contract, say = evidence.contract, words.say

    def names(*roles: str) -> tuple[str, ...]:
        return tuple(c.name for c in contract.columns if c.role in roles)

    used = {c.source for c in contract.columns if c.source is not None}
    found = []
    if len(used) > 1:
        systems = ", ".join(source.system for name, source in contract.sources.items() if name in used)
        what = say("Files are matched by a key: {systems}.", systems=systems)
        keys = tuple(dict.fromkeys(link.key for link in contract.links)) or names("unit")
        found.append((say("Combine the sources"), what, keys, say("To bring together what the model needs.")))
    origin = evidence.training.origin
    if origin == "trained":
        learns = say("The model learns from cases whose outcome is known.")
        columns = (*names("feature", "label", "weight"), *evidence.training.sensitive_fit)
        found.append((say("Train the model"), learns, columns, say("To make a model for the purpose below.")))
    # Of a model that nobody has seen it is not known what reached it, and of a fitted one not what it was fitted with.
    counted_how = say("Counts by group. The model does not receive the columns that name groups.")
    if origin == "model" or evidence.training.sensitive_fit:
        counted_how = say("Counts by group. In use, the model does not receive the columns that name groups.")
    if origin == "predictions":
        counted_how = say("Counts by group.")
    audit = say("To find unfair treatment before the model is used, and to account for it.")
    keep = say("The software keeps counts and answers. Of the rows, it keeps only fingerprints, to recognise them again.")
    scored = names("score", "decision") if origin == "predictions" else names("feature", "score", "decision")
    return (
        *found,
        (say("Audit the model"), counted_how, names("sensitive", "label", "control", "site"), audit),
        (say("Keep the evidence"), keep, (), say("To let others check the audit.")),
        (say("Use the model"), words.text(evidence.charter.decision), scored, words.text(evidence.charter.purpose)),
    )


def _processing(sheet: Sheet) -> None:
    say, words, evidence = sheet.words.say, sheet.words, sheet.evidence
    everything = say("all")
    rows = tuple((name, what, ", ".join(columns) or everything) for name, what, columns, _ in operations(words, evidence))
    header = (say("3.1.1 Processing"), say("3.1.2 What happens"), say("3.1.3 Columns"))
    sheet.add(Prose(text=balance_line(words, evidence), basis="measured"), *link_rule(words, evidence))
    sheet.add(Table(caption=say("Processing operations"), header=header, rows=rows, basis="derived"))
    sheet.add(Prose(lead=say("3.3.1 How they are connected."), text=connected(words, evidence), basis="derived"))
    sheet.own("3", say("3.2 Further text"))


def connected(words: Words, evidence: Evidence) -> str:
    """Return how training, audit and use hang together."""
    say = words.say
    looked = say("The audit uses rows the model was not trained on.")
    if evidence.training.origin != "trained":
        looked = say("The model was made elsewhere. It is not known whether it learned from the rows of this audit.")
    elif evidence.training.folds is not None:
        looked = say(
            "In the audit, each row was scored by a copy of the model that had not learned from that row. The model itself"
            " learned from all rows."
        )
    gate = say("The release gate says whether the model may be used. It looks at the answers of the audit and the signatures.")
    serve = say("The columns that name groups are used for the audit only.") if evidence.training.origin == "trained" else ""
    if evidence.training.sensitive_fit:
        serve = say(
            "The columns that name groups are used for the audit, and for training as far as {where} says.",
            where=Ref("part-12"),
        )
    return " ".join(part for part in (looked, gate, serve) if part)


def _techniques(sheet: Sheet) -> None:
    say, words, evidence = sheet.words.say, sheet.words, sheet.evidence
    sheet.ask(say("4 Which techniques and methods are used?"))
    sheet.put(kind_of_model(words, evidence.training))
    sheet.tell(say("Number of facts that the model receives"), _facts_it_gets(words, evidence), "measured")
    sheet.tell(say("Learns from data"), _learns(words, evidence), "derived")
    sheet.put(*look_facts(words, evidence))
    sheet.tell(say("Profiling"), profiling(words, evidence), "derived")
    level = words.code("aggregation", evidence.contract.aggregation_level)
    sheet.tell(say("Level the model predicts for"), capital(level), "declared")
    sheet.own("4", say("Whether a cloud is used, and whether this is an AI system"))


def _facts_it_gets(words: Words, evidence: Evidence) -> str:
    if evidence.training.origin == "predictions":
        return words.say("Not known: only predictions were supplied.")
    return words.number(len(evidence.training.features))


def _learns(words: Words, evidence: Evidence) -> str:
    if evidence.training.origin == "predictions":
        return words.say("Not known: only predictions were supplied.")
    later = words.say("A model that learns further is a different model. It needs a new version and a new audit.")
    if evidence.training.origin == "model":
        return words.say("It was already trained when it was supplied. It is not known what it was trained on.") + f" {later}"
    return words.say("Yes, once, before this audit.") + f" {later}"


def profiling(words: Words, evidence: Evidence) -> str:
    """Return what follows from level and rows: a score for each person, household or event is profiling."""
    if of_areas(evidence):
        return words.say("No score for individual people: the model is about areas.")
    if evidence.contract.aggregation_level in SINGLE:
        return words.say(
            "Yes: the model gives a score for each single case ({unit}). Article 4(4) of the GDPR calls this profiling if it"
            " says something about a person.",
            unit=words.text(evidence.contract.unit_of_analysis).rstrip("."),
        )
    return words.say(
        "Not known. The contract declares areas, but it is not shown that all people in one area share one score. If they do"
        " not, article 4(4) of the GDPR calls this profiling."
    )


def _purposes(sheet: Sheet) -> None:
    say, words = sheet.words.say, sheet.words
    rows = tuple((name, purpose) for name, _, _, purpose in operations(words, sheet.evidence))
    header = (say("Processing"), say("5.1.1 Purpose"))
    sheet.add(Table(caption=say("Purpose of each processing"), header=header, rows=rows, basis="derived"))
    sheet.own("5", say("5.2 Further text"))


def _parties(sheet: Sheet) -> None:
    say, words, found = sheet.words.say, sheet.words, sheet.evidence.charter.parties
    rows = []
    for i, party in enumerate(found):
        place = ("parties", i)
        rows.append((
            f"{party.name}\n{words.code('party', party.role)}",
            sheet.cell(say("{party}: 6.1.1.3 functions", party=party.name), "charter", *place, "functions"),
            ", ".join(party.columns) or _columns_of(sheet, party.name, i),
            sheet.cell(say("{party}: 6.1.1.5 people", party=party.name), "charter", *place, "people"),
        ))  # fmt: skip
    if found:
        header = (
            say("6.1.1.1, 6.1.1.2 Party and role"), say("6.1.1.3 Functions"), say("6.1.1.4 Data"), say("6.1.1.5 People"),
        )  # fmt: skip
        sheet.add(Table(caption=say("Parties"), header=header, rows=tuple(rows), basis="declared"))
    else:
        sheet.lacking(say("6.1.1 The organisations that take part, and their role"), "parties")
    sheet.ask(say("6 Who takes part?"))
    sheet.put(answers_for(words, say("Accountable for the model"), sheet.evidence))
    sheet.own("6", say("6.2 Further text"))


def _columns_of(sheet: Sheet, party: str, i: int) -> str:
    """Return what stands for the columns of a party of which nobody says which it handles."""
    sheet.lacking(sheet.words.say("{party}: 6.1.1.4 data", party=party), "parties", i, "columns")
    return sheet.words.code("basis", "open")


def _interests(sheet: Sheet) -> None:
    say, charter = sheet.words.say, sheet.evidence.charter
    sheet.ask(say("7.1.1 Who gains what, and who was heard?"))
    for i, party in enumerate(charter.parties):
        sheet.declared(say("Interest of {party}", party=party.name), "charter", "parties", i, "interest")
    sheet.declared(say("Who was consulted, and what came of it"), "charter", "consultation")
    if charter.vulnerable is not None:
        sheet.declared(say("How children and vulnerable people were heard"), "charter", "vulnerable", "heard")
    sheet.own("7", say("7.2 Interests of each party"))


def _places(sheet: Sheet) -> None:
    say, words, prescan = sheet.words.say, sheet.words, sheet.evidence.charter.prescan
    sheet.ask(say("8 Where are the data processed?"))
    sheet.own("8.1.1.1", say("8.1.1.1 Place"))
    sheet.fields(say("8.1.1.1 Place"), "8.1.1.1")
    leaves, ground = prescan.get("2.1.1"), prescan.get("2.1.6")
    if isinstance(leaves, bool):
        text = say("Data leave the European Economic Area.") if leaves else say("No data leave the European Economic Area.")
        sheet.tell(say("8.1.1.2 Ground for transfer"), f"{text} {option(words, '2.1.6', ground)}".strip(), "declared")
        if leaves and ground is None:
            sheet.lacking(say("8.1.1.2 Ground for transfer"), "prescan", "2.1.6")
    else:
        sheet.lacking(say("8.1.1.2 Whether data leave the European Economic Area"), "prescan", "2.1.1")
    sheet.own("8.1.1.3", say("8.1.1.3 Measures"))
    sheet.own("8", say("8.2 Countries and transfers"))


def option(words: Words, question: str, code: object) -> str:
    """Return the option of the pre-scan that the charter chose, as a sentence; empty where it chose none."""
    return f"{capital(words.say(OPTIONS[question][code]))}." if isinstance(code, str) else ""


def _framework(sheet: Sheet) -> None:
    say = sheet.words.say
    sheet.ask(say("9 Which laws and rules apply?"))
    sheet.declared(say("9.1.1.1 Legal basis of the model"), "charter", "legal_basis")
    sheet.own("9.1.1.2", say("9.1.1.2 Articles of law"))
    sheet.fields(say("9.1.1.2 Articles of law"), "9.1.1.2")
    sheet.own("9", say("9.2 Laws and rules"))
    sheet.declared(say("Point of annex III of the AI Act"), "charter", "domain")
    listed = say("{where} lists the requirements of the AI Act.", where=Ref("ai-act", of="technical_annex"))
    sheet.tell(say("AI Act"), f"{domain_text(sheet.words, sheet.evidence)} {listed}", "derived")


def _retention(sheet: Sheet) -> None:
    say, words, evidence = sheet.words.say, sheet.words, sheet.evidence
    sheet.ask(say("10.1 How long are the data kept, and why?"))
    kept = evidence.charter.prescan.get("1.5.4")
    if isinstance(kept, str):
        sheet.tell(say("10.1.1.4 Period"), option(words, "1.5.4", kept), "declared")
    else:
        sheet.lacking(say("10.1.1.4 Period"), "prescan", "1.5.4")
    for name, source in evidence.contract.sources.items():
        term = say("{system}: how long the data are kept", system=source.system)
        sheet.declared(term, "contract", "sources", name, "retention")
    sheet.declared(say("Data and model after the end"), "charter", "exit", "deletion")
    sheet.declared(say("End date"), "charter", "exit", "end_date")
    held = next((f for f in evidence.verdict.findings if f.id == "control.R36"), None)
    if held is not None:
        sheet.tell(say("Rows about people in the model file"), reason(words, evidence, held), "measured")
    sheet.own("10", say("10.2 Further text"))


DESCRIPTION = (
    Part(number=1, title=_("Proposal"), fill=_proposal),
    Part(number=2, title=_("Personal data"), fill=_personal_data),
    Part(number=3, title=_("Processing operations"), fill=_processing),
    Part(number=4, title=_("Techniques and methods of the processing"), fill=_techniques),
    Part(number=5, title=_("Purposes of the processing"), fill=_purposes),
    Part(number=6, title=_("Parties involved"), fill=_parties),
    Part(number=7, title=_("Interests in the processing"), fill=_interests),
    Part(number=8, title=_("Places of processing"), fill=_places),
    Part(number=9, title=_("Legal and policy framework"), fill=_framework),
    Part(number=10, title=_("Retention periods"), fill=_retention),
)
