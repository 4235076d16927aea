//! Trains the bundled model on pairs of texts, a JSON object a line with `anchor` and `positive`:
//! `cargo run --release --example train pairs.jsonl home`. The model is put into the folder `home`.

use tenk::home::Home;
use tenk::job::training::{self, Plan, Start};
use tenk::model::Model;
use tenk::train::event::Event;
use tenk::train::steer::Steer;

fn main() -> anyhow::Result<()> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let [pairs, home] = &words[..] else {
        anyhow::bail!("usage: train PAIRS HOME");
    };
    std::fs::create_dir_all(home)?;
    let home = Home::at(home);
    let start = Start::read(Model::base(), pairs.as_ref())?;
    let mut settings = start.settings(2);
    settings.epochs = 1;
    let plan = Plan {
        name: "example".to_owned(),
        dev: None,
        dev_share: 0.1,
        settings,
        restart: true,
    };
    let run = training::begin(&home, &start, plan)?;
    let mut show = |event: &Event| println!("{event:?}");
    let outcome = training::train(&home, run, &[], &Steer::default(), &mut show)?;
    if let Some((before, after)) = outcome.compared() {
        println!("before {before:?}, after {after:?}");
    }
    Ok(())
}
