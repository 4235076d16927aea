"""Renders the sources beside it to the PDFs of this corpus: python3 render.py (needs reportlab).

Markup of a source: `% key: value` lines first; `# ` and `## ` headings; paragraphs between empty
lines; `|` rows of a table, the first one its head, rows that begin with `|=` totals; `---` a new
page. The same source gives the same bytes.
"""

import pathlib
import sys

from reportlab import rl_config
from reportlab.lib import pagesizes, units
from reportlab.lib.enums import TA_CENTER, TA_JUSTIFY
from reportlab.lib.styles import ParagraphStyle
from reportlab.platypus import (
    BaseDocTemplate, Frame, PageBreak, PageTemplate, Paragraph, Spacer, Table, TableStyle,
)

rl_config.invariant = 1
HERE = pathlib.Path(__file__).parent

BODY = ParagraphStyle("body", fontName="Times-Roman", fontSize=10, leading=12.6,
                      alignment=TA_JUSTIFY, spaceAfter=7)
HEAD = ParagraphStyle("head", fontName="Helvetica-Bold", fontSize=13, leading=16, spaceBefore=8,
                      spaceAfter=8)
SUB = ParagraphStyle("sub", parent=HEAD, fontSize=11, leading=14, spaceBefore=6, spaceAfter=5)
COVER = ParagraphStyle("cover", fontName="Times-Bold", fontSize=14, leading=22, alignment=TA_CENTER)


def parse(text):
    """A source as (meta, blocks)."""
    meta, blocks, paragraph, rows = {}, [], [], []

    def close():
        if paragraph:
            blocks.append(("p", " ".join(paragraph)))
            paragraph.clear()
        if rows:
            blocks.append(("table", list(rows)))
            rows.clear()

    for line in text.splitlines():
        if line.startswith("% "):
            key, value = line[2:].split(": ", 1)
            meta[key] = value
        elif line.startswith("|"):
            if paragraph:
                close()
            total = line.startswith("|=")
            cells = [c.strip() for c in line[2 if total else 1:].strip().rstrip("|").split("|")]
            rows.append((total, cells))
        else:
            if rows:
                close()
            if line.startswith("## "):
                close()
                blocks.append(("sub", line[3:]))
            elif line.startswith("# "):
                close()
                blocks.append(("head", line[2:]))
            elif line.startswith("^ "):
                close()
                blocks.append(("cover", line[2:]))
            elif line == "---":
                close()
                blocks.append(("page", ""))
            elif line.strip():
                paragraph.append(line.strip())
            else:
                close()
    close()
    return meta, blocks


def table(rows):
    """A financial table: labels left, figures right, a rule above totals."""
    columns = max(len(cells) for _, cells in rows)
    data = [cells + [""] * (columns - len(cells)) for _, cells in rows]
    first = 3.1 * units.inch if columns > 2 else 3.6 * units.inch
    rest = (6.5 * units.inch - first) / (columns - 1)
    style = [
        ("FONT", (0, 0), (-1, -1), "Times-Roman", 9),
        ("FONT", (0, 0), (-1, 0), "Times-Bold", 9),
        ("ALIGN", (1, 0), (-1, -1), "RIGHT"),
        ("LINEBELOW", (1, 0), (-1, 0), 0.5, "black"),
        ("TOPPADDING", (0, 0), (-1, -1), 1.5),
        ("BOTTOMPADDING", (0, 0), (-1, -1), 1.5),
    ]
    for at, (total, _) in enumerate(rows):
        if total:
            style.append(("LINEABOVE", (1, at), (-1, at), 0.5, "black"))
    made = Table(data, colWidths=[first] + [rest] * (columns - 1), repeatRows=1)
    made.setStyle(TableStyle(style))
    return made


def render(source):
    meta, blocks = parse(source.read_text(encoding="utf-8"))

    def furniture(canvas, document):
        if document.page == 1 and meta.get("cover") == "yes":
            return
        canvas.setFont("Helvetica", 8)
        canvas.drawString(72, 756, meta["running"])
        canvas.drawCentredString(306, 36, str(document.page))

    out = HERE.parent / (source.stem + ".pdf")
    document = BaseDocTemplate(str(out), pagesize=pagesizes.letter, title=meta["title"],
                               author=meta["company"], leftMargin=72, rightMargin=72)
    frame = Frame(66, 54, 480, 690, id="text")
    document.addPageTemplates(PageTemplate(frames=[frame], onPage=furniture))
    flow = []
    for kind, content in blocks:
        if kind == "p":
            flow.append(Paragraph(content, BODY))
        elif kind == "head":
            flow.append(Paragraph(content, HEAD))
        elif kind == "sub":
            flow.append(Paragraph(content, SUB))
        elif kind == "cover":
            flow.append(Paragraph(content, COVER))
        elif kind == "page":
            flow.append(PageBreak())
        else:
            flow += [table(content), Spacer(1, 9)]
    document.build(flow)
    print(out.name, document.page, "pages")


if __name__ == "__main__":
    names = sys.argv[1:] or sorted(p.name for p in HERE.glob("*.txt"))
    for name in names:
        render(HERE / name)
