//! A thought: what a model says to itself before it answers.
//!
//! Models think between marks of their own (`<think>`), in channels (gpt-oss), or from the first word
//! where the template has opened the thoughts: then only their end is seen. `Thoughts` parts what
//! comes, piece by piece, and is linear in it, whatever it says.

/// Marks between which models think.
const PAIRS: [(&str, &str); 7] = [
    ("<think>", "</think>"),
    ("<thinking>", "</thinking>"),
    ("<thought>", "</thought>"),
    ("<seed:think>", "</seed:think>"),
    ("[THINK]", "[/THINK]"),
    ("◁think▷", "◁/think▷"),
    ("<|START_THINKING|>", "<|END_THINKING|>"),
];

// Harmony, the format of gpt-oss: each message has a head, which names its channel.
const START: &str = "<|start|>";
const CHANNEL: &str = "<|channel|>";
const MESSAGE: &str = "<|message|>";
/// What ends a message.
const ENDS: [&str; 3] = ["<|end|>", "<|return|>", "<|call|>"];
/// The channel of answers.
const FINAL: &str = "final";

/// What every mark begins with.
const FIRST: [char; 3] = ['<', '[', '◁'];

/// A part of what a model says.
#[derive(Debug, PartialEq, Eq)]
pub enum Part<'a> {
    Answer(&'a str),
    /// All that came before was thought.
    Anew,
}

#[derive(Debug, Default, PartialEq, Eq)]
enum State {
    #[default]
    Answer,
    /// Up to this mark.
    Thought(&'static str),
    /// The head of a message, up to its `MESSAGE`.
    Head(String),
    /// Of a message in another channel than that of answers, or between two messages.
    Aside,
}

/// True where a prompt has opened the thoughts that the model goes on with.
pub fn is_open_behind(prompt: &str) -> bool {
    let prompt = prompt.trim_end();
    PAIRS.iter().any(|(begin, _)| prompt.ends_with(begin))
}

/// Parts thoughts from the answer.
#[derive(Debug, Default)]
pub struct Thoughts {
    state: State,
    /// What may be the beginning of a mark.
    held: String,
    is_harmony: bool,
    is_settled: bool,
    seen: bool,
}

impl Thoughts {
    /// For a model whose template is known to open no thoughts.
    pub fn settled() -> Self {
        Self {
            is_settled: true,
            ..Self::default()
        }
    }

    /// True once nothing that comes can make thoughts of the answer before it.
    pub fn is_settled(&self) -> bool {
        self.is_settled
    }

    /// True where the model has thought.
    pub fn seen(&self) -> bool {
        self.seen
    }

    /// It thinks elsewhere: what is said here is its answer.
    pub fn are_elsewhere(&mut self) {
        (self.seen, self.is_settled) = (true, true);
    }

