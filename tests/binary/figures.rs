//! `tenk facts` and `tenk grid`: the figures of the statements, of companies and periods beside each other, and the
//! tables of a PDF.

use serde_json::Value;

use super::place::{CALDER, NORTHGATE, Place};

/// Two years of one company, one of another, and a quarter of a third.
fn library() -> &'static Place {
    Place::shared(&[
        NORTHGATE,
        "NORTHGATE_2022_10K.pdf",
        "TARRANT_2023_10K.pdf",
        CALDER,
        "CALDER_2024Q2_10Q.pdf",
    ])
}

fn facts(arguments: &[&str]) -> Vec<Value> {
    let all = [&["facts", "--json"], arguments].concat();
    library().run(&all).ok().json_lines()
}

fn grid(arguments: &[&str]) -> Value {
    let all = [&["grid", "--json"], arguments].concat();
    library().run(&all).ok().last_json()
}

/// The cells of the first row: state and value.
fn cells(grid: &Value) -> Vec<(String, Option<f64>)> {
    let cells = grid["rows"][0]["cells"].as_array().unwrap();
    let cell = |cell: &Value| {
        (
            cell["state"].as_str().unwrap().to_owned(),
            cell["value"].as_f64(),
        )
    };
    cells.iter().map(cell).collect()
}

#[test]
fn a_fact_stands_on_its_page_as_printed() {
    let found = facts(&["--company", "northgate", "--item", "total assets"]);
    let years: Vec<i64> = found
        .iter()
        .map(|fact| fact["fiscal_year"].as_i64().unwrap())
        .collect();
    assert_eq!(years, [2021, 2022, 2023]);
    for fact in &found {
        assert_eq!(
            (&fact["item"], &fact["months"]),
            (&"Assets".into(), &0.into()),
            "{fact}"
        );
        assert_eq!(
            (&fact["entity"], &fact["basis"]),
            (&"consolidated".into(), &"GAAP".into())
        );
        assert_eq!(fact["unit"], "USD");
        let passed = fact["checks"]["passed"].as_array().unwrap();
        assert!(passed.contains(&"balance".into()), "{fact}");
        let page = format!("{}:{}", fact["document"].as_str().unwrap(), fact["page"]);
        let shown = library().json(&["show", &page]);
        let printed = fact["printed"].as_str().unwrap();
        assert!(shown["text"].as_str().unwrap().contains(printed), "{fact}");
        let digits: String = printed
            .chars()
            .filter(|c| c.is_ascii_digit() || *c == '.')
            .collect();
        let value = digits.parse::<f64>().unwrap() * fact["scale"].as_f64().unwrap();
        assert_eq!(fact["value"].as_f64().unwrap(), value);
    }
    // The year's own report states it, though the next one has it too.
    assert!(found[1]["document"].as_str().unwrap().contains("2022"));
    // By the taxonomy's name, and a year alone.
    let one = facts(&[
        "--company",
        "Northgate",
        "--item",
        "Assets",
        "--year",
        "2023",
    ]);
    assert_eq!(one.len(), 1);
    assert!(facts(&["--document", CALDER, "--all"]).len() > facts(&["--document", CALDER]).len());
}

#[test]
fn what_no_library_has_is_refused_by_name() {
    for (arguments, said) in [
        (vec!["facts", "--company", "Nobody"], "Nobody"),
        (vec!["facts", "--item", "happiness"], "happiness"),
        (vec!["facts", "--document", "none.pdf"], "none.pdf"),
        (vec!["grid", "happiness"], "happiness"),
        (vec!["grid", "revenue", "--company", "Nobody"], "Nobody"),
        (vec!["grid", "revenue", "--format", "xlsx"], "-o"),
        (
            vec!["grid", "revenue", "--format", "csv", "--json"],
            "--format",
        ),
        // A name means one company: figures of two never stand under one.
        (vec!["grid", "revenue", "--company", ""], "without a name"),
        (
            vec!["grid", "revenue", "--company", "northgate,,"],
            "without a name",
        ),
        (
            vec!["grid", "revenue", "--company", "o"],
            "no document of o",
        ),
        (vec!["facts", "--company", "a"], "no document of a"),
        (
            vec!["grid", "revenue", "--company", "nortgate"],
            "did you mean Northgate",
        ),
        (vec!["grid", "gross margn"], "did you mean gross margin"),
    ] {
        let outcome = library().run(&arguments);
        assert_eq!(outcome.code, Some(1), "{arguments:?}");
        assert!(outcome.stderr.contains(said), "{}", outcome.stderr);
    }
    assert_eq!(
        library()
            .run(&["grid", "revenue", "--years", "2023..2021"])
            .code,
        Some(2)
    );
}

