"""Files as they come out of a Dutch office: read rightly, or asked about, and never quietly text."""

from __future__ import annotations

import datetime as dt
import zipfile
from collections.abc import Callable, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from smartstart_gov.errors import Violation
from smartstart_gov.intake.cells import Notation, typed
from smartstart_gov.intake.files import read_data, read_untyped
from smartstart_gov.intake.validate import validate
from tests.intake.frames import column, contract

Found = tuple[Violation, ...]
#: A table of a person each: what no message may repeat.
PEOPLE = [("Jansen", "12-03-2011"), ("De Vries", "01-09-2012"), ("Yılmaz", "30-11-2010")]


def xlsx(path: Path, **sheets: Sequence[Sequence[Any]]) -> Path:
    """Write a workbook; days and moments as numbers with a format, like Excel does."""
    main, rels = "http://schemas.openxmlformats.org/spreadsheetml/2006/main", "http://schemas.openxmlformats.org"
    kind = f"{rels}/officeDocument/2006/relationships"

    def cell(value: Any) -> str:
        if value is None:
            return "<c/>"
        if isinstance(value, bool):
            return f'<c t="b"><v>{int(value)}</v></c>'
        if isinstance(value, int | float):
            return f"<c><v>{value!r}</v></c>"
        if isinstance(value, pd.Timestamp):
            return f'<c s="1"><v>{(value - pd.Timestamp("1899-12-30")) / pd.Timedelta(days=1)!r}</v></c>'
        return f'<c t="inlineStr"><is><t>{escape(value)}</t></is></c>'

    with zipfile.ZipFile(path, "w") as book:
        parts = "".join(
            f'<Override PartName="/xl/worksheets/sheet{i}.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/>'
            for i in range(len(sheets))
        )
        book.writestr(
            "[Content_Types].xml",
            f'<Types xmlns="{rels}/package/2006/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/><Override PartName="/xl/workbook.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/>{parts}</Types>',
        )
        book.writestr(
            "_rels/.rels",
            f'<Relationships xmlns="{rels}/package/2006/relationships"><Relationship Id="r1" Type="{kind}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        )
        names = "".join(f'<sheet name="{name}" sheetId="{i + 1}" r:id="r{i}"/>' for i, name in enumerate(sheets))
        book.writestr("xl/workbook.xml", f'<workbook xmlns="{main}" xmlns:r="{kind}"><sheets>{names}</sheets></workbook>')
        links = "".join(
            f'<Relationship Id="r{i}" Type="{kind}/worksheet" Target="worksheets/sheet{i}.xml"/>' for i in range(len(sheets))
        )
        book.writestr(
            "xl/_rels/workbook.xml.rels",
            f'<Relationships xmlns="{rels}/package/2006/relationships">{links}<Relationship Id="s" Type="{kind}/styles" Target="styles.xml"/></Relationships>',
        )
        book.writestr(
            "xl/styles.xml", f'<styleSheet xmlns="{main}"><cellXfs><xf numFmtId="0"/><xf numFmtId="22"/></cellXfs></styleSheet>'
        )
        for i, rows in enumerate(sheets.values()):
            body = "".join(f"<row>{''.join(map(cell, row))}</row>" for row in rows)
            book.writestr(f"xl/worksheets/sheet{i}.xml", f'<worksheet xmlns="{main}"><sheetData>{body}</sheetData></worksheet>')
    return path


@pytest.fixture
def untyped(tmp_path: Path) -> Callable[..., pd.DataFrame]:
    def reader(text: str | bytes, **more: Any) -> pd.DataFrame:
        path = tmp_path / "data.csv"
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return read_untyped(path, **more)

    return reader


@pytest.mark.parametrize(("cells", "values"), [
    (["0,5", "1.234,5", "12"], [0.5, 1234.5, 12]),
    (["-0,5", "1.234.567", "7,25"], [-0.5, 1234567, 7.25]),
    (["€ 1.234,50", "€ 12,-", "-€ 3,00", "€ -4,00", "12,50 EUR", "5 euro"], [1234.5, 12, -3, -4, 12.5, 5]),
    (["12,5%", "7 %", "100%"], [0.125, 0.07, 1]),
    (["0.5", "1.234", "12"], [0.5, 1.234, 12]),
    (["0,5", "1.234", "12"], [0.5, 1234, 12]),
    (["1.234", "0,5", "NA"], [1234, 0.5, np.nan]),
    ([" 12,5 ", "3,0", ""], [12.5, 3, np.nan]),
    (["1,5", "n.v.t.", "leeg"], [1.5, np.nan, np.nan]),
    (["#N/B", "NULL", "2.5"], [np.nan, np.nan, 2.5]),
    (["1e-3", "12.5"], [0.001, 12.5]),
])  # fmt: skip
@pytest.mark.parametrize("declared", [True, False])
def test_numbers_are_read_as_they_are_meant(
    tmp_path: Path, untyped: Callable[..., pd.DataFrame], cells: list[str], values: list[float], declared: bool
) -> None:
    text = "naam;bedrag\n" + "".join(f'p{i};"{cell}"\n' for i, cell in enumerate(cells))
    found = untyped(text)["bedrag"]
    if declared:
        agreed = contract(
            columns=[
                column("bedrag", "number", "feature", nullable=True),
                column("naam", "string", "sensitive", levels=["p0", "p1"]),
            ]
        )
        found = read_data(tmp_path / "data.csv", agreed)["bedrag"]
    assert found.to_numpy(dtype=float, na_value=np.nan).tolist() == pytest.approx(values, nan_ok=True, abs=0)


@pytest.mark.parametrize(("cells", "said"), [
    (["0,5", "0.5", "3,25"], "with a decimal comma, and 1 with a decimal point"),
    (["1.234", "12", "2.500"], "like 1.234"),
    (["12%", "0,5", "3%"], "with a percent sign"),
    (["01/02/2026", "03/04/2026"], "like 05/06/2026"),
    (["01/31/2026", "03/04/2026"], "month first"),
    (["31-01-2026"] * 19 + ["morgen"], "not of dtype"),
    (["1,5"] * 19 + ["veel"], "not of dtype"),
    (["2026-01-31"] * 10 + ["31-01-2026"], "not of dtype datetime"),
    (["12-31-2026", "01-01-2026"], "month first"),
    (["2026-01-31", "31-01-2026"] * 5, "with dates in one form"),
    (["12,345", "950", "2,500"], "like 1,234"),
    (["12,345", "0.5"], "like 1,234"),
    *[([odd, "12", "13", "14"], "look like amounts") for odd in (
        "(1.234,50)", "(€ 12,50)", "1.234,50-", "\u22123,5", "1\u00a0234,50", "1\u202f234", "1'234.50", "1 234,50", "1,234.50",
        "$1,234,567",
    )],
])  # fmt: skip
def test_what_could_mean_two_things_is_asked_by_column_and_never_text(
    untyped: Callable[..., pd.DataFrame], violations_of: Callable[..., Found], cells: list[str], said: str
) -> None:
    text = "naam;waarde\n" + "".join(f"p{i};{cell}\n" for i, cell in enumerate(cells))
    (found,) = violations_of(untyped, text)
    assert (found.rule, "'waarde'" in found.what, said in found.what) == ("D17", True, True), found
    assert found.remedy
    assert not any(cell in found.what for cell in ("morgen", "veel", "31-01", "0,5", "234,50"))
    assert untyped(text, asked=["waarde"])["waarde"].tolist() == cells, "somebody has said what it is"


def test_other_columns_say_how_a_file_writes_numbers(untyped: Callable[..., pd.DataFrame]) -> None:
    assert untyped("a;b\n1.234;0,5\n12;1,5\n")["a"].tolist() == [1234, 12]
    assert untyped("a;b\n1.234;0.5\n12;1.5\n")["a"].tolist() == [1.234, 12]
    assert untyped("a,b\n1.234,x\n12,y\n")["a"].tolist() == [1.234, 12]
    assert untyped("a;b\n1,234;0,5\n12;1,5\n")["a"].tolist() == [1.234, 12]
    assert untyped("a;d\n1,5;05/06/2026\n2,5;07/06/2026\n")["d"].dt.month.tolist() == [6, 6]


@pytest.mark.parametrize(("cells", "iso"), [
    (["31-01-2026", "1-2-2026"], ["2026-01-31", "2026-02-01"]),
    (["31/01/2026", "01/02/2026"], ["2026-01-31", "2026-02-01"]),
    (["31.01.2026", "n.v.t."], ["2026-01-31", "NaT"]),
    (["31-01-2026 9:30", "01-02-2026 12:00:30"], ["2026-01-31T09:30", "2026-02-01T12:00:30"]),
])  # fmt: skip
def test_days_are_read_as_they_are_meant(untyped: Callable[..., pd.DataFrame], cells: list[str], iso: list[str]) -> None:
    found = untyped("naam;dag\n" + "".join(f"p{i};{cell}\n" for i, cell in enumerate(cells)))["dag"]
    assert found.tolist() == pd.to_datetime(pd.Series(iso), format="ISO8601").tolist() or found.isna().any()
    assert [str(day)[:10] for day in found] == [day[:10] for day in iso]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "latin-1", "cp1252", "utf-16"])
