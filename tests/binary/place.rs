//! A place of its own for a test: a folder of PDFs, settings, and state that no other test sees.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::{Mutex, OnceLock};
use std::time::{Duration, Instant};

use serde_json::Value;

pub const CALDER: &str = "CALDER_2024Q1_EARNINGS.pdf";
pub const NORTHGATE: &str = "NORTHGATE_2023_10K.pdf";

/// The binary under test.
pub const TENK: &str = env!("CARGO_BIN_EXE_tenk");

/// Longest time that a test waits for what it asserts. It only ends a wait that would last for ever:
/// a busy machine may take long.
pub const PATIENCE: Duration = Duration::from_secs(300);

/// Waits until `done`.
#[track_caller]
pub fn wait(what: &str, mut done: impl FnMut() -> bool) {
    let began = Instant::now();
    while !done() {
        assert!(began.elapsed() < PATIENCE, "waited for {what}");
        std::thread::sleep(Duration::from_millis(10));
    }
}

/// Sends a signal by its name, as `-INT`.
pub fn signal(process: u32, name: &str) {
    let sent = Command::new("kill")
        .args([name, &process.to_string()])
        .status();
    assert!(sent.unwrap().success(), "{name}");
}

/// All files below a folder.
pub fn files_under(folder: &Path) -> Vec<PathBuf> {
    let mut out = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        match entry.unwrap().path() {
            path if path.is_dir() => out.extend(files_under(&path)),
            path => out.push(path),
        }
    }
    out
}

/// The folder that a variable of the environment names, for tests that run only when asked for.
pub fn folder_from(variable: &str) -> PathBuf {
    let named = std::env::var_os(variable).map(PathBuf::from);
    named.unwrap_or_else(|| panic!("set {variable} to a folder"))
}

/// A file of the bundled corpus.
pub fn corpora(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("corpora")
        .join(name)
}

pub struct Place {
    root: tempfile::TempDir,
}

impl Place {
    pub fn new() -> Self {
        let root = tempfile::tempdir().unwrap();
        std::fs::create_dir(root.path().join("filings")).unwrap();
        Self { root }
    }

    /// A place whose folder holds copies of the named corpus files.
    pub fn with(names: &[&str]) -> Self {
        let place = Self::new();
        for name in names {
            std::fs::copy(corpora(name), place.folder().join(name)).unwrap();
        }
        place
    }

    /// A place whose folder holds every document of the corpus.
    pub fn with_corpora() -> Self {
        let files = std::fs::read_dir(corpora("")).unwrap().flatten();
        let names = files.map(|file| file.file_name().into_string().unwrap());
        let pdfs: Vec<String> = names.filter(|name| name.ends_with(".pdf")).collect();
        Self::with(&pdfs.iter().map(String::as_str).collect::<Vec<_>>())
    }

