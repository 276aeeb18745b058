"""JUnit XML, as Jenkins and GitLab read it: one test case a finding, and one for what they come to at release.

A breach is a failure. What is not shown where the policy wants it shown is an error. What no stage waits for (a warning, an
answer that may enter unshown) is skipped, never a pass. Whether everything passed is not the sum of the cases, so the last
suite holds what the gate would say of these findings alone: evidence in which nothing could stop a model is green nowhere.
"""

from __future__ import annotations

from xml.etree import ElementTree as Xml

from smartstart_gov.authoring.names import Stages
from smartstart_gov.documents.fonts import readable
from smartstart_gov.documents.statements import Answer, answers, marks
from smartstart_gov.documents.words import Words
from smartstart_gov.evidence.edition import Evidence
from smartstart_gov.exports.reading import Export
from smartstart_gov.release.decide import decide

STAGE: Stages = "release"


def junit(evidence: Evidence, words: Words) -> Export:
    """Return ``junit.xml``."""
    found = answers(evidence, words)
    asks = evidence.policy.stage(STAGE)
    root = Xml.Element("testsuites", name=f"{evidence.name} {evidence.version or 'unversioned'}")
    suite = _suite(root, evidence, f"{evidence.name}.findings", [_case(one, asks.not_shown) for one in found])
    properties = Xml.Element("properties")
    for name, value in marks(evidence).items():
        Xml.SubElement(properties, "property", name=name, value=readable(value))
    suite.insert(0, properties)
    _suite(root, evidence, f"{evidence.name}.{STAGE}", [_decision(evidence, words)])
    for name in ("tests", "failures", "errors"):
        root.set(name, str(sum(int(one.get(name, "0")) for one in root)))
    Xml.indent(root)
    return Export(files={"junit.xml": Xml.tostring(root, encoding="utf-8", xml_declaration=True) + b"\n"})


def _suite(root: Xml.Element, evidence: Evidence, name: str, cases: list[Xml.Element]) -> Xml.Element:
    counted = {
        "tests": len(cases), "failures": sum(case.find("failure") is not None for case in cases),
        "errors": sum(case.find("error") is not None for case in cases),
        "skipped": sum(case.find("skipped") is not None for case in cases),
    }  # fmt: skip
    suite = Xml.SubElement(root, "testsuite", name=readable(name), timestamp=evidence.created)
    for key, number in counted.items():
        suite.set(key, str(number))
    suite.extend(cases)
    return suite


def outcome(answer: Answer, not_shown: str) -> str | None:
    """Return the element that a finding has in JUnit; None for one that passed, and for nothing else."""
    finding = answer.finding
    if finding.status == "PASSED":
        return None
    if finding.blocks and finding.status == "FAILED":
        return "failure"
    return "error" if finding.blocks and not_shown == "refused" else "skipped"


def _case(answer: Answer, not_shown: str) -> Xml.Element:
    finding = answer.finding
    case = Xml.Element("testcase", name=readable(finding.id), classname=readable(finding.id.partition(".")[0]))
    element = outcome(answer, not_shown)
    if element is not None:
        message = f"{answer.question}: {answer.status}"
        said = Xml.SubElement(case, element, type=finding.status, message=readable(message))
        said.text = readable("\n".join(part for part in (answer.reason, answer.remedy) if part))
    out = Xml.SubElement(case, "system-out")
    out.text = readable(f"{answer.question}: {answer.status}\n{answer.file}: {answer.key}\n{answer.basis}")
    return case


def _decision(evidence: Evidence, words: Words) -> Xml.Element:
    asks = evidence.policy.stage(STAGE)
    result = decide(
        evidence.verdict.findings, STAGE, not_shown=asks.not_shown, signatures=asks.signatures, concept=evidence.concept
    )
    case = Xml.Element("testcase", name="decision", classname=STAGE)
    element = {"refused": "failure", "not_shown": "error", "signatures_missing": "skipped"}.get(result)
    if element is not None:
        known = "allowed" if result == "signatures_missing" else result
        text = words.code("decision", known)
        if result == "signatures_missing":
            text = words.say("{word}, once signed", word=text)
        Xml.SubElement(case, element, type=result, message=f"{words.say('On these answers alone')}: {text}")
    return case
