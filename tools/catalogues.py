"""Renew the message catalogues in templates/locale from the sentences in the source, which are English.

``python -m tools.catalogues`` extracts, keeps what is translated, drops what is gone and compiles.
``python -m tools.catalogues --check`` changes nothing, lists what is untranslated or stale, and then ends with 1.
"""

from __future__ import annotations

import datetime as dt
import io
import sys
from collections.abc import Iterator
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.frontend import parse_mapping_cfg
from babel.messages.mofile import read_mo, write_mo
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).parents[1]
LOCALES = ROOT / "templates" / "locale"
DOMAIN = "smartstart_gov"
LANGUAGES = ("nl",)
#: Where sentences of documents stand; the command line speaks English only.
FOLDERS = (
    "smartstart_gov/authoring",
    "smartstart_gov/controls",
    "smartstart_gov/documents",
    "smartstart_gov/evidence",
    "smartstart_gov/judgement",
    "templates",
)
#: Functions whose first arguments are sentences, beside those of gettext.
KEYWORDS: dict[str, tuple[int, ...] | None] = {"_": None, "gettext": None, "ngettext": (1, 2), "say": None, "plural": (1, 2)}
#: A fixed date: catalogues change only when sentences do.
_MOMENT = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)


def sentences() -> dict[str | tuple[str, str], list[str]]:
    """Return every sentence of source and templates, with the files in which it stands."""
    with (ROOT / "templates" / "babel.cfg").open(encoding="utf-8") as file:
        methods, options = parse_mapping_cfg(file)
    found: dict[str | tuple[str, str], list[str]] = {}
    for folder in FOLDERS:
        methods_here = [
            (pattern.removeprefix(f"{folder}/"), method) for pattern, method in methods if pattern.startswith(folder)
        ]
        options_here = {pattern.removeprefix(f"{folder}/"): value for pattern, value in options.items()}
        extracted = extract_from_dir(
            ROOT / folder, method_map=methods_here, options_map=options_here, keywords=KEYWORDS, comment_tags=()
        )
        for name, _, sentence, _, _ in extracted:
            key = (sentence[0], sentence[1]) if isinstance(sentence, tuple | list) else sentence
            if key:
                found.setdefault(key, []).append(f"{folder}/{Path(name).as_posix()}")
    return found


def read(lang: str) -> Catalog:
    """Return the catalogue of `lang` as it stands; an empty one where there is none."""
    path = LOCALES / lang / "LC_MESSAGES" / f"{DOMAIN}.po"
    if not path.exists():
        return Catalog(locale=lang, domain=DOMAIN)
    with path.open("rb") as file:
        return read_po(file, locale=lang, domain=DOMAIN)


def renewed(lang: str) -> Catalog:
    """Return the catalogue of `lang` with exactly the sentences of the source."""
    old = read(lang)
    new = Catalog(
        locale=lang, domain=DOMAIN, project="smartstart_gov", version="1", fuzzy=False, creation_date=_MOMENT,
        revision_date=_MOMENT, last_translator="smartstart_gov", language_team=lang, copyright_holder="smartstart_gov",
        msgid_bugs_address="-", header_comment="# Sentences of the documents. Renew with: python -m tools.catalogues",
    )  # fmt: skip
    for key, files in sorted(sentences().items(), key=lambda item: str(item[0])):
        known = old.get(key[0] if isinstance(key, tuple) else key)
        new.add(
            key,
            "" if known is None else known.string,
            locations=[(name, 0) for name in sorted(set(files))],
            flags=("python-brace-format",),
        )
    return new


def po(catalogue: Catalog) -> bytes:
    """Return the catalogue as people edit it."""
    stream = io.BytesIO()
    write_po(stream, catalogue, width=100, include_lineno=False, sort_output=False)
    return stream.getvalue()


def mo(catalogue: Catalog) -> bytes:
    """Return the catalogue as the documents read it."""
    stream = io.BytesIO()
    write_mo(stream, catalogue)
    return stream.getvalue()


def untranslated(catalogue: Catalog) -> list[Message]:
    """Return the sentences without a translation, or with one that nobody has looked at."""

    def empty(message: Message) -> bool:
        texts = message.string if isinstance(message.string, tuple | list) else (message.string,)
        return not all(texts)

    return [message for message in catalogue if message.id and (empty(message) or message.fuzzy)]


def faults() -> Iterator[str]:
    """Yield what is not in order, one line each; who wrote the file and when does not count."""
    for lang in LANGUAGES:
        new, stale = renewed(lang), f"{lang}: {{}} is not what the source says; run: python -m tools.catalogues"
        yield from (f"{lang}: not translated: {message.id!r}" for message in untranslated(new))
        if _pairs(read(lang)) != _pairs(new):
            yield stale.format(f"{DOMAIN}.po")
        path = LOCALES / lang / "LC_MESSAGES" / f"{DOMAIN}.mo"
        if not path.exists() or _pairs(read_mo(io.BytesIO(path.read_bytes()))) != _pairs(new):
            yield stale.format(f"{DOMAIN}.mo")


def _pairs(catalogue: Catalog) -> dict[str, str]:
    def text(value: object) -> str:
        return str(list(value)) if isinstance(value, tuple | list) else str(value)

    return {text(m.id): text(m.string) for m in catalogue if m.id and any(m.string)}


def main() -> int:
    """Renew the catalogues, or check them; return the exit code."""
    if "--check" not in sys.argv[1:]:
        for lang in LANGUAGES:
            folder = LOCALES / lang / "LC_MESSAGES"
            folder.mkdir(parents=True, exist_ok=True)
            new = renewed(lang)
            (folder / f"{DOMAIN}.po").write_bytes(po(new))
            (folder / f"{DOMAIN}.mo").write_bytes(mo(new))
    found = list(faults())
    for line in found:
        print(line)
    return 1 if found else 0


if __name__ == "__main__":
    raise SystemExit(main())
