//! Generates the manual's pages, man/*.3.in, from include/roomcast.h.
//!
//! `cargo run -p roomcast-c --example man` writes them; with `-- --check` it compares only, and fails on a difference. The pages are
//! mdoc. install.sh fills in the version and the date, and makes a page that refers to it for each further name in NAME.
//!
//! A page is about the functions of one file of src/, whose first line describes it; or about one type; or about all macros.

mod header;
mod mdoc;

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::ExitCode;

use header::{Header, Item, Kind};
use mdoc::Page;

fn main() -> ExitCode {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let text = fs::read_to_string(here.join("include/roomcast.h")).expect("the header can be read");
    let pages = pages(&Header::parse(&text), &here.join("src"));
    let folder = here.join("man");
    if std::env::args().any(|argument| argument == "--check") {
        let old = written(&folder);
        let differing = pages
            .iter()
            .find(|(name, text)| old.get(*name) != Some(text))
            .or(old.iter().find(|(name, _)| !pages.contains_key(*name)));
        if let Some((name, _)) = differing {
            eprintln!("man/{name} differs from what the header generates.");
            eprintln!("Write it again: cargo run -p roomcast-c --example man");
            return ExitCode::FAILURE;
        }
        return ExitCode::SUCCESS;
    }
    fs::create_dir_all(&folder).expect("the folder can be created");
    for name in written(&folder).keys() {
        fs::remove_file(folder.join(name)).expect("an old page can be removed");
    }
    for (name, text) in &pages {
        fs::write(folder.join(name), text).expect("a page can be written");
    }
    ExitCode::SUCCESS
}

/// The pages that are there, by file name.
fn written(folder: &Path) -> BTreeMap<String, String> {
    let Ok(entries) = fs::read_dir(folder) else {
        return BTreeMap::new();
    };
    entries
        .map(|entry| entry.expect("the folder can be read").path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "in"))
        .map(|path| {
            let name = path.file_name().expect("a file has a name").to_string_lossy().into_owned();
            (name, fs::read_to_string(path).expect("a page can be read"))
        })
        .collect()
}

/// All pages by file name.
fn pages(header: &Header, sources: &Path) -> BTreeMap<String, String> {
    let modules = modules(sources);
    // Functions by the file that they are in, in the header's order.
    let mut groups: Vec<(&Module, Vec<&Item>)> = Vec::new();
    for function in header.items.iter().filter(|item| item.kind == Kind::Function) {
        let module = modules
            .iter()
            .find(|module| module.functions.contains(&function.name))
            .unwrap_or_else(|| panic!("{} is in no file of src/", function.name));
        match groups.iter_mut().find(|(other, _)| other.file == module.file) {
            Some((_, functions)) => functions.push(function),
            None => groups.push((module, vec![function])),
        }
    }
    let macros: Vec<&Item> = header.items.iter().filter(|item| item.kind == Kind::Macro).collect();

    let mut all = vec![
        Page::overview(&header.overview),
        Page::macros("the macros and constants of roomcast.h", &macros),
    ];
    all.extend(groups.iter().map(|(module, functions)| Page::functions(&module.about, functions)));
    all.extend(header.items.iter().filter(|item| item.kind == Kind::Type).map(Page::of_type));
    // Which page has a name.
    let places: BTreeMap<String, String> = all
        .iter()
        .flat_map(|page| page.names.iter().map(|name| (name.clone(), page.names[0].clone())))
        .collect();
    all.iter().map(|page| (format!("{}.3.in", page.names[0]), page.text(&places))).collect()
}

/// A file of src/ that exports functions.
struct Module {
    file: String,
    about: String,
    functions: Vec<String>,
}

fn modules(sources: &Path) -> Vec<Module> {
    let entries = fs::read_dir(sources).expect("the sources can be read");
    entries
        .map(|entry| entry.expect("the sources can be read").path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "rs"))
        .map(|path| {
            let text = fs::read_to_string(&path).expect("a source can be read");
            let about = text.lines().next().and_then(|line| line.strip_prefix("//! ")).unwrap_or_default();
            let functions = text.split("extern \"C\" fn ").skip(1).filter_map(|rest| rest.split('(').next());
            Module {
                file: path.to_string_lossy().into_owned(),
                about: about.to_owned(),
                functions: functions.map(str::to_owned).collect(),
            }
        })
        .collect()
}
