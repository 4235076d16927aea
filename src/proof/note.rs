//! The note: what is proved, by what, and of which files, in blocks that Markdown and HTML have alike.

use super::claim::{Claim, Finding, Operand};

/// A piece of a note.
#[derive(Debug, Clone, PartialEq)]
pub enum Block {
    Title(String),
    Head(&'static str),
    Text(Vec<Span>),
    /// Something that was said, or stands on a page.
    Quote(Vec<Span>),
    List(Vec<Vec<Span>>),
    Table {
        heads: Vec<String>,
        rows: Vec<Vec<Vec<Span>>>,
    },
}

/// A piece of a line.
#[derive(Debug, Clone, PartialEq)]
pub enum Span {
    Plain(String),
    Strong(String),
    Code(String),
    /// Words that lead to a file beside the note, and to a page of it.
    Link(String, String),
}

/// A page as it was copied, or not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Copied {
    pub document: String,
    pub page: u32,
    /// The file beside the note, and the page of it, where it was copied.
    pub at: Option<(String, usize)>,
    /// OCR has read it, and is so sure of it.
    pub sure: Option<u8>,
}

/// A file that pages come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin {
    pub document: String,
    pub blake3: String,
    /// Of the whole file.
    pub pages: u32,
}

/// All that a note is of.
pub struct Note<'a> {
    pub claim: &'a Claim,
    pub copied: &'a [Copied],
    pub origins: &'a [Origin],
    /// What could not be done.
    pub warnings: &'a [String],
    /// The day, and who made it.
    pub made: &'a str,
}