@pytest.mark.parametrize("first", ["", "sep=;\r\n", '"sep=;"\n'])
def test_whatever_a_program_saved_is_the_same_table(untyped: Callable[..., pd.DataFrame], encoding: str, first: str) -> None:
    frame = untyped(f"{first}buurt;één\r\nOost-Souburg, café;1,5\r\nHoogeveën;2,5\r\n".encode(encoding))
    assert frame.to_dict("list") == {"buurt": ["Oost-Souburg, café", "Hoogeveën"], "één": [1.5, 2.5]}


@pytest.mark.parametrize("encoding", ["cp850", "mac_roman"])
def test_another_encoding_is_asked_about(
    untyped: Callable[..., pd.DataFrame], violations_of: Callable[..., Found], encoding: str
) -> None:
    (found,) = violations_of(untyped, "naam;waarde\nRené;1\nZoë;2\n".encode(encoding))
    assert (found.rule, "UTF-8" in found.remedy) == ("U01", True)


@pytest.mark.parametrize("text", [
    "Jansen;12-03-2011;ja\nDe Vries;01-09-2012;nee\nYilmaz;30-11-2010;ja\n",
    "Jansen;Kerkstraat 1;ja\nDe Vries;Dorpsweg 2;nee\nYilmaz;Laan 3;ja\n",
    "Jansen;ja;ja\nDe Vries;nee;ja\nYilmaz;ja;nee\n",
    "111222333;0,5\n123456782;0,7\n",
])  # fmt: skip
def test_a_file_without_names_shows_nobody(
    tmp_path: Path, untyped: Callable[..., pd.DataFrame], violations_of: Callable[..., Found], text: str
) -> None:
    (begun,) = violations_of(untyped, text)
    assert begun.rule == "D14"
    (read,) = violations_of(read_data, tmp_path / "data.csv", contract())
    assert read.rule == "D20"
    frame = pd.read_csv(tmp_path / "data.csv", sep=";")
    told = violations_of(validate, frame, contract())
    cells = {cell for line in text.splitlines() for cell in line.split(";")}
    assert not [cell for cell in cells for one in (begun, read, *told) if cell in f"{one.what} {one.where} {one.remedy}"]


