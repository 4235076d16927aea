use super::*;

#[test]
fn an_ignore_file_is_honoured() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("drafts")).unwrap();
    std::fs::write(folder.path().join("a.pdf"), "one").unwrap();
    std::fs::write(folder.path().join("drafts/b.pdf"), "two").unwrap();
    std::fs::write(folder.path().join(".tenkignore"), "drafts/\n").unwrap();
    assert_eq!(list(folder.path()).files.len(), 1);
}
