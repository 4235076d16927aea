//! Files that are wrong in every way we could think of: each is listed with its reason or read as
//! far as it goes, none costs another file anything.

use std::collections::HashMap;
use std::sync::OnceLock;

use serde_json::Value;

use super::pdf::{Pdf, bomb, composite, deflated, stream};
use super::place::{CALDER, NORTHGATE, Place, corpora};

/// What must come of a bad file.
enum Want {
    /// Listed as failed for one of these reasons.
    Failed(&'static [&'static str]),
    /// Read: this text is found in it.
    Read(&'static str),
}
use Want::{Failed, Read};

struct Bad {
    name: &'static str,
    bytes: Vec<u8>,
    want: Want,
}

fn bad(name: &'static str, bytes: impl Into<Vec<u8>>, want: Want) -> Bad {
    Bad {
        name,
        bytes: bytes.into(),
        want,
    }
}

fn all() -> Vec<Bad> {
    let mut all = not_pdfs();
    all.extend(locked());
    all.extend(without_text());
    all.extend(structures());
    all.extend(loops());
    all.extend(bombs());
    all.extend(fonts());
    all
}

fn not_pdfs() -> Vec<Bad> {
    let real = std::fs::read(corpora(NORTHGATE)).unwrap();
    let noise: Vec<u8> = (0..5000u32)
        .map(|i| (i.wrapping_mul(2_654_435_761) >> 24) as u8)
        .collect();
    vec![
        bad("nothing", "", Failed(&["empty"])),
        bad(
            "html",
            "<!DOCTYPE html><html><body>Sign in</body></html>",
            Failed(&["not_a_pdf"]),
        ),
        bad(
            "zip",
            b"PK\x03\x04\x14\0\0\0\x08\0rest of an archive".as_slice(),
            Failed(&["not_a_pdf"]),
        ),
        bad("noise", noise, Failed(&["not_a_pdf"])),
        bad("header_alone", "%PDF-1.7\n", Failed(&["truncated"])),
        bad("half", &real[..real.len() / 2], Failed(&["truncated"])),
        bad(
            "without_its_end",
            &real[..real.len() - 400],
            Failed(&["truncated"]),
        ),
        bad(
            "over_the_file_limit",
            vec![b' '; 3 << 20],
            Failed(&["too_large"]),
        ),
    ]
}

fn locked() -> Vec<Bad> {
    let id = "/ID [<00112233445566778899aabbccddeeff> <00112233445566778899aabbccddeeff>]";
    let text = || Pdf::text("locked away");
    let with = |encrypt: String| {
        let mut pdf = text();
        let number = pdf.add(encrypt);
        pdf.trailer(&format!("/Encrypt {number} 0 R {id}")).bytes()
    };
    let (o, u) = ("7f".repeat(32), "3c".repeat(32));
    let rc4 = format!("<< /Filter /Standard /V 1 /R 2 /O <{o}> /U <{u}> /P -4 >>");
    let (o, u) = ("7f".repeat(48), "3c".repeat(48));
    let aes = format!(
        "<< /Filter /Standard /V 5 /R 6 /Length 256 /O <{o}> /U <{u}> /OE <{e}> /UE <{e}> \
         /Perms <{p}> /P -4 /CF << /StdCF << /CFM /AESV3 /Length 32 >> >> /StmF /StdCF \
         /StrF /StdCF >>",
        e = "11".repeat(32),
        p = "22".repeat(16)
    );
    vec![
        bad("password_rc4", with(rc4), Failed(&["encrypted"])),
        bad("password_aes", with(aes), Failed(&["encrypted"])),
        bad(
            "unknown_lock",
            with("<< /Filter /Acme.DRM /V 4 >>".into()),
            Failed(&["encrypted"]),
        ),
    ]
}