def test_codes_with_leading_zeros_are_text_however_few_have_them(untyped: Callable[..., pd.DataFrame]) -> None:
    codes = [f"{i:04d}" for i in range(950, 1950)]
    assert untyped("naam;code\n" + "".join(f"p{code};{code}\n" for code in codes))["code"].tolist() == codes


def test_rows_of_nothing_are_asked_about_and_columns_of_nothing_go(
    untyped: Callable[..., pd.DataFrame], violations_of: Callable[..., Found]
) -> None:
    assert untyped("a;b;\n1;x;\n2;y;\n").columns.tolist() == ["a", "b"]
    (found,) = violations_of(untyped, "a;b;\n1;x;\n;;\n;;\n")
    assert (found.rule, "2 rows" in found.what) == ("D14", True)


def test_nothing_in_a_key_or_a_closed_list_is_no_value(tmp_path: Path, violations_of: Callable[..., Found]) -> None:
    agreed = contract(columns=[
        column("wie", "string", "unit"), column("land", "string", "sensitive", levels=["NL", "NA"], maximum_unknown_share=0.5),
        column("soort", "string", "feature", nullable=True), column("hulp", "string", "label", levels=["ja", "nee"], positive="ja"),
    ])  # fmt: skip
    path = tmp_path / "d.csv"
    path.write_text("wie;land;soort;hulp\n1;NA;n.v.t.;ja\n2;NULL;leeg;nee\n3;NL;x;ja\n")
    frame = read_data(path, agreed)
    assert frame["land"].isna().tolist() == [False, True, False]
    assert frame["soort"].tolist() == ["n.v.t.", "leeg", "x"], "a list of words that is not closed keeps its words"
    path.write_text("wie;land;soort;hulp\n1;NA;a;ja\nNULL;NL;b;nee\nn.v.t.;NL;c;NULL\n")
    found = violations_of(validate, read_data(path, agreed), agreed)
    assert sorted(v.rule for v in found) == ["D07", "D10"]


