//! The report as one HTML page that needs nothing beside it.

use super::chart::{Series, svg};
use super::{Report, rank, setting};
use crate::job::comparison::{Measured, Moved};
use crate::units::count;

const STYLE: &str = "body{font:15px/1.5 system-ui,sans-serif;max-width:62em;margin:2em auto;padding:0 1em;\
    color:#1a1a1a;background:#fff}h1{font-size:1.5em}h2{font-size:1.15em;margin-top:2em}\
    table{border-collapse:collapse;width:100%;font-variant-numeric:tabular-nums}\
    th,td{text-align:left;padding:.25em .6em;border-bottom:1px solid #ddd;vertical-align:top}\
    .up{color:#06692c}.down{color:#a3201a}.dim{color:#666}svg{width:420px;max-width:100%;font-size:10px}\
    polyline{fill:none;stroke-width:1.6}.level{stroke:#888;stroke-dasharray:4 4}pre{background:#f5f5f5;\
    padding:1em;overflow:auto}.charts{display:flex;flex-wrap:wrap;gap:1em}";

/// Text as it stands in a page.
pub fn plain(text: &str) -> String {
    let shown = text.chars().filter(|c| !c.is_control() || *c == '\n');
    let mut out = String::new();
    for c in shown {
        match c {
            '&' => out += "&amp;",
            '<' => out += "&lt;",
            '>' => out += "&gt;",
            '"' => out += "&quot;",
            '\'' => out += "&#39;",
            c => out.push(c),
        }
    }
    out
}

pub fn write(report: &Report) -> String {
    let (base, tuned) = (&report.base, &report.tuned);
    let title = plain(&format!(
        "{}: {} against {}",
        report.library, tuned.0, base.0
    ));
    let mut out = format!(
        "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width\"><title>{title}</title>\
         <style>{STYLE}</style></head><body>\n<h1>{title}</h1>\n"
    );
    out += &format!(
        "<p>{}, {}. {}: {}. Intervals are 95 %, by bootstrap over the questions; \
         differences are of the tuned model against the base in the same setting, p by the paired \
         randomisation test.</p>\n<p><b>{}</b></p>\n",
        count(report.documents as u64, "document"),
        count(report.chunks, "chunk"),
        count(report.count as u64, "question"),
        plain(&report.questions),
        plain(&report.summary())
    );
    out += &ablation(report);
    out += &charts(report);
    out += &questions(report);
    out += &made(report);
    out + "</body></html>\n"
}

fn ablation(report: &Report) -> String {
    let heads: String = report
        .metrics
        .iter()
        .map(|m| format!("<th>{m}</th><th>difference</th>"))
        .collect();
    let row = |measured: &Measured| {
        let mut cells = format!("<td>{}</td>", plain(&setting(measured)));
        for metric in &report.metrics {
            let (mean, low, high) = measured.metrics[metric];
            cells +=
                &format!("<td>{mean:.3} <span class=\"dim\">[{low:.3}, {high:.3}]</span></td>");
            cells += &match measured.compared.get(metric) {
                None => "<td></td>".to_owned(),
                Some(test) => {
                    let class = if test.is_surely_better() {
                        "up"
                    } else if test.is_surely_worse() {
                        "down"
                    } else {
                        "dim"
                    };
                    format!(
                        "<td class=\"{class}\">{}, p {:.3}</td>",
                        test.written(3),
                        test.p
                    )
                }
            };
        }
        format!("<tr>{cells}</tr>\n")
    };
    let rows: String = report.ablation.settings.iter().map(row).collect();
    format!(
        "<h2>The ablation: every setting with both models</h2>\n<table><tr><th>setting</th>{heads}</tr>\n{rows}</table>\n"
    )
}

fn charts(report: &Report) -> String {
    let (losses, name, values) = report.curves();
    let loss = Series {
        points: &losses,
        colour: "#8a8a8a",
        dots: false,
    };
    let dev = Series {
        points: &values,
        colour: "#06692c",
        dots: true,
    };
    let name = plain(&format!("{name} on the held-out rows; dashed: the base"));
    let base = values.first().map(|(_, value)| *value);
    let drawn = svg("loss", &[loss], None) + &svg(&name, &[dev], base);
    if drawn.is_empty() {
        return drawn;
    }
    format!(
        "<h2>The run</h2>\n<p class=\"dim\">Left the loss, right {name}.</p><div class=\"charts\">{drawn}</div>\n"
    )
}

fn questions(report: &Report) -> String {
    let row = |m: &Moved| {
        let class = if m.movement.distance > 0.0 {
            "up"
        } else {
            "down"
        };
        let first = m.first.as_ref().map_or(String::new(), |first| {
            let cause = m
                .cause
                .map_or(String::new(), |c| format!(" ({})", c.as_str()));
            format!(
                "<br><span class=\"dim\">first now: {}{cause}</span>",
                plain(first)
            )
        });
        format!(
            "<tr><td class=\"{class}\">{} → {}</td><td>{}<br><span class=\"dim\">answered by {}</span>{first}\
             </td></tr>\n",
            rank(m.movement.base),
            rank(m.movement.tuned),
            plain(&m.question),
            plain(&m.gold.join(", "))
        )
    };
    let rows: String = report.shown().map(row).collect();
    format!(
        "<h2>Questions that moved most</h2>\n<table><tr><th>rank</th><th>question</th></tr>\n{rows}</table>\n"
    )
}

fn made(report: &Report) -> String {
    let mut out = format!(
        "<h2>Made with</h2>\n<p>tenk {}. Base: {} (<code>{}</code>). Tuned: {} (<code>{}</code>).</p>\n",
        env!("CARGO_PKG_VERSION"),
        plain(&report.base.0),
        report.base.1,
        plain(&report.tuned.0),
        report.tuned.1
    );
    if let Some((about, _)) = &report.run {
        let data = about.data.path.file_name().unwrap_or_default();
        let settings = toml::to_string(&about.settings).expect("settings are plain data");
        out += &format!(
            "<p>Learnt from <code>{}</code>, BLAKE3 <code>{}</code>.</p>\n<pre>{}</pre>\n",
            plain(&data.to_string_lossy()),
            about.data.blake3,
            plain(&settings)
        );
    }
    out
}
