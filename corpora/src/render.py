"""Renders the sources beside it to the PDFs of this corpus.

    pip install pillow==13.0.0 pyphen==0.18.1 reportlab==5.1.0
    python3 render.py            # all of them; or the names of some
    python3 render.py --check    # renders to memory and compares with the PDFs that are here

The same source gives the same bytes, with these versions. `markup.py` says what the sources may hold.
"""

import hashlib
import io
import pathlib
import re
import sys

import pyphen
from reportlab import rl_config
from reportlab.lib import pagesizes, units
from reportlab.lib.fonts import addMapping
from reportlab.lib.enums import TA_CENTER, TA_JUSTIFY
from reportlab.lib.styles import ParagraphStyle
from reportlab.pdfbase import pdfmetrics
from reportlab.platypus import (
    BaseDocTemplate, Flowable, Frame, NextPageTemplate, PageBreak, PageTemplate, Paragraph, Spacer,
    Table, TableStyle,
)

import markup
import picture

rl_config.invariant = 1
HERE = pathlib.Path(__file__).parent
# The one encoding of the standard fonts that has the ligatures.
pdfmetrics.registerFont(pdfmetrics.Font("Ligatures", "Times-Roman", "MacRomanEncoding"))
addMapping("Ligatures", 0, 0, "Ligatures")
HYPHENS = pyphen.Pyphen(lang="en_US", left=3, right=3)
SOFT = "\u00ad"

LETTER = pagesizes.letter
BODY = ParagraphStyle("body", fontName="Times-Roman", fontSize=10, leading=12.6,
                      alignment=TA_JUSTIFY, spaceAfter=7)
HEAD = ParagraphStyle("head", fontName="Helvetica-Bold", fontSize=13, leading=16, spaceBefore=8,
                      spaceAfter=8)
SUB = ParagraphStyle("sub", parent=HEAD, fontSize=11, leading=14, spaceBefore=6, spaceAfter=5)
COVER = ParagraphStyle("cover", fontName="Times-Bold", fontSize=14, leading=22, alignment=TA_CENTER)
FOOT = ParagraphStyle("foot", fontName="Times-Roman", fontSize=8, leading=9.6)


class Note(Flowable):
    """A footnote: takes no room where it stands, is drawn at the foot of that page."""

    def __init__(self, text):
        super().__init__()
        self.width = self.height = 0
        mark, text = text.split(" ", 1)
        self.text = f"<super>{mark}</super> {text}"

    def wrap(self, *_):
        return 0, 0

    def draw(self):
        self.canv.notes.append(self.text)


class Turned(Flowable):
    """A table turned by a quarter to the left, on an upright page."""

    def __init__(self, table):
        super().__init__()
        self.table = table

    def wrap(self, *_):
        self.size = self.table.wrap(9 * units.inch, 6.5 * units.inch)
        return self.size[1], self.size[0]

    def draw(self):
        self.canv.translate(self.size[1], 0)
        self.canv.rotate(90)
        self.table.drawOn(self.canv, 0, 0)


class Picture(Flowable):
    """Lines as a picture that fills the page."""

    def __init__(self, lines):
        super().__init__()
        self.lines = lines

    def wrap(self, *_):
        return 1, 1

    def draw(self):
        self.canv.bare = True
        x, y = self.canv.absolutePosition(0, 0)
        self.canv.drawImage(picture.page(self.lines), -x, -y, *LETTER)


def spelt(text, meta, style):
    """Text with its marks, soft hyphens and ligatures, as reportlab takes them."""
    text = re.sub(r"\^(\w+)\^", r"<super>\1</super>", text.replace("&", "&amp;"))
    if meta.get("hyphens") and style is BODY:
        text = re.sub(r"(?<![<\w])[a-zA-Z]{7,}", lambda m: HYPHENS.inserted(m[0], SOFT), text)
    if meta.get("letters") == "ligatures" and style is BODY:
        text = text.replace("fi", "\ufb01").replace("fl", "\ufb02")
    return text


def wrapped(text, width, size):
    """A column's head on as many lines as it needs."""
    lines = [""]
    for word in text.split():
        longer = f"{lines[-1]} {word}".strip()
        if lines[-1] and pdfmetrics.stringWidth(longer, "Times-Bold", size) > width:
            lines.append(word)
        else:
            lines[-1] = longer
    return "\n".join(lines)


