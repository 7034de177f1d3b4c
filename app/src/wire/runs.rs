//! Runs among files that a person gives: archives of them, and run folders as they are.

use super::files::Gathered;
use super::script::ask;
use augsphere_spec::Fault;
use augsphere_spec::archive::{self, EXPERIMENT, FILES, METRICS, RunFiles, Unpacked};
use js_sys::Uint8Array;
use web_sys::File;

/// The largest file that is taken into memory, bytes.
const MOST: f64 = 1e9;

fn is_archive(path: &str) -> bool {
    path.to_ascii_lowercase().ends_with(".zip")
}

/// Whether what was given is runs rather than images.
pub fn holds(gathered: &Gathered) -> bool {
    let named = |name: &str| gathered.files.iter().any(|(_, path)| path.rsplit('/').next() == Some(name));
    gathered.files.iter().any(|(_, path)| is_archive(path)) || (named(EXPERIMENT) && named(METRICS))
}

/// The runs in what was given.
///
/// # Errors
/// If none of them can be read.
pub async fn unpack(gathered: &Gathered) -> Result<Unpacked, Fault> {
    let mut all = Unpacked::default();
    let mut last = None;
    let mut folders: Vec<(String, RunFiles)> = Vec::new();
    for (file, path) in &gathered.files {
        let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
        if is_archive(path) {
            match bytes(file).await.and_then(|bytes| archive::unpack(&bytes)) {
                Ok(unpacked) => {
                    all.runs.extend(unpacked.runs);
                    all.left_out.extend(unpacked.left_out);
                }
                Err(fault) => {
                    all.left_out.push(format!("{path}: {}", fault.what));
                    last = Some(fault);
                }
            }
        } else if FILES.contains(&name) {
            let contents = bytes(file).await?;
            match folders.iter_mut().find(|(known, _)| known == folder) {
                Some((_, files)) => drop(files.insert(name.to_owned(), contents)),
                None => folders.push((folder.to_owned(), RunFiles::from([(name.to_owned(), contents)]))),
            }
        }
    }
    for (folder, files) in folders {
        let name = folder.rsplit('/').next().filter(|name| !name.is_empty()).unwrap_or("run").to_owned();
        match archive::lacking(&files) {
            None => all.runs.push((name, files)),
            Some(why) => all.left_out.push(format!("{name}: {why}")),
        }
    }
    match last {
        Some(fault) if all.runs.is_empty() => Err(fault),
        _ => Ok(all),
    }
}

async fn bytes(file: &File) -> Result<Vec<u8>, Fault> {
    let unread = |why: String| Fault {
        what: format!("{} could not be read: {why}.", file.name()),
        location: "what was given".into(),
        remedy: "Check that it still exists and that you may read it.".into(),
        recoverable: true,
        settings: Vec::new(),
    };
    if file.size() > MOST {
        return Err(unread("it is larger than any archive of runs".into()));
    }
    let buffer = ask(file, "arrayBuffer", &[]).await.map_err(|error| unread(super::script::words(&error)))?;
    Ok(Uint8Array::new(&buffer).to_vec())
}