#[test]
fn a_grid_states_derives_and_says_why_a_figure_is_missing() {
    let stated = grid(&["revenue", "--company", "northgate", "--years", "2019..2023"]);
    let own = cells(&stated);
    assert_eq!(
        own.iter().filter(|(state, _)| state == "stated").count(),
        4,
        "{own:?}"
    );
    assert_eq!(own[0].0, "missing");
    let why = stated["rows"][0]["cells"][0]["why"].as_str().unwrap();
    assert!(why.contains("FY2019"), "{why}");
    let margin = grid(&[
        "operating margin",
        "--company",
        "northgate",
        "--years",
        "2023",
    ]);
    let income = grid(&[
        "operating income",
        "--company",
        "northgate",
        "--years",
        "2023",
    ]);
    let share = cells(&income)[0].1.unwrap() / own[4].1.unwrap();
    assert_eq!(cells(&margin)[0], ("derived".to_owned(), Some(share)));
    let sources = margin["rows"][0]["cells"][0]["sources"].as_array().unwrap();
    assert_eq!(sources.len(), 2, "{sources:?}");
    // A quarter that no report prints on its own: the half year less the other one.
    let quarters = grid(&[
        "net sales",
        "--company",
        "calder",
        "--quarterly",
        "--years",
        "2024",
    ]);
    let states: Vec<String> = cells(&quarters)
        .into_iter()
        .map(|(state, _)| state)
        .collect();
    assert!(states.contains(&"stated".to_owned()), "{quarters}");
}

#[test]
fn a_company_and_an_item_named_twice_stand_once() {
    let twice = grid(&["revenue", "net sales", "--company", "northgate,NORTHGATE"]);
    assert_eq!(twice["rows"].as_array().unwrap().len(), 1, "{twice}");
}

#[test]
fn a_balance_is_set_against_the_flow_of_a_year_in_quarters_too() {
    let years = cells(&grid(&["DSO", "--company", "northgate", "--years", "2023"]));
    let quarters = cells(&grid(&[
        "DSO",
        "--company",
        "northgate",
        "--years",
        "2023",
        "--quarterly",
    ]));
    assert_eq!(quarters.last(), years.last());
    assert!(years[0].1.is_some_and(|days| days < 100.0), "{years:?}");
}

#[test]
fn parts_of_a_company_make_its_figure() {
    let parts = grid(&[
        "revenue",
        "--segments",
        "--company",
        "northgate",
        "--years",
        "2023",
    ]);
    let values = parts["rows"].as_array().unwrap().iter();
    let sum: f64 = values
        .filter_map(|row| row["cells"][0]["value"].as_f64())
        .sum();
    let whole = cells(&grid(&[
        "revenue",
        "--company",
        "northgate",
        "--years",
        "2023",
    ]))[0]
        .1
        .unwrap();
    assert!((sum - whole).abs() < 2e6, "{sum} of {whole}: {parts}");
}

#[test]
fn grids_are_written_in_every_format_and_hold_no_formula() {
    let place = library();
    let table = place
        .run(&["grid", "revenue", "--company", "northgate"])
        .ok();
    assert!(
        table.stdout.contains("FY2023") && table.stdout.contains("Northgate"),
        "{}",
        table.stdout
    );
    let file = place.path("grid.csv");
    let file = file.to_str().unwrap();
    place
        .run(&["grid", "revenue", "net income", "-o", file])
        .ok();
    let csv = std::fs::read_to_string(file).unwrap();
    assert!(csv.starts_with("company,item,FY"), "{csv}");
    assert!(csv.lines().count() > 4);
    for format in ["tsv", "md", "json"] {
        assert!(
            !place
                .run(&["grid", "revenue", "--format", format])
                .ok()
                .stdout
                .is_empty()
        );
    }
    let book = place.path("grid.xlsx");
    place
        .run(&["grid", "revenue", "-o", book.to_str().unwrap()])
        .ok();
    assert!(std::fs::read(book).unwrap().starts_with(b"PK"));
}

