//! Pages, Markdown and folders of samples with hostile words.

use std::collections::BTreeSet;
use std::fs;

use super::{WORDS, check_outputs, commands, name, text};
use crate::fake::{self, Cases};

/// A page with this word in its titles, inputs and outputs.
fn page(word: &str) -> String {
    format!(
        "Sample Test Cases\n\n{word}\nTimeout: 5000ms\nInput\n{{\"a\":{word}}}\n{word}\nExpected Output\n{word}\n\
         ../../up\nTimeout: {word}\nInput\n{{}}\nExpected Output\n{word}\n\n/etc/passwd\nTimeout: 5000ms\nInput\n@args {word}\n\
         Expected Output\n{word}\n\n"
    )
}

/// The same in Markdown.
fn markdown(word: &str) -> String {
    format!(
        "# {word}\n\n### 1. {word}\n\n{word}\n\nInput:\n\n```\n{{\"a\":1}}\n{word}\n```\n\nExpected output:\n\n```\n{word}\n```\n\n\
         ### 2. ../../up\n\nInput:\n\n```\n{{}}\n```\n\nExpected output:\n\n```\n{{}}\n```\n"
    )
}

#[test]
fn no_word_acts_in_what_an_import_says_and_none_leads_out_of_its_folder() {
    for word in WORDS {
        let cases = Cases::new();
        let folder = cases.path().join("in");
        let samples = folder.join(name(word));
        fs::create_dir_all(&samples).unwrap();
        let mut stem = name(word).into_os_string();
        stem.push("-input-1.jsonl");
        for (file, bytes) in [
            ("page".into(), page(&text(word)).into_bytes()),
            ("markdown".into(), markdown(&text(word)).into_bytes()),
            (
                "bytes".into(),
                [
                    b"Sample Test Cases\n\n",
                    word,
                    b"\nTimeout: 5000ms\nInput\n",
                    word,
                    b"\nExpected Output\n",
                    word,
                ]
                .concat(),
            ),
            ("nothing".into(), word.to_vec()),
            (name(word).join("input-1.jsonl"), [word, b"\n{}\n"].concat()),
            (name(word).join("expected-1.txt"), word.to_vec()),
            (name(word).join("input-2.jsonl"), word.to_vec()),
            (name(word).join(stem), word.to_vec()),
        ] {
            fs::write(folder.join(file), bytes).unwrap();
        }
        for source in [
            "page".into(),
            "markdown".into(),
            "bytes".into(),
            "nothing".into(),
            name(word),
            name(word).join("input-2.jsonl"),
        ] {
            let out = cases.path().join("out");
            let mut harness = fake::harness();
            harness
                .arg("import")
                .arg(folder.join(&source))
                .args(["out", "--force"])
                .env("GITHUB_ACTIONS", "true");
            let ran = cases.ran(&mut harness);
            assert!([0, 2].contains(&ran.status), "{}", ran.stderr);
            check_outputs("an import", &ran);
            assert_eq!(commands(&ran), [""; 0], "{source:?}");
            let wrote: BTreeSet<_> = fs::read_dir(&out)
                .into_iter()
                .flatten()
                .map(|it| it.unwrap().file_name())
                .collect();
            for file in wrote {
                let file = file.into_string().unwrap();
                assert!(
                    file.chars()
                        .all(|c| c.is_alphanumeric() || c == '-' || c == '.'),
                    "{file:?}"
                );
                assert!(!file.starts_with(['-', '.']), "{file:?}");
            }
            // What was imported is read again without surprise.
            if out.exists() {
                super::check_text(&cases, &["list", "out"]);
                fs::remove_dir_all(out).unwrap();
            }
        }
        let left: BTreeSet<_> = fs::read_dir(cases.path())
            .unwrap()
            .map(|it| it.unwrap().file_name())
            .collect();
        assert!(
            left.iter().all(|it| it == "in" || it == ".cache"),
            "{left:?}"
        );
    }
}
