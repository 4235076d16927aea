//! A model's card: what it was trained on, how, and what came of it, in the form that hubs read.

use super::event::Figures;
use super::run::About;

/// The card of what `about` made; `figures` are the base's and those of step `step`.
pub fn write(about: &About, figures: Option<(&Figures, &Figures)>, step: usize) -> String {
    let settings = toml::to_string(&about.settings).expect("settings are plain data");
    let data = about.data.path.file_name().unwrap_or_default();
    let mut out = format!(
        "---\nlibrary_name: sentence-transformers\nbase_model: {base}\ntags:\n- sentence-transformers\n\
         - feature-extraction\n- finance\n---\n\n# {name}\n\n`{base}`, fine-tuned by tenk {version} on \
         `{data}` (BLAKE3 `{hash}`). The parameters are those of step {step}.\n",
        base = about.base,
        name = about.name,
        version = about.version,
        data = data.to_string_lossy(),
        hash = about.data.blake3,
    );
    out += &prompts(about);
    if let Some((base, tuned)) = figures {
        out += &table(about, base, tuned);
    }
    out + "\n## Settings\n\n```toml\n" + &settings + "```\n"
}

fn prompts(about: &About) -> String {
    let settings = &about.settings;
    let prompts = [
        ("queries", &settings.prompt),
        ("passages", &settings.passage_prompt),
    ];
    let sentence = |(what, prompt): (&str, &String)| {
        if prompt.is_empty() {
            format!("No prompt goes before {what}. ")
        } else {
            format!("Before {what} goes the prompt \"{prompt}\". ")
        }
    };
    let text: String = prompts.into_iter().map(sentence).collect();
    format!("\n{}\n", text.trim_end())
}

fn table(about: &About, base: &Figures, tuned: &Figures) -> String {
    let from = match &about.dev {
        Some(dev) => format!(
            "`{}`",
            dev.path.file_name().unwrap_or_default().to_string_lossy()
        ),
        None => {
            "rows of the same file that were held out, none of whose texts was trained on".into()
        }
    };
    let mut out = format!(
        "\n## Figures\n\nOn {from}. The step was chosen by the first of them, so it flatters a little.\n\n\
         | dimensions | figure | base | tuned |\n| --- | --- | --- | --- |\n"
    );
    for (dim, figures) in base.iter().rev() {
        for (name, before) in figures {
            if let Some(after) = tuned.get(dim).and_then(|figures| figures.get(name)) {
                out += &format!("| {dim} | {name} | {before:.4} | {after:.4} |\n");
            }
        }
    }
    out
}
