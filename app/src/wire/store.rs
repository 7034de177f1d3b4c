//! The store of runs: what the model asks of it, carried out one thing after the other, with files and locks of the browser.
//!
//! A run is a folder with `run.json`, `experiment.toml`, `metrics.jsonl`, `checkpoint.safetensors`, `sphere.npy` and `thumbnail.png`, as in a run folder of the
//! terminal. Each file is written as a whole or not at all, the header last: a header never promises what is not there.

mod files;
mod locks;

use super::browser::{self, window};
use super::script::{ask, get, words};
use crate::model::shelf::recall::glance;
use crate::model::shelf::sphere::sphere_file;
use crate::model::shelf::store::{Found, Opened, Place, Present, Put, Refusal, StoreCommand, Stored, Usage};
use augsphere_spec::archive::{self, CHECKPOINT, ENCODER, EXPERIMENT, HEADER, RunFiles, SPHERE};
use augsphere_spec::{Fault, Points, RunHeader};
use files::Files;
use js_sys::{Promise, Uint8Array};
use locks::Locks;
use std::cell::{Cell, OnceCell, RefCell};
use std::collections::VecDeque;
use std::rc::Rc;
use std::sync::Arc;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::{Blob, HtmlCanvasElement};

const RECORDS: &str = archive::METRICS;
const PICTURE: &str = "thumbnail.png";

/// What this tab remembers over a reload: its run.
const MINE: &str = "augsphere-run";
/// An empty file beside a run that is on the page of some tab, so that it comes back even if all of the browser is gone.
const LEFT: &str = "on-the-page";

/// Draws the picture of a run from its embeddings and their classes.
pub type Draw = fn(&Points, &[u8]) -> Option<HtmlCanvasElement>;

/// The store. Copies refer to the same one.
#[derive(Clone)]
pub struct Store(Rc<Inner>);

struct Inner {
    queue: RefCell<VecDeque<StoreCommand>>,
    busy: Cell<bool>,
    files: OnceCell<(Files, Place)>,
    locks: Locks,
    /// Whether the browser was asked to keep the files for good.
    persisted: Cell<bool>,
    draw: Draw,
    tell: Box<dyn Fn(Stored)>,
}

impl Store {
    /// A store that answers with `tell`; nothing is looked at before it is asked.
    pub fn new(draw: Draw, tell: impl Fn(Stored) + 'static) -> Self {
        Self(Rc::new(Inner {
            queue: RefCell::default(),
            busy: Cell::new(false),
            files: OnceCell::new(),
            locks: Locks::default(),
            persisted: Cell::new(false),
            draw,
            tell: Box::new(tell),
        }))
    }

    /// Asks something of it, after everything that it was asked before.
    pub fn send(&self, command: StoreCommand) {
        self.0.queue.borrow_mut().push_back(command);
        if !self.0.busy.replace(true) {
            let inner = Rc::clone(&self.0);
            spawn_local(async move { inner.work().await });
        }
    }

    /// The picture of a run.
    pub async fn picture(&self, id: &str) -> Option<Blob> {
        self.0.files.get()?.0.read(id, PICTURE).await
    }
}

impl Inner {
    async fn work(&self) {
        let opened = Files::open();
        if self.files.get().is_none() {
            let opened = opened.await;
            // Nobody else sets it: only one of these is at work.
            let _ = self.files.set(opened);
        }
        while let Some((files, place)) = self.files.get() {
            let Some(command) = self.queue.borrow_mut().pop_front() else { break };
            self.obey(files, place, command).await;
        }
        self.busy.set(false);
    }

