"""Tables: cells read as they stand, and rows of statements with each figure under its year, by tenk, pdfplumber, camelot
(hybrid, stream) and PyMuPDF, in one run.

    apt-get install ghostscript poppler-utils
    pip install pdfplumber camelot-py pymupdf opencv-python-headless
    python benches/peers/tables.py TABLES --figures FIGURES

TABLES has `tables.tsv` (file, page, expected), `pdfs/` and `expected/` (CSV). White space is folded, rows are paired
greedily by the cells they share, the best table of the page counts: F1 over filled cells, mean of the tables.
FIGURES has `truth.tsv` (doc, kpi, fiscal_year, value, pages) and `pdfs/`. Of these, rows are what `pdftotext -layout` has all values of
on one line (a statement of equity has its years one under the other). A row is right where its values of all years stand in one row; it is under its years where each stands in a column over which its
year is said, in the table's own rows."""

import argparse
import collections
import csv
import json
import pathlib
import re
import subprocess
import time
import warnings

warnings.filterwarnings("ignore")
import camelot
import pdfplumber
import pymupdf

TENK = pathlib.Path(__file__).resolve().parents[2] / "target/release/tenk"
READ = {}


def by_tenk(pdf, page):
    if pdf not in READ:
        out = subprocess.run([TENK, "extract", "--json", "--ocr", "never", str(pdf)], capture_output=True, text=True, check=True).stdout
        READ[pdf] = {p["page"]: p["tables"] for p in map(json.loads, out.splitlines())}
    wanted = lambda table: table["heads"] or ([table["head"]] if any(table["head"]) else [])
    return [wanted(t) + [[r["label"], *r["cells"]] for r in t["rows"]] for t in READ[pdf].get(page, [])]


def by_pdfplumber(pdf, page):
    with pdfplumber.open(pdf) as document:
        return document.pages[page - 1].extract_tables()


def by_camelot(flavour):
    def read(pdf, page):
        return [t.df.values.tolist() for t in camelot.read_pdf(str(pdf), pages=str(page), flavor=flavour)]

    return read


def by_pymupdf(pdf, page):
    with pymupdf.open(pdf) as document:
        return [t.extract() for t in document[page - 1].find_tables()]


READERS = {
    "tenk": by_tenk,
    "pdfplumber": by_pdfplumber,
    "camelot hybrid": by_camelot("hybrid"),
    "camelot stream": by_camelot("stream"),
    "pymupdf": by_pymupdf,
}


def folded(rows):
    """Cells with white space folded, without empty rows and columns."""
    rows = [[" ".join(str(c or "").split()) for c in row] for row in rows]
    rows = [row for row in rows if any(row)]
    width = max(map(len, rows), default=0)
    rows = [row + [""] * (width - len(row)) for row in rows]
    used = [i for i in range(width) if any(row[i] for row in rows)]
    return [[row[i] for i in used] for row in rows]


def cell_f1(wanted, found):
    bags = [[collections.Counter(c for c in row if c) for row in rows] for rows in (wanted, found)]
    pairs = sorted(((sum((a & b).values()), -i, -j) for i, a in enumerate(bags[0]) for j, b in enumerate(bags[1])), reverse=True)
    taken, both = (set(), set()), 0
    for shared, i, j in pairs:
        if shared and i not in taken[0] and j not in taken[1]:
            taken[0].add(i), taken[1].add(j)
            both += shared
    of = sum(sum(b.values()) for bag in bags for b in bag)
    return 2 * both / of if of else 0.0


def guarded(read, pdf, page):
    """Some readers fail on some pages: they have found nothing then."""
    try:
        return [folded(rows) for rows in read(pdf, page)]
    except Exception:
        return []


