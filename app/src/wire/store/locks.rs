//! Which tab writes which run: a lock of the browser for each, which goes with the tab that holds it.

use crate::wire::browser::window;
use crate::wire::script::{ask, call, get, object};
use js_sys::{Array, Function, Promise};
use std::cell::RefCell;
use std::collections::BTreeMap;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::{JsFuture, spawn_local};

/// How the lock of a run is called, without the run.
const PREFIX: &str = "augsphere-run-";

/// The locks that this tab holds: by run, what lets go of each.
#[derive(Default)]
pub struct Locks(RefCell<BTreeMap<String, Function>>);

impl Locks {
    /// Whether this tab holds a run.
    pub fn holds(&self, id: &str) -> bool {
        self.0.borrow().contains_key(id)
    }

    /// Takes a run for this tab, waiting at most `wait` milliseconds for whoever holds it. Whether it holds it now. A browser without locks has
    /// no files for pages either: there is nobody to share with.
    pub async fn claim(&self, id: &str, wait: u32) -> bool {
        if self.holds(id) {
            return true;
        }
        let locks = get(&window().navigator(), "locks");
        let (mut release, mut tell) = (None, None);
        let held = Promise::new(&mut |resolve, _| release = Some(resolve));
        let told = Promise::new(&mut |resolve, _| tell = Some(resolve));
        let (Some(release), Some(tell)) = (release, tell) else { return false };
        let granted = tell.clone();
        let react = Closure::once_into_js(move |lock: JsValue| -> JsValue {
            // Resolving a promise does not fail.
            let _ = granted.call1(&JsValue::UNDEFINED, &(!lock.is_null()).into());
            if lock.is_null() { JsValue::UNDEFINED } else { held.into() }
        });
        let signal = call(&get(&window(), "AbortSignal"), "timeout", &[wait.into()]).ok().filter(|_| wait > 0);
        let options = match signal {
            Some(signal) => object(&[("signal", signal)]),
            None => object(&[("ifAvailable", true.into())]),
        };
        let Ok(request) = call(&locks, "request", &[format!("{PREFIX}{id}").into(), options, react]) else {
            self.0.borrow_mut().insert(id.to_owned(), release);
            return true;
        };
        spawn_local(async move {
            // It ends when the lock is let go of, and breaks when the wait is over.
            if JsFuture::from(Promise::resolve(&request)).await.is_err() {
                let _ = tell.call1(&JsValue::UNDEFINED, &false.into());
            }
        });
        let ours = JsFuture::from(told).await.is_ok_and(|ours| ours.is_truthy());
        if ours {
            self.0.borrow_mut().insert(id.to_owned(), release);
        }
        ours
    }

    /// Lets go of a run.
    pub fn release(&self, id: &str) {
        if let Some(release) = self.0.borrow_mut().remove(id) {
            let _ = release.call0(&JsValue::UNDEFINED);
        }
    }

    /// The runs that tabs hold, this one included.
    pub async fn all(&self) -> Vec<String> {
        let known = ask(&get(&window().navigator(), "locks"), "query", &[]).await.unwrap_or_default();
        let held = get(&known, "held");
        if !held.is_object() {
            return Vec::new();
        }
        let names = Array::from(&held).iter().filter_map(|lock| get(&lock, "name").as_string()).collect::<Vec<_>>();
        names.iter().filter_map(|name| name.strip_prefix(PREFIX).map(str::to_owned)).collect()
    }
}
