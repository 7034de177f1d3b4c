//! Files that a person drops anywhere on the page or chooses: several at once, folders with what is in them, nothing else.

use super::browser::window;
use js_sys::{Array, Promise};
use std::cell::Cell;
use std::collections::VecDeque;
use std::rc::Rc;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::{
    DataTransfer, DragEvent, Element, File, FileList, FileSystemDirectoryEntry, FileSystemDirectoryReader, FileSystemEntry,
    FileSystemFileEntry,
};

/// The most files that are taken at once; no data set has as many.
const MOST_FILES: usize = 2_000;
/// The most entries of folders that are looked at.
const MOST_ENTRIES: usize = 20_000;
/// How deep folders are looked into.
const DEPTH: usize = 6;

/// Files that were given together.
#[derive(Default)]
pub struct Gathered {
    /// Each file with its path, that of the folder that was given included.
    pub files: Vec<(File, String)>,
    /// Whether there were more than are taken.
    pub cut: bool,
    /// What the browser could not read: paths.
    pub unreadable: Vec<String>,
}

impl Gathered {
    /// How to name them in a sentence: the only file's name, or their number.
    pub fn name(&self) -> String {
        match self.files.as_slice() {
            [(file, _)] => file.name(),
            files => format!("{} files", files.len()),
        }
    }
}

/// Takes files that are dropped anywhere in the window, for as long as the page lives, and keeps the browser from opening in place of
/// the page whatever else is dropped. `hover` hears whether files are being dragged over the window.
pub fn listen(hover: impl Fn(bool) + 'static, take: impl Fn(Gathered) + 'static) {
    let (hover, take) = (Rc::new(hover), Rc::new(take));
    // Every element that is entered also says so before the one that is left does: the window is left when all are.
    let inside = Rc::new(Cell::new(0i32));
    let over = |entered: i32| {
        let (hover, inside) = (Rc::clone(&hover), Rc::clone(&inside));
        move |event: DragEvent| {
            if !brings_files(&event) {
                return;
            }
            let before = inside.get();
            inside.set((before + entered).max(0));
            if (before > 0) != (inside.get() > 0) {
                hover(inside.get() > 0);
            }
        }
    };
    on("dragenter", over(1));
    on("dragleave", over(-1));
    on("dragover", |event: DragEvent| {
        if !is_typed_into(&event) || brings_files(&event) {
            event.prevent_default();
        }
        if let Some(transfer) = event.data_transfer() {
            transfer.set_drop_effect(if brings_files(&event) { "copy" } else { "none" });
        }
    });
    on("drop", move |event: DragEvent| {
        let files = brings_files(&event);
        if !is_typed_into(&event) || files {
            event.prevent_default();
        }
        inside.set(0);
        hover(false);
        if let Some(transfer) = event.data_transfer().filter(|_| files) {
            // The list is the browser's only as long as the event lasts: what is in it is taken out at once.
            let (entries, gathered) = top(&transfer);
            let take = Rc::clone(&take);
            spawn_local(async move { take(walk(entries, gathered).await) });
        }
    });
}

/// The files that were chosen in a field of the page.
pub fn chosen(list: &FileList) -> Gathered {
    let files = (0..list.length()).filter_map(|index| list.get(index));
    // Where a folder was chosen, the browser knows the path below it.
    let path = |file: &File| {
        let path = js_sys::Reflect::get(file, &"webkitRelativePath".into()).ok().and_then(|path| path.as_string());
        path.filter(|path| !path.is_empty()).unwrap_or_else(|| file.name())
    };
    let files: Vec<(File, String)> = files.take(MOST_FILES).map(|file| (file.clone(), path(&file))).collect();
    Gathered { cut: list.length() as usize > files.len(), files, unreadable: Vec::new() }
}

fn on(name: &str, react: impl FnMut(DragEvent) + 'static) {
    let closure = Closure::<dyn FnMut(DragEvent)>::new(react);
    // Refused never: the window is there and the name is known. The closure lives as long as the page.
    let _ = window().add_event_listener_with_callback(name, closure.as_ref().unchecked_ref());
    closure.forget();
}

