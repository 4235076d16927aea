//! The chat template: how a conversation is written for a model, as Jinja in its file.

use minijinja::syntax::SyntaxConfig;
use minijinja::{Environment, Error, ErrorKind, Value, context};

use super::{GenerateError, Message, Result, Role};

/// Instructions of the template's machine that writing one conversation may take. Long templates
/// with their tools take some thousands a message.
const STEPS: u64 = 1_000_000;
/// Bytes of a template at most; those of models have some ten thousand.
const LONGEST: usize = 1 << 18;
/// Bytes of a written conversation beyond what is said in it.
const MOST_ADDED: usize = 1 << 20;

/// A model's template with the tokens that it names.
pub struct Template {
    environment: Environment<'static>,
    begin: String,
    end: String,
}

impl Template {
    /// Parses a template; `begin` and `end` are what it knows as `bos_token` and `eos_token`.
    pub fn new(source: &str, begin: &str, end: &str) -> Result<Self> {
        if source.len() > LONGEST {
            let detail = format!("it has {} bytes, {LONGEST} at most are read", source.len());
            return Err(GenerateError::Template(detail));
        }
        let mut environment = Environment::new();
        environment.set_fuel(Some(STEPS));
        // As transformers renders them.
        let syntax = SyntaxConfig::builder()
            .trim_blocks(true)
            .lstrip_blocks(true)
            .build();
        environment.set_syntax(syntax.expect("the usual delimiters are valid"));
        environment
            .set_unknown_method_callback(minijinja_contrib::pycompat::unknown_method_callback);
        environment.add_function("raise_exception", |why: String| -> Result<String, Error> {
            Err(Error::new(ErrorKind::InvalidOperation, why))
        });
        environment
            .add_template_owned("chat", source.to_owned())
            .map_err(|e| GenerateError::Template(e.to_string()))?;
        Ok(Self {
            environment,
            begin: begin.to_owned(),
            end: end.to_owned(),
        })
    }

    /// Writes a conversation up to where the model's answer begins.
    pub fn write(&self, messages: &[Message]) -> Result<String> {
        let failed = |e: Error| {
            GenerateError::Template(match e.kind() {
                ErrorKind::OutOfFuel => format!("it is not done after {STEPS} steps"),
                ErrorKind::WriteFailure => "it writes without measure".to_owned(),
                _ => e.to_string(),
            })
        };
        match self.render(messages) {
            Ok(text) => Ok(text),
            // Some models know no system; what it says is said by the user.
            Err(_) if messages.first().is_some_and(|m| m.role == Role::System) => {
                self.render(&without_system(messages)).map_err(failed)
            }
            Err(e) => Err(failed(e)),
        }
    }

    /// Fails where the template runs out of its steps, or writes without measure.
    fn render(&self, messages: &[Message]) -> Result<String, Error> {
        let one = |m: &Message| context! { role => m.role.as_str(), content => m.content.as_str() };
        let contents = messages.iter().map(|m| m.content.len()).sum::<usize>();
        let mut out = Bounded {
            text: Vec::new(),
            room: contents.saturating_mul(4).saturating_add(MOST_ADDED),
        };
        let messages: Vec<Value> = messages.iter().map(one).collect();
        let values = context! {
            messages => messages,
            bos_token => self.begin.as_str(),
            eos_token => self.end.as_str(),
            add_generation_prompt => true,
            // Qwen 3 thinks aloud unless told not to.
            enable_thinking => false,
        };
        let template = self.environment.get_template("chat")?;
        template.render_captured_to(values, &mut out)?;
        String::from_utf8(out.text).map_err(|e| Error::new(ErrorKind::WriteFailure, e.to_string()))
    }
}

/// What is written, up to a number of bytes.
struct Bounded {
    text: Vec<u8>,
    room: usize,
}

impl std::io::Write for Bounded {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        if self.text.len() + bytes.len() > self.room {
            return Err(std::io::Error::other("the template writes without measure"));
        }
        self.text.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// The conversation with the system's words before the user's first.
fn without_system(messages: &[Message]) -> Vec<Message> {
    let mut rest = messages[1..].to_vec();
    if let Some(first) = rest.iter_mut().find(|m| m.role == Role::User) {
        first.content = format!("{}\n\n{}", messages[0].content, first.content);
    }
    rest
}

#[cfg(test)]
mod tests {
    use super::*;

    const CHATML: &str = "{% for message in messages %}{{'<|im_start|>' + message['role'] + '\n' + \
        message['content'].strip() + '<|im_end|>' + '\n'}}{% endfor %}\
        {% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}";
    const NO_SYSTEM: &str = "{{ bos_token }}{% for m in messages %}{% if m.role == 'system' %}\
        {{ raise_exception('no system') }}{% endif %}<{{ m.role }}>{{ m.content }}{% endfor %}<model>";

    #[test]
    fn conversations_are_written_as_the_model_knows_them() {
        let messages = [
            Message::new(Role::System, "Be brief. "),
            Message::new(Role::User, "Why?"),
        ];
        let template = Template::new(CHATML, "", "").unwrap();
        assert_eq!(
            template.write(&messages).unwrap(),
            "<|im_start|>system\nBe brief.<|im_end|>\n<|im_start|>user\nWhy?<|im_end|>\n\
             <|im_start|>assistant\n"
        );
        let template = Template::new(NO_SYSTEM, "<bos>", "").unwrap();
        let text = template.write(&messages).unwrap();
        assert_eq!(text, "<bos><user>Be brief. \n\nWhy?<model>");
        assert!(Template::new("{% if %}", "", "").is_err());
    }

    #[test]
    fn a_template_that_does_not_end_or_writes_without_measure_is_refused() {
        let range = "{% for a in range(10000) %}";
        let endless = format!("{}{}", range.repeat(3), "{% endfor %}".repeat(3));
        let much = "{% set x = 'net sales ' * 100000 %}{{ x }}{{ x }}{{ x }}";
        let messages = [Message::new(Role::User, "Why?")];
        let refused = |source: &str| {
            let template = Template::new(source, "", "").unwrap();
            template.write(&messages).unwrap_err().to_string()
        };
        let error = refused(&endless);
        assert!(error.contains("not done after"), "{error}");
        let error = refused(much);
        assert!(error.contains("without measure"), "{error}");
        assert!(Template::new(&"x".repeat(LONGEST + 1), "", "").is_err());
    }

    #[test]
    fn a_long_conversation_is_within_the_steps() {
        let message = |i: usize| Message::new(Role::User, format!("{i}").repeat(5000));
        let messages: Vec<Message> = (0..200).map(message).collect();
        let template = Template::new(CHATML, "", "").unwrap();
        assert!(template.write(&messages).unwrap().len() > 1_000_000);
    }
}