fn without_text() -> Vec<Bad> {
    let image = Pdf::page("q 612 0 0 792 0 0 cm /Im0 Do Q")
        .set(
            3,
            "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents 4 0 R \
             /Resources << /XObject << /Im0 6 0 R >> >> >>",
        )
        .with(stream(
            "/Type /XObject /Subtype /Image /Width 8 /Height 8 /BitsPerComponent 8 \
             /ColorSpace /DeviceGray",
            &[0x7f; 64],
        ));
    let no_pages = Pdf::page("").set(2, "<< /Type /Pages /Kids [] /Count 0 >>");
    vec![
        bad("scanned", image.bytes(), Failed(&["scanned"])),
        bad(
            "blank_page",
            Pdf::page("").bytes(),
            Failed(&["scanned", "empty"]),
        ),
        bad("no_pages", no_pages.bytes(), Failed(&["empty"])),
    ]
}

fn structures() -> Vec<Bad> {
    let no_catalog = Pdf::text("orphan").set(1, "<< /Type /Metadata >>");
    let no_kids = Pdf::text("childless").set(2, "<< /Type /Pages /Count 1 >>");
    let many =
        Pdf::text("counted wrongly").set(2, "<< /Type /Pages /Kids [3 0 R] /Count 2000000000 >>");
    let lost = Pdf::text("gone").set(4, "<< /Length 9 0 R >>\nstream\nBT ET\nendstream");
    let wild_box = Pdf::text("an endless sheet").set(
        3,
        "<< /Type /Page /Parent 2 0 R /MediaBox [0 -99999999999 99999999999 99999999999] \
         /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> >> >>",
    );
    let filter = stream("/Filter /NoSuchDecode", b"\x8b\xd1\x01\xff BT (x) Tj ET");
    let filter = Pdf::text("").set(4, filter);
    let broken = deflated(b"BT /F1 12 Tf 72 700 Td (cut short in the middle of it) Tj ET");
    let cut = Pdf::text("").set(
        4,
        stream("/Filter /FlateDecode", &broken[..broken.len() / 3]),
    );
    let length = Pdf::text("").set(
        4,
        "<< /Length -5 >>\nstream\nBT /F1 12 Tf 72 700 Td (negative length) Tj ET\nendstream",
    );
    let inline =
        Pdf::page("BT /F1 12 Tf 72 700 Td (before the image) Tj ET BI /W 9 /H 9 ID \x01\x02");
    let mut wrong_offsets = Pdf::text("offsets astray").bytes();
    wrong_offsets.splice(15..15, b"% a line that moves everything\n".iter().copied());
    let missing = ["no_text", "scanned", "empty", "damaged", "truncated"];
    let missing: &'static [&'static str] = Vec::leak(missing.to_vec());
    vec![
        bad("no_catalog", no_catalog.bytes(), Failed(missing)),
        bad("no_kids", no_kids.bytes(), Read("childless")),
        bad("two_billion_pages", many.bytes(), Read("counted wrongly")),
        bad("length_elsewhere", lost.bytes(), Failed(missing)),
        bad("endless_sheet", wild_box.bytes(), Read("endless sheet")),
        bad("unknown_filter", filter.bytes(), Failed(missing)),
        bad("cut_stream", cut.bytes(), Failed(missing)),
        bad("negative_length", length.bytes(), Read("negative length")),
        bad(
            "open_inline_image",
            inline.bytes(),
            Read("before the image"),
        ),
        bad("wrong_offsets", wrong_offsets, Read("offsets astray")),
    ]
}

