//! Files in whatever form they are handed over.

#[path = "../datasets/packing.rs"]
mod packing;

use super::tiny::{faults, offer, tiny};
use super::{answered, begin, piece, pieces_until, tell};
use augsphere_engine::Session;
use augsphere_engine::datasets::OfferedFile;
use augsphere_spec::{Command, DatasetReport, Event, Experiment, Fault, Request, Value};
use packing::{File, gzip, hundred, tar, ten};
use std::io::{Cursor, Error, ErrorKind, Read};

fn data(events: &[Event]) -> Vec<DatasetReport> {
    events.iter().filter_map(|event| if let Event::Data(report) = event { Some(report.clone()) } else { None }).collect()
}

fn all(session: &mut Session, files: &[File]) -> Vec<Event> {
    let files: Vec<(&str, &[u8])> = files.iter().map(|(name, bytes)| (name.as_str(), bytes.as_slice())).collect();
    let mut events = offer(session, &files);
    while session.busy() {
        events.extend(piece(session));
    }
    events
}

fn cifar() -> Experiment {
    tiny(&[("data.kind", "cifar10".into()), ("train.batch", Value::Int(2)), ("measures.knn.bank", Value::Int(16))])
}

/// A folder as it is unpacked, with what systems leave in folders; and the same in capital letters.
#[test]
fn files_without_an_archive_are_taken_together() {
    let mut files = ten();
    files.push(("cifar-10-batches-bin/.DS_Store".into(), vec![1, 2, 3]));
    let shouted: Vec<File> = ten().into_iter().map(|(name, bytes)| (name.to_uppercase(), bytes)).collect();
    for files in [files, shouted] {
        let mut session = Session::new();
        let events = all(&mut session, &files);
        assert_eq!(faults(&events), Vec::<Fault>::new());
        let [report] = &data(&events)[..] else { panic!("{events:?}") };
        assert_eq!((report.kind.as_str(), report.train, report.validation, report.test), ("cifar10", 5, 2, 5));
        tell(&mut session, begin(1, cifar()));
        let began = pieces_until(&mut session, answered(1));
        let Some(Event::Began { data, .. }) = began.iter().find(|event| matches!(event, Event::Began { .. })) else {
            panic!("{began:?}")
        };
        assert_eq!((data.kind.as_str(), data.train), ("cifar10", 5));
    }
}

/// Each of several things that are dropped at once is taken, or named in a fault of its own.
#[test]
fn several_archives_are_each_taken_or_named() {
    let mut session = Session::new();
    let mut files = hundred();
    files.push(("ten.tar.gz".into(), gzip(&tar(&ten()))));
    files.push(("holiday.png".into(), b"\x89PNG\r\n\x1a\n and so on".to_vec()));
    let events = all(&mut session, &files);
    let mut kinds: Vec<String> = data(&events).into_iter().map(|report| report.kind).collect();
    kinds.sort();
    assert_eq!(kinds, ["cifar10", "cifar100"]);
    let [fault] = &faults(&events)[..] else { panic!("{events:?}") };
    assert!(fault.location.contains("holiday.png") && fault.what.contains("a PNG image"), "{fault:?}");
}

/// A folder of something else is one fault, and beside a data set it is none.
#[test]
fn a_folder_of_other_files_is_no_flood_of_faults() {
    let photos: Vec<File> = (0..300).map(|index| (format!("holiday/{index}.png"), b"\x89PNG\r\n\x1a\n".to_vec())).collect();
    let mut session = Session::new();
    let [fault] = &faults(&all(&mut session, &photos))[..] else { panic!("one fault") };
    assert!(fault.location.contains("holiday/0.png") && fault.what.contains("a PNG image"), "{fault:?}");
    let beside: Vec<File> = photos.into_iter().chain(ten()).collect();
    let events = all(&mut session, &beside);
    assert_eq!(faults(&events), Vec::<Fault>::new());
    assert_eq!(data(&events).len(), 1);
}

#[test]
fn what_is_missing_is_named() {
    let mut session = Session::new();
    let training: Vec<File> = ten().into_iter().filter(|(name, _)| name.contains("data_batch")).collect();
    let [fault] = &faults(&all(&mut session, &training))[..] else { panic!("one fault") };
    assert!(fault.what.contains("test_batch.bin"), "{fault:?}");
    let [fault] = &faults(&all(&mut session, &[("folder/readme.html".into(), b"<html>".to_vec())]))[..] else {
        panic!("one fault")
    };
    assert!(fault.what.contains("no data set") && fault.recoverable, "{fault:?}");
    let python =
        [("cifar-10-batches-py/data_batch_1".to_owned(), vec![1u8]), ("cifar-10-batches-py/test_batch".to_owned(), vec![1u8])];
    let told = faults(&all(&mut session, &python));
    assert!(told.iter().any(|fault| fault.what.contains("Python")), "{told:?}");
}

/// A run that needs files which were handed over before waits for them, and commands are answered meanwhile.
#[test]
fn a_run_waits_for_its_files() {
    let mut session = Session::new();
    let archive = gzip(&tar(&ten()));
    let size = archive.len() as u64;
    session.offer(vec![OfferedFile { name: "ten.tar.gz".into(), size, contents: Box::new(Cursor::new(archive)) }]);
    tell(&mut session, begin(1, cifar()));
    let events = pieces_until(&mut session, answered(1));
    assert_eq!(faults(&events), Vec::<Fault>::new());
    let place = |is: fn(&Event) -> bool| events.iter().position(is).expect("among the events");
    assert!(place(|event| matches!(event, Event::Data(_))) < place(|event| matches!(event, Event::Began { .. })));
}

/// A file that can no longer be read, as after it was moved.
struct Gone;

impl Read for Gone {
    fn read(&mut self, _: &mut [u8]) -> std::io::Result<usize> {
        Err(Error::new(ErrorKind::NotFound, "it was moved"))
    }
}

#[test]
fn a_file_that_cannot_be_read_is_named() {
    let mut session = Session::new();
    session.offer(vec![OfferedFile { name: "ten.tar".into(), size: 10_000, contents: Box::new(Gone) }]);
    let events = pieces_until(&mut session, |event| matches!(event, Event::Refused { request: Request::Files, .. }));
    let [fault] = &faults(&events)[..] else { panic!("{events:?}") };
    assert!(fault.location.contains("ten.tar") && fault.what.contains("moved"), "{fault:?}");
    assert_eq!(tell(&mut session, Command::Cancel), []);
}
