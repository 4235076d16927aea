"""Scans: how much of a page comes back when it is only a picture, by tenk and by ocrmypdf, with the same tesseract.

    apt-get install tesseract-ocr poppler-utils ocrmypdf
    pip install pillow numpy
    python benches/peers/ocr.py FILINGS --pages 24 --seed 5
    python benches/peers/ocr.py FILINGS --facts 6 --seed 1             # needs FILINGS indexed by tenk

Draws pages with pdftoppm, half of them of tables and half of prose, and puts their pictures into PDFs without text:
at 150 and 300 dots an inch; clean, and degraded (askew by up to 2 degrees, blurred, grey, noisy, JPEG of quality 35).
The reference is what `pdftotext -layout` reads of the page itself. Words are compared without case and outer
punctuation; a number counts where the same digits and signs stand on the page; a row of a table is whole where all of its
figures, two or more, come on one line in their order.

`--facts N` scans the statements of N annual reports, each behind its first page, indexes the scans, and compares line items
with those that tenk reads of the reports themselves, by item and period; figures that fail a check count as not given."""

import argparse
import collections
import json
import pathlib
import random
import re
import subprocess
import tempfile
import time

import numpy as np
from PIL import Image, ImageFilter

TENK = pathlib.Path(__file__).resolve().parents[2] / "target/release/tenk"


def run(*command):
    return subprocess.run([str(c) for c in command], check=True, capture_output=True, text=True).stdout


def reference(pdf):
    """The text of each page."""
    return run("pdftotext", "-layout", pdf, "-").split("\f")[:-1]


def drawn_by_lot(filings, count, seed):
    """Pages of tables and of prose, by turns, from filings in an order drawn by lot: (file, number, text)."""
    chance = random.Random(seed)
    files = sorted(filings.glob("*.pdf"))
    chance.shuffle(files)
    out = []
    for pdf in files:
        pages = reference(pdf)
        figures = lambda text: len(re.findall(r"\d[\d,]{2,}", text))
        words = lambda text: len(text.split())
        of_tables = [n for n, t in enumerate(pages, 1) if figures(t) > 60 and words(t) < 700]
        of_prose = [n for n, t in enumerate(pages, 1) if figures(t) < 15 and words(t) > 450]
        for numbers in (of_tables, of_prose):
            if numbers and len(out) < count:
                number = chance.choice(numbers)
                out.append((pdf, number, pages[number - 1]))
        if len(out) >= count:
            break
    return out


def picture(pdf, number, dpi, folder):
    stem = folder / "page"
    run("pdftoppm", "-f", number, "-l", number, "-r", dpi, "-gray", "-png", "-singlefile", pdf, stem)
    with Image.open(stem.with_suffix(".png")) as image:
        return image.convert("L")


def degraded(image, dpi, chance, noise):
    image = image.rotate(chance.uniform(-2, 2), resample=Image.BICUBIC, fillcolor=255)
    image = image.filter(ImageFilter.GaussianBlur(0.9 * dpi / 300))
    shades = np.asarray(image).astype(float)
    shades = 235 - (255 - shades) * 0.8 + noise.normal(0, 14, shades.shape)
    return Image.fromarray(np.clip(shades, 0, 255).astype("uint8"))


def scan(pages, dpi, is_degraded, seed, folder):
    chance, noise = random.Random(seed), np.random.default_rng(seed)
    images = [picture(pdf, number, dpi, folder) for pdf, number, _ in pages]
    if is_degraded:
        images = [degraded(image, dpi, chance, noise) for image in images]
    path = folder / "scan.pdf"
    quality = 35 if is_degraded else 92
    images[0].save(path, save_all=True, append_images=images[1:], resolution=dpi, quality=quality)
    return path


def by_tenk(path, _):
    lines = run(TENK, "extract", path, "--raw", "--json", "--ocr", "auto").splitlines()
    return [json.loads(line)["text"] for line in lines]


def by_ocrmypdf(path, folder):
    read = folder / "read.pdf"
    run("ocrmypdf", "--force-ocr", "--deskew", "--output-type", "pdf", "--optimize", "0", "--quiet", path, read)
    return reference(read)


def bare(text):
    words = (word.strip(".,;:()$%’'\"“”—-–").lower() for word in text.split())
    return collections.Counter(word for word in words if word)


def numbers(text):
    found = (re.sub(r"[()$%,.;]*$", "", re.sub(r"^[($]*", "", w)) for w in text.split() if re.search(r"\d", w))
    return collections.Counter(found)


