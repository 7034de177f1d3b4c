//! The page of the benchmark: what was asked for, what has been measured, and what went wrong.
//!
//! A page of its own at `#bench`, with a worker of its own: a run beside it would be measured, too.

use augsphere_spec::{
    BenchQuestion, BenchReport, Command, DeviceBench, Event, Fault, MachineFacts, Progress, WorkerCommand, WorkerEvent,
    bench_table,
};

/// The part of the address after `#` that opens it.
pub const FRAGMENT: &str = "bench";

/// Where the benchmark stands.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Stage {
    /// Nothing was asked for yet.
    #[default]
    Idle,
    /// The devices are being measured.
    Measuring,
    /// All of it is done.
    Done,
    /// A person stopped it.
    Stopped,
    /// The engine ended.
    Failed(Fault),
}

/// Everything that the page knows.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Bench {
    /// Where it stands.
    pub stage: Stage,
    /// What is being done.
    pub progress: Option<Progress>,
    /// The devices of the newest benchmark, as far as they are measured.
    pub report: BenchReport,
    /// What became of the wish to copy the table; nothing before it.
    pub copied: Option<bool>,
    /// Whether there is a worker.
    worker: bool,
}

/// Something that happened.
#[derive(Clone, Debug, PartialEq)]
pub enum BenchMsg {
    /// A person wants the devices measured, on a machine of which this is known.
    Start {
        /// Whether a first look will do.
        quick: bool,
        /// The machine and the browser.
        machine: MachineFacts,
    },
    /// A person wants it to end.
    Stop,
    /// A person wants the table copied.
    Copy,
    /// It was copied, or could not be.
    Copied(bool),
    /// The worker told something.
    Worker(WorkerEvent),
    /// There is no worker, or none any more.
    WorkerFailed(Fault),
}

/// What the page does.
#[derive(Clone, Debug, PartialEq)]
pub enum BenchEffect {
    /// Starts a worker, in place of one that there may be.
    OpenWorker,
    /// Ends the worker.
    CloseWorker,
    /// Sends something to the worker, as soon as it listens.
    Send(WorkerCommand),
    /// Copies a text, and says [`BenchMsg::Copied`].
    Copy(String),
}

impl Bench {
    /// Takes in one message and says what is to be done.
    pub fn update(&mut self, msg: BenchMsg) -> Vec<BenchEffect> {
        match msg {
            BenchMsg::Start { quick, machine } => self.start(quick, machine),
            BenchMsg::Stop => self.stop(),
            BenchMsg::Copy => vec![BenchEffect::Copy(bench_table::markdown(&self.report))],
            BenchMsg::Copied(copied) => {
                self.copied = Some(copied);
                Vec::new()
            }
            BenchMsg::Worker(event) => self.hear(event),
            BenchMsg::WorkerFailed(fault) => self.fail(fault),
        }
    }

    /// Whether devices are being measured.
    pub fn measuring(&self) -> bool {
        self.stage == Stage::Measuring
    }

    fn start(&mut self, quick: bool, machine: MachineFacts) -> Vec<BenchEffect> {
        if self.measuring() {
            return Vec::new();
        }
        let open = (!std::mem::replace(&mut self.worker, true)).then_some(BenchEffect::OpenWorker);
        (self.stage, self.progress, self.copied) = (Stage::Measuring, None, None);
        self.report = BenchReport { quick, machine, ..BenchReport::default() };
        let send = BenchEffect::Send(WorkerCommand::Session(Command::Bench(BenchQuestion { quick })));
        open.into_iter().chain([send]).collect()
    }

    /// A piece of the work may take seconds: the worker is ended, not asked.
    fn stop(&mut self) -> Vec<BenchEffect> {
        if !self.measuring() {
            return Vec::new();
        }
        (self.stage, self.progress, self.worker) = (Stage::Stopped, None, false);
        self.report.stopped = true;
        vec![BenchEffect::CloseWorker]
    }

    fn fail(&mut self, fault: Fault) -> Vec<BenchEffect> {
        (self.stage, self.progress, self.worker) = (Stage::Failed(fault), None, false);
        vec![BenchEffect::CloseWorker]
    }

