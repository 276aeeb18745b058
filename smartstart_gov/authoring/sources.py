"""Source: where columns come from, stated once; social media and pages from the web are refused unless much is stated."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Annotated, Literal, Self

from pydantic import model_validator

from smartstart_gov.authoring.ask import Ask
from smartstart_gov.authoring.value import (
    MAY_BE_OPEN,
    Authored,
    Declared,
    DeclaredDate,
    DeclaredNamed,
    DeclaredShare,
    Line,
    Problem,
    Text,
    refuse_any,
    skeleton,
)

SourceKind = Literal["register", "dossier", "survey", "statistics", "social_media", "web"]
#: What people wrote for others than the organisation: it is refused unless the contract says why it may be used.
PUBLIC_KINDS: tuple[SourceKind, ...] = ("social_media", "web")
#: Social media, and ways of taking pages from the web, in a name without spaces and signs: Dutch writes words as one.
_PUBLIC = re.compile(
    "soc(ial|iale)media|facebook|instagram|tiktok|twitter|tweet|snapchat|whatsapp|telegram|linkedin|youtube|reddit|mastodon"
    "|bluesky|pinterest|tumblr|wechat|weibo|vkontakte|nextdoor|scrap(e|ing)|crawl"
)


def says_public(name: str) -> bool:
    """Return whether a name is that of social media, or of taking pages from the web, in Dutch or English.

    Examples
    --------
    >>> says_public("Sociale-mediaberichten"), says_public("X (voorheen Twitter)"), says_public("Register of social affairs")
    (True, True, False)
    """
    return _PUBLIC.search("".join(sign for sign in skeleton(name) if sign.isalnum())) is not None


class Source(Authored):
    """Where columns come from: stated once, named by each column."""

    system: Line
    """Name of the system of record."""
    owner: Annotated[DeclaredNamed, Ask("data", "Which organisation owns the system?", "Example municipality")]
    """Organisation that owns the system: its name, or one in each language."""
    original_purpose: Annotated[
        Declared, Ask("data", "What were these data first collected for?", "Keeping track of who lives where.")
    ]
    """What the data were first collected for (GDPR 5(1)(b), DPIA 2.1.5)."""
    lawful_basis: Annotated[
        Declared, Ask("lawyer", "Which law allows this use of the source?", "Article 7.4.0 of the Youth Act.")
    ]
    """Legal ground for this use; never guessed by the library."""
    retention: Annotated[
        Declared, Ask("data", "How long are these data kept, and why?", "Five years after the last contact; then erased.")
    ]
    """How long the data are kept, and why."""
    last_verified: Annotated[DeclaredDate, Ask("data", "When were these records last checked against reality?", '"2026-02-01"')]
    """When the records were last checked against reality."""
    error_rate: Annotated[
        DeclaredShare,
        Ask(
            "data",
            "Roughly what share of these records is wrong? A sample of a hundred files is enough to start with.",
            "0.02",
        ),
    ]
    """Estimated share of records that are wrong."""
    justification: Annotated[
        Declared,
        Ask(
            "data",
            "Why does the model need the data in this source, and what would be less intrusive?",
            "Absence from school precedes most requests for help; there is no less intrusive sign.",
        ),
    ] = None
    """Why the model needs the data in this source; a column's own reason takes precedence."""
    special_category: Annotated[
        bool | None,
        *MAY_BE_OPEN,
        Ask(
            "data",
            "Are the inputs from this source special-category data (health, religion, origin, nationality), or do they point"
            " to such data? If only some are, say so for those columns.",
            "false",
        ),
    ] = None
    """Whether what comes from this source is of a special category, said once; a column's own word takes precedence."""
    kind: SourceKind | None = None
    """What kind of source it is. Social media and pages from the web are refused, unless `lawful_basis`, `justification`
    and `consent` say why they may be used."""
    consent: Text | None = None
    """For social media and pages from the web: how the people who wrote them agreed to this use, and how they can stop it."""

    @model_validator(mode="after")
    def _may_be_used(self) -> Self:
        refuse_any(self._problems())
        return self

    def _problems(self) -> Iterator[Problem]:
        if self.kind not in PUBLIC_KINDS and says_public(self.system):
            yield self.unsaid("system")
        if self.kind in PUBLIC_KINDS:
            for key in ("lawful_basis", "justification", "consent"):
                if getattr(self, key) is None:
                    remedy = f"Leave the source out; or write {key}, with a lawyer and the people it is about."
                    what = f"a source of kind {self.kind} is refused as long as {key} is not stated"
                    yield Problem(rule="C04", what=what, remedy=remedy, at=(key,))

    @staticmethod
    def unsaid(*at: str) -> Problem:
        """Return what is wrong with a source whose name says what its kind does not."""
        what = "the name is that of social media, or of taking pages from the web, and the kind says otherwise or nothing"
        remedy = "Add kind: social_media or web, and what that needs; or leave the source out."
        return Problem(rule="C04", what=what, remedy=remedy, at=at)
