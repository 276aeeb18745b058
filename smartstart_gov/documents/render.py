"""Outline to HTML to PDF, and the files of a version's documents: the one door of jinja2 and WeasyPrint.

A document draws on the templates, fonts and styles of the package, and on the public evidence; every
other address is refused, and a complaint of the drawing library is a failure.
"""

from __future__ import annotations

import atexit
import base64
import datetime as dt
import logging
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache, lru_cache, partial
from pathlib import Path
from threading import get_ident
from typing import Any

from smartstart_gov.arguments import accept
from smartstart_gov.canonical import pretty_json
from smartstart_gov.documents.blocks import PAGE
from smartstart_gov.documents.csv_tables import csv_tables
from smartstart_gov.documents.dpia_output import INFO_KEY, INTERCHANGES, in_info
from smartstart_gov.documents.fonts import FONTS, readable, resource, template_folder, text_width, wrap
from smartstart_gov.documents.layout import builder_of
from smartstart_gov.documents.outline import Document
from smartstart_gov.documents.pdf import claim_pdfua, finish
from smartstart_gov.documents.theme import Look, open_theme
from smartstart_gov.documents.words import Words, catalogue
from smartstart_gov.errors import Refused
from smartstart_gov.evidence.bundle import EvidenceBundle
from smartstart_gov.evidence.document_kinds import DOCUMENT_KINDS, LANGUAGES, kind_of
from smartstart_gov.evidence.edition import Evidence
from smartstart_gov.release.waivers import waivers_of

ATTACHMENT = "bundle.json"
APT = "apt-get install --no-install-recommends libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0"
_VARIANT = "pdf/a-3a"
#: Size of the running heads in templates/theme.css, in points.
_RUNNING = 8.0
#: Address of the theme's logo in a document.
_LOGO = "logo:"
#: The card is never written without the annex that it refers to.
#: What refers to the annex never comes without it.
_ANNEX, _REFER_TO_IT = "technical_annex", ("model_card", "factsheet")
KINDS = tuple(kind.name for kind in DOCUMENT_KINDS)


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Rendered:
    """A document, drawn: as HTML at once, as PDF when asked.

    Attributes
    ----------
    kind : str
    lang : str
    outline : Document
    html : str
    attachment : bytes
        The public evidence, which the PDF carries as ``bundle.json``.
    look : Look
        The theme.
    interchange : bytes or None
        Of a DPIA or pre-scan its answers for the government's form, which the PDF carries as ``dpia.json`` or ``prescan.json``.
    tables : mapping of str to bytes
        Of a technical annex its tables of numbers, which the PDF carries as CSV files, by name.
    """

    kind: str
    lang: str
    outline: Document
    html: str
    attachment: bytes
    look: Look
    interchange: bytes | None = None
    tables: Mapping[str, bytes] = field(default_factory=dict)

    @property
    def stem(self) -> str:
        """File name without its ending, like ``model_card.nl``."""
        return f"{kind_of(self.kind).stem}.{self.lang}"

    @property
    def text(self) -> str:
        """The document as plain text."""
        return self.outline.to_text()

    def pdf(self) -> bytes:
        """Return the PDF: PDF/A-3a and PDF/UA-1, the same bytes for the same evidence and libraries.

        Raises
        ------
        Refused
            U02 where a system library is missing; N03 where anything outside the document was asked for,
            or the drawing library complained.
        """
        return _draw(self)

    def page(self) -> str:
        """Return the document as one HTML file for a browser: it brings its styles and pictures, and fetches nothing."""
        return to_html(self.outline, self.look, screen=True)

    def write_html(self, path: str | Path) -> Path:
        """Write the HTML file and return its path; a write that fails leaves nothing."""
        from smartstart_gov.storage import write_file

        target = Path(path)
        write_file(target, self.page().encode())
        return target

    def write_pdf(self, path: str | Path) -> Path:
        """Write the PDF and return its path; a write that fails leaves nothing."""
        from smartstart_gov.storage import write_file

        target = Path(path)
        write_file(target, self.pdf())
        return target

    def __repr__(self) -> str:
        return f"Rendered({self.stem}, {self.outline!r})"

    def _repr_html_(self) -> str:
        return self.page()


