"""Where templates, fonts, styles and message catalogues lie: inside an installed package, or at the top of the repository."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from smartstart_gov.errors import Refused

DOMAIN = "smartstart_gov"
#: Font files by the name under which the style sheet asks for them.
FONTS = {
    f"{font}-{weight}": f"fonts/{font}-{weight}.woff2" for font in ("source-sans-3", "dejavu-sans") for weight in (400, 700)
}


@cache
def template_folder() -> Path:
    """Return the folder of templates.

    Raises
    ------
    Refused
        U02, where the installation is incomplete.
    """
    package = Path(__file__).resolve().parent.parent
    for folder in (package / "_templates", package.parent / "templates"):
        if (folder / "theme.css").is_file():
            return folder
    raise Refused(
        "U02",
        "The templates of the documents are not installed.",
        f"Looked in {package / '_templates'} and {package.parent / 'templates'}",
        "Install smartstart-gov anew, or run it from a full checkout of the repository.",
    )


def resource(name: str) -> bytes:
    """Return the bytes of a file in the template folder; `name` is one of our own, never data."""
    return (template_folder() / name).read_bytes()