    /// A library of the named corpus files, indexed once for all tests of this process. Tests only
    /// read it; one that writes takes a `copy`.
    pub fn shared(names: &[&str]) -> &'static Self {
        type Libraries = BTreeMap<Vec<String>, &'static OnceLock<Place>>;
        static LIBRARIES: Mutex<Libraries> = Mutex::new(BTreeMap::new());
        let key = names.iter().map(|name| (*name).to_owned()).collect();
        // Other libraries can be made while this one is: the lock is not held meanwhile.
        let library = *LIBRARIES
            .lock()
            .unwrap()
            .entry(key)
            .or_insert_with(|| Box::leak(Box::default()));
        library.get_or_init(|| {
            let place = Self::with(names);
            place.run(&["index", "."]).ok();
            place
        })
    }

    /// A place of its own with all that this one has.
    pub fn copy(&self) -> Self {
        fn copy(from: &Path, to: &Path) {
            std::fs::create_dir_all(to).unwrap();
            for entry in std::fs::read_dir(from).unwrap().map(Result::unwrap) {
                let (path, to) = (entry.path(), to.join(entry.file_name()));
                // SQLite makes its shared memory anew.
                let is_shared_memory = path.to_string_lossy().ends_with("-shm");
                if path.is_dir() {
                    copy(&path, &to);
                } else if !is_shared_memory {
                    // Another test's run in the shared place may take its temporary file away meanwhile.
                    match std::fs::copy(&path, to) {
                        Err(gone) if gone.kind() == std::io::ErrorKind::NotFound => {}
                        copied => assert!(copied.is_ok(), "{copied:?}"),
                    }
                }
            }
        }
        let place = Self::new();
        copy(self.root.path(), place.root.path());
        place
    }

    pub fn root(&self) -> &Path {
        self.root.path()
    }

    /// The library's folder.
    pub fn folder(&self) -> PathBuf {
        self.root.path().join("filings")
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder().join(name)
    }

    pub fn write(&self, name: &str, bytes: impl AsRef<[u8]>) {
        std::fs::write(self.path(name), bytes).unwrap();
    }

    /// Settings of this place. Without OCR where they say nothing of it: what a test sees is not to depend on what is
    /// installed.
    pub fn configure(&self, toml: &str) {
        let none = if toml.contains("[ocr]") {
            ""
        } else {
            "\n[ocr]\nmode = \"never\"\n"
        };
        std::fs::write(
            self.root.path().join("config.toml"),
            format!("{toml}{none}"),
        )
        .unwrap();
    }

    /// The settings that keep a command in this place.
    pub fn environment(&self) -> [(&'static str, PathBuf); 3] {
        [
            ("TENK_CONFIG", self.root.path().join("config.toml")),
            ("XDG_DATA_HOME", self.root.path().join("data")),
            ("HOME", self.root.path().join("user")),
        ]
    }

    /// `program` in the library's folder, in this place's settings.
    pub fn program(&self, program: impl AsRef<std::ffi::OsStr>) -> Command {
        self.configure_if_missing();
        let mut command = Command::new(program);
        command.current_dir(self.folder()).envs(self.environment());
        // What the tests are run in must not reach them.
        for name in [
            "TENK_HOME",
            "TENK_OFFLINE",
            "HF_HOME",
            "HF_HUB_CACHE",
            "HF_ENDPOINT",
        ] {
            command.env_remove(name);
        }
        for name in [
            "HF_TOKEN",
            "HF_TOKEN_PATH",
            "HF_HUB_OFFLINE",
            "XDG_CACHE_HOME",
            "OPENAI_BASE_URL",
            "OPENAI_API_KEY",
            "OLLAMA_HOST",
        ] {
            command.env_remove(name);
        }
        command.env("NO_PROXY", "127.0.0.1").stdin(Stdio::null());
        command
    }

    pub fn tenk(&self, arguments: &[&str]) -> Command {
        let mut command = self.program(TENK);
        command.args(arguments);
        command
    }

    pub fn run(&self, arguments: &[&str]) -> Outcome {
        Outcome::of(&mut self.tenk(arguments))
    }

    /// Runs with `--json` and returns the last line, after checking that all are JSON.
    pub fn json(&self, arguments: &[&str]) -> Value {
        let mut all = arguments.to_vec();
        all.push("--json");
        self.run(&all).last_json()
    }

    /// The names of all commands, as the help lists them.
    pub fn commands(&self) -> Vec<String> {
        let help = self.run(&["--help"]).ok().stdout;
        let listed = help.split("Commands:\n").nth(1).unwrap();
        let listed = listed.lines().take_while(|line| !line.is_empty());
        let names = listed.filter(|line| !line.starts_with("   "));
        let names = names.filter_map(|line| line.split_whitespace().next());
        let names: Vec<String> = names.map(str::to_owned).collect();
        assert!(names.len() > 20, "{names:?}");
        names
    }

    pub fn search(&self, question: &str) -> Vec<Value> {
        let found = self.json(&["search", question, "--top-k", "50"]);
        found["hits"].as_array().expect("hits").clone()
    }

    fn configure_if_missing(&self) {
        if !self.root.path().join("config.toml").exists() {
            self.configure("");
        }
    }
}

/// How a command ended and what it said.
#[derive(Debug)]
pub struct Outcome {
    /// None when a signal ended it.
    pub code: Option<i32>,
    pub stdout: String,
    pub stderr: String,
}

impl Outcome {
    pub fn of(command: &mut Command) -> Self {
        // A copy of the program that is run is held open for a moment by whoever forks meanwhile.
        for _ in 0..50 {
            match command.output() {
                Err(error) if error.kind() == std::io::ErrorKind::ExecutableFileBusy => {
                    std::thread::sleep(Duration::from_millis(20));
                }
                ended => return Self::from(ended.unwrap()),
            }
        }
        Self::from(command.output().unwrap())
    }

    pub fn ok(self) -> Self {
        assert_eq!(self.code, Some(0), "{self:#?}");
        self
    }

    /// Every line of stdout as JSON.
    pub fn json_lines(&self) -> Vec<Value> {
        let parse = |line: &str| {
            serde_json::from_str(line).unwrap_or_else(|e| panic!("{e} in {line:?}\n{self:#?}"))
        };
        self.stdout.lines().map(parse).collect()
    }

    pub fn last_json(&self) -> Value {
        self.json_lines()
            .pop()
            .unwrap_or_else(|| panic!("no JSON: {self:#?}"))
    }
}

impl From<Output> for Outcome {
    fn from(output: Output) -> Self {
        Self {
            code: output.status.code(),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }
}
