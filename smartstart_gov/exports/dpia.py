"""The government's form for DPIAs: the answers as its interchange has them (`assessment-output.v2`), in Dutch.

The answers are those of the DPIA annex: what the charter answers, and what software computed. A field that nobody answered is
not there. The same bytes are attached to the PDF of the annex.
"""

from __future__ import annotations

from smartstart_gov.documents.dpia_output import INTERCHANGE, assessment
from smartstart_gov.documents.words import Words
from smartstart_gov.evidence.edition import Evidence
from smartstart_gov.exports.reading import Export, json_bytes


def dpia(evidence: Evidence, words: Words) -> Export:
    """Return ``dpia.json``, in Dutch whatever the language that was asked."""
    return Export(files={INTERCHANGE: json_bytes(assessment(evidence))})