    async fn obey(&self, files: &Files, place: &Place, command: StoreCommand) {
        let told = match command {
            StoreCommand::Open => {
                let held = self.locks.all().await;
                let mut present = Vec::new();
                for (id, written) in files.list().await {
                    let left = files.read(&id, LEFT).await.is_some();
                    present.push(Present { held: held.contains(&id), left, id, written });
                }
                Stored::Opened(Opened { place: place.clone(), present, mine: mine(), usage: usage().await })
            }
            StoreCommand::Look(ids) => {
                for id in ids {
                    (self.tell)(look(files, id).await);
                }
                return;
            }
            StoreCommand::Claim { id, wait } => {
                let ours = self.locks.claim(&id, wait).await;
                Stored::Claimed { id, ours }
            }
            StoreCommand::Release(id) => return self.locks.release(&id),
            StoreCommand::Remember(run) => return self.remember(files, run.as_deref()).await,
            StoreCommand::Put(put) => {
                let (id, written) = (put.header.id.clone(), put.written);
                let result = if self.locks.holds(&id) { self.put(files, *put).await } else { Err(Refusal::Elsewhere) };
                let usage = usage().await;
                Stored::Put { id, written, result: result.map(|()| usage), now: browser::now() }
            }
            StoreCommand::Fetch { id, run } => {
                let result = match files.bytes(&id, CHECKPOINT).await {
                    Ok(file) => Ok((file, files.text(&id, RECORDS).await)),
                    Err(why) => Err(why),
                };
                Stored::Fetched { id, run, result }
            }
            StoreCommand::Encoder { id, run } => {
                let result = match files.bytes(&id, CHECKPOINT).await {
                    Ok(file) => Ok(file),
                    Err(_) => files.bytes(&id, ENCODER).await,
                };
                Stored::Encoder { id, run, result }
            }
            StoreCommand::Records(id) => {
                let text = files.text(&id, RECORDS).await;
                let sphere = files.bytes(&id, SPHERE).await.ok();
                Stored::Records { id, text, sphere }
            }
            StoreCommand::Header(header) => {
                let id = header.id.clone();
                let result = self.alone(&id, describe(files, *header)).await;
                Stored::Done { id, result }
            }
            StoreCommand::Add { id, files: added } => match self.alone(&id, add(files, &id, &added)).await {
                Ok(_) => look(files, id).await,
                Err(why) => Stored::Done { id, result: Err(why) },
            },
            StoreCommand::Pack(ids) => {
                let result = pack(files, &ids).await.map(Arc::new);
                Stored::Packed { ids, result }
            }
            StoreCommand::GiveUp(id) => {
                let result = self.alone(&id, files.remove(&id, CHECKPOINT)).await;
                Stored::Done { id, result }
            }
            StoreCommand::Delete(id) => {
                let result = self.alone(&id, files.remove_run(&id)).await;
                Stored::Done { id, result }
            }
        };
        (self.tell)(told);
    }

    /// Does something with a run that no other tab may write meanwhile.
    async fn alone(&self, id: &str, act: impl Future<Output = Result<(), JsValue>>) -> Result<Usage, Refusal> {
        let held = self.locks.holds(id);
        if !self.locks.claim(id, 0).await {
            return Err(Refusal::Elsewhere);
        }
        let result = act.await.map_err(|error| refusal(&error));
        if !held {
            self.locks.release(id);
        }
        result?;
        Ok(usage().await)
    }

    /// From now on this tab has this run on its page, or none.
    async fn remember(&self, files: &Files, run: Option<&str>) {
        // Refused where another tab has the run now, where it was deleted, or where there is no room: then it stands on the shelf after a
        // reload.
        if let Some(before) = mine() {
            let _ = self.alone(&before, files.remove(&before, LEFT)).await;
        }
        if let Some(run) = run {
            let _ = files.write(run, LEFT, &Uint8Array::new_with_length(0)).await;
        }
        if let Ok(Some(storage)) = window().session_storage() {
            let _ = storage.set_item(MINE, run.unwrap_or_default());
        }
    }

    async fn put(&self, files: &Files, put: Put) -> Result<(), Refusal> {
        if !self.persisted.replace(true) {
            // Whether the browser grants it is its own business: the files are there either way.
            let _ = ask(&get(&window().navigator(), "storage"), "persist", &[]).await;
        }
        let Put { header, experiment, records, checkpoint, picture, .. } = put;
        let id = header.id.clone();
        let write = async |name: &str, content: &JsValue| files.write(&id, name, content).await.map_err(|error| refusal(&error));
        write(RECORDS, &Uint8Array::from(records.as_bytes())).await?;
        write(EXPERIMENT, &Uint8Array::from(experiment.as_bytes())).await?;
        if let Some(file) = checkpoint {
            write(CHECKPOINT, &Uint8Array::from(file.as_slice())).await?;
        }
        if let Some((points, labels)) = picture {
            write(SPHERE, &Uint8Array::from(sphere_file(&points, &labels).as_slice())).await?;
            if let Some(canvas) = (self.draw)(&points, &labels)
                && let Some(picture) = png(&canvas).await
            {
                write(PICTURE, &picture).await?;
            }
        }
        write(HEADER, &json(&header)).await
    }
}

