//! The files of runs: in the folder that the browser keeps for this site, or in the page's memory.

use crate::model::shelf::store::{Place, Why};
use crate::wire::browser::window;
use crate::wire::script::{ask, call, get, object, words};
use js_sys::{Array, Uint8Array};
use std::cell::RefCell;
use std::collections::BTreeMap;
use wasm_bindgen::prelude::*;
use web_sys::Blob;

/// The folder in which every run has one of its own.
const RUNS: &str = "runs";

/// Where the files of runs are.
pub enum Files {
    /// The folder of runs, as a handle of the browser.
    Disk(JsValue),
    /// By run and name; the browser holds the bytes, outside of the program's own memory.
    Memory(RefCell<BTreeMap<(String, String), Blob>>),
}

impl Files {
    /// The place that this browser gives this page.
    pub async fn open() -> (Self, Place) {
        match disk().await {
            Ok(folder) => (Self::Disk(folder), Place::Disk),
            Err(why) => (Self::Memory(RefCell::default()), Place::Memory(why)),
        }
    }

    /// The runs that have a header, and when each was written last, milliseconds since 1970.
    pub async fn list(&self) -> Vec<(String, f64)> {
        let mut names = Vec::new();
        match self {
            Self::Disk(folder) => {
                let Ok(walk) = call(folder, "keys", &[]) else { return Vec::new() };
                while let Ok(step) = ask(&walk, "next", &[]).await {
                    if get(&step, "done").is_truthy() {
                        break;
                    }
                    names.extend(get(&step, "value").as_string());
                }
            }
            Self::Memory(files) => names.extend(files.borrow().keys().map(|(id, _)| id.clone())),
        }
        names.dedup();
        let mut runs = Vec::new();
        for id in names {
            if let Some(header) = self.read(&id, super::HEADER).await {
                runs.push((id, get(&header, "lastModified").as_f64().unwrap_or_default()));
            }
        }
        runs
    }

    /// A file of a run, if it has it.
    pub async fn read(&self, id: &str, name: &str) -> Option<Blob> {
        match self {
            Self::Disk(folder) => {
                let run = ask(folder, "getDirectoryHandle", &[id.into()]).await.ok()?;
                let handle = ask(&run, "getFileHandle", &[name.into()]).await.ok()?;
                Some(ask(&handle, "getFile", &[]).await.ok()?.unchecked_into())
            }
            Self::Memory(files) => files.borrow().get(&(id.to_owned(), name.to_owned())).cloned(),
        }
    }

    /// The text of a file of a run; empty if it has none.
    pub async fn text(&self, id: &str, name: &str) -> String {
        let Some(file) = self.read(id, name).await else { return String::new() };
        ask(&file, "text", &[]).await.ok().and_then(|text| text.as_string()).unwrap_or_default()
    }

    /// The bytes of a file of a run.
    ///
    /// # Errors
    /// Why it cannot be read.
    pub async fn bytes(&self, id: &str, name: &str) -> Result<Vec<u8>, String> {
        let file = self.read(id, name).await.ok_or_else(|| format!("{name} is missing"))?;
        let buffer = ask(&file, "arrayBuffer", &[]).await.map_err(|error| words(&error))?;
        Ok(Uint8Array::new(&buffer).to_vec())
    }

    /// Writes a file of a run: as a whole, or not at all.
    ///
    /// # Errors
    /// What the browser says.
    pub async fn write(&self, id: &str, name: &str, content: &JsValue) -> Result<(), JsValue> {
        match self {
            Self::Disk(folder) => {
                let create = object(&[("create", true.into())]);
                let run = ask(folder, "getDirectoryHandle", &[id.into(), create.clone()]).await?;
                let handle = ask(&run, "getFileHandle", &[name.into(), create]).await?;
                let file = ask(&handle, "createWritable", &[]).await?;
                if let Err(error) = ask(&file, "write", std::slice::from_ref(content)).await {
                    // What was there before stays.
                    let _ = ask(&file, "abort", &[]).await;
                    return Err(error);
                }
                ask(&file, "close", &[]).await?;
            }
            Self::Memory(files) => {
                let blob = Blob::new_with_u8_array_sequence(&Array::of1(content))?;
                files.borrow_mut().insert((id.to_owned(), name.to_owned()), blob);
            }
        }
        Ok(())
    }

    /// Deletes a file of a run.
    ///
    /// # Errors
    /// What the browser says.
    pub async fn remove(&self, id: &str, name: &str) -> Result<(), JsValue> {
        match self {
            Self::Disk(folder) => {
                let run = ask(folder, "getDirectoryHandle", &[id.into()]).await?;
                ask(&run, "removeEntry", &[name.into()]).await?;
            }
            Self::Memory(files) => drop(files.borrow_mut().remove(&(id.to_owned(), name.to_owned()))),
        }
        Ok(())
    }

    /// Deletes a run.
    ///
    /// # Errors
    /// What the browser says.
    pub async fn remove_run(&self, id: &str) -> Result<(), JsValue> {
        match self {
            Self::Disk(folder) => {
                ask(folder, "removeEntry", &[id.into(), object(&[("recursive", true.into())])]).await?;
            }
            Self::Memory(files) => files.borrow_mut().retain(|(known, _), _| known != id),
        }
        Ok(())
    }
}

/// The folder of runs.
async fn disk() -> Result<JsValue, Why> {
    let storage = get(&window().navigator(), "storage");
    if !get(&storage, "getDirectory").is_function() {
        return Err(Why::Missing);
    }
    if !get(&get(&get(&window(), "FileSystemFileHandle"), "prototype"), "createWritable").is_function() {
        return Err(Why::ReadOnly);
    }
    let refused = |error: JsValue| Why::Refused(words(&error));
    let root = ask(&storage, "getDirectory", &[]).await.map_err(refused)?;
    ask(&root, "getDirectoryHandle", &[RUNS.into(), object(&[("create", true.into())])]).await.map_err(refused)
}
