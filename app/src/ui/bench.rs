//! The page of the benchmark.

use super::header::Brand;
use super::theme::{self, ThemeButton};
use crate::model::bench::{Bench, BenchEffect, BenchMsg, Stage};
use crate::text;
use crate::wire::browser;
use crate::wire::transport::{Incoming, Transport};
use augsphere_spec::{BenchReport, DeviceBench, Fault, bench_table};
use leptos::{ev, prelude::*};
use std::time::Duration;
use wasm_bindgen_futures::spawn_local;

/// The model, mirrored in a signal, and the worker. Copies refer to the same page.
#[derive(Clone, Copy)]
struct BenchPage {
    bench: RwSignal<Bench>,
    transport: StoredValue<Option<Transport>, LocalStorage>,
    /// Counts the workers, so that only the newest is listened to.
    workers: StoredValue<u64>,
}

impl BenchPage {
    fn dispatch(self, msg: BenchMsg) {
        let effects = self.bench.try_update(|bench| bench.update(msg)).unwrap_or_default();
        effects.into_iter().for_each(|effect| self.perform(effect));
    }

    fn perform(self, effect: BenchEffect) {
        match effect {
            BenchEffect::OpenWorker => self.open_worker(),
            BenchEffect::CloseWorker => self.replace_worker(None),
            BenchEffect::Send(command) => {
                self.transport.with_value(|transport| transport.as_ref().map(|transport| transport.send(&command)));
            }
            BenchEffect::Copy(words) => spawn_local(async move {
                let copied = browser::copy(&words).await;
                self.dispatch(BenchMsg::Copied(copied));
            }),
        }
    }

    fn open_worker(self) {
        self.workers.update_value(|workers| *workers += 1);
        let number = self.workers.get_value();
        let transport = Transport::open(move |incoming| {
            if self.workers.get_value() != number {
                return;
            }
            match incoming {
                Incoming::Events(events) => events.into_iter().for_each(|event| self.dispatch(BenchMsg::Worker(event))),
                Incoming::Failed(failure) => self.dispatch(BenchMsg::WorkerFailed(failure.fault)),
            }
        });
        self.replace_worker(Some(transport));
    }

    /// Dropping the line ends the worker; that must not happen inside one of its own callbacks.
    fn replace_worker(self, transport: Option<Transport>) {
        if transport.is_none() {
            self.workers.update_value(|workers| *workers += 1);
        }
        let old = self.transport.try_update_value(|kept| std::mem::replace(kept, transport));
        set_timeout(move || drop(old), Duration::ZERO);
    }
}

/// The whole page.
#[component]
pub fn BenchView() -> impl IntoView {
    let dark = theme::dark();
    let page = BenchPage {
        bench: RwSignal::new(Bench::default()),
        transport: StoredValue::new_local(None),
        workers: StoredValue::new(0),
    };
    let part = move |part: fn(&Bench) -> AnyView| move || page.bench.with(part);
    // Another address is another page.
    let address = window_event_listener(ev::hashchange, |_| browser::open_at(browser::fragment().trim_start_matches('#')));
    on_cleanup(move || address.remove());
    view! {
        <header class="top">
            <Brand words="How fast is this machine?" />
            <div class="top-tools">
                <a class="small" href="./" data-testid="bench-back">"Back to the experiments"</a>
                <ThemeButton dark />
            </div>
        </header>
        <main class="bench" data-testid="bench">
            <section class="card">
                <p>
                    "Measures the GPU of this page, where there is one, and the CPU: whether their numbers are right, how fast they multiply and move \
                     memory, and what training steps, views, distances and nearest neighbours make of that. Close other programs and tabs, and leave \
                     this tab in front: browsers slow down what nobody looks at."
                </p>
                <Controls page />
                {part(standing)}
            </section>
            {part(tables)}
        </main>
    }
}

