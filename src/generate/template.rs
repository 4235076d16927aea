//! The chat template: how a conversation is written for a model, as Jinja in its file.

use minijinja::syntax::SyntaxConfig;
use minijinja::{Environment, Error, ErrorKind, Value, context};

use super::{GenerateError, Message, Result, Role};

/// A model's template with the tokens that it names.
pub struct Template {
    environment: Environment<'static>,
    begin: String,
    end: String,
}

impl Template {
    /// Parses a template; `begin` and `end` are what it knows as `bos_token` and `eos_token`.
    pub fn new(source: &str, begin: &str, end: &str) -> Result<Self> {
        let mut environment = Environment::new();
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
        let failed = |e: Error| GenerateError::Template(e.to_string());
        match self.render(messages) {
            Ok(text) => Ok(text),
            // Some models know no system; what it says is said by the user.
            Err(_) if messages.first().is_some_and(|m| m.role == Role::System) => {
                self.render(&without_system(messages)).map_err(failed)
            }
            Err(e) => Err(failed(e)),
        }
    }

    fn render(&self, messages: &[Message]) -> Result<String, Error> {
        let one = |m: &Message| context! { role => m.role.as_str(), content => m.content.as_str() };
        let said: Vec<Value> = messages.iter().map(one).collect();
        self.environment.get_template("chat")?.render(context! {
            messages => said,
            bos_token => self.begin.as_str(),
            eos_token => self.end.as_str(),
            add_generation_prompt => true,
            // Qwen 3 thinks aloud unless told not to.
            enable_thinking => false,
        })
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
}