def figures_of(line):
    return tuple(re.findall(r"\d[\d,.]*\d|\d", line))


def scores(texts, pages):
    f1, right, all_numbers, whole, rows = [], 0, 0, 0, 0
    for text, (_, _, expected) in zip(texts, pages, strict=True):
        a, b = bare(text), bare(expected)
        f1.append(2 * sum((a & b).values()) / max(1, sum(a.values()) + sum(b.values())))
        a, b = numbers(text), numbers(expected)
        right, all_numbers = right + sum((a & b).values()), all_numbers + sum(b.values())
        lines = collections.Counter(figures_of(line) for line in text.splitlines())
        for line in expected.splitlines():
            key = figures_of(line)
            if len(key) >= 2 and re.search(r"\s{3,}", line.strip()):
                rows += 1
                if lines[key] > 0:
                    lines[key] -= 1
                    whole += 1
    return sum(f1) / len(f1), right / max(1, all_numbers), whole / max(1, rows)


def line_items(document, *library):
    found = [json.loads(line) for line in run(TENK, "facts", "--all", "--json", "--document", document, *library).splitlines()]
    own = lambda f: f["statement"] and f["item"] and not f["dimension"] and f["entity"] == "consolidated"
    return [f for f in found if own(f) and not f["checks"]["failed"] and f["value"] is not None]


def facts(args):
    chance = random.Random(args.seed)
    reports = sorted(args.filings.glob("*10K*.pdf"))
    chance.shuffle(reports)
    library = ["-L", args.filings] + (["--home", args.home] if args.home else [])
    key = lambda f: (f["item"], f["period_end"], f["months"])
    for is_degraded, dpi in ((False, 300), (True, 150)):
        counts, of = collections.Counter(), 0
        with tempfile.TemporaryDirectory() as name:
            folder = pathlib.Path(name)
            scans, work = folder / "scans", folder / "work"
            scans.mkdir(), work.mkdir()
            for report in reports[: args.facts]:
                pages = [1] + sorted({f["page"] for f in line_items(report.stem, *library)})
                path = scan([(report, page, "") for page in pages], dpi, is_degraded, args.seed, work)
                path.rename(scans / report.name)
            run(TENK, "index", scans, "--ocr", "auto")
            for report in reports[: args.facts]:
                expected = collections.defaultdict(set)
                for fact in line_items(report.stem, *library):
                    expected[key(fact)].add(fact["value"])
                of, seen = of + len(expected), set()
                for fact in line_items(report.stem, "-L", scans):
                    values = expected.get(key(fact))
                    if values and fact["value"] in values:
                        seen.add(key(fact))
                    elif values:
                        counts["wrong"] += 1
                        counts["wrong and adding up"] += bool(fact["checks"]["passed"])
                counts["right"] += len(seen)
        print(f"{'degraded' if is_degraded else 'clean'}, {dpi} dpi: of {of} {dict(counts)}", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("filings", type=pathlib.Path)
    parser.add_argument("--pages", type=int, default=24)
    parser.add_argument("--seed", type=int, default=5)
    parser.add_argument("--only", choices=["tenk", "ocrmypdf"])
    parser.add_argument("--facts", type=int, metavar="N")
    parser.add_argument("--home", type=pathlib.Path, help="where the state of FILINGS lies")
    args = parser.parse_args()
    if args.facts:
        return facts(args)
    pages = drawn_by_lot(args.filings, args.pages, args.seed)
    print(f"{len(pages)} pages of {len({pdf for pdf, *_ in pages})} filings; {run('tesseract', '--version').splitlines()[0]}")
    readers = {"tenk": by_tenk, "ocrmypdf": by_ocrmypdf}
    print(f"{'':22} {'':9} {'word F1':>8} {'numbers':>8} {'rows':>8} {'s/page':>7}")
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        for is_degraded in (False, True):
            for dpi in (300, 150):
                path = scan(pages, dpi, is_degraded, args.seed, folder)
                for reader, read in readers.items():
                    if args.only in (None, reader):
                        began = time.perf_counter()
                        texts = read(path, folder)
                        took = (time.perf_counter() - began) / len(pages)
                        f1, right, rows = scores(texts, pages)
                        what = f"{'degraded' if is_degraded else 'clean'}, {dpi} dpi"
                        print(f"{what:22} {reader:9} {f1:8.4f} {right:8.4f} {rows:8.3f} {took:7.2f}", flush=True)


if __name__ == "__main__":
    main()
