//! Scans: pages that are pictures are read by tesseract. What needs the real one says so and is passed over where it is
//! not installed; how tesseract may fail is tried with a script in its place.

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use base64::Engine as _;
use serde_json::Value;

use super::pdf::Pdf;
use super::place::{NORTHGATE, Outcome, Place, TENK, corpora, wait};

const AUTO: &str = "[ocr]\nmode = \"auto\"\n";
/// Northgate's balance sheet.
const SHEET: u32 = 11;

fn is_installed() -> bool {
    let found = Command::new("tesseract").arg("--version").output().is_ok();
    if !found {
        eprintln!("tesseract is not installed: passed over");
    }
    found
}

/// A page of a file as its picture, in shades of grey.
fn drawn(file: &Path, page: u32, dpi: u32) -> (usize, usize, Vec<u8>) {
    let page = page.to_string();
    let output = Command::new(TENK)
        .args(["__extract", "--from", &page, "--last", &page])
        .arg(format!("--grey={dpi}"))
        .arg(file)
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let lines = output.stdout.split(|byte| *byte == b'\n');
    let messages = lines.filter_map(|line| serde_json::from_slice::<Value>(line.get(1..)?).ok());
    let picture = messages
        .map(|m| m["Picture"].clone())
        .find(Value::is_object)
        .unwrap();
    let side = |name: &str| picture[name].as_u64().unwrap() as usize;
    let pixels = picture["pixels"].as_str().unwrap();
    let pixels = base64::engine::general_purpose::STANDARD
        .decode(pixels)
        .unwrap();
    (side("width"), side("height"), pixels)
}

/// A PDF whose pages are pictures of those pages, and nothing else.
fn scan(pages: &[(PathBuf, u32)]) -> Vec<u8> {
    let pictures: Vec<_> = pages
        .iter()
        .map(|(file, page)| drawn(file, *page, 200))
        .collect();
    Pdf::of_pictures(&pictures)
}

fn scan_of(numbers: &[u32]) -> Vec<u8> {
    let pages: Vec<_> = numbers.iter().map(|n| (corpora(NORTHGATE), *n)).collect();
    scan(&pages)
}

/// The figures of total assets that a library has, with whether OCR has read them.
fn total_assets(place: &Place) -> Vec<(f64, bool)> {
    let found = place
        .run(&["facts", "--item", "total assets", "--json"])
        .json_lines();
    found
        .iter()
        .filter(|fact| {
            fact["label"]
                .as_str()
                .is_some_and(|label| label.ends_with("Total assets"))
        })
        .map(|fact| (fact["value"].as_f64().unwrap(), fact["recognised"] == true))
        .collect()
}

#[test]
fn a_scan_is_read_as_the_page_that_it_shows_and_its_figures_say_so() {
    if !is_installed() {
        return;
    }
    let place = Place::new();
    place.configure(AUTO);
    place.write("NORTHGATE_2023_10K.pdf", scan_of(&[1, SHEET]));
    // Without OCR it is listed with what would help, and read once OCR is to.
    let without = place.run(&["index", ".", "--ocr", "never"]);
    assert_eq!(without.code, Some(3), "{without:?}");
    assert!(
        without.stdout.contains("OCR is switched off"),
        "{without:?}"
    );
    let indexed = place.run(&["index", "."]).ok();
    assert!(indexed.stdout.contains("1 read"), "{indexed:?}");
    let listed = &place.run(&["list", "--json"]).json_lines()[0];
    assert_eq!(
        (&listed["recognised"], &listed["unread"]),
        (&2.into(), &0.into()),
        "{listed}"
    );
    let company = listed["company"].as_str().unwrap().to_lowercase();
    assert!(company.contains("northgate"), "{listed}");
    let page = place.json(&["show", "NORTHGATE_2023_10K.pdf:2"]);
    assert!(page["sure"].as_u64().unwrap() > 80, "{page}");
    let original = Place::with(&[NORTHGATE]);
    original.run(&["index", "."]).ok();
    let (read, printed) = (total_assets(&place), total_assets(&original));
    assert!(read.len() >= 2, "{read:?}");
    for (value, is_recognised) in &read {
        assert!(is_recognised);
        assert!(printed.contains(&(*value, false)), "{value} of {printed:?}");
    }
    let cells = place
        .run(&["grid", "total assets", "--company", "Northgate", "--json"])
        .ok();
    assert!(
        cells.stdout.contains("OCR") && !cells.stdout.contains("\"stated\""),
        "{cells:?}"
    );
    // Nothing is left to do, and nothing is recognised twice.
    let again = place.run(&["index", "."]).ok();
    assert!(again.stdout.contains("0 read"), "{again:?}");
}