#[test]
fn tables_of_a_pdf_are_written_as_csv_and_as_a_workbook() {
    let place = library();
    let pdf = place.folder().join(NORTHGATE);
    let pdf = pdf.to_str().unwrap();
    let csv = place.run(&["extract", pdf, "--tables", "csv"]).ok().stdout;
    let rows = csv
        .lines()
        .filter(|line| line.contains("Total assets"))
        .count();
    assert!(rows > 0 && csv.contains("page "), "{csv}");
    let book = place.path("tables.xlsx");
    place
        .run(&[
            "extract",
            pdf,
            "--tables",
            "xlsx",
            "-o",
            book.to_str().unwrap(),
        ])
        .ok();
    assert!(std::fs::read(book).unwrap().starts_with(b"PK"));
    assert_eq!(
        place.run(&["extract", pdf, "--tables", "xlsx"]).code,
        Some(1)
    );
}

#[test]
fn a_question_for_a_part_never_gets_the_whole() {
    let place = library();
    let whole = place.json(&["ask", "What was Northgate's revenue in fiscal 2023?"]);
    let whole = whole["worked"]["value"].as_f64().unwrap();
    for question in [
        "What was Northgate's Aerospace revenue in fiscal 2023?",
        "Northgate Europe revenue FY2023",
        "How much revenue did Northgate earn in the U.S. in FY2023?",
        "What was Northgate's adjusted revenue in fiscal 2023?",
        "Northgate revenue ex Flow Control 2023",
        "What was Northgate's organic revenue in 2023?",
        "Northgate Water Treatment revenue FY2023",
        "What was Northgate's third quarter 2023 revenue?",
    ] {
        let asked = place.json(&["ask", question]);
        let given = asked["worked"]["value"].as_f64();
        assert_ne!(given, Some(whole), "{question}: {asked}");
    }
    let part = place.json(&["ask", "Northgate Water Treatment revenue FY2023"]);
    assert_eq!(part["kind"], "worked", "{part}");
    assert_eq!(part["worked"]["part"], "Water Treatment");
}

#[test]
fn a_compound_rate_leads_from_the_first_year_to_the_last() {
    let ask = |question: &str| library().json(&["ask", question]);
    let answer = ask("What was Northgate's revenue CAGR from FY2021 to FY2023?");
    let years = answer["worked"]["years"].as_array().unwrap();
    let value = |at: usize| years[at]["value"].as_f64().unwrap();
    let rate = (value(years.len() - 1) / value(0)).sqrt() - 1.0;
    assert!(
        (answer["worked"]["value"].as_f64().unwrap() - rate).abs() < 1e-9,
        "{answer}"
    );
    assert!(
        answer["text"].to_string().contains("compounded"),
        "{answer}"
    );
    // Of one year there is none.
    assert!(ask("What was Northgate's revenue CAGR in 2023?")["figure"].is_null());
}

#[test]
fn facts_of_another_reader_are_read_again_from_the_stored_pages() {
    let place = Place::with(&[CALDER]);
    place.run(&["index", "."]).ok();
    let before = place.run(&["facts", "--json"]).ok().stdout;
    assert!(!before.is_empty());
    let stale = "DELETE FROM fact_rows; UPDATE documents SET facts = '0/of an earlier reader'";
    super::altered::make_earlier(&place, stale);
    assert!(place.run(&["facts", "--json"]).ok().stdout.is_empty());
    let again = place.run(&["index", ".", "--json"]).ok().last_json();
    assert_eq!(
        (&again["extracted"], &again["encoded"]),
        (&0.into(), &0.into())
    );
    assert_eq!(place.run(&["facts", "--json"]).ok().stdout, before);
}