fn loops() -> Vec<Bad> {
    let none: &[&str] = &[
        "empty",
        "damaged",
        "scanned",
        "too_slow",
        "crashed",
        "too_large",
    ];
    let kids = Pdf::text("x").set(2, "<< /Type /Pages /Kids [2 0 R] /Count 1 >>");
    let two = Pdf::text("x")
        .set(2, "<< /Type /Pages /Kids [6 0 R] /Count 1 >>")
        .with("<< /Type /Pages /Parent 2 0 R /Kids [2 0 R] /Count 1 >>");
    let parent = Pdf::text("its own parent").set(
        3,
        "<< /Type /Page /Parent 3 0 R /Contents 4 0 R /MediaBox [0 0 612 792] \
         /Resources << /Font << /F1 5 0 R >> >> >>",
    );
    let reference = Pdf::text("x").set(4, "4 0 R");
    let form = "/Type /XObject /Subtype /Form /BBox [0 0 612 792] \
                /Resources << /XObject << /X 6 0 R >> /Font << /F1 5 0 R >> >>";
    let itself = Pdf::page("BT /F1 12 Tf 72 700 Td (a form within itself) Tj ET /X Do")
        .set(
            3,
            "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents 4 0 R \
             /Resources << /XObject << /X 6 0 R >> /Font << /F1 5 0 R >> >> >>",
        )
        .with(stream(form, b"/X Do"));
    let text = Pdf::text("previous table").bytes();
    let start = text.windows(9).rposition(|w| w == b"startxref").unwrap();
    let at = String::from_utf8_lossy(&text[start + 9..])
        .trim()
        .split('\n')
        .next()
        .unwrap()
        .to_owned();
    let xref = Pdf::text("previous table").trailer(&format!("/Prev {at}"));
    vec![
        bad("page_tree_loop", kids.bytes(), Failed(none)),
        bad("page_tree_ring", two.bytes(), Failed(none)),
        bad("own_parent", parent.bytes(), Read("its own parent")),
        bad("own_reference", reference.bytes(), Failed(none)),
        bad(
            "form_in_itself",
            itself.bytes(),
            Read("a form within itself"),
        ),
        bad("xref_loop", xref.bytes(), Read("previous table")),
    ]
}

fn bombs() -> Vec<Bad> {
    let big: &[&str] = &[
        "too_large",
        "too_slow",
        "crashed",
        "damaged",
        "scanned",
        "truncated",
    ];
    let twice = "/Filter [/FlateDecode /FlateDecode]";
    let spaces = Pdf::text("").set(4, stream(twice, &bomb(b" ", 3 << 30)));
    let operators = Pdf::text("").set(4, stream(twice, &bomb(b"0 0 m ", 200 << 20)));
    let arrays = Pdf::text("").set(4, format!("{}{}", "[".repeat(300_000), "]".repeat(300_000)));
    let dictionaries = Pdf::text("").set(
        4,
        format!("{}0{}", "<< /A ".repeat(200_000), " >>".repeat(200_000)),
    );
    let nested = Pdf::page(&"q [".repeat(200_000));
    // Each form draws the next twenty times: 20^9 texts.
    let mut laughs = Pdf::page("/X6 Do").set(
        3,
        "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents 4 0 R \
         /Resources << /XObject << /X6 6 0 R >> >> >>",
    );
    for level in 6..15 {
        let keys = format!(
            "/Type /XObject /Subtype /Form /BBox [0 0 612 792] \
             /Resources << /XObject << /X{n} {n} 0 R >> >>",
            n = level + 1
        );
        laughs.add(stream(
            &keys,
            format!("/X{} Do ", level + 1).repeat(20).as_bytes(),
        ));
    }
    let last =
        "/Type /XObject /Subtype /Form /BBox [0 0 612 792] /Resources << /Font << /F1 5 0 R >> >>";
    laughs.add(stream(last, b"BT /F1 12 Tf 72 700 Td (ha) Tj ET"));
    let mut tree = Pdf::text("deep down");
    for level in 6..3006 {
        tree.add(format!(
            "<< /Type /Pages /Kids [{} 0 R] /Count 1 >>",
            level + 1
        ));
    }
    tree.add("<< /Type /Pages /Kids [3 0 R] /Count 1 >>");
    let tree = tree.set(2, "<< /Type /Pages /Kids [6 0 R] /Count 1 >>");
    let deep: &[&str] = &[
        "crashed",
        "damaged",
        "scanned",
        "empty",
        "too_slow",
        "too_large",
    ];
    vec![
        bad("bomb_of_spaces", spaces.bytes(), Failed(big)),
        bad("bomb_of_operators", operators.bytes(), Failed(big)),
        bad("deep_arrays", arrays.bytes(), Failed(deep)),
        bad("deep_dictionaries", dictionaries.bytes(), Failed(deep)),
        bad("deep_content", nested.bytes(), Failed(deep)),
        bad("billion_laughs", laughs.bytes(), Failed(&["too_slow"])),
        bad("deep_page_tree", tree.bytes(), Read("deep down")),
    ]
}