/// Whether files are dragged, rather than a text or a picture of a page.
fn brings_files(event: &DragEvent) -> bool {
    event.data_transfer().is_some_and(|transfer| transfer.types().iter().any(|kind| kind == "Files"))
}

/// Whether the pointer is over something into which a dragged text may be dropped.
fn is_typed_into(event: &DragEvent) -> bool {
    let element = event.target().and_then(|target| target.dyn_into::<Element>().ok());
    element.is_some_and(|element| element.closest("input, textarea").is_ok_and(|found| found.is_some()))
}

/// What was dropped, as far as it can be told at once: files, and entries to be looked into.
fn top(transfer: &DataTransfer) -> (VecDeque<Entry>, Gathered) {
    let (mut entries, mut gathered) = (VecDeque::new(), Gathered::default());
    let items = transfer.items();
    for item in (0..items.length()).filter_map(|index| items.get(index)).filter(|item| item.kind() == "file") {
        match item.webkit_get_as_entry() {
            Ok(Some(entry)) => entries.push_back(Entry { path: entry.name(), entry, depth: 0 }),
            _ => gathered.files.extend(item.get_as_file().ok().flatten().map(|file| (file.clone(), file.name()))),
        }
    }
    if entries.is_empty()
        && gathered.files.is_empty()
        && let Some(list) = transfer.files()
    {
        gathered = chosen(&list);
    }
    (entries, gathered)
}

/// A file or folder that was dropped, or is in a folder that was.
struct Entry {
    entry: FileSystemEntry,
    path: String,
    depth: usize,
}

/// Looks into folders, those farther up first.
async fn walk(mut entries: VecDeque<Entry>, mut gathered: Gathered) -> Gathered {
    let mut seen = entries.len();
    while let Some(Entry { entry, path, depth }) = entries.pop_front() {
        if gathered.files.len() >= MOST_FILES {
            gathered.cut = true;
            break;
        }
        if entry.is_directory() {
            let reader = entry.unchecked_into::<FileSystemDirectoryEntry>().create_reader();
            while let Some(batch) = batch(&reader, &path, &mut gathered.unreadable).await {
                seen += batch.len();
                // What begins with a dot is the system's own.
                let visible = batch.into_iter().filter(|entry| !entry.name().starts_with('.'));
                entries.extend(visible.map(|entry| Entry { path: format!("{path}/{}", entry.name()), entry, depth: depth + 1 }));
                if seen > MOST_ENTRIES {
                    gathered.cut = true;
                    break;
                }
            }
            entries.retain(|entry| entry.depth <= DEPTH);
        } else {
            match file(entry.unchecked_into()).await {
                Some(file) => gathered.files.push((file, path)),
                None => gathered.unreadable.push(path),
            }
        }
    }
    gathered
}

/// The next entries of a folder; the browser gives them by the hundred.
async fn batch(reader: &FileSystemDirectoryReader, path: &str, unreadable: &mut Vec<String>) -> Option<Vec<FileSystemEntry>> {
    let promise = Promise::new(&mut |resolve, reject| {
        // Throws where the folder is gone; then nothing is answered, so the promise is refused here.
        if reader.read_entries_with_callback_and_callback(&resolve, &reject).is_err() {
            let _ = reject.call0(&JsValue::UNDEFINED);
        }
    });
    match JsFuture::from(promise).await {
        Ok(list) => {
            let list = Array::from(&list);
            (list.length() > 0).then(|| list.iter().map(JsCast::unchecked_into).collect())
        }
        Err(_) => {
            unreadable.push(path.to_owned());
            None
        }
    }
}

async fn file(entry: FileSystemFileEntry) -> Option<File> {
    let promise = Promise::new(&mut |resolve, reject| entry.file_with_callback_and_callback(&resolve, &reject));
    JsFuture::from(promise).await.ok().map(JsCast::unchecked_into)
}
