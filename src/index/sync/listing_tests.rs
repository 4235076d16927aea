use super::*;

struct Tree(tempfile::TempDir);

impl Tree {
    fn new(files: &[&str]) -> Self {
        let tree = Self(tempfile::tempdir().unwrap());
        for file in files {
            let path = tree.path(file);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, file).unwrap();
        }
        tree
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn keys(&self) -> Vec<String> {
        self.list().files.into_iter().map(|f| f.key).collect()
    }

    fn list(&self) -> Listing {
        list(self.0.path())
    }

    #[cfg(unix)]
    fn link(&self, to: &Path, name: &str) {
        std::os::unix::fs::symlink(to, self.path(name)).unwrap();
    }
}

#[test]
fn an_ignore_file_is_honoured() {
    let tree = Tree::new(&["a.pdf", "drafts/b.pdf", "north/c.pdf", "north/d.pdf"]);
    std::fs::write(tree.path(".tenkignore"), "drafts/\n").unwrap();
    std::fs::write(tree.path("north/.tenkignore"), "d.*\n").unwrap();
    assert_eq!(tree.keys(), ["a.pdf", "north/c.pdf"]);
}

#[cfg(unix)]
#[test]
fn loops_of_links_hide_nothing_and_multiply_nothing() {
    let tree = Tree::new(&["a.pdf", "one/b.pdf", "one/deep/c.pdf", "two/d.pdf"]);
    let folders = ["one", "two", "one/deep"];
    for from in folders {
        tree.link(&tree.path(""), &format!("{from}/up"));
        for to in folders {
            tree.link(
                &tree.path(to),
                &format!("{from}/to-{}", to.replace('/', "-")),
            );
        }
    }
    tree.link(&tree.path("self"), "self");
    let listing = tree.list();
    assert_eq!(
        tree.keys(),
        ["a.pdf", "one/b.pdf", "one/deep/c.pdf", "two/d.pdf"]
    );
    let hidden: Vec<&str> = listing.unlisted.iter().map(|(p, _)| p.as_str()).collect();
    assert!(hidden.iter().all(|prefix| *prefix == "self"), "{hidden:?}");
    assert!(listing.linked.is_empty());
}

#[cfg(unix)]
#[test]
fn what_lies_elsewhere_is_listed_where_the_first_link_leads_to_it() {
    let (tree, elsewhere) = (Tree::new(&["a.pdf"]), Tree::new(&["b.pdf", "deep/c.pdf"]));
    tree.link(&elsewhere.path(""), "first");
    tree.link(&elsewhere.path(""), "second");
    tree.link(&elsewhere.path("deep"), "third");
    tree.link(&elsewhere.path("b.pdf"), "b.pdf");
    elsewhere.link(&tree.path(""), "back");
    elsewhere.link(&elsewhere.path(""), "deep/round");
    assert_eq!(
        tree.keys(),
        ["a.pdf", "b.pdf", "first/b.pdf", "first/deep/c.pdf"]
    );
    assert!(tree.list().unlisted.is_empty());
    assert_eq!(tree.list().linked.len(), 2);
}

#[cfg(unix)]
#[test]
fn a_link_that_leads_nowhere_hides_what_it_led_to_alone() {
    let tree = Tree::new(&["a.pdf"]);
    for name in ["b.pdf", "folder", "notes.txt"] {
        tree.link(Path::new("/nowhere/at/all"), name);
    }
    let listing = tree.list();
    let mut hidden: Vec<&str> = listing.unlisted.iter().map(|(p, _)| p.as_str()).collect();
    hidden.sort_unstable();
    assert_eq!(hidden, ["b.pdf", "folder"]);
    assert!(listing.hides("folder/c.pdf") && !listing.hides("c.pdf"));
    assert!(!listing.hides("folder2/c.pdf"));
}

#[cfg(unix)]
#[test]
fn a_folder_whose_ignore_file_cannot_be_read_is_left_as_it_was() {
    let tree = Tree::new(&["a.pdf", "drafts/b.pdf"]);
    let pipe = tree.path("drafts/.tenkignore");
    let made = std::process::Command::new("mkfifo").arg(&pipe).status();
    assert!(made.unwrap().success());
    let listing = tree.list();
    assert_eq!(tree.keys(), ["a.pdf"]);
    assert!(listing.hides("drafts/b.pdf") && !listing.hides("c.pdf"));
    assert!(listing.unlisted[0].1.contains("no file"), "{listing:?}");
    std::fs::create_dir(tree.path(".tenkignore")).unwrap();
    assert!(tree.keys().is_empty() && tree.list().hides("a.pdf"));
}

#[cfg(unix)]
#[test]
fn a_time_that_is_set_back_hides_no_change() {
    let tree = Tree::new(&["a.pdf"]);
    let path = tree.path("a.pdf");
    let before = tree.list().files[0].mtime_ns;
    let modified = path.metadata().unwrap().modified().unwrap();
    std::thread::sleep(std::time::Duration::from_millis(30));
    std::fs::write(&path, "b.pdf").unwrap();
    let file = std::fs::File::options().append(true).open(&path).unwrap();
    file.set_modified(modified).unwrap();
    assert!(tree.list().files[0].mtime_ns > before);
}

#[test]
fn what_is_left_for_later_counts_as_it_was() {
    let tree = Tree::new(&["a.pdf", "b.pdf"]);
    let listing = tree.list().hold_back(|file| file.key == "b.pdf");
    assert_eq!(listing.files.len(), 1);
    assert!(listing.hides("b.pdf") && !listing.hides("a.pdf"));
}
