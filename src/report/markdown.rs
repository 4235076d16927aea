//! The report as Markdown.

use super::{Report, rank, setting};
use crate::units::count;

/// Text that is no markup.
pub fn plain(text: &str) -> String {
    let mut out = String::new();
    for c in text.chars() {
        match c {
            '\n' | '\r' | '\t' => out.push(' '),
            c if c.is_control() => {}
            c if "\\`*_{}[]<>#|!&".contains(c) => out.extend(['\\', c]),
            c => out.push(c),
        }
    }
    out
}

pub fn write(report: &Report) -> String {
    let mut out = format!(
        "# {}: {} against {}\n\n{}, {}. {}: {}. Intervals are 95 %, by bootstrap \
         over the questions; differences are of the tuned model against the base in the same setting.\n\n\
         **{}**\n\n## The ablation: every setting with both models\n\n| setting |",
        plain(&report.library),
        plain(&report.tuned.0),
        plain(&report.base.0),
        count(report.documents as u64, "document"),
        count(report.chunks, "chunk"),
        count(report.count as u64, "question"),
        plain(&report.questions),
        report.summary()
    );
    for metric in &report.metrics {
        out += &format!(" {metric} | difference |");
    }
    out += &format!("\n| --- |{}\n", " --- | --- |".repeat(report.metrics.len()));
    for measured in &report.ablation.settings {
        out += &format!("| {} |", setting(measured));
        for metric in &report.metrics {
            let (mean, low, high) = measured.metrics[metric];
            out += &format!(" {mean:.3} [{low:.3}, {high:.3}] |");
            out += &measured
                .compared
                .get(metric)
                .map_or(" |".to_owned(), |test| {
                    format!(" {}, p {:.3} |", test.written(3), test.p)
                });
        }
        out.push('\n');
    }
    let (_, name, values) = report.curves();
    if !values.is_empty() {
        out += "\n## The run\n\n| step | ";
        out += &format!("{} |\n| --- | --- |\n", plain(&name));
        for (step, value) in values {
            out += &format!("| {step:.0} | {value:.4} |\n");
        }
    }
    out += "\n## Questions that moved most\n\n| base | tuned | question | answered by | first now |\n\
            | --- | --- | --- | --- | --- |\n";
    for m in report.shown() {
        let cause = m
            .cause
            .map_or(String::new(), |c| format!(" ({})", c.as_str()));
        let first = m
            .first
            .as_ref()
            .map_or(String::new(), |f| plain(f) + &cause);
        out += &format!(
            "| {} | {} | {} | {} | {first} |\n",
            rank(m.movement.base),
            rank(m.movement.tuned),
            plain(&m.question),
            plain(&m.gold.join(", "))
        );
    }
    out += &format!(
        "\n## Made with\n\ntenk {}. Base: {} (`{}`). Tuned: {} (`{}`).\n",
        env!("CARGO_PKG_VERSION"),
        plain(&report.base.0),
        report.base.1,
        plain(&report.tuned.0),
        report.tuned.1
    );
    if let Some((about, _)) = &report.run {
        let data = about
            .data
            .path
            .file_name()
            .unwrap_or_default()
            .to_string_lossy();
        let settings = toml::to_string(&about.settings).expect("settings are plain data");
        out += &format!(
            "\nLearnt from {}, BLAKE3 `{}`.\n\n```toml\n{settings}```\n",
            plain(&data),
            about.data.blake3
        );
    }
    out
}
