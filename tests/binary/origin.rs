//! Whose a document is, of which form and period: read from its pages, listed, settled among the documents of a
//! library, and found by what people call it.

use serde_json::Value;

use super::pdf::Pdf;
use super::place::Place;

/// A page of lines, one below the other.
fn page(lines: &[&str]) -> String {
    let escaped = |line: &&str| line.replace('(', "\\(").replace(')', "\\)");
    let shown: Vec<String> = lines
        .iter()
        .map(escaped)
        .map(|l| format!("({l}) Tj T*"))
        .collect();
    format!("BT /F1 10 Tf 14 TL 72 740 Td {} ET", shown.join(" "))
}

fn filing(form: &str, period: &str, company: &str, more: &[&str]) -> Vec<u8> {
    let mut cover = vec![
        "UNITED STATES SECURITIES AND EXCHANGE COMMISSION",
        form,
        period,
    ];
    cover.extend([
        "For the transition period from to",
        company,
        "(Exact name of registrant as specified in its charter)",
    ]);
    cover.extend(more);
    Pdf::pages(&[page(&cover)]).bytes()
}

/// The net sales of a year and the one before, in a statement.
fn income(sales: &str, before: &str) -> String {
    let rows = [
        ["CONSOLIDATED STATEMENTS OF OPERATIONS", "", ""],
        ["(in millions)", "2022", "2021"],
        ["Net sales", sales, before],
        ["Cost of sales", "700.0", "650.0"],
        ["Operating expenses", "210.0", "205.0"],
        ["Net income", "150.0", "140.0"],
    ];
    let mut shown = String::new();
    for (at, row) in rows.iter().enumerate() {
        for (text, x) in row
            .iter()
            .zip([72, 320, 420])
            .filter(|(text, _)| !text.is_empty())
        {
            let text = text.replace('(', "\\(").replace(')', "\\)");
            shown += &format!("BT /F1 10 Tf {x} {} Td ({text}) Tj ET ", 740 - 14 * at);
        }
    }
    shown
}

fn listed(place: &Place) -> Vec<Value> {
    place.run(&["list", "--json"]).ok().json_lines()
}

/// Files without telling names: an annual report whose year ends in January, a quarter of it that says nothing of
/// its year, a bank's quarter, an amended report and its original.
fn library() -> &'static Place {
    static PLACE: std::sync::OnceLock<Place> = std::sync::OnceLock::new();
    PLACE.get_or_init(|| {
        let place = Place::new();
        let january = "For the fiscal year ended January 28, 2023";
        let calls = [
            "Fiscal 2023 was good, fiscal 2023 and fiscal 2022, fiscal 2023.",
            "Common Stock CLDR New York Stock Exchange",
        ];
        place.write(
            "01.pdf",
            filing("FORM 10-K", january, "Calder Stores, Inc.", &calls),
        );
        let october = "For the quarterly period ended October 28, 2023";
        place.write(
            "02.pdf",
            filing(
                "FORM 10-Q",
                october,
                "CALDER STORES INC",
                &["Stores opened."],
            ),
        );
        let bank = [
            "Class B common stock trades as DNN.B on the NYSE.",
            "Formerly known as Square Lake Bancorp. Deposits grew.",
        ];
        let march = "For the quarterly period ended March 31, 2023";
        place.write("03.pdf", filing("FORM 10-Q", march, "Dunn Bancorp", &bank));
        let december = "For the fiscal year ended December 31, 2022";
        let cover = |form: &str| {
            page(&[
                "SECURITIES AND EXCHANGE COMMISSION",
                form,
                december,
                "Acorn Widgets, Inc.",
                "(Exact name of registrant as specified in its charter)",
            ])
        };
        let original = Pdf::pages(&[cover("FORM 10-K"), income("1,250.0", "1,100.0")]);
        place.write("04.pdf", original.bytes());
        let amended = Pdf::pages(&[cover("FORM 10-K/A"), income("1,150.0", "1,100.0")]);
        place.write("05.pdf", amended.bytes());
        place.run(&["index", "."]).ok();
        place
    })
}

