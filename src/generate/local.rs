//! A language model on this machine: several conversations at a time, each token one pass.
//!
//! Conversations come in one by one as others end. One that begins like another that is held, by
//! the same examples or the same passage, starts from that one's cache.

use std::path::Path;
use std::sync::OnceLock;

use super::decoder::{Cache, Decoder, Segment};
use super::gguf::Gguf;
use super::saying::{Change, Opening, Saying};
use super::team::Team;
use super::template::Template;
use super::thought;
use super::tokenizer::Tokenizer;
use super::{Ending, Event, GenerateError, Generator, Message, Prompt, Reply, Result, Role};
use crate::kernel::Isa;
use crate::progress::CancelToken;

/// Conversations that are held at a time.
const SLOTS: usize = 16;

/// A model that is loaded.
pub struct LocalModel {
    name: String,
    hash: OnceLock<String>,
    path: std::path::PathBuf,
    decoder: Decoder,
    tokenizer: Tokenizer,
    template: Template,
    /// What the template ends in.
    opening: Opening,
    team: Team,
}

impl LocalModel {
    /// Loads a GGUF file; `threads` compute.
    pub fn load(path: &Path, name: &str, threads: usize) -> Result<Self> {
        let mut file = Gguf::open(path)?;
        let tokenizer = Tokenizer::read(&file)?;
        let source = file.text("tokenizer.chat_template").map(str::to_owned);
        let source = source.ok_or_else(|| {
            file.unsupported("no chat model (it has no chat template)".to_owned())
        })?;
        let token = |name: &str| tokenizer.named(&file, name).unwrap_or_default().to_owned();
        let template = Template::new(&source, &token("bos_token_id"), &token("eos_token_id"))?;
        // A template that writes no conversation at all is known before the weights are read.
        let trial = template.write(&[Message::new(Role::User, "net sales")]);
        let written = trial.map_err(|e| match e {
            GenerateError::Template(detail) => {
                file.unsupported(format!("one whose chat template cannot be used ({detail})"))
            }
            e => e,
        })?;
        let opening = match thought::is_open_behind(&written) {
            true => Opening::Thoughts,
            false => Opening::Answer,
        };
        enough_memory(&file)?;
        let decoder = Decoder::load(&mut file, Isa::detect())?;
        Ok(Self {
            name: name.to_owned(),
            hash: OnceLock::new(),
            path: path.to_owned(),
            decoder,
            tokenizer,
            template,
            opening,
            team: Team::new(threads),
        })
    }

    /// Tokens of a conversation at most, the answer's included.
    pub fn context(&self) -> usize {
        self.decoder.config.context
    }

    /// The tokens of a conversation; what is said in it cannot change its structure.
    pub fn tokens(&self, messages: &[Message]) -> Result<Vec<u32>> {
        let data = |m: &Message| Message::new(m.role, self.tokenizer.as_data(&m.content));
        let messages: Vec<Message> = messages.iter().map(data).collect();
        self.tokenizer.encode(&self.template.write(&messages)?)
    }

    /// Starts a conversation: reads its prompt, all of it that no held one has read before.
    fn start<'a>(&self, at: usize, prompt: &'a Prompt, held: &[Held<'_>]) -> Result<Held<'a>> {
        let tokens = self.tokens(&prompt.messages)?;
        let (limit, received) = (
            self.context(),
            tokens.len().saturating_add(prompt.max_tokens),
        );
        if tokens.is_empty() {
            return Err(GenerateError::Empty);
        }
        if received > limit {
            return Err(GenerateError::TooLong { received, limit });
        }
        let common = |held: &Held<'_>| {
            let same = held.tokens.iter().zip(&tokens).take_while(|(a, b)| a == b);
            same.count().min(tokens.len().saturating_sub(1))
        };
        let best = held.iter().max_by_key(|held| common(held));
        let (shared, mut cache) = match best {
            Some(held) if common(held) > 0 => (common(held), held.cache.fork(common(held))),
            _ => (0, self.decoder.cache()),
        };
        let scores = self.decoder.forward(
            &self.team,
            &mut [Segment {
                cache: &mut cache,
                tokens: &tokens[shared..],
            }],
        );
        let mut out = Held {
            at,
            prompt,
            tokens,
            cache,
            answer: Vec::new(),
            text: String::new(),
            saying: Some(Saying::new(prompt, self.opening)),
            random: fastrand::Rng::with_seed(prompt.seed ^ at as u64),
            is_over: false,
        };
        out.choose(&scores);
        Ok(out)
    }

