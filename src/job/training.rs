//! The training job: a dataset and a model become a run, and the run a model of the library's own.

use std::path::{Path, PathBuf};

use crate::config::Precision;
use crate::dataset::{Dataset, DatasetError};
use crate::encoder::tokenizer::Tokenizer;
use crate::encoder::{EncoderError, Traits};
use crate::home::Home;
use crate::model::{self, Model, ModelError, folder::Parts};
use crate::progress::Cancelled;
use crate::remedy::{Remedied, Remedy};
use crate::train::dev::Dev;
use crate::train::event::{Event, Figures, Reason};
use crate::train::material::Material;
use crate::train::pin::{Pinned, Pins};
use crate::train::run::{self, About, Run, Source};
use crate::train::steer::Steer;
use crate::train::{Settings, TrainError, Trainer, card, teaching};

#[derive(Debug, thiserror::Error)]
pub enum TrainingError {
    #[error(transparent)]
    Train(#[from] TrainError),
    #[error(transparent)]
    Model(#[from] ModelError),
    #[error(transparent)]
    Dataset(#[from] DatasetError),
    #[error(transparent)]
    Encoder(#[from] EncoderError),
    #[error("{0}")]
    Cancelled(#[from] Cancelled),
    #[error("the model {name} is not the one that the run began with")]
    OtherBase { name: String },
    #[error("there is no run{named} that could go on")]
    NoRun { named: String, others: Vec<String> },
}

impl Remedied for TrainingError {
    fn remedy(&self) -> Option<Remedy> {
        match self {
            Self::Train(error) => error.remedy(),
            Self::Model(error) => error.remedy(),
            Self::Dataset(error) => error.remedy(),
            Self::Encoder(error) => error.remedy(),
            Self::Cancelled(_) => None,
            Self::OtherBase { .. } => Remedy::advice("put that one back, or begin a new run"),
            Self::NoRun { others, .. } => Some(match others.first() {
                None => Remedy::BeginRun,
                Some(_) => Remedy::ResumeOther(others.clone()),
            }),
        }
    }
}

type Result<T, E = TrainingError> = std::result::Result<T, E>;

/// Rows held out for the dev figure, at most.
const DEV_ROWS: usize = 500;
/// The split does not change with the run's seed: the figures of two seeds are of the same rows.
const SPLIT_SEED: u64 = 0;

/// What a training starts from, before its settings are known.
pub struct Start {
    pub base: Model,
    pub traits: Traits,
    pub dataset: Dataset,
    pub data: PathBuf,
}

impl Start {
    /// Reads `data`, to train `base` on.
    pub fn read(base: Model, data: &Path) -> Result<Self> {
        Ok(Self {
            traits: base.traits()?,
            dataset: Dataset::read(data)?,
            data: data.to_owned(),
            base,
        })
    }

    /// The defaults for this model and data.
    pub fn settings(&self, threads: usize) -> Settings {
        let mut settings = Settings::for_dataset(&self.dataset, &self.traits.prompts, threads);
        settings.max_tokens = settings.max_tokens.min(self.traits.max_tokens);
        settings
    }

    /// Refuses settings that cannot be.
    pub fn check(&self, settings: &Settings) -> Result<()> {
        let config = &self.traits.config;
        let (dim, layers) = (config.hidden_size, config.num_hidden_layers);
        let format = self.dataset.format();
        Ok(settings.check(format, dim, layers, self.traits.max_tokens)?)
    }
}

/// What is trained towards, besides the settings.
pub struct Plan {
    pub name: String,
    /// Rows to measure by; some of the data's own where none is named.
    pub dev: Option<PathBuf>,
    pub dev_share: f64,
    pub settings: Settings,
    /// Forget a run of that name that could go on.
    pub restart: bool,
}

/// Begins a run in `home`.
pub fn begin(home: &Home, start: &Start, plan: Plan) -> Result<Run> {
    model::check_new(home, &plan.name)?;
    start.check(&plan.settings)?;
    teaching::check(&start.data, &start.dataset)?;
    match &plan.dev {
        Some(dev) => teaching::check_held(dev, &Dataset::read(dev)?, &start.dataset)?,
        None => teaching::check_split(&start.data, &start.dataset, plan.dev_share, DEV_ROWS)?,
    }
    let about = About {
        name: plan.name,
        version: env!("CARGO_PKG_VERSION").to_owned(),
        base: start.base.name.clone(),
        base_fingerprint: start.base.fingerprint(Precision::F32)?.to_string(),
        data: Source::from_file(&start.data)?,
        dev: plan.dev.as_deref().map(Source::from_file).transpose()?,
        dev_share: plan.dev_share,
        settings: plan.settings,
    };
    Ok(Run::create(home, about, plan.restart)?)
}

/// Opens the run `name`, or the last one that could go on.
pub fn resume(home: &Home, name: Option<&str>) -> Result<Run> {
    let named = name.map_or(String::new(), |name| format!(" {name:?}"));
    Run::resume(home, name)?.ok_or_else(|| TrainingError::NoRun {
        named,
        others: run::unfinished(home),
    })
}

/// What a training came to.
pub struct Outcome {
    pub model: Model,
    /// The step whose parameters it has.
    pub step: usize,
    /// Of the base and of each evaluated step.
    pub figures: Vec<(usize, Figures)>,
}

impl Outcome {
    /// The figures of the base, and those of the step that was kept.
    pub fn compared(&self) -> Option<(&Figures, &Figures)> {
        compared(&self.figures, self.step)
    }
}

fn compared(figures: &[(usize, Figures)], step: usize) -> Option<(&Figures, &Figures)> {
    let at = |step: usize| figures.iter().find(|(s, _)| *s == step);
    Some((&at(0)?.1, &at(step)?.1))
}

/// Trains `run` to its end and puts the model away; `steer` pauses it and ends it early, `pinned` are
/// questions that are followed.
///
/// # Errors
///
/// Where the data or a model cannot be read or the run's folder not be written, the training
/// diverges, or it is cancelled: it has a checkpoint then, and can go on.
pub fn train(
    home: &Home,
    mut run: Run,
    pinned: &[Pinned],
    steer: &Steer,
    sink: &mut dyn FnMut(&Event),
) -> Result<Outcome> {
    let about = run.about.clone();
    let base = Model::named(home, &about.base)?;
    let files = base.files()?;
    if files.fingerprint(Precision::F32)?.as_str() != about.base_fingerprint {
        return Err(TrainingError::OtherBase { name: about.base });
    }
    let settings = &about.settings;
    let (training, dev) = materials(&about, &files.tokenizer()?)?;
    let mut trainer = Trainer::new(settings, files.trainable()?, &training, dev.as_ref());
    trainer.follow(Pins::new(pinned, &files.tokenizer()?, settings)?);
    trainer.resume(&mut run)?;
    let layout = trainer.layout();
    let steer = steer.listening(&run.folder);
    let ended = trainer.run(&mut run, &steer, sink)?;
    if ended.reason == Reason::Interrupted {
        return Err(Cancelled.into());
    }
    let weights = layout.write(&ended.values)?;
    let parts = Parts::from_model(&base.name, &files, base.path())?.tuned(&settings.prompts());
    let compared = compared(&ended.figures, ended.step);
    let card = card::write(&about, compared, ended.step);
    parts.write(&home.model(&about.name), &weights, &card)?;
    run.finish();
    Ok(Outcome {
        model: Model::named(home, &about.name)?,
        step: ended.step,
        figures: ended.figures,
    })
}

/// The rows that a run learns from, and those that it is measured by.
pub fn parts(about: &About) -> Result<(Dataset, Dataset)> {
    about.data.check()?;
    let dataset = Dataset::read(&about.data.path)?;
    let Some(source) = &about.dev else {
        return Ok(dataset.split(about.dev_share, DEV_ROWS, SPLIT_SEED));
    };
    source.check()?;
    let held = Dataset::read(&source.path)?;
    if held.format() != dataset.format() {
        return Err(TrainError::DevFormat {
            path: source.path.display().to_string(),
            found: held.format().as_str(),
            expected: dataset.format().as_str(),
        }
        .into());
    }
    Ok((dataset, held))
}

/// What is trained on, and what is measured by.
fn materials(about: &About, tokenizer: &Tokenizer) -> Result<(Material, Option<Dev>)> {
    let settings = &about.settings;
    let (training, held) = parts(about)?;
    if training.len() < 2 {
        return Err(TrainError::TooFew {
            path: about.data.path.display().to_string(),
            format: training.format().as_str(),
        }
        .into());
    }
    let training = Material::new(&training, tokenizer, settings, &[])?;
    if held.is_empty() {
        return Ok((training, None));
    }
    let held = Material::new(&held, tokenizer, settings, &training.label_names)?;
    let dev = Dev::new(held, &training, settings.eval_passages);
    Ok((training, Some(dev)))
}
