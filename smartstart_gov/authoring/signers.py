"""Signers: which person holds which role and which keys, how many a role needs, and until when: ``signers.yaml``."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from smartstart_gov.authoring.value import Authored, Date, Name, Problem, Problems, Text, refuse_any

#: Roles that the library knows; every other role is one of the charter's signatories.
ROOT, TRAINER = "root", "trainer"
Attested = Literal["seal", "verdict", "practice"]
_KEY = re.compile(r"[0-9a-f]{64}")
#: The prime of edwards25519, and the heights of its points of small order: with one of them as a key, anybody signs anything.
_PRIME, _EIGHTH = 2**255 - 19, 0x7A03AC9277FDC74EC6CC392CFA53202A0F67100D760B3CBA4FD84D3D706A17C7
_ANYBODYS = (0, 1, _PRIME - 1, _EIGHTH, _PRIME - _EIGHTH)


def _key(value: str) -> str:
    if not _KEY.fullmatch(value):
        remedy = "Copy the 64 digits that smartstart-gov keys new printed, in quotes."
        raise Problems([Problem(what="is not a public key of 64 hexadecimal digits", remedy=remedy)])
    height = int.from_bytes(bytes.fromhex(value), "little") % 2**255
    if height >= _PRIME or height in _ANYBODYS:
        remedy = "Let this person make a key: smartstart-gov keys new FILE."
        raise Problems([Problem(what="is a public key with which anybody could sign", remedy=remedy, rule="A08")])
    return value


PublicKey = Annotated[str, AfterValidator(_key)]


class Person(Authored):
    """One person who may sign, under a name that tells the function and not who it is."""

    name: Name
    """Like ``director-social-affairs``; it is printed."""
    title: Text
    """What the documents call this function."""
    role: Name
    """The one role in which this person signs: ``trainer``, or a role of the charter's signatories."""
    keeps_root: bool = False
    """Whether this person also signs who may sign: the next file of signers. Of a trainer it does not count."""
    keys: tuple[PublicKey, ...]
    """Public keys; a second one lets a lost key be replaced."""


class Signers(Authored):
    """Who may sign for a model. Each version of this file is signed by those who kept the version before it."""

    format: Literal[1]
    version: Annotated[int, Field(ge=1, le=10_000)]
    expires: Date
    """After this day nothing that these people signed counts, until a new version of this file is signed."""
    root_threshold: Annotated[int, Field(ge=1, le=20)]
    """How many who keep the root have to sign the next version."""
    thresholds: dict[Name, Annotated[int, Field(ge=1, le=20)]] = {}
    """How many persons of a role have to sign; one where a role is not named here."""
    attested: dict[Attested, tuple[Name, ...]] = {}
    """Roles that also sign the sealed rules before the look (``seal``), the findings (``verdict``), or the counts of shadow and
    trial (``practice``); nobody by default."""
    persons: tuple[Person, ...]

    @model_validator(mode="after")
    def _whole(self) -> Self:
        refuse_any(self._faults())
        return self

    def _faults(self) -> Iterator[Problem]:
        def problem(what: str, remedy: str, rule: str, *at: str | int) -> Problem:
            return Problem(what=what, remedy=remedy, rule=rule, at=at)

        names = [person.name for person in self.persons]
        keys = [key for person in self.persons for key in person.keys]
        for position, person in enumerate(self.persons):
            at: tuple[str | int, ...] = ("persons", position)
            if names.index(person.name) != position:
                yield problem(f"person {person.name} stands twice", "Name each person once.", "A09", *at, "name")
            if not person.keys:
                yield problem(f"person {person.name} has no key", "Give at least one public key.", "A08", *at, "keys")
            if person.role == ROOT:
                yield problem("root is no role to sign in", "Write keeps_root: true.", "P05", *at, "role")
            for key in dict.fromkeys(person.keys):
                if keys.count(key) > 1:
                    yield problem(f"key {key[:8]} stands more than once", "A key is one person's, once.", "A09", *at, "keys")
        # Who trains does not approve, nor say who may.
        keep = sum(person.keeps_root and person.role != TRAINER for person in self.persons)
        if keep < self.root_threshold:
            what = f"{keep} who do not train keep the root, and {self.root_threshold} have to sign the next version"
            yield problem(what, "Let more persons keep the root, or lower root_threshold.", "A08", "root_threshold")
        for role, least in self.thresholds.items():
            hold = sum(person.role == role for person in self.persons)
            if role == TRAINER:
                yield problem("a trainer does not approve", "Take the role out of the thresholds.", "A10", "thresholds", role)
            elif hold < least:
                what = f"{hold} persons have the role {role}, and {least} have to sign"
                yield problem(what, "Add persons, or lower the threshold.", "A08", "thresholds", role)
        for what, roles in self.attested.items():
            for role in roles:
                hold = sum(person.role == role for person in self.persons)
                if role == TRAINER:
                    yield problem("a trainer does not sign for it", "Take the role out.", "A10", "attested", what)
                elif hold < self.needs(role):
                    text = f"{hold} persons have the role {role}, and {self.needs(role)} have to sign"
                    yield problem(text, "Add persons, or take the role out.", "A08", "attested", what)

    def needs(self, role: str) -> int:
        """Return how many persons of `role` have to sign."""
        return self.thresholds.get(role, 1)

    def holder(self, key: str) -> Person | None:
        """Return whose key this is."""
        return next((person for person in self.persons if key in person.keys), None)

    def public_keys(self, *, root: bool = False) -> tuple[str, ...]:
        """Return the keys of all persons, or of those who keep the root."""
        return tuple(key for person in self.persons if person.keeps_root or not root for key in person.keys)

    def table(self) -> tuple[list[str], list[list[Any]]]:
        """Return one line a person."""
        rows = [[p.name, p.role, "yes" if p.keeps_root else "", ", ".join(key[:8] for key in p.keys)] for p in self.persons]
        return ["person", "role", "keeps root", "keys"], rows