    /// Takes the token chosen last into the text; tells what is new, and whether it was the end.
    fn advance(&self, held: &mut Held<'_>, on: &mut dyn FnMut(Event<'_>)) {
        let prompt = held.at;
        let last = *held.answer.last().expect("a token was chosen");
        let ended = self.tokenizer.ends.contains(&last);
        let is_spent = held.answer.len() >= held.prompt.max_tokens;
        let Some(mut saying) = held.saying.take() else {
            return;
        };
        let text = self.tokenizer.decode(&held.answer);
        // Half a character is shown when its other half is there.
        let is_whole = ended || is_spent || !text.ends_with('\u{FFFD}');
        if let Some(new) = text.strip_prefix(held.text.as_str()).filter(|_| is_whole) {
            saying.take(new, &mut |change| {
                on(match change {
                    Change::More { text, sure } => Event::Text { prompt, text, sure },
                    Change::Anew => Event::Anew { prompt },
                });
            });
            held.text = text;
        }
        held.is_over = ended || is_spent || saying.is_over();
        if !held.is_over {
            held.saying = Some(saying);
            return;
        }
        let ending = match ended {
            true => Ending::Whole,
            false => Ending::OutOfTokens,
        };
        let reply = saying.reply(Some(held.answer.len()), ending);
        on(Event::Done { prompt, reply });
    }

    fn run(
        &self,
        prompts: &[Prompt],
        cancel: &CancelToken,
        on: &mut dyn FnMut(Event<'_>),
    ) -> Result<()> {
        let mut waiting = prompts.iter().enumerate().peekable();
        let mut held: Vec<Held<'_>> = Vec::new();
        while !cancel.is_cancelled() {
            let going = held.iter().filter(|held| !held.is_over).count();
            if going < SLOTS && waiting.peek().is_some() {
                let (at, prompt) = waiting.next().expect("one is waiting");
                let mut new = self.start(at, prompt, &held)?;
                // Those that are over were kept for what they have read.
                held.retain(|held| !held.is_over);
                self.advance(&mut new, on);
                held.push(new);
                continue;
            }
            if going == 0 {
                break;
            }
            let mut going: Vec<&mut Held<'_>> = held.iter_mut().filter(|h| !h.is_over).collect();
            let last: Vec<[u32; 1]> = going
                .iter()
                .map(|h| [*h.answer.last().unwrap_or(&0)])
                .collect();
            let mut segments: Vec<Segment<'_>> = Vec::new();
            for (held, last) in going.iter_mut().zip(&last) {
                segments.push(Segment {
                    cache: &mut held.cache,
                    tokens: last,
                });
            }
            let scores = self.decoder.forward(&self.team, &mut segments);
            for (held, scores) in going
                .into_iter()
                .zip(scores.chunks(self.decoder.config.vocab))
            {
                held.choose(scores);
                self.advance(held, on);
            }
        }
        Ok(())
    }
}

/// A conversation on its way, or one that is over and may share its beginning.
struct Held<'a> {
    at: usize,
    prompt: &'a Prompt,
    /// Of the prompt.
    tokens: Vec<u32>,
    cache: Cache,
    answer: Vec<u32>,
    /// What was said, thoughts and all, and what of it is an answer: until that is handed over.
    text: String,
    saying: Option<Saying<'a>>,
    random: fastrand::Rng,
    is_over: bool,
}