fn fonts() -> Vec<Bad> {
    let map = |body: &str| {
        format!(
            "/CIDInit /ProcSet findresource begin 12 dict begin begincmap \
             1 begincodespacerange <0000> <FFFF> endcodespacerange {body} endcmap end end"
        )
    };
    let ab = map("2 beginbfchar <0041> <0041> <0042> <0042> endbfchar");
    let huge_map = map("1 beginbfrange <00000000> <FFFFFFFF> <0041> endbfrange");
    let glyph = Pdf::page("BT /F1 12 Tf 72 700 Td (a) Tj ET")
        .set(
            5,
            "<< /Type /Font /Subtype /Type3 /FontBBox [0 0 1 1] /FontMatrix [0.001 0 0 0.001 0 0] \
             /FirstChar 97 /LastChar 97 /Widths [500] /CharProcs << /a 6 0 R >> \
             /Encoding << /Differences [97 /a] >> /Resources << /Font << /F1 5 0 R >> >> >>",
        )
        .with(stream("", b"500 0 d0 BT /F1 12 Tf (a) Tj ET"));
    let widths = Pdf::text("wide").set(
        5,
        "<< /Type /Font /Subtype /TrueType /BaseFont /Fake /FirstChar -2000000000 \
         /LastChar 2000000000 /Widths [500] >>",
    );
    let no_font = Pdf::page("BT /Nowhere 12 Tf 72 700 Td (without a font) Tj ET");
    let one: &[&str] = &["too_large", "too_slow", "crashed", "damaged", "scanned"];
    vec![
        bad(
            "huge_w",
            composite("/W [0 2000000000 500]", &ab).bytes(),
            Read("AB"),
        ),
        bad(
            "reversed_w",
            composite("/W [90 5 500 7]", &ab).bytes(),
            Read("AB"),
        ),
        bad(
            "huge_bfrange",
            composite("", &huge_map).bytes(),
            Failed(one),
        ),
        bad("glyph_in_itself", glyph.bytes(), Read("a")),
        bad("two_billion_widths", widths.bytes(), Read("wide")),
        bad("no_font", no_font.bytes(), Read("without a font")),
    ]
}

/// One run over all of them beside a good file.
struct Report {
    place: Place,
    code: Option<i32>,
    text: String,
    summary: Value,
    failed: HashMap<String, (String, String, String)>,
}

fn report() -> &'static Report {
    static REPORT: OnceLock<Report> = OnceLock::new();
    REPORT.get_or_init(|| {
        let place = Place::with(&[CALDER]);
        place.configure("[extract]\npage_seconds = 4\nmemory_mb = 512\nfile_mb = 2\n");
        for file in all() {
            place.write(&format!("{}.pdf", file.name), &file.bytes);
        }
        let outcome = place.run(&["index", "--json"]);
        let summary = outcome.last_json();
        let text = |v: &Value| v.as_str().unwrap().to_owned();
        let failed = summary["failed"].as_array().unwrap().iter();
        let failed = failed
            .map(|f| {
                (
                    text(&f["document"]),
                    (text(&f["reason"]), text(&f["detail"]), text(&f["remedy"])),
                )
            })
            .collect();
        Report {
            place,
            code: outcome.code,
            text: outcome.stderr,
            summary,
            failed,
        }
    })
}