ROWS = [
    ["kind", "bedrag", "dag", "hulp", "code"],
    [1, 1234.5, pd.Timestamp("2026-01-31"), True, "0012"],
    [2, 0.125, pd.Timestamp("2026-02-01T09:30"), False, None],
]


def test_a_sheet_is_read_with_the_types_of_its_cells(tmp_path: Path) -> None:
    frame = read_untyped(xlsx(tmp_path / "d.xlsx", Blad1=ROWS, Blad2=[]))
    assert frame["kind"].tolist() == [1, 2]
    assert frame["bedrag"].tolist() == [1234.5, 0.125]
    assert frame["dag"].tolist() == [pd.Timestamp("2026-01-31"), pd.Timestamp("2026-02-01T09:30")]
    assert frame["hulp"].tolist() == [True, False]
    assert frame["code"].tolist()[0] == "0012"
    assert read_untyped(xlsx(tmp_path / "three.xlsx", Blad1=[["a"], [1.234], [2.5]]))["a"].tolist() == [1.234, 2.5]


def test_of_several_sheets_one_is_named(tmp_path: Path, violations_of: Callable[..., Found]) -> None:
    book = xlsx(tmp_path / "d.xlsx", Blad1=ROWS, Oud=[["a"], [5]])
    (found,) = violations_of(read_untyped, book)
    assert (found.rule, "'Blad1', 'Oud'" in found.what, "d.xlsx#" in found.remedy) == ("U01", True, True)
    assert read_untyped(f"{book}#Oud")["a"].tolist() == [5]
    assert [v.rule for v in violations_of(read_untyped, f"{book}#Weg")] == ["U01"]
    (tmp_path / "no.xlsx").write_bytes(b"PK")
    assert [v.rule for v in violations_of(read_untyped, tmp_path / "no.xlsx")] == ["U01"]