impl Held<'_> {
    /// Chooses the next token by its scores.
    fn choose(&mut self, scores: &[f32]) {
        let likeliest = || {
            let best = scores.iter().enumerate().max_by(|a, b| a.1.total_cmp(b.1));
            best.map_or(0, |(at, _)| at)
        };
        let temperature = self.prompt.temperature;
        let at = if temperature > 0.0 {
            let most = scores.iter().copied().fold(f32::NEG_INFINITY, f32::max);
            let weight = |score: &f32| f64::from((score - most) / temperature).exp();
            let all: f64 = scores.iter().map(weight).sum();
            let mut left = self.random.f64() * all;
            let drawn = scores.iter().position(|score| {
                left -= weight(score);
                left <= 0.0
            });
            drawn.unwrap_or_else(likeliest)
        } else {
            likeliest()
        };
        self.answer.push(at as u32);
    }
}

impl Generator for LocalModel {
    fn name(&self) -> &str {
        &self.name
    }

    fn fingerprint(&self) -> String {
        let hash = || {
            let mut hasher = blake3::Hasher::new();
            let read =
                std::fs::File::open(&self.path).and_then(|f| hasher.update_reader(f).map(|_| ()));
            match read {
                Ok(()) => format!("gguf {}", hasher.finalize().to_hex()),
                Err(_) => format!("gguf {}", self.path.display()),
            }
        };
        self.hash.get_or_init(hash).clone()
    }

    fn count(&self, text: &str) -> usize {
        let tokens = self.tokenizer.encode(&self.tokenizer.as_data(text));
        tokens.map_or(text.len(), |tokens| tokens.len())
    }

    fn window(&self) -> Option<usize> {
        Some(self.context())
    }

    fn generate(
        &self,
        prompts: &[Prompt],
        cancel: &CancelToken,
        on: &mut dyn FnMut(Event<'_>),
    ) -> Result<()> {
        // What listens stays on this thread; the one that computes hands it what it has.
        let (send, receive) = std::sync::mpsc::channel();
        std::thread::scope(|scope| {
            let work = scope.spawn(move || {
                self.run(prompts, cancel, &mut |event| {
                    // Nobody listens any more when the caller is gone.
                    let _ = send.send(Owned::from_event(event));
                })
            });
            for event in receive {
                on(event.event());
            }
            work.join().expect("generating does not panic")
        })
    }
}

/// An event on its way between threads.
enum Owned {
    Text(usize, String, bool),
    Anew(usize),
    Done(usize, Reply),
}

impl Owned {
    fn from_event(event: Event<'_>) -> Self {
        match event {
            Event::Text { prompt, text, sure } => Owned::Text(prompt, text.to_owned(), sure),
            Event::Anew { prompt } => Owned::Anew(prompt),
            Event::Done { prompt, reply } => Owned::Done(prompt, reply),
        }
    }

    fn event(&self) -> Event<'_> {
        match self {
            Owned::Text(prompt, text, sure) => Event::Text {
                prompt: *prompt,
                text,
                sure: *sure,
            },
            Owned::Anew(prompt) => Event::Anew { prompt: *prompt },
            Owned::Done(prompt, reply) => Event::Done {
                prompt: *prompt,
                reply: reply.clone(),
            },
        }
    }
}

/// Refuses a model that would not fit beside what runs already.
fn enough_memory(file: &Gguf) -> Result<()> {
    // The weights as they are in the file, and room for what the conversations hold.
    let needed = (file.bytes() >> 20) * 11 / 10 + 200;
    match free_memory() {
        Some(free) if free < needed => Err(GenerateError::Memory {
            path: file.path.clone(),
            needed,
            free,
        }),
        _ => Ok(()),
    }
}

/// Memory that a program may take, in MiB, where the system says.
fn free_memory() -> Option<u64> {
    let text = std::fs::read_to_string("/proc/meminfo").ok()?;
    let line = text.lines().find(|l| l.starts_with("MemAvailable:"))?;
    let kib: u64 = line.split_whitespace().nth(1)?.parse().ok()?;
    Some(kib >> 10)
}