def render(
    bundle: EvidenceBundle | Evidence, kind: str, *, lang: str = "nl", theme: Path | str = "neutral"
) -> Rendered:  # fmt: skip
    """Return a document computed from the public evidence alone.

    Parameters
    ----------
    bundle : EvidenceBundle or Evidence
        Of a bundle the public edition is read, and the waivers in the log of its project, which page 1 of the card prints.
    kind : {"model_card", "factsheet", "technical_annex", "dpia", "dpia_prescan"}
    lang : {"nl", "en"}
    theme : Path or str
        Folder with ``theme.yaml``, or a theme that comes with the library: ``neutral``, ``municipality``. It changes two
        colours, a logo and names of functions, and cannot touch a number, a verdict or a warning.

    Returns
    -------
    Rendered

    Raises
    ------
    Refused
        M01 for an unknown kind or language; N03 for a private edition; U01, P05 and the rules of texts for a theme.
    """
    accept(render, locals())
    if kind not in KINDS:
        raise Refused("M01", f"There is no document {kind!r}.", "Argument kind", f"Use one of {', '.join(KINDS)}.")
    look = open_theme(theme)
    waivers = waivers_of(bundle) if isinstance(bundle, EvidenceBundle) else ()
    words = Words(lang, own=look.names(), waivers=waivers)
    if lang not in kind_of(kind).languages:
        what, remedy = f"The document {kind!r} is not written in {lang!r}.", f"Use one of {', '.join(kind_of(kind).languages)}."
        raise Refused("M01", what, "Argument lang", remedy)
    evidence = bundle.public if isinstance(bundle, EvidenceBundle) else bundle
    if evidence.edition != "public":
        what = "A document was asked of the private edition, whose small counts would show."
        raise Refused("N03", what, "Argument bundle", "Hand in the bundle, or its public edition.")
    record = evidence.to_record()
    # Reals in the record have twelve digits: read back from it, a fresh audit and a file print the same last digit.
    again = Evidence.from_record(record)
    outline = builder_of(kind)(again, words)
    interchange = pretty_json(INTERCHANGES[kind].made(again)) if kind in INTERCHANGES else None
    html, attachment = to_html(outline, look), pretty_json(record)
    tables = csv_tables(again, words) if kind == _ANNEX else {}
    return Rendered(
        kind=kind, lang=lang, outline=outline, html=html, attachment=attachment, look=look, interchange=interchange,
        tables=tables,
    )  # fmt: skip


def to_html(outline: Document, look: Look, *, screen: bool = False) -> str:
    """Return the page, for print or for a `screen`; every value in it is escaped, and an undefined one is an error."""
    words = Words(outline.lang)
    basis_words = {basis: words.code("basis", basis) for basis in ("measured", "declared", "derived", "open")}
    logo = _LOGO if look.logo is None or not screen else f"data:image/png;base64,{base64.b64encode(look.logo).decode()}"
    page: str = _environment(outline.lang).get_template("document.html.j2").render(
        document=outline, basis_words=basis_words, screen=_letters() if screen else (), theme=look.theme, logo=logo,
        running=_running(outline),
    )  # fmt: skip
    return page


def _running(outline: Document) -> str:
    """Return as much of the title as stands on one line above a page, beside the longest name of a section."""
    sections = [text_width(placed.heading, _RUNNING) for placed in outline.walk() if placed.depth == 1]
    return wrap(outline.title, max(PAGE - max(sections, default=0.0) - 12, PAGE / 3), lines=1, size=_RUNNING)[0]


@cache
def _letters() -> tuple[tuple[int, str], ...]:
    """Return the text font of the documents for a browser: weight, and the file in base64."""
    return tuple((weight, base64.b64encode(resource(FONTS[f"source-sans-3-{weight}"])).decode()) for weight in (400, 700))


@cache
def _environment(lang: str) -> Any:
    import jinja2

    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(template_folder()), autoescape=True, undefined=jinja2.StrictUndefined,
        trim_blocks=True, lstrip_blocks=True, extensions=["jinja2.ext.i18n"], finalize=_readable,
    )  # fmt: skip
    environment.policies["ext.i18n.trimmed"] = True
    environment.install_gettext_translations(catalogue(lang), newstyle=True)  # type: ignore[attr-defined]  # added by the extension
    return environment


def _readable(value: Any) -> Any:
    """Return what a template prints without invisible characters; markup of our own stays markup."""
    return type(value)(readable(value)) if isinstance(value, str) else value


def _draw(rendered: Rendered) -> bytes:
    data, heard = _attempt(rendered)
    if heard:
        # Fonts are kept from document to document, and so is what they said of an earlier one: only a complaint of fresh
        # fonts is about this document.
        _fonts.cache_clear()
        data, heard = _attempt(rendered)
    if heard:
        raise Refused(
            "N03", f"The drawing library complained {len(heard)} times, first: {heard[0]}.", f"Document {rendered.stem}",
            "Report it: a document with a fault is not written.",
        )  # fmt: skip
    return data


def _attempt(rendered: Rendered) -> tuple[bytes, list[str]]:
    """Return the PDF, and what the drawing library complained of."""
    weasyprint = _weasyprint()
    from weasyprint.urls import FatalURLFetchingError

    fetcher, refused = _locked_fetcher(rendered.look.logo)
    moment = dt.datetime.fromisoformat(rendered.outline.created)
    with _complaints() as heard:
        try:
            page = weasyprint.HTML(string=rendered.html, url_fetcher=fetcher, base_url=None)
            fonts, style = _fonts(get_ident())
            document = page.render(font_config=fonts, stylesheets=[style], pdf_variant=_VARIANT)
            claim_pdfua(document.metadata)
            files = [(rendered.attachment, ATTACHMENT, "Public evidence of this document")]
            if rendered.interchange is not None:
                carried = INTERCHANGES[rendered.kind]
                files.append((rendered.interchange, carried.name, carried.told))
            files += [(table, name, "Table of numbers of this document") for name, table in rendered.tables.items()]
            attachments = [
                weasyprint.Attachment(
                    string=data, name=name, description=told, created=moment, modified=moment, relationship="Data",
                    url_fetcher=fetcher,
                )
                for data, name, told in files
            ]  # fmt: skip
            info = {} if rendered.interchange is None else {INFO_KEY: in_info(rendered.interchange)}
            data: bytes = document.write_pdf(finisher=partial(finish, info=info), pdf_variant=_VARIANT, attachments=attachments)
        except FatalURLFetchingError as error:
            raise _outside(refused) from error
    # The library swallows a refused address in some places, so the list decides and not the exception.
    if refused:
        raise _outside(refused)
    return data, heard