@given(st.lists(st.decimals(-(10**9), 10**9, places=2, allow_nan=False), min_size=1, max_size=30), st.booleans(), st.booleans())
def test_a_number_is_the_same_in_every_notation(numbers: list[Any], thousands: bool, euro: bool) -> None:
    points = [f"{number:,.2f}" if thousands else f"{number:.2f}" for number in numbers]
    dutch = [text.replace(",", " ").replace(".", ",").replace(" ", ".") for text in points]
    cells = pd.Series([f"€ {text}" if euro else text for text in dutch])
    notation = Notation.of([cells], ";")
    found, doubt = typed(cells, "number", notation)
    assert (doubt, notation.comma) == (None, True)
    assert found.tolist() == [float(number) for number in numbers]


@pytest.mark.parametrize("declared", [True, False])
def test_days_without_dashes_are_days(tmp_path: Path, untyped: Callable[..., pd.DataFrame], declared: bool) -> None:
    text = "naam;dag\np0;20260131\np1;\np2;19991231\n"
    found = untyped(text)["dag"]
    if declared:
        agreed = contract(
            columns=[column("dag", "datetime", "time", nullable=True), column("naam", "string", "sensitive", levels=["p0"])]
        )
        found = read_data(tmp_path / "data.csv", agreed)["dag"]
    assert [str(day)[:10] for day in found] == ["2026-01-31", "NaT", "1999-12-31"]


@pytest.mark.parametrize("cells", [["20260131", "20260230"], ["20260131", "20261301"], ["12345678", "20260131"]])
def test_whole_numbers_of_which_one_is_no_day_stay_numbers(untyped: Callable[..., pd.DataFrame], cells: list[str]) -> None:
    assert untyped("n;a\n" + "".join(f"x;{cell}\n" for cell in cells))["a"].tolist() == [int(cell) for cell in cells]


@pytest.mark.parametrize(
    "cells", [["28-04-24", "30-08-23"], ["04/28/24", "08/30/23"], ["24.04.28", "23.08.03"], ["28-04-24"] * 19 + ["gisteren"]]
)
def test_years_of_two_digits_are_asked_about(
    untyped: Callable[..., pd.DataFrame], violations_of: Callable[..., Found], cells: list[str]
) -> None:
    text = "naam;dag\n" + "".join(f"p{i};{cell}\n" for i, cell in enumerate(cells))
    (found,) = violations_of(untyped, text)
    assert (found.rule, "two-digit year" in found.what, "--role" in found.remedy) == ("D17", True, True), found
    assert not any(cell in str(found) for cell in cells)
    assert untyped(text, asked=["dag"])["dag"].tolist() == cells
    # Codes with points in them are no days.
    assert untyped("naam;sbi\np;47.11.12\nq;84.12.01\n")["sbi"].tolist() == ["47.11.12", "84.12.01"]


def test_days_and_decimals_of_a_database_are_read_as_what_they_are(tmp_path: Path) -> None:
    long = [Decimal(10) ** 29 + i for i in range(3)]
    days = [dt.date(2026, 1, 31), None, dt.date(1931, 2, 1)]
    pq.write_table(
        pa.table({
            "day": pa.array(days), "amount": pa.array([Decimal("12.10"), None, Decimal("-0.07")], pa.decimal128(18, 2)),
            "number": pa.array([Decimal(7), None, Decimal(9)], pa.decimal128(12, 0)), "long": pa.array(long),
        }),
        tmp_path / "rows.parquet",
    )  # fmt: skip
    found = read_untyped(tmp_path / "rows.parquet")
    assert found["day"].dt.date.where(found["day"].notna(), None).tolist() == days
    assert found["amount"].fillna(0).tolist() == [12.1, 0, -0.07]
    assert (str(found["number"].dtype), found["number"].dropna().tolist()) == ("Int64", [7, 9])
    assert found["long"].tolist() == long, "a key is never a float"


