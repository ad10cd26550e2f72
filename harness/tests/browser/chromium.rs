//! Chromium, without a window: opens a page and tells what became of it.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};
use std::{env, fs, thread};

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::text::between;

const NAMES: [&str; 4] = ["chromium", "chromium-browser", "google-chrome", "chrome"];

/// How long a page may take before something is wrong with it.
const PATIENCE: Duration = Duration::from_secs(120);

/// What comes before the page's own script: it draws at once when it wants to draw soon, so that what
/// it costs can be measured, and what goes wrong is written down.
const BEFORE: &str = r#"<script>
window.result = { errors: [], refused: [] };
addEventListener("error", (event) => result.errors.push(String(event.message)));
addEventListener("unhandledrejection", (event) => result.errors.push(String(event.reason)));
addEventListener("securitypolicyviolation", (event) => result.refused.push(event.blockedURI));
console.error = console.warn = (...words) => result.errors.push(words.join(" "));
window.requestAnimationFrame = (act) => { act(performance.now()); return 1; };
window.alert = () => result.errors.push("alert");
</script>"#;

/// What comes last: a test's own script, and its result as text that needs no escapes.
const AFTER: [&str; 2] = [
    r##"<script>
const $ = (which) => document.querySelector(which), $$ = (which) => [...document.querySelectorAll(which)];
const set = (which, value) => {
  $(which).value = value;
  $(which).dispatchEvent(new Event("change"));
};
const shown = () => Number($("#canvas").dataset.shown);
const hops = () => $$("#details .hops li").map((hop) => Number(hop.dataset.id));
try {"##,
    r#"} catch (error) { result.errors.push(String(error.stack)); }
result.loaded = performance.getEntriesByType("resource").map((entry) => entry.name);
const told = document.createElement("pre");
told.id = "told";
told.textContent = JSON.stringify(result).replace(/[<>&\u0080-\uffff]/g,
  (one) => "\\u" + one.charCodeAt(0).toString(16).padStart(4, "0"));
document.body.append(told);
</script>"#,
];

fn chromium() -> PathBuf {
    let folders: Vec<_> = env::split_paths(&env::var_os("PATH").unwrap_or_default()).collect();
    let paths = NAMES
        .iter()
        .flat_map(|name| folders.iter().map(move |folder| folder.join(name)));
    let found = paths.into_iter().find(|path| path.is_file());
    found.unwrap_or_else(|| {
        panic!("no Chromium in PATH: install it (Debian: apt-get install chromium), or leave out `make browser`")
    })
}

/// The page's document when it has been loaded and its scripts have run.
pub fn document(page: &str) -> String {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("report.html");
    fs::write(&file, page).unwrap();
    let dumped = folder.path().join("document.html");
    let mut browser = Command::new(chromium())
        .args([
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--no-first-run",
            "--dump-dom",
        ])
        .arg(format!(
            "--user-data-dir={}",
            folder.path().join("profile").display()
        ))
        .args(["--window-size=1280,1000", "--disable-background-networking"])
        .arg(format!("file://{}", file.display()))
        .stdout(fs::File::create(&dumped).unwrap())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let began = Instant::now();
    while browser.try_wait().unwrap().is_none() {
        if began.elapsed() > PATIENCE {
            browser.kill().unwrap();
            browser.wait().unwrap();
            panic!("Chromium has not shown the page after {PATIENCE:?}");
        }
        thread::sleep(Duration::from_millis(20));
    }
    read(&dumped)
}

fn read(path: &Path) -> String {
    String::from_utf8(fs::read(path).unwrap()).unwrap()
}

/// What a script that runs after the page's own wrote into `result`. Nothing must have gone wrong.
pub fn result(page: &str, script: &str) -> Value {
    let hash = between(page, "script-src ", "\"");
    let loose = page.replacen(hash, "'unsafe-inline'", 1);
    let loose = loose.replacen("<style>", &format!("{BEFORE}<style>"), 1);
    let (body, rest) = loose.rsplit_once("</body>").unwrap();
    let [open, close] = AFTER;
    let document = document(&format!("{body}{open}{script}{close}</body>{rest}"));
    let told = between(&document, "<pre id=\"told\">", "</pre>");
    let result: Value = serde_json::from_str(told).unwrap();
    for wrong in ["errors", "refused", "loaded"] {
        assert_eq!(result[wrong], json!([]), "{wrong}: {result}");
    }
    result
}