@lru_cache(maxsize=4)
def _fonts(thread: int) -> tuple[Any, Any]:
    """Return our fonts and the style sheet that names them, for one thread: unpacking takes longer than drawing a page."""
    import weasyprint
    from weasyprint.text.fonts import FontConfiguration

    # They lie in a folder of their own until the process ends.
    atexit.register(_fonts.cache_clear)
    fonts = FontConfiguration()
    return fonts, weasyprint.CSS(string=resource("fonts.css").decode(), url_fetcher=_locked_fetcher()[0], font_config=fonts)


def _outside(refused: list[str]) -> Refused:
    schemes = sorted({address.partition(":")[0][:20] for address in refused})
    what = f"The document asked for {len(refused)} addresses outside of it ({', '.join(schemes)}:)."
    return Refused("N03", what, "Text of contract, charter or policy", "Take the address out, or report it.")


def _weasyprint() -> Any:
    try:
        import weasyprint
    except (ImportError, OSError) as error:
        raise Refused(
            "U02", f"PDF needs a library that is not here: {error}.", "Import of weasyprint", f"Run: {APT}"
        ) from error
    return weasyprint


def _locked_fetcher(logo: bytes | None = None) -> tuple[Any, list[str]]:
    """Return a fetcher that hands out our fonts, the logo and nothing else, and the list of what it refused."""
    from weasyprint.urls import FatalURLFetchingError, URLFetcher, URLFetcherResponse

    refused: list[str] = []

    class Locked(URLFetcher):  # type: ignore[misc]  # WeasyPrint ships no types
        def fetch(self, url: str, headers: Any = None) -> Any:
            scheme, _, name = url.partition(":")
            if scheme == "font" and name in FONTS:
                return URLFetcherResponse(url, resource(FONTS[name]), {"Content-Type": "font/woff2"})
            if url == _LOGO and logo is not None:
                return URLFetcherResponse(url, logo, {"Content-Type": "image/png"})
            refused.append(url)
            raise FatalURLFetchingError("not allowed in a document")

    return Locked(allowed_protocols={"font", "logo"}, allow_redirects=False, fail_on_errors=True), refused


class _Heard(logging.Handler):
    def __init__(self) -> None:
        super().__init__(level=logging.WARNING)
        self.messages: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.messages.append(record.getMessage()[:200])


@contextmanager
def _complaints() -> Iterator[list[str]]:
    """Collect what WeasyPrint logs as a warning or worse."""
    logger, heard = logging.getLogger("weasyprint"), _Heard()
    logger.addHandler(heard)
    try:
        yield heard.messages
    finally:
        logger.removeHandler(heard)


def document_pages(
    bundle: EvidenceBundle, kinds: Sequence[str] = KINDS, langs: Sequence[str] = LANGUAGES, theme: Path | str = "neutral"
) -> dict[str, bytes]:
    """Return every kind in every language that it is written in as one HTML file, by name; see `document_files`."""
    return {f"{one.stem}.html": one.page().encode() for one in _all_set(bundle, kinds, langs, theme)}


def document_files(
    bundle: EvidenceBundle, kinds: Sequence[str] = KINDS, langs: Sequence[str] = LANGUAGES, theme: Path | str = "neutral"
) -> dict[str, bytes]:
    """Return the PDF of every kind in every language that it is written in, by file name.

    Parameters
    ----------
    bundle : EvidenceBundle
        Under the version that it is, or will be, written as.
    kinds : sequence of {"model_card", "factsheet", "technical_annex", "dpia", "dpia_prescan"}
        Card and factsheet never come without the technical annex.
    langs : sequence of {"nl", "en"}
    theme : Path or str
        As for `render`.

    Raises
    ------
    Refused
        Whatever `render` refuses.
    """
    return {f"{one.stem}.pdf": one.pdf() for one in _all_set(bundle, kinds, langs, theme)}


def _all_set(bundle: EvidenceBundle, kinds: Sequence[str], langs: Sequence[str], theme: Path | str) -> list[Rendered]:
    """Return every document: all are set before one is drawn, so that one that cannot be written is known at once."""
    wanted = list[str]()
    for kind in kinds:
        wanted.append(kind)
        if kind in _REFER_TO_IT and _ANNEX not in (*kinds, *wanted):
            wanted.append(_ANNEX)
    written = {kind.name: kind.languages for kind in DOCUMENT_KINDS}
    return [
        render(bundle, kind, lang=lang, theme=theme) for kind in wanted for lang in langs if lang in written.get(kind, langs)
    ]