impl Note<'_> {
    pub fn blocks(&self) -> Vec<Block> {
        let claim = self.claim;
        let mut out = vec![Block::Title(claim.question.clone())];
        if !claim.taken_as.is_empty() && claim.taken_as != claim.question {
            out.push(text("Taken as: ", &claim.taken_as));
        }
        out.extend(self.answer());
        if !claim.is_answered {
            let nothing = "No page proves an answer, so none is copied.";
            out.push(Block::Text(vec![plain(nothing)]));
        }
        out.push(text("How: ", &claim.manner));
        out.extend(self.warned());
        out.extend(self.working());
        if claim.is_answered {
            out.extend(self.pages());
        }
        if !claim.notes.is_empty() {
            out.push(Block::Head("What to know"));
            let notes = claim.notes.iter().map(|note| vec![plain(note)]);
            out.push(Block::List(notes.collect()));
        }
        if claim.is_answered {
            out.extend(self.files());
        }
        out.push(Block::Text(vec![plain(self.made)]));
        out
    }

    /// What is said, its pages linked; a grid as a table.
    fn answer(&self) -> Vec<Block> {
        let lines = self
            .claim
            .answer
            .lines()
            .filter(|line| !line.trim().is_empty());
        let mut out: Vec<Block> = lines.map(|line| Block::Quote(self.linked(line))).collect();
        if let Some((heads, rows)) = &self.claim.table {
            let row = |row: &Vec<String>| row.iter().map(|cell| vec![plain(cell)]).collect();
            out.push(Block::Table {
                heads: heads.clone(),
                rows: rows.iter().map(row).collect(),
            });
        }
        out
    }

    /// A line of the answer with its pages in place of their numbers.
    fn linked(&self, line: &str) -> Vec<Span> {
        let (mut out, mut rest) = (Vec::new(), line);
        let number = |rest: &str| {
            let from = rest.find('[')?;
            let to = from + rest[from..].find(']')?;
            let number: usize = rest[from + 1..to].parse().ok()?;
            let mut all = self.claim.exhibits.iter();
            let exhibit = all.find(|own| own.number == Some(number))?;
            Some((from, to, exhibit))
        };
        while let Some((from, to, exhibit)) = number(rest) {
            out.push(Span::Strong(rest[..from].to_owned()));
            out.push(self.page(&exhibit.document, exhibit.page));
            rest = &rest[to + 1..];
        }
        out.push(Span::Strong(rest.to_owned()));
        out.retain(|span| *span != Span::Strong(String::new()));
        out
    }

    /// A page by name, leading to its copy.
    fn page(&self, document: &str, page: u32) -> Span {
        let words = format!("{}, p. {page}", name(document));
        let mut all = self.copied.iter();
        let own = all.find(|own| own.document == document && own.page == page);
        match own.and_then(|own| own.at.as_ref()) {
            Some((file, at)) => Span::Link(words, link(file, *at)),
            None => plain(&format!("[{words}]")),
        }
    }

    fn warned(&self) -> Vec<Block> {
        if self.warnings.is_empty() {
            return Vec::new();
        }
        let warnings = self.warnings.iter();
        let warnings = warnings.map(|own| vec![Span::Strong("Warning: ".to_owned()), plain(own)]);
        vec![Block::List(warnings.collect())]
    }

    fn working(&self) -> Vec<Block> {
        let findings = &self.claim.findings;
        let mut out = Vec::new();
        let formulas = findings.iter().filter_map(|own| {
            let formula = own.formula.as_ref()?;
            Some(vec![
                plain(&format!("{} = ", own.what)),
                Span::Code(formula.clone()),
            ])
        });
        let mut formulas: Vec<Vec<Span>> = formulas.collect();
        formulas.dedup();
        let steps = self.claim.steps.iter().map(|step| vec![plain(step.trim())]);
        formulas.extend(steps);
        if !formulas.is_empty() {
            out.push(Block::List(formulas));
        }
        let is_named = |own: &Operand| own.name != own.label;
        let has_names = findings.iter().flat_map(|own| &own.operands).any(is_named);
        let rows = findings.iter().flat_map(|finding| {
            let operands = finding.operands.iter();
            operands.map(|operand| self.operand(finding, operand, has_names))
        });
        let rows: Vec<Vec<Vec<Span>>> = rows.collect();
        if !rows.is_empty() {
            let names = has_names.then_some("figure");
            let heads = std::iter::once("figure of").chain(names);
            let heads = heads.chain(["period", "as printed", "counted in", "row", "page"]);
            out.push(Block::Table {
                heads: heads.map(str::to_owned).collect(),
                rows,
            });
        }
        if !out.is_empty() {
            out.insert(0, Block::Head("How it was worked out"));
        }
        out
    }

    fn operand(&self, finding: &Finding, own: &Operand, has_names: bool) -> Vec<Vec<Span>> {
        let less = if own.is_less { "less " } else { "" };
        let mut out = vec![vec![plain(&finding.what)]];
        if has_names {
            out.push(vec![plain(&own.name)]);
        }
        out.extend([
            vec![plain(&own.period)],
            vec![plain(less), Span::Strong(own.printed.clone())],
            vec![plain(&own.unit)],
            vec![plain(&own.label)],
            vec![self.page(&own.document, own.page)],
        ]);
        out
    }

    /// The pages with the rows and sentences that are marked on them.
    fn pages(&self) -> Vec<Block> {
        let mut out = vec![Block::Head("Pages")];
        if self.copied.iter().any(|page| page.at.is_some()) {
            out.push(Block::Text(vec![plain(
                "On the copies the row or sentence is marked in yellow, the figure in orange. A mark says what it is of.",
            )]));
        }
        for exhibit in &self.claim.exhibits {
            let mut head = vec![self.page(&exhibit.document, exhibit.page)];
            let mut all = self.copied.iter();
            let is_it =
                |own: &&Copied| own.document == exhibit.document && own.page == exhibit.page;
            if let Some(sure) = all.find(is_it).and_then(|own| own.sure) {
                let ocr =
                    format!(" read by OCR from a picture, {sure} % sure: compare the figures");
                head.push(plain(&ocr));
            }
            out.push(Block::Text(head));
            for row in &exhibit.rows {
                out.push(Block::Quote(vec![plain(&row.text)]));
            }
        }
        out
    }

    fn files(&self) -> Vec<Block> {
        let row = |own: &Origin| {
            let copied = self
                .copied
                .iter()
                .filter(|page| page.document == own.document);
            let copied: Vec<&Copied> = copied.collect();
            let mut file = copied.iter().filter_map(|page| page.at.as_ref());
            let file = file
                .next()
                .map(|(file, _)| Span::Link(file.clone(), link(file, 1)));
            let pages: Vec<String> = copied.iter().map(|page| page.page.to_string()).collect();
            vec![
                vec![plain(&own.document)],
                vec![plain(&own.pages.to_string())],
                vec![Span::Code(own.blake3.clone())],
                vec![plain(&pages.join(", "))],
                vec![file.unwrap_or_else(|| plain("not copied"))],
            ]
        };
        let heads = ["file", "pages", "BLAKE3 of the file", "cited", "copy"];
        vec![
            Block::Head("Files"),
            Block::Table {
                heads: heads.map(str::to_owned).to_vec(),
                rows: self.origins.iter().map(row).collect(),
            },
            Block::Text(vec![
                plain("What "),
                Span::Code("b3sum FILE".to_owned()),
                plain(
                    " prints of a file tells whether it is the one that was read: another hash is of another version.",
                ),
            ]),
        ]
    }
}

fn plain(text: &str) -> Span {
    Span::Plain(text.to_owned())
}

fn text(before: &str, words: &str) -> Block {
    Block::Text(vec![plain(before), plain(words)])
}

/// A document's name without its folders and `.pdf`.
fn name(document: &str) -> &str {
    let name = document.rsplit('/').next().unwrap_or(document);
    name.strip_suffix(".pdf").unwrap_or(name)
}

/// The address of a page of a file beside the note.
fn link(file: &str, page: usize) -> String {
    let file = crate::printable::address(std::path::Path::new(file));
    format!("{file}#page={page}")
}
