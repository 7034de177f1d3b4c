//! Runs as one .zip file: what the page takes in, and what it hands over.

use crate::arguments::{ExportArguments, ImportArguments};
use crate::failure::Failure;
use crate::folder::{file_name, fresh};
use crate::{output, text};
use augsphere_spec::archive::{self, FILES, RunFiles};
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

/// Packs run folders into one file.
///
/// # Errors
/// A folder that is no run folder; a disk that refuses.
pub fn export(request: &ExportArguments) -> Result<(), Failure> {
    let mut runs: Vec<(String, RunFiles)> = Vec::new();
    for folder in &request.runs {
        let path = text::home(folder);
        let files = files(&path)?;
        if let Some(why) = archive::lacking(&files) {
            return Err(Failure::Usage(format!(
                "{} is no run folder: {why}; `augsphere runs` lists those that there are",
                path.display()
            )));
        }
        let name = path.canonicalize().ok().and_then(|path| path.file_name().map(|name| name.to_string_lossy().into_owned()));
        let wanted = name.unwrap_or_else(|| "run".into());
        let taken = |name: &str| runs.iter().any(|(known, _)| known == name);
        let numbered = (2..).map(|number| format!("{wanted}-{number}"));
        let name = std::iter::once(wanted.clone()).chain(numbered).find(|name| !taken(name)).unwrap_or(wanted);
        runs.push((name, files));
    }
    let bytes = archive::pack(runs.iter().map(|(name, files)| (name.as_str(), files))).map_err(|fault| Failure::from(&fault))?;
    let out = text::home(&request.out);
    fs::write(&out, &bytes).map_err(|error| Failure::disk("write", &out, &error))?;
    let runs = if runs.len() == 1 { "1 run".to_owned() } else { format!("{} runs", runs.len()) };
    output::result(&format!("{runs} in {} ({} bytes); drop it on the page, or `augsphere import` it", out.display(), bytes.len()))
}

/// The files of a run in its folder.
fn files(folder: &Path) -> Result<RunFiles, Failure> {
    let mut files = RunFiles::new();
    for name in FILES {
        let file = folder.join(name);
        match fs::read(&file) {
            Ok(bytes) => drop(files.insert(name.to_owned(), bytes)),
            Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {}
            Err(error) => return Err(Failure::disk("read", &file, &error)),
        }
    }
    Ok(files)
}

/// Whether a file is an archive of runs by its name.
pub fn is_archive(file: &Path) -> bool {
    text::ends_in(file, &["zip"])
}

/// Makes run folders of the runs in an archive, below `--out` or `runs`. Nothing is overwritten: a name that is taken gets a number.
///
/// # Errors
/// An archive without a run; a disk that refuses.
pub fn import(arguments: &ImportArguments) -> Result<(), Failure> {
    let file = text::home(&arguments.file);
    let bytes = fs::read(&file).map_err(|error| match error.kind() {
        ErrorKind::NotFound => Failure::Usage(format!("there is no {}", file.display())),
        _ => Failure::disk("read", &file, &error),
    })?;
    let unpacked = archive::unpack(&bytes).map_err(|fault| Failure::from(&fault))?;
    let below = arguments.out.as_deref().map_or_else(|| PathBuf::from("runs"), text::home);
    let mut lines = Vec::new();
    for (name, files) in unpacked.runs {
        let folder = fresh(&below, &file_name(&name))?;
        // The experiment comes last: without it a folder is no run.
        let (last, others): (Vec<_>, Vec<_>) = files.iter().partition(|(name, _)| *name == archive::EXPERIMENT);
        for (name, contents) in others.into_iter().chain(last) {
            let path = folder.join(name);
            fs::write(&path, contents).map_err(|error| Failure::disk("write", &path, &error))?;
        }
        lines.push(format!("{name} is in {}", folder.display()));
    }
    for left_out in &unpacked.left_out {
        output::tell(&format!("left out: {left_out}"));
    }
    output::result(&lines.join("\n"))
}