/// The buttons.
#[component]
fn Controls(page: BenchPage) -> impl IntoView {
    let measuring = Memo::new(move |_| page.bench.with(Bench::measuring));
    let some = Memo::new(move |_| page.bench.with(|bench| !bench.report.devices.is_empty()));
    let start = move |quick: bool| page.dispatch(BenchMsg::Start { quick, machine: browser::machine() });
    let copied = move || match page.bench.with(|bench| bench.copied) {
        Some(true) => "Copied",
        Some(false) => "The browser does not let the page copy: here is the text",
        None => "Copy the tables as Markdown",
    };
    let by_hand = move || {
        page.bench.with(|bench| (bench.copied == Some(false)).then(|| bench_table::markdown(&bench.report))).map(|text| {
            view! { <textarea class="bench-text" readonly=true aria-label="The tables as Markdown" prop:value=text></textarea> }
        })
    };
    view! {
        <p class="bench-buttons">
            <button type="button" class="primary" data-testid="bench-start" disabled=move || measuring.get() on:click=move |_| start(false)>
                "Measure (about two minutes)"
            </button>
            <button type="button" class="small" data-testid="bench-quick" disabled=move || measuring.get() on:click=move |_| start(true)>
                "A first look (under a minute)"
            </button>
            <Show when=move || measuring.get()>
                <button type="button" class="small" data-testid="bench-stop" on:click=move |_| page.dispatch(BenchMsg::Stop)>"Stop"</button>
            </Show>
            <Show when=move || some.get()>
                <button type="button" class="small" data-testid="bench-copy" on:click=move |_| page.dispatch(BenchMsg::Copy)>{copied}</button>
            </Show>
        </p>
        {by_hand}
    }
}

/// What is going on, or what went wrong.
fn standing(bench: &Bench) -> AnyView {
    let words = match (&bench.stage, &bench.progress) {
        (Stage::Idle, _) => "Nothing is measured yet.".to_owned(),
        (Stage::Measuring, Some(progress)) => text::progress(progress),
        (Stage::Measuring, None) => "Starting the engine\u{2026}".to_owned(),
        (Stage::Done, _) => "Done.".to_owned(),
        (Stage::Stopped, _) => "Stopped: what was measured by then is below.".to_owned(),
        (Stage::Failed(Fault { what, remedy, .. }), _) => {
            return view! {
                <div class="fault" data-testid="fault" role="alert">
                    <div class="fault-text"><p class="what"><strong>{what.clone()}</strong></p><p>{remedy.clone()}</p></div>
                </div>
            }
            .into_any();
        }
    };
    view! { <p class="phase" role="status" data-testid="bench-standing">{words}</p> }.into_any()
}

/// A table for each device.
fn tables(bench: &Bench) -> AnyView {
    let BenchReport { devices, .. } = &bench.report;
    if devices.is_empty() {
        return ().into_any();
    }
    view! {
        <section class="card" data-testid="bench-table">
            <p class="protocol" data-testid="bench-machine">{bench_table::facts(&bench.report).replace('`', "").replace("**", "")}</p>
            {devices.iter().map(table).collect_view()}
            <p class="protocol">{bench_table::method(&bench.report)}</p>
            <p class="protocol">
                "The copied tables have the form of docs/machines.md in the project: with the name of your machine above them they can be sent there."
            </p>
        </section>
    }
    .into_any()
}

fn table(found: &DeviceBench) -> AnyView {
    let head = bench_table::COLUMNS.iter().map(|column| view! { <th scope="col">{*column}</th> }).collect_view();
    let row = |[what, cells @ ..]: [String; 6]| {
        let cells = cells.into_iter().map(|cell| view! { <td>{cell}</td> }).collect_view();
        view! { <tr><th scope="row">{what}</th>{cells}</tr> }
    };
    view! {
        <h2>{bench_table::title(found)}</h2>
        <div class="wide-table" tabindex="0" role="region" aria-label=format!("Figures of {}", found.name)>
            <table class="figures"><thead><tr>{head}</tr></thead><tbody>{bench_table::rows(found).into_iter().map(row).collect_view()}</tbody></table>
        </div>
    }
    .into_any()
}