/// Writes a run that came in a file, the header last.
async fn add(files: &Files, id: &str, added: &RunFiles) -> Result<(), JsValue> {
    let (headers, others): (Vec<_>, Vec<_>) = added.iter().partition(|(name, _)| *name == HEADER);
    for (name, bytes) in others.into_iter().chain(headers) {
        files.write(id, name, &Uint8Array::from(bytes.as_slice())).await?;
    }
    Ok(())
}

/// Runs as one file.
async fn pack(files: &Files, ids: &[String]) -> Result<Vec<u8>, Fault> {
    let mut runs = Vec::new();
    for id in ids {
        let mut run = RunFiles::new();
        for name in archive::FILES {
            if let Ok(bytes) = files.bytes(id, name).await {
                run.insert(name.to_owned(), bytes);
            }
        }
        runs.push((id.as_str(), run));
    }
    archive::pack(runs.iter().map(|(id, run)| (*id, run)))
}

/// What the shelf shows of a run.
async fn look(files: &Files, id: String) -> Stored {
    let Some(file) = files.read(&id, HEADER).await else { return Stored::Unreadable { id } };
    let header = files.text(&id, HEADER).await;
    let experiment = files.text(&id, EXPERIMENT).await;
    let accuracy = glance(&files.text(&id, RECORDS).await, "knn_accuracy");
    let checkpoint = files.read(&id, CHECKPOINT).await.map(|file| file.size() as u64);
    let written = get(&file, "lastModified").as_f64().unwrap_or_default();
    let encoder = files.read(&id, ENCODER).await.is_some();
    Stored::Found(Box::new(Found { id, header, experiment, accuracy, checkpoint, encoder, written }))
}

/// Writes what people said of a run, and nothing else of its header.
async fn describe(files: &Files, said: RunHeader) -> Result<(), JsValue> {
    let text = files.text(&said.id, HEADER).await;
    let there = RunHeader::read(&text).map_err(|mistake| JsValue::from(format!("its header {}", mistake.what)))?;
    let RunHeader { id, name, note, pinned, .. } = said;
    let header = RunHeader { name, note, pinned, ..there };
    files.write(&id, HEADER, &json(&header)).await
}

fn json(header: &RunHeader) -> JsValue {
    Uint8Array::from(header.write().as_bytes()).into()
}

fn refusal(error: &JsValue) -> Refusal {
    if get(error, "name").as_string().as_deref() == Some("QuotaExceededError") {
        Refusal::Full
    } else {
        Refusal::Failed(words(error))
    }
}

/// How much room this site takes.
async fn usage() -> Usage {
    let estimate = ask(&get(&window().navigator(), "storage"), "estimate", &[]).await.unwrap_or_default();
    let number = |name: &str| get(&estimate, name).as_f64().unwrap_or_default().max(0.0) as u64;
    Usage { used: number("usage"), allowed: number("quota") }
}

/// A canvas as a PNG file, packed apart from the page's own thread.
async fn png(canvas: &HtmlCanvasElement) -> Option<JsValue> {
    let packed = Promise::new(&mut |resolve, _| {
        // Fails only for a canvas with foreign pictures on it; then nobody is told, so it is resolved here.
        if canvas.to_blob(&resolve).is_err() {
            let _ = resolve.call0(&JsValue::UNDEFINED);
        }
    });
    JsFuture::from(packed).await.ok().filter(JsValue::is_object)
}

/// The run that this tab has, as it remembers it over a reload.
fn mine() -> Option<String> {
    window().session_storage().ok()??.get_item(MINE).ok()?.filter(|id| !id.is_empty())
}