    fn hear(&mut self, event: WorkerEvent) -> Vec<BenchEffect> {
        let WorkerEvent::Session(event) = event else { return Vec::new() };
        if !self.measuring() {
            return Vec::new();
        }
        match event {
            Event::Progress(progress) => self.progress = Some(progress),
            Event::Bench(answer) => {
                let devices = &mut self.report.devices;
                if answer.index >= devices.len() {
                    devices.resize_with(answer.index + 1, DeviceBench::default);
                }
                devices[answer.index] = answer.found;
                if answer.done && answer.index + 1 == answer.total {
                    (self.stage, self.progress) = (Stage::Done, None);
                }
            }
            Event::Fault(fault) if !fault.recoverable => return self.fail(fault),
            _ => {}
        }
        Vec::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use augsphere_spec::BenchAnswer;

    fn start(quick: bool) -> BenchMsg {
        BenchMsg::Start { quick, machine: MachineFacts { threads: 1, ..MachineFacts::default() } }
    }

    fn answer(index: usize, total: usize, name: &str, done: bool) -> BenchMsg {
        let found = DeviceBench { name: name.into(), kind: "cpu".into(), ..DeviceBench::default() };
        BenchMsg::Worker(WorkerEvent::Session(Event::Bench(Box::new(BenchAnswer { index, total, found, done }))))
    }

    fn fault() -> Fault {
        Fault {
            what: "It ended.".into(),
            location: "the engine".into(),
            remedy: "Start it again.".into(),
            recoverable: false,
            settings: Vec::new(),
        }
    }

    #[test]
    fn devices_come_one_after_the_other_until_all_are_done() {
        let mut bench = Bench::default();
        let sent = bench.update(start(true));
        let asked = WorkerCommand::Session(Command::Bench(BenchQuestion { quick: true }));
        assert_eq!(sent, [BenchEffect::OpenWorker, BenchEffect::Send(asked.clone())]);
        assert_eq!(bench.update(start(false)), [], "one at a time");
        for (message, names) in [
            (answer(0, 2, "a GPU", false), vec!["a GPU"]),
            (answer(0, 2, "the GPU", true), vec!["the GPU"]),
            (answer(1, 2, "CPU", false), vec!["the GPU", "CPU"]),
        ] {
            assert_eq!(bench.update(message), []);
            assert!(bench.measuring());
            assert_eq!(bench.report.devices.iter().map(|found| found.name.as_str()).collect::<Vec<_>>(), names);
        }
        bench.update(answer(1, 2, "CPU", true));
        assert_eq!(bench.stage, Stage::Done);
        assert_eq!(bench.update(start(true)), [BenchEffect::Send(asked)], "the worker is there");
        assert!(bench.report.devices.is_empty());
    }

    #[test]
    fn stopping_keeps_what_there_is_and_later_news_change_nothing() {
        let mut bench = Bench::default();
        bench.update(start(false));
        bench.update(answer(0, 2, "the GPU", false));
        assert_eq!(bench.update(BenchMsg::Stop), [BenchEffect::CloseWorker]);
        bench.update(answer(1, 2, "CPU", true));
        assert_eq!((bench.report.devices.len(), bench.report.stopped), (1, true));
        let copied = bench.update(BenchMsg::Copy);
        let [BenchEffect::Copy(text)] = copied.as_slice() else { panic!("a text, not {copied:?}") };
        assert!(text.contains("the GPU") && text.contains("stopped by hand"), "{text}");
        assert_eq!(bench.update(start(true))[0], BenchEffect::OpenWorker);
        assert!(!bench.report.stopped);
    }

    #[test]
    fn a_worker_that_ends_is_said_and_can_be_started_again() {
        let mut bench = Bench::default();
        bench.update(start(true));
        bench.update(answer(0, 1, "CPU", false));
        assert_eq!(bench.update(BenchMsg::WorkerFailed(fault())), [BenchEffect::CloseWorker]);
        assert_eq!((bench.stage.clone(), bench.report.devices.len()), (Stage::Failed(fault()), 1));
        assert_eq!(bench.update(start(true)).len(), 2);
    }
}
