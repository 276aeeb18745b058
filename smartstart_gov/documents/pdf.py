"""The last touch on a PDF: what WeasyPrint 70 leaves undone for PDF/UA-1 and PDF/A-3a, and the claim of both."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any
from xml.etree import ElementTree as ET

_RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
_UA = "http://www.aiim.org/pdfua/ns/id/"
_EXTENSION = "http://www.aiim.org/pdfa/ns/extension/"
_SCHEMA = "http://www.aiim.org/pdfa/ns/schema#"
_PROPERTY = "http://www.aiim.org/pdfa/ns/property#"
_PREFIXES = {"pdfuaid": _UA, "pdfaExtension": _EXTENSION, "pdfaSchema": _SCHEMA, "pdfaProperty": _PROPERTY}
_SCOPES = {"row": "/Row", "col": "/Column"}
_POINTS_A_PIXEL = 0.75


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


def finish(document: Any, pdf: Any, *, info: Mapping[str, str | None] | None = None) -> None:
    """Repair tags and metadata; the signature is that of WeasyPrint's ``finisher``.

    Parameters
    ----------
    document : weasyprint.Document
    pdf : pydyf.PDF
    info : mapping of str to (str or None), optional
        Keys of our own in the Info dictionary, as they are written (WeasyPrint would put them in lower case); None has none.
    """
    import pydyf

    for key, text in (info or {}).items():
        if text is not None:
            pdf.info[key] = pydyf.String(text)
    objects = {o.reference: o for o in pdf.objects if getattr(o, "reference", None) is not None}
    _scope_of_heads(document)
    _place_of_figures(pdf, objects)
    _page_furniture_is_artifact(pdf, objects)
    # Some readers look for the claim without unpacking the file, and PDF/A-1 tools ask for it.
    objects[pdf.catalog["Metadata"]].compress = False
    _attachments_once(pdf)


def _scope_of_heads(document: Any) -> None:
    """Say of every head of a table whether it is for a row or a column (ISO 14289-1, 7.5)."""

    def heads(box: Any) -> Iterator[Any]:
        if getattr(box, "mark", None) is not None and getattr(box, "element_tag", "") == "th":
            yield box
        for child in getattr(box, "children", ()):
            yield from heads(child)

    for page in document.pages:
        for box in heads(page._page_box):
            box.mark["A"]["Scope"] = _SCOPES[box.element.attrib.get("scope", "col")]


def _place_of_figures(pdf: Any, objects: dict[Any, Any]) -> None:
    """Give the box of each figure in points from the bottom of the page; it comes in pixels from the top."""
    import pydyf

    for element in pdf.objects:
        if not isinstance(element, dict) or element.get("Type") != "/StructElem" or element.get("S") != "/Figure":
            continue
        if "A" not in element:
            continue
        left, top, right, bottom = (float(value) * _POINTS_A_PIXEL for value in element["A"]["BBox"])
        height = float(objects[element["Pg"]]["MediaBox"][3])
        element["A"]["BBox"] = pydyf.Array((left, height - bottom, right, height - top))


def _page_furniture_is_artifact(pdf: Any, objects: dict[Any, Any]) -> None:
    """Mark running heads and page numbers as what they are: they hang loose from the tree, and would be read aloud."""
    root = objects[pdf.catalog["StructTreeRoot"]]
    in_tree, todo = set(), list(root["K"])
    while todo:
        reference = todo.pop()
        if isinstance(reference, bytes) and reference not in in_tree:
            in_tree.add(reference)
            todo += [kid for kid in objects[reference].get("K", ()) if isinstance(kid, bytes)]
    numbers = objects[root["ParentTree"]]["Nums"]
    parents = dict(zip(numbers[::2], numbers[1::2], strict=True))
    for page in pdf.objects:
        if not isinstance(page, dict) or page.get("Type") != "/Page":
            continue
        table, stream = parents[page["StructParents"]], objects[page["Contents"]].stream
        for content, reference in enumerate(table):
            if reference not in in_tree:
                table[content] = "null"
                _as_artifact(stream, content)


def _as_artifact(stream: list[Any], content: int) -> None:
    # Three tokens open marked content: tag, properties, operator.
    for place, token in enumerate(stream):
        if token == b"BDC" and stream[place - 1] == {"MCID": content}:
            stream[place - 2 : place] = [b"/Artifact", b"<</Type /Pagination>>"]
            return


def _attachments_once(pdf: Any) -> None:
    """Name each associated file once (ISO 19005-3, 6.8); WeasyPrint 70 names it twice."""
    import pydyf

    if "AF" in pdf.catalog:
        pdf.catalog["AF"] = pydyf.Array(dict.fromkeys(pdf.catalog["AF"]))