#[test]
fn documents_without_telling_names_are_listed_with_all_that_is_known() {
    let rows = listed(library());
    let fields = |row: &Value| {
        let text = |name: &str| row[name].as_str().unwrap_or_default().to_owned();
        (
            text("company"),
            text("form"),
            text("period_end"),
            row["fiscal_year"].as_i64(),
            row["quarter"].as_i64(),
        )
    };
    let found: Vec<_> = rows.iter().map(fields).collect();
    let wanted = [
        ("Calder Stores, Inc.", "10-K", "2023-01-28", 2023, None),
        // Its own pages do not say what its year is called; the annual report does.
        ("CALDER STORES INC", "10-Q", "2023-10-28", 2024, Some(3)),
        ("Dunn Bancorp", "10-Q", "2023-03-31", 2023, Some(1)),
        ("Acorn Widgets, Inc.", "10-K", "2022-12-31", 2022, None),
        ("Acorn Widgets, Inc.", "10-K/A", "2022-12-31", 2022, None),
    ];
    for (found, wanted) in found.iter().zip(wanted) {
        let (company, form, end, year, quarter) = wanted;
        let wanted = (
            company.to_owned(),
            form.to_owned(),
            end.to_owned(),
            Some(year),
            quarter,
        );
        assert_eq!(*found, wanted);
    }
    for name in [
        "paths",
        "aliases",
        "ticker",
        "months",
        "state",
        "pages",
        "confidence",
    ] {
        assert!(rows[0].get(name).is_some(), "{name}");
    }
    assert_eq!(
        rows[1]["aliases"][0], "CLDR",
        "what one filing says holds for all of a company"
    );
    let shown = library().run(&["list", "--company", "dunn"]).ok();
    assert!(
        shown.stdout.contains("FY2023 Q1") && !shown.stdout.contains("Calder"),
        "{}",
        shown.stdout
    );
}

#[test]
fn a_company_is_found_by_what_people_call_it() {
    for question in [
        "What were DNN.B deposits?",
        "dnn.b deposits",
        "DNN-B deposits",
        "dnnb deposits",
        "deposits of Square Lake",
        "deposits of Dunn Bancorp",
    ] {
        let parsed = library().json(&["explain", question]);
        assert_eq!(
            parsed["companies"][0]["names"][0], "Dunn Bancorp",
            "{question}: {parsed}"
        );
    }
    for question in ["is it all down to deposits", "a square lake"] {
        let parsed = library().json(&["explain", question]);
        let companies = parsed["companies"].as_array().unwrap();
        assert!(
            question != "is it all down to deposits" || companies.is_empty(),
            "{parsed}"
        );
    }
}

#[test]
fn an_amended_report_counts_and_the_original_is_named() {
    let answer = library().json(&["ask", "What were Acorn Widgets' net sales in 2022?"]);
    assert!(
        answer["answer"].as_str().unwrap().contains("1,150"),
        "{answer}"
    );
    let notes = answer["notes"].to_string();
    assert!(
        notes.contains("1,250.0") && notes.contains("04.pdf"),
        "{answer}"
    );
    let hits = library().json(&["search", "Acorn net sales 2022"]);
    assert_eq!(hits["hits"][0]["document"], "05.pdf");
    let original = library().json(&["search", "Acorn net sales 2022", "--form", "10-K"]);
    assert_eq!(original["hits"][0]["document"], "04.pdf", "kept apart");
}

#[test]
fn a_quarter_is_set_as_people_write_it_and_shown_with_its_source() {
    let place = library().copy();
    let set = place.json(&["set", "02", "quarter=Q2", "year=FY2025"]);
    assert_eq!((&set["quarter"], &set["year"]), (&2.into(), &2025.into()));
    assert_eq!(set["from"]["quarter"], "you set it");
    let back = place.json(&["set", "02", "quarter=", "year="]);
    assert_eq!((&back["quarter"], &back["year"]), (&3.into(), &2024.into()));
    assert_eq!(back["from"]["year"], "other documents of the company");
    let refused = place.run(&["set", "02", "quarter=Q5"]);
    assert!(
        refused.code != Some(0) && refused.stderr.contains("quarter"),
        "{}",
        refused.stderr
    );
}

#[test]
fn metadata_are_measured_against_a_table() {
    let place = library();
    let table = "file\tcompany\tform\tperiod_end\tfiscal_year\tquarter\n\
                 01.pdf\tcalder\t10-K|10-K/A\tJanuary 28, 2023\t2023\t\n\
                 02.pdf\tcalder\t10-Q\t2023-10-28\t2024\t3\n\
                 03.pdf\tcalder\t10-Q\t\t\t\n";
    let file = place.root().join("truth.tsv");
    std::fs::write(&file, table).unwrap();
    let folder = place.folder();
    let arguments = [
        "bench",
        "metadata",
        folder.to_str().unwrap(),
        file.to_str().unwrap(),
    ];
    let report = place.json(&arguments);
    let library = &report["settings"]["hashed, a library"];
    assert_eq!(library["company"], serde_json::json!([2, 3]));
    assert_eq!(library["fiscal_year"], serde_json::json!([2, 2]));
    assert_eq!(
        report["settings"]["hashed, alone"]["fiscal_year"],
        serde_json::json!([1, 2])
    );
    assert!(report["misses"].to_string().contains("03.pdf"), "{report}");
}