#[test]
fn a_page_that_lies_on_its_side_or_askew_is_righted() {
    if !is_installed() {
        return;
    }
    let place = Place::new();
    place.configure(AUTO);
    let (width, height, pixels) = drawn(&corpora(NORTHGATE), SHEET, 200);
    let turned: Vec<u8> = (0..width * height)
        .map(|at| pixels[(height - 1 - at % height) * width + at / height])
        .collect();
    let slope = 0.035;
    let askew: Vec<u8> = (0..width * height)
        .map(|at| {
            let (x, y) = (at % width, at / width);
            let from = y as f32 - slope * (x as f32 - width as f32 / 2.0);
            let inside = from >= 0.0 && (from as usize) < height;
            if inside {
                pixels[from as usize * width + x]
            } else {
                255
            }
        })
        .collect();
    let blank = vec![255; width * height];
    let pages = [
        (height, width, turned),
        (width, height, askew),
        (width, height, blank),
    ];
    place.write("turned.pdf", Pdf::of_pictures(&pages));
    let pages = place.run(&["extract", "turned.pdf", "--json"]).json_lines();
    let row = |page: &Value| {
        let text = page["text"].as_str().unwrap().to_owned();
        let found = text
            .lines()
            .find(|line| line.starts_with("Total assets"))
            .map(str::to_owned);
        found.unwrap_or_else(|| panic!("{text}"))
    };
    let original = place.run(&["extract", corpora(NORTHGATE).to_str().unwrap(), "--json"]);
    let expected = row(&original.json_lines()[SHEET as usize - 1]);
    assert_eq!(
        (row(&pages[0]), row(&pages[1])),
        (expected.clone(), expected)
    );
    assert_eq!(
        (&pages[2]["state"], &pages[2]["engine"]),
        (&"no_text".into(), &"tesseract".into())
    );
}

/// Puts a script in the place of tesseract: `says` is what it does with a picture.
fn with_tesseract(place: &Place, says: &str) -> PathBuf {
    let folder = place.root().join("bin");
    std::fs::create_dir_all(&folder).unwrap();
    let script = format!(
        "#!/bin/sh\ncase $1 in\n--version) echo 'tesseract 9.9'; exit;;\n--list-langs) printf 'List\\neng\\n'; exit;;\nesac\n{says}\n"
    );
    let path = folder.join("tesseract");
    std::fs::write(&path, script).unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
    folder
}

fn run_in(place: &Place, folder: &Path, arguments: &[&str]) -> Outcome {
    let system = "/usr/local/bin:/usr/bin:/bin";
    let path = format!("{}:{system}", folder.display());
    Outcome::of(place.tenk(arguments).env("PATH", path))
}

#[test]
fn a_sync_starts_tesseract_once_and_ocr_that_is_off_is_no_reason_to_install_it() {
    let place = Place::with(&[super::place::CALDER]);
    place.configure(AUTO);
    let folder = with_tesseract(&place, "exit 1");
    let starts = place.root().join("starts");
    let script = std::fs::read_to_string(folder.join("tesseract")).unwrap();
    let log = format!("#!/bin/sh\necho \"$1\" >> '{}'\n", starts.display());
    std::fs::write(
        folder.join("tesseract"),
        script.replacen("#!/bin/sh\n", &log, 1),
    )
    .unwrap();
    for number in 1..=2 {
        run_in(&place, &folder, &["index"]).ok();
        let told = std::fs::read_to_string(&starts).unwrap();
        assert_eq!(told.lines().count(), number, "{told}");
    }
    place.write("scan.pdf", scan_of(&[SHEET]));
    for arguments in [
        &["index", "--ocr", "never", "--json"][..],
        &["extract", "scan.pdf", "--ocr", "never", "--json"],
    ] {
        let outcome = run_in(&place, &folder, arguments);
        let told = outcome.stdout.clone() + &outcome.stderr;
        assert!(told.contains("OCR is switched off"), "{outcome:?}");
        assert!(!told.contains("install tesseract"), "{outcome:?}");
    }
    // Where it is not off, whoever lacks the program is told of it.
    let nothing = place.root().join("nothing");
    std::fs::create_dir(&nothing).unwrap();
    let mut command = place.tenk(&["extract", "scan.pdf"]);
    let outcome = Outcome::of(command.env("PATH", &nothing));
    assert!(outcome.stderr.contains("install tesseract"), "{outcome:?}");
}