@pytest.mark.parametrize(("above", "said"), [
    (["Overzicht 2024", None, None], "2 of the 3 columns"), (["persoon", None, "uitkomst"], "1 of the 3 columns"),
])  # fmt: skip
def test_a_title_above_the_names_is_said_to_be_in_the_way(
    tmp_path: Path, violations_of: Callable[..., Found], above: list[Any], said: str
) -> None:
    book = xlsx(tmp_path / "a.xlsx", Blad1=[above, ["nr", "sekse", "hulp"], *([i, "man", "ja"] for i in range(9))])
    (found,) = violations_of(read_untyped, book)
    assert (found.rule, said in found.what, "titles and merged cells" in found.remedy) == ("D14", True, True)
    (tmp_path / "a.csv").write_text("Overzicht 2024\n\nnr,sekse\n1,man\n")
    (found,) = violations_of(read_untyped, tmp_path / "a.csv")
    assert "without a title above it" in found.remedy
    (tmp_path / "b.csv").write_text("nr|naam\n1|a,b\n2|c,d\n")
    (found,) = violations_of(read_untyped, tmp_path / "b.csv")
    assert "sep=|" in found.remedy


@pytest.mark.parametrize("error", ["#DIV/0!", "#REF!", "#NAME?", "#VALUE!", "#NUM!", "#N/A"])
def test_an_error_of_a_formula_is_no_gap(tmp_path: Path, violations_of: Callable[..., Found], error: str) -> None:
    book = xlsx(tmp_path / "a.xlsx", Blad1=[["a", "b"], [1, 12345], [2, 3]])
    with zipfile.ZipFile(book) as old, zipfile.ZipFile(tmp_path / "b.xlsx", "w") as new:
        for name in old.namelist():
            wrong = f'<c t="e"><v>{error}</v></c>'.encode()
            new.writestr(name, old.read(name).replace(b"<c><v>12345</v></c>", wrong))
    if error == "#N/A":
        assert read_untyped(tmp_path / "b.xlsx")["b"].isna().tolist() == [True, False]
        return
    (found,) = violations_of(read_untyped, tmp_path / "b.xlsx")
    assert (found.rule, "#DIV/0!" in found.what) == ("U01", True)


@pytest.mark.parametrize(("text", "page"), [("Işık", "cp1254"), ("Doğan", "cp1254"), ("Łódź", "iso8859-2"), ("Łódź", "cp1250")])
def test_letters_of_another_page_are_not_read_as_those_of_windows_1252(
    untyped: Callable[..., pd.DataFrame], violations_of: Callable[..., Found], text: str, page: str
) -> None:
    (found,) = violations_of(untyped, f"wijk;b\n{text};1\n".encode(page))
    assert (found.rule, "neither UTF-8 nor Windows-1252" in found.what) == ("U01", True)
    for fine in ("Café Noël 2½ £5", "Curaçao, Åland, Ærø", "¿Qué?", "90 m² · 10º"):
        assert untyped(f"wijk;b\n{fine};1\n".encode("cp1252"))["wijk"].tolist() == [fine]


@pytest.mark.parametrize("dictionary", [True, False])
def test_a_name_that_begins_another_is_read_as_itself(tmp_path: Path, dictionary: bool) -> None:
    """For Arrow, the column a is also the beginning of a path a.b."""
    frame = pd.DataFrame({"a.b": ["x", "y"], "a": ["p", "q"], "c.d": [1, 2], "c": [3, 4]})
    pq.write_table(pa.Table.from_pandas(frame), tmp_path / "rows.parquet", use_dictionary=dictionary)
    assert read_untyped(tmp_path / "rows.parquet").to_dict("list") == frame.to_dict("list")


def test_what_holds_differences_beside_a_dictionary_is_read(tmp_path: Path) -> None:
    texts = {"a": ["x" * 20, "y", None] * 100, "b": ["q", "r", "s"] * 100}
    pq.write_table(pa.table(texts), tmp_path / "rows.parquet", use_dictionary=["b"], column_encoding={"a": "DELTA_BYTE_ARRAY"})
    found = read_untyped(tmp_path / "rows.parquet")
    assert found.astype(object).where(found.notna(), None).to_dict("list") == texts
