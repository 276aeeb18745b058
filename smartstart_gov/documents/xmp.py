"""The claim of PDF/UA-1 in the metadata of a PDF/A-3a file: WeasyPrint takes one variant, the file meets both."""

from __future__ import annotations

from typing import Any
from xml.etree import ElementTree as ET

_RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
_UA = "http://www.aiim.org/pdfua/ns/id/"
_EXTENSION = "http://www.aiim.org/pdfa/ns/extension/"
_SCHEMA = "http://www.aiim.org/pdfa/ns/schema#"
_PROPERTY = "http://www.aiim.org/pdfa/ns/property#"
_PREFIXES = {"pdfuaid": _UA, "pdfaExtension": _EXTENSION, "pdfaSchema": _SCHEMA, "pdfaProperty": _PROPERTY}


def with_pdfua(rdf: bytes) -> bytes:
    """Return the RDF of a PDF/A file with ``pdfuaid:part`` 1 and the description of its name space.

    ISO 14289-1, 5 asks for the claim; ISO 19005-3, 6.6.2.3 for a description of every schema that PDF/A
    does not know.
    """
    for prefix, uri in _PREFIXES.items():
        ET.register_namespace(prefix, uri)
    root = ET.fromstring(rdf)  # noqa: S314 - written by WeasyPrint a moment ago, not by a user
    _child(_description(root), _UA, "part").text = "1"
    schema = _item(_child(_description(root), _EXTENSION, "schemas"), "Bag")
    for name, text in (("schema", "PDF/UA identification schema"), ("namespaceURI", _UA), ("prefix", "pdfuaid")):
        _child(schema, _SCHEMA, name).text = text
    entry = _item(_child(schema, _SCHEMA, "property"), "Seq")
    told = {
        "name": "part",
        "valueType": "Integer",
        "category": "internal",
        "description": "Part of ISO 14289 that the file meets",
    }
    for name, text in told.items():
        _child(entry, _PROPERTY, name).text = text
    written: bytes = ET.tostring(root, encoding="utf-8")
    return written


def claim_pdfua(metadata: Any) -> None:
    """Make a WeasyPrint document's `metadata` write the claim beside its own."""
    written = metadata.generate_rdf_metadata

    def generate(variant: Any, version: Any, conformance: Any) -> bytes:
        return with_pdfua(written(variant, version, conformance))

    metadata.generate_rdf_metadata = generate


def _child(parent: ET.Element, space: str, name: str) -> ET.Element:
    return ET.SubElement(parent, f"{{{space}}}{name}")


def _description(root: ET.Element) -> ET.Element:
    return ET.SubElement(root, f"{{{_RDF}}}Description", {f"{{{_RDF}}}about": ""})


def _item(parent: ET.Element, container: str) -> ET.Element:
    return ET.SubElement(_child(parent, _RDF, container), f"{{{_RDF}}}li", {f"{{{_RDF}}}parseType": "Resource"})