#[test]
fn a_tesseract_that_fails_hangs_or_babbles_costs_its_page() {
    let place = Place::new();
    let settings = "[ocr]\nmode = \"auto\"\npage_seconds = 1.5\ndpi = 72\n";
    place.configure(settings);
    place.write("scan.pdf", scan_of(&[SHEET]));
    for (says, expected) in [
        ("cat > /dev/null; echo 'no memory' >&2; exit 1", "no memory"),
        ("exit 3", "OCR failed"),
        ("sleep 600", "took over"),
        ("sleep 600 & exit 1", "OCR failed"),
        ("setsid sleep 30 & exit 1", "OCR failed"),
        (
            "cat > /dev/null; yes '<span' | head -c 3000000",
            "found no words",
        ),
        (
            "cat > /dev/null; head -c 3000000 /dev/urandom",
            "found no words",
        ),
    ] {
        let folder = with_tesseract(&place, says);
        let failed = run_in(&place, &folder, &["extract", "scan.pdf", "--json"]);
        assert_eq!(failed.code, Some(1), "{says}: {failed:?}");
        assert!(failed.stdout.contains(expected), "{says}: {failed:?}");
    }
    // A mixed file keeps its other pages and says why this one is not there.
    place.write(
        "mixed.pdf",
        std::fs::read(corpora("GREYFRIARS_2023_RESERVING.pdf")).unwrap(),
    );
    let folder = with_tesseract(&place, "cat > /dev/null; echo 'no memory' >&2; exit 1");
    let mixed = run_in(&place, &folder, &["extract", "mixed.pdf", "--json"]).json_lines();
    let last = mixed.last().unwrap();
    assert!(
        last["reason"].as_str().unwrap().contains("no memory"),
        "{last}"
    );
    // One that failed is tried again, one that found nothing is not.
    for (says, read) in [
        ("cat > /dev/null; exit 1", "2 read"),
        ("cat > /dev/null", "2 read"),
        ("exit 1", "0 read"),
    ] {
        let folder = with_tesseract(&place, says);
        let indexed = run_in(&place, &folder, &["index", "."]);
        assert!(indexed.stdout.contains(read), "{says}: {indexed:?}");
    }
    // What it says is text like any other: nothing of it reaches the terminal raw, and no place is off its sheet.
    let hostile = "cat > /dev/null; printf \"<span class='ocr_line' title='bbox 1 1 99999999 40; baseline 9999 99999; x_size 1e9'>\\n<span class='ocrx_word' title='bbox 9 9 400 40; x_wconf 96'>ev\\033[31mil\\342\\200\\256 &lt;b&gt;</span>\\n\"";
    let folder = with_tesseract(&place, hostile);
    let read = run_in(&place, &folder, &["extract", "mixed.pdf"]);
    assert!(
        !read.stdout.contains('\u{1b}') && !read.stdout.contains('\u{202e}'),
        "{read:?}"
    );
}

#[test]
fn what_was_recognised_outlives_a_kill_and_is_not_recognised_again() {
    let place = Place::new();
    place.configure("[ocr]\nmode = \"auto\"\ndpi = 72\n[index]\nthreads = 1\n");
    place.write("scan.pdf", scan_of(&[1, 2, 3, 4]));
    let log = place.root().join("log");
    // Other words on each page: what stands at one place of all pages is a running head.
    let word = "<span class='ocrx_word' title='bbox 50 ${i}60 400 ${i}80; x_wconf 96'>ledgerbook $(date +%N | tr 0-9 a-j)</span>";
    let says = format!(
        "cat > /dev/null; echo page >> {log}; [ \"$(wc -l < {log})\" = 3 ] && sleep 600\nfor i in 1 2 3 4 5 6 7 8 9; do echo \"{word}\"; done",
        log = log.display()
    );
    let folder = with_tesseract(&place, &says);
    let path = format!("{}:/usr/bin:/bin", folder.display());
    let mut first = place
        .tenk(&["index", "."])
        .env("PATH", &path)
        .stderr(Stdio::null())
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    let count = || {
        std::fs::read_to_string(&log)
            .unwrap_or_default()
            .lines()
            .count()
    };
    wait("the third page", || count() >= 3);
    first.kill().unwrap();
    first.wait().unwrap();
    let second = run_in(&place, &folder, &["index", "."]).ok();
    assert!(second.stdout.contains("1 read"), "{second:?}");
    assert_eq!(count(), 5, "two of four pages were read before");
    assert_eq!(place.search("ledgerbook")[0]["document"], "scan.pdf");
    // The words go with their document.
    let kept = place.folder().join(".tenk/cache/ocr");
    assert_eq!(std::fs::read_dir(&kept).unwrap().count(), 1);
    std::fs::remove_file(place.path("scan.pdf")).unwrap();
    run_in(&place, &folder, &["index", ".", "--allow-empty"]).ok();
    assert_eq!(std::fs::read_dir(&kept).unwrap().count(), 0);
}

#[test]
fn what_cannot_be_had_is_said() {
    let place = Place::with(&["CALDER_2024Q1_EARNINGS.pdf"]);
    let nowhere = place.root().join("nowhere");
    std::fs::create_dir(&nowhere).unwrap();
    let without = Outcome::of(
        place
            .tenk(&["index", ".", "--ocr", "always"])
            .env("PATH", &nowhere),
    );
    assert_eq!(without.code, Some(1), "{without:?}");
    assert!(without.stderr.contains("tesseract-ocr"), "{without:?}");
    let doctor = Outcome::of(place.tenk(&["doctor"]).env("PATH", &nowhere)).ok();
    assert!(
        doctor.stdout.contains("tesseract is not installed"),
        "{doctor:?}"
    );
    place.configure("[ocr]\nmode = \"auto\"\nlanguages = \"xyz\"\n");
    let folder = with_tesseract(&place, "exit 1");
    let unknown = run_in(&place, &folder, &["index", "."]);
    assert!(
        unknown.stderr.contains("xyz") && unknown.stderr.contains("eng"),
        "{unknown:?}"
    );
    let doctor = run_in(&place, &folder, &["doctor"]).ok();
    assert!(doctor.stdout.contains("tesseract 9.9"), "{doctor:?}");
}