def cells(folder):
    gold = list(csv.DictReader(open(folder / "tables.tsv"), delimiter="\t"))
    print(f"{len(gold)} tables{'':12} {'cell F1':>8} {'exact':>6} {'s':>6}")
    for name, read in READERS.items():
        began, scores, exact = time.perf_counter(), [], 0
        for row in gold:
            wanted = folded(csv.reader(open(folder / "expected" / row["expected"])))
            found = guarded(read, folder / "pdfs" / row["file"], int(row["page"]))
            scores.append(max((cell_f1(wanted, table) for table in found), default=0.0))
            exact += any(table == wanted for table in found)
        print(f"{name:22} {100 * sum(scores) / len(scores):8.1f} {exact:6} {time.perf_counter() - began:6.0f}", flush=True)


def number(text):
    text = re.sub(r"[$,%\s]", "", text)
    bare = text.strip("()-—")
    return abs(float(bare)) if re.fullmatch(r"\d+(\.\d+)?|\.\d+", bare) else None


def is_value(text, value):
    found = number(text)
    return found is not None and any(abs(found * scale - value) <= 1e-6 * value for scale in (1, 1e3, 1e6, 1e9, 0.01))


def placed(rows, wanted):
    """Whether all values stand in one row; and whether, in such a row, each is under its year."""
    in_row = False
    for at, row in enumerate(rows):
        columns = {year: [i for i, cell in enumerate(row) if is_value(cell, value)] for year, value in wanted.items()}
        if not all(columns.values()):
            continue
        in_row = True
        over = lambda i: " ".join(r[i] for r in rows[:at] if i < len(r) and not is_figure(r[i]))
        is_under = lambda year, i: year in over(i) or year[2:] in re.findall(r"\d+", over(i))
        if all(any(is_under(year, i) for i in found) for year, found in columns.items()):
            return True, True
    return in_row, False


def is_figure(text):
    """A figure of the table, not a year over it."""
    return number(text) is not None and not re.fullmatch(r"(19|20)\d\d", text.strip())


def is_row(lines, pdf, page, values):
    if (pdf, page) not in lines:
        out = subprocess.run(["pdftotext", "-layout", "-f", str(page), "-l", str(page), str(pdf), "-"], capture_output=True, text=True)
        lines[pdf, page] = [re.split(r"\s{2,}|\$", line) for line in out.stdout.splitlines()]
    has = lambda cells: len(values) > 1 and all(any(is_value(cell, value) for cell in cells) for value in values.values())
    return any(map(has, lines[pdf, page]))


def statements(folder):
    wanted = collections.defaultdict(dict)
    for row in csv.DictReader(open(folder / "truth.tsv"), delimiter="\t"):
        pdf = folder / "pdfs" / f"{row['doc']}.pdf"
        if pdf.exists() and re.fullmatch(r"-?[\d.]+", row["value"]) and float(row["value"]):
            for page in re.findall(r"\d+", row["pages"]):
                year = re.sub(r"\D", "", row["fiscal_year"])[-4:]
                wanted[pdf, int(page), row["kpi"]][year] = abs(float(row["value"]))
    lines = {}
    wanted = {key: values for key, values in wanted.items() if is_row(lines, key[0], key[1], values)}
    print(f"{len(wanted)} rows of statements {'whole':>6} {'under':>6} {'s':>6}")
    for name, read in READERS.items():
        began, pages, whole, under = time.perf_counter(), {}, 0, 0
        for (pdf, page, _), values in wanted.items():
            if (pdf, page) not in pages:
                pages[pdf, page] = guarded(read, pdf, page)
            results = [placed(table, values) for table in pages[pdf, page]]
            whole += any(r[0] for r in results)
            under += any(r[1] for r in results)
        n = len(wanted)
        print(f"{name:22} {100 * whole / n:6.1f} {100 * under / n:6.1f} {time.perf_counter() - began:6.0f}", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("tables", type=pathlib.Path)
    parser.add_argument("--figures", type=pathlib.Path)
    args = parser.parse_args()
    cells(args.tables)
    if args.figures:
        statements(args.figures)


if __name__ == "__main__":
    main()