#[test]
fn every_bad_file_is_judged_as_it_should() {
    let report = report();
    let mut wrong = Vec::new();
    for file in all() {
        let document = format!("{}.pdf", file.name);
        let fate = report.failed.get(&document);
        match (&file.want, fate) {
            (Failed(reasons), Some((reason, detail, remedy))) => {
                if !reasons.contains(&reason.as_str()) || detail.is_empty() || remedy.is_empty() {
                    wrong.push(format!("{document}: {reason} ({detail}); {remedy}"));
                }
            }
            (Read(text), None) => {
                let shown = report.place.run(&["show", &format!("{document}:1")]);
                if !shown.stdout.contains(text) {
                    wrong.push(format!("{document}: read, without {text:?}: {shown:?}"));
                }
            }
            (Failed(_), None) => wrong.push(format!("{document}: was read")),
            (Read(_), Some(fate)) => wrong.push(format!("{document}: {fate:?}")),
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}\n{}", report.text);
    assert!(all().len() >= 25);
}

#[test]
fn the_run_ends_partly_done_and_says_so() {
    let report = report();
    assert_eq!(report.code, Some(3), "{}", report.text);
    let failed = report.failed.len() as u64;
    // One is too large to be so much as opened.
    assert_eq!(report.summary["extracted"], all().len() as u64);
    assert_eq!(report.summary["documents"], all().len() as u64 + 1 - failed);
    for (document, (reason, ..)) in &report.failed {
        assert!(
            report.text.contains(&format!("failed {document}: ")),
            "{document} {reason}"
        );
    }
}

#[test]
fn the_good_file_beside_them_is_whole() {
    let hits = report()
        .place
        .search("How many shares did Calder buy back?");
    assert!(
        hits.iter()
            .any(|h| h["document"] == CALDER && h["page"] == 3),
        "{hits:?}"
    );
    let outcome = report().place.run(&["show", &format!("{CALDER}:3")]).ok();
    assert!(outcome.stdout.contains("610,000"));
}

#[test]
fn no_failed_file_is_ever_found() {
    let report = report();
    for hit in report
        .place
        .search("text pages encrypted deep locked away orphan gone ha")
    {
        let document = hit["document"].as_str().unwrap();
        assert!(!report.failed.contains_key(document), "{hit}");
    }
}

// A crash of both engines is played in the sandbox's own tests: we know no such file any more.
#[test]
fn the_reasons_are_told_apart() {
    let of = |name: &str| {
        let failed = report().failed.get(&format!("{name}.pdf"));
        failed.map(|(reason, ..)| reason.as_str()).unwrap_or("read")
    };
    let files = [
        "password_aes",
        "scanned",
        "nothing",
        "half",
        "html",
        "billion_laughs",
        "bomb_of_spaces",
        "no_catalog",
    ];
    // On a busy machine the deadline may end it before its size does.
    let bomb = |reason| match reason {
        "too_slow" => "too_large",
        reason => reason,
    };
    let mut reasons = files.map(of);
    reasons[6] = bomb(reasons[6]);
    let want = [
        "encrypted",
        "scanned",
        "empty",
        "truncated",
        "not_a_pdf",
        "too_slow",
        "too_large",
        "damaged",
    ];
    assert_eq!(reasons, want);
}

#[test]
fn a_second_run_reads_none_of_them_again() {
    let report = report();
    let again = report.place.run(&["index", "--json"]);
    assert_eq!(again.code, Some(3), "still failed, still said");
    let again = again.last_json();
    assert_eq!(again["extracted"], 0);
    assert_eq!(again["failed"], report.summary["failed"]);
}

#[test]
fn one_bad_file_alone_is_refused_by_extract() {
    let place = Place::new();
    place.write("letter.pdf", "Dear shareholders");
    let outcome = place.run(&["extract", "letter.pdf", "--json"]);
    assert_eq!(outcome.code, Some(1));
    let error = outcome.last_json();
    assert!(
        error["error"]
            .as_str()
            .unwrap()
            .contains("letter.pdf: not a PDF"),
        "{error}"
    );
    assert!(
        error["remedy"]
            .as_str()
            .unwrap()
            .contains("remove or rename"),
        "{error}"
    );
}