    /// Takes in more of what is said.
    pub fn take(&mut self, text: &str, on: &mut dyn FnMut(Part<'_>)) {
        let whole = std::mem::take(&mut self.held) + text;
        let mut from = 0;
        while let Some((at, mark)) = self.next_mark(&whole, from) {
            self.say(&whole[from..at], on);
            let Some(mark) = mark else {
                self.held = whole[at..].to_owned();
                return;
            };
            self.pass(mark, on);
            from = at + mark.len();
        }
        self.say(&whole[from..], on);
    }

    /// Nothing more comes: what looked like the beginning of a mark was none.
    pub fn end(&mut self, on: &mut dyn FnMut(Part<'_>)) {
        let held = std::mem::take(&mut self.held);
        self.say(&held, on);
    }

    /// The next mark, or the place where the text ends in the beginning of one.
    fn next_mark(&self, text: &str, from: usize) -> Option<(usize, Option<&'static str>)> {
        let marks = self.marks();
        let begins = text[from..].match_indices(FIRST);
        begins.map(|(at, _)| from + at).find_map(|at| {
            let rest = &text[at..];
            let whole = marks.iter().find(|mark| rest.starts_with(**mark));
            let may_become = || marks.iter().any(|mark| mark.starts_with(rest));
            match whole {
                Some(mark) => Some((at, Some(*mark))),
                None => may_become().then_some((at, None)),
            }
        })
    }

    /// What counts as a mark here: a thought may speak of marks, but for that which ends it.
    fn marks(&self) -> Vec<&'static str> {
        match &self.state {
            State::Thought(end) => vec![end],
            State::Head(_) => vec![MESSAGE, CHANNEL, START],
            State::Aside => [&ENDS[..], &[CHANNEL, START]].concat(),
            State::Answer => {
                let mut out = vec![CHANNEL, START];
                out.extend(PAIRS.iter().flat_map(|(begin, end)| [*begin, *end]));
                out.extend(ENDS.iter().filter(|_| self.is_harmony));
                out
            }
        }
    }

    fn say(&mut self, text: &str, on: &mut dyn FnMut(Part<'_>)) {
        match &mut self.state {
            State::Answer if !text.is_empty() => on(Part::Answer(text)),
            State::Head(head) if head.len() < 100 => head.push_str(text),
            _ => {}
        }
    }

    fn pass(&mut self, mark: &'static str, on: &mut dyn FnMut(Part<'_>)) {
        if [CHANNEL, START].contains(&mark) {
            if !self.is_harmony {
                on(Part::Anew);
            }
            self.is_harmony = true;
            self.state = State::Head(String::new());
        } else if let State::Head(head) = &self.state {
            // Without a channel it is the role alone: an answer.
            let channel = head.split_whitespace().next().unwrap_or(FINAL);
            if [FINAL, "assistant"].contains(&channel) {
                (self.state, self.is_settled) = (State::Answer, true);
            } else {
                (self.state, self.seen) = (State::Aside, true);
            }
        } else if ENDS.contains(&mark) {
            self.state = State::Aside;
        } else if let Some((_, end)) = PAIRS.iter().find(|(begin, _)| *begin == mark) {
            (self.state, self.seen) = (State::Thought(end), true);
        } else {
            // One that was opened ends here; else the template had opened it before the first word.
            if self.state == State::Answer && !self.is_settled {
                on(Part::Anew);
            }
            self.state = State::Answer;
            (self.seen, self.is_settled) = (true, true);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The answer in what comes in pieces, and what had to be taken back of it.
    fn parted(mut thoughts: Thoughts, pieces: &[&str]) -> (String, Vec<String>, bool) {
        let (mut answer, mut back) = (String::new(), Vec::new());
        let mut on = |part: Part<'_>| match part {
            Part::Answer(text) => answer.push_str(text),
            Part::Anew => back.push(std::mem::take(&mut answer)),
        };
        pieces.iter().for_each(|text| thoughts.take(text, &mut on));
        thoughts.end(&mut on);
        (answer, back, thoughts.seen())
    }

    /// The same for a text in one piece, and letter by letter.
    #[track_caller]
    fn answer(text: &str) -> String {
        let letters: Vec<String> = text.chars().map(String::from).collect();
        let letters: Vec<&str> = letters.iter().map(String::as_str).collect();
        let whole = parted(Thoughts::default(), &[text]);
        assert_eq!(parted(Thoughts::default(), &letters).0, whole.0);
        whole.0
    }

    #[test]
    fn thoughts_between_marks_are_no_answer() {
        assert_eq!(answer("<think>hm</think>It was 5."), "It was 5.");
        assert_eq!(answer("\n<think>a <b> </thought></think>5"), "\n5");
        assert_eq!(answer("[THINK]hm[/THINK]5 [1]"), "5 [1]");
        assert_eq!(answer("◁think▷hm◁/think▷5"), "5");
        assert_eq!(answer("<think>it never ends"), "");
        assert_eq!(answer("It was < 5 and <think"), "It was < 5 and <think");
    }

    #[test]
    fn an_end_without_a_beginning_makes_thoughts_of_all_before_it() {
        let (answer, back, seen) = parted(
            Thoughts::default(),
            &["Let me ", "see</th", "ink>", "It was 5."],
        );
        assert_eq!((answer.as_str(), seen), ("It was 5.", true));
        assert_eq!(back, ["Let me see"]);
        // Once only: one more is a slip.
        let (answer, ..) = parted(Thoughts::default(), &["a</think>It was</think> 5."]);
        assert_eq!(answer, "It was 5.");
        let (answer, ..) = parted(Thoughts::settled(), &["It was</think> 5."]);
        assert_eq!(answer, "It was 5.");
    }

    #[test]
    fn only_the_final_channel_answers() {
        let thought = "<|channel|>analysis<|message|>We look.<|end|>";
        let last = "<|start|>assistant<|channel|>final<|message|>It was 5.<|return|>";
        assert_eq!(answer(&format!("{thought}{last}")), "It was 5.");
        assert_eq!(
            answer(&format!(
                "<|start|>assistant{thought}<|start|>assistant<|channel|>commentary \
                 to=x<|message|>{{}}<|call|>{last}more"
            )),
            "It was 5."
        );
        assert_eq!(answer(thought), "");
        assert_eq!(answer(&format!("assistant{thought}{last}")), "It was 5.");
        assert_eq!(answer("<|start|>assistant<|message|>5<|end|>"), "5");
        assert_eq!(answer("It ends.<|end|>"), "It ends.<|end|>");
    }

    #[test]
    fn a_prompt_may_open_thoughts() {
        assert!(is_open_behind("<|im_start|>assistant\n<think>\n"));
        assert!(!is_open_behind("assistant\n<think>\n\n</think>\n\n"));
    }

    #[test]
    fn marks_without_measure_are_read_in_one_go() {
        let text = "</think><think>".repeat(200_000);
        assert_eq!(answer(&text), "");
        assert_eq!(answer(&"<".repeat(200_000)).len(), 200_000);
    }
}