def table(rows, width, narrow, prose):
    """A financial table: labels left, figures right, a rule above totals. `prose`: cells of words."""
    columns = max(len(cells) for _, cells in rows)
    size = 8 if narrow else 9
    data = [cells + [""] * (columns - len(cells)) for _, cells in rows]
    longest = max(pdfmetrics.stringWidth(cells[0], "Times-Bold", size) for _, cells in rows) + 14
    first = max(longest, width * (3.1 if columns > 2 else 3.6) / 6.5)
    first = width * .32 if prose else min(first, width - 50 * (columns - 1))
    rest = (width - first) / (columns - 1)
    data[0] = data[0][:1] + [wrapped(cell, rest - 14, size) for cell in data[0][1:]]
    if prose:
        small = ParagraphStyle("cell", fontName="Times-Roman", fontSize=9, leading=10.8)
        data[1:] = [[Paragraph(cell, small) for cell in row] for row in data[1:]]
    style = [
        ("FONT", (0, 0), (-1, -1), "Times-Roman", size),
        ("FONT", (0, 0), (-1, 0), "Times-Bold", size),
        ("LEADING", (0, 0), (-1, -1), size * 1.2),
        ("ALIGN", (1, 0), (-1, -1), "LEFT" if prose else "RIGHT"),
        ("VALIGN", (0, 0), (-1, 0), "BOTTOM"),
        ("VALIGN", (0, 1), (-1, -1), "TOP"),
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


def templates(meta):
    """The shapes of a page, each with its running head and folio."""

    def furniture(size):
        def draw(canvas, document):
            if document.page == 1 and meta.get("cover") == "yes" or canvas.bare:
                return
            canvas.setFont("Helvetica", 8)
            canvas.drawString(72, size[1] - 36, meta["running"])
            canvas.drawCentredString(size[0] / 2, 36, str(document.page))
            y = 50
            for text in reversed(canvas.notes):
                note = Paragraph(text, FOOT)
                y += note.wrap(size[0] - 144, 100)[1]
                note.drawOn(canvas, 72, y - 9)
            if canvas.notes:
                canvas.line(72, y + 3, 200, y + 3)
        return draw

    def start(canvas, _):
        canvas.notes, canvas.bare = [], False

    wide = pagesizes.landscape(LETTER)
    column = [Frame(66, 84, 234, 660, id="left"), Frame(312, 84, 234, 660, id="right")]
    foot = 84 if "notes" in meta else 54
    shapes = [
        ("portrait", [Frame(66, foot, 480, 744 - foot, id="text")], LETTER),
        ("columns 2", column, LETTER),
        ("landscape", [Frame(66, 54, 660, 510, id="wide")], wide),
    ]
    return [PageTemplate(id=name, frames=frames, pagesize=size, onPage=start,
                         onPageEnd=furniture(size)) for name, frames, size in shapes]


def flow(meta, blocks):
    """The blocks as reportlab sets them."""
    styles = {"p": BODY, "head": HEAD, "sub": SUB, "cover": COVER, "item": BODY}
    body = BODY
    if meta.get("letters") == "ligatures":
        body = ParagraphStyle("ligatures", parent=BODY, fontName="Ligatures")
    out, shape = [], "columns 2" if meta.get("columns") == "2" else "portrait"
    out.append(NextPageTemplate(shape))
    for block in blocks:
        if block.kind in styles:
            style = styles[block.kind]
            text = spelt(block.content, meta, style)
            style = body if style is BODY else style
            if block.kind == "item":
                out.append(Paragraph(text, ParagraphStyle("item", parent=style, leftIndent=14,
                                                          bulletIndent=4), bulletText="•"))
            else:
                out.append(Paragraph(text, style))
        elif block.kind == "note":
            out.append(Note(spelt(block.content, meta, FOOT)))
        elif block.kind == "page":
            out.append(PageBreak())
        elif block.kind == "shape":
            shape = block.content.replace("columns 1", "portrait")
            out += [NextPageTemplate(shape), PageBreak()]
        elif block.kind == "picture":
            out.append(Picture(block.content))
        else:
            width = {"portrait": 6.5, "columns 2": 3.05, "landscape": 9}[shape]
            width = (9 if block.mark == "rotated" else width) * units.inch
            made = table(block.content, width, shape == "columns 2", block.mark == "prose")
            out += [Turned(made)] if block.mark == "rotated" else [made, Spacer(1, 9)]
    return out


def render(source):
    """The bytes of a source's PDF, and its number of pages."""
    meta, blocks = markup.parse(source.read_text(encoding="utf-8"))
    if any(block.kind == "note" for block in blocks):
        meta["notes"] = "yes"
    out = io.BytesIO()
    document = BaseDocTemplate(out, pagesize=LETTER, title=meta["title"], author=meta["company"],
                               leftMargin=72, rightMargin=72)
    shapes = templates(meta)
    first = "columns 2" if meta.get("columns") == "2" and meta.get("cover") != "yes" else "portrait"
    shapes.sort(key=lambda shape: shape.id != first)
    document.addPageTemplates(shapes)
    document.build(flow(meta, blocks))
    return out.getvalue(), document.page


def main(arguments):
    check = "--check" in arguments
    names = [a for a in arguments if a != "--check"]
    sources = [HERE / name for name in names] or sorted(HERE.glob("*.txt"))
    differ = 0
    for source in sources:
        pdf, pages = render(source)
        out = HERE.parent / (source.stem + ".pdf")
        if check:
            same = out.exists() and out.read_bytes() == pdf
            differ += not same
            print(out.name, "same" if same else "differs")
        else:
            out.write_bytes(pdf)
            print(out.name, pages, "pages", hashlib.sha256(pdf).hexdigest()[:12])
    return differ


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]) > 0)
