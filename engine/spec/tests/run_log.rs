//! Is a run the same after it was written and read?

use augsphere_spec::{
    Change, DatasetReport, DeviceReport, Event, Parent, Payload, Profile, RUN_FORMAT, Record, RunHeader, Scalar, Thumbnails,
    Value,
};

fn scalar(name: &str, value: f32) -> Scalar {
    Scalar { name: name.into(), value }
}

fn profile(name: &str, payload: Payload) -> Profile {
    Profile { name: name.into(), payload }
}

/// A record of measures; scalars by name, as they are read.
fn measured(profiles: Vec<Profile>) -> Record {
    Record { step: 50, changed: None, scalars: vec![scalar("knn_accuracy", 0.375), scalar("std", 0.1)], profiles }
}

#[test]
fn lines_have_the_promised_form() {
    let losses = vec![(1, vec![scalar("loss", 0.1)]), (2, vec![scalar("part", 1.0), scalar("loss", f32::INFINITY)])];
    let steps = Record::of(&Event::Steps { step: 2, seconds: 0.1, images_per_second: 1.0, losses });
    let lines: Vec<String> = steps.iter().map(Record::line).collect();
    assert_eq!(lines, [r#"{"step":1,"loss":0.1}"#, r#"{"step":2,"loss":null,"part":1.0}"#]);
    let event = Event::Measures {
        step: 3,
        scalars: vec![scalar("std", 0.5)],
        profiles: vec![
            profile("a", Payload::Series { x: vec![1.0, 2.0], y: vec![0.5, f32::INFINITY] }),
            profile("b", Payload::Histogram { from: 0.0, to: 2.0, counts: vec![0.25, 0.75] }),
            profile("c", Payload::Matrix { rows: 2, columns: 2, values: vec![3.0, 0.0, 1.0, 2.0] }),
            profile("d", Payload::Words(vec!["disc".into(), "ring".into()])),
        ],
    };
    let lists = r#""a":[[1.0,0.5],[2.0,null]],"b":{"from":0.0,"shares":[0.25,0.75],"to":2.0},"c":{"rows":[[3.0,0.0],[1.0,2.0]]},"d":["disc","ring"]"#;
    assert_eq!(Record::of(&event)[0].line(), format!(r#"{{"step":3,"std":0.5,"profiles":{{{lists}}}}}"#));
}

#[test]
fn other_events_are_no_records() {
    for event in [
        Event::Device(DeviceReport { kind: "cpu".into(), name: "CPU".into(), reason: "asked".into() }),
        Event::Kept { run: augsphere_spec::RunId(1), steps: vec![0] },
    ] {
        assert_eq!(Record::of(&event), []);
    }
}

#[test]
fn line_and_read_are_inverse_for_every_payload() {
    let payloads = [
        Payload::Series { x: vec![1.0, 2.5], y: vec![0.1, -3e-7] },
        Payload::Histogram { from: -1.0, to: 1.0, counts: vec![0.25, 0.5, 0.25] },
        Payload::Matrix { rows: 2, columns: 3, values: vec![1.0, 2.0, 3.0, 4.0, 5.0, 6.0] },
        // A matrix with two columns is no series.
        Payload::Matrix { rows: 2, columns: 2, values: vec![1.0, 2.0, 3.0, 4.0] },
        Payload::Words(vec!["disc".into(), "ring".into()]),
    ];
    for payload in payloads {
        let record = measured(vec![profile("one", payload)]);
        assert_eq!(Record::read(&record.line()), Some(record.clone()), "{}", record.line());
    }
}

#[test]
fn every_float_comes_back_as_it_was() {
    for value in [0.1, 1.0 / 3.0, f32::MIN_POSITIVE, f32::MAX, -0.0, 16_777_217.0, 1e-40] {
        let record = Record { step: 1, changed: None, scalars: vec![scalar("loss", value)], profiles: Vec::new() };
        let read = Record::read(&record.line()).expect("a record");
        assert_eq!(read.scalars[0].value.to_bits(), value.to_bits(), "{value}");
    }
}

/// What is not finite is `null` in a file, and not a number when it is read; written again the line is the same.
#[test]
fn nulls_are_read_as_not_a_number() {
    let series = Payload::Series { x: vec![1.0, f32::NAN], y: vec![f32::NEG_INFINITY, 2.0] };
    let histogram = Payload::Histogram { from: f32::NAN, to: 1.0, counts: vec![f32::NAN] };
    let matrix = Payload::Matrix { rows: 1, columns: 2, values: vec![f32::NAN, 1.0] };
    let profiles = vec![profile("a", series), profile("b", histogram), profile("c", matrix)];
    let record = Record { scalars: vec![scalar("loss", f32::NAN)], ..measured(profiles) };
    let line = record.line();
    let read = Record::read(&line).expect("a record");
    assert!(read.scalars[0].value.is_nan());
    assert_eq!((read.profiles.len(), read.line()), (3, line));
}

#[test]
fn changes_are_read_with_the_kind_of_their_value() {
    for value in [Value::Bool(true), Value::Int(3), Value::Float(3.0), Value::Float(0.25), Value::Text("byol".into())] {
        let changed = Some(("method.kind".to_owned(), value));
        let record = Record { step: 200, changed, scalars: Vec::new(), profiles: Vec::new() };
        assert_eq!(Record::read(&record.line()), Some(record.clone()), "{}", record.line());
    }
    let line = r#"{"step":200,"changed":{"path":"method.kind","value":"byol"}}"#;
    let changed = Record::read(line).and_then(|record| record.changed);
    assert_eq!(changed, Some(("method.kind".into(), "byol".into())));
}

#[test]
fn points_and_images_are_left_out() {
    let images = Payload::Images(Thumbnails { side: 1, rgba: vec![0; 4] });
    let record = measured(vec![profile("points", Payload::points(2, &[1.0, 2.0])), profile("images", images)]);
    assert_eq!(Record::read(&record.line()), Some(measured(Vec::new())));
}

#[test]
fn lines_that_were_cut_short_are_left_out() {
    let whole = measured(vec![profile("a", Payload::Words(vec!["disc".into()]))]).line();
    for end in 0..whole.len() {
        assert_eq!(Record::read(&whole[..end]), None, "{}", &whole[..end]);
    }
    for line in ["", "[]", "3", "{}", r#"{"loss":1.0}"#, r#"{"step":-1}"#, r#"{"step":1.5}"#, "\u{0}"] {
        assert_eq!(Record::read(line), None, "{line:?}");
    }
    let text = format!("{whole}\n{}\n{}", r#"{"step":60,"loss":2.0}"#, r#"{"step":61,"lo"#);
    assert_eq!(Record::read_all(&text, u64::MAX).len(), 2);
    assert_eq!(Record::read_all(&text, 59), [Record::read(&whole).expect("a record")]);
}

/// What is of no form of this program (an older one's, somebody else's) costs that part only.
#[test]
fn strange_parts_of_a_line_are_left_out() {
    let line = r#"{"step":5,"std":0.5,"words":"disc","profiles":{"odd":[[1,2,3],[4,5]],"ragged":{"rows":[[1],[2,3]]},"half":{"from":1},"fine":[[1,2]]}}"#;
    let read = Record::read(line).expect("a record");
    assert_eq!(read.scalars, [scalar("std", 0.5)]);
    assert_eq!(read.profiles, [profile("fine", Payload::Series { x: vec![1.0], y: vec![2.0] })]);
}

/// A checkpoint after 100 steps, at which a change was made and the measures were taken, or not yet.
#[test]
fn what_is_behind_a_checkpoint_is_known() {
    let at = |step: u64, record: Record| Record { step, ..record };
    let loss = Record { step: 0, changed: None, scalars: vec![scalar("loss", 1.0)], profiles: Vec::new() };
    let change = |value: f64| Record {
        changed: Some(("method.temperature".into(), Value::Float(value))),
        scalars: Vec::new(),
        ..loss.clone()
    };
    let made = [Change { at: 100, path: "method.temperature".into(), value: Value::Float(0.2) }];
    for measures in [true, false] {
        let behind = |record: Record| record.is_behind(100, &made, measures);
        assert!(behind(at(99, measured(Vec::new()))) && behind(at(99, change(0.7))) && behind(at(100, loss.clone())));
        assert!(!behind(at(101, loss.clone())) && !behind(at(101, change(0.2))));
        assert_eq!(behind(at(100, measured(Vec::new()))), measures);
        assert!(behind(at(100, change(0.2))), "it had been made");
        assert!(!behind(at(100, change(0.3))), "it comes again");
    }
}

fn header() -> RunHeader {
    RunHeader {
        format: RUN_FORMAT,
        id: "cold-3".into(),
        name: "cold".into(),
        note: "the one to show".into(),
        pinned: true,
        created: 1_700_000_000,
        program: "0.1.0".into(),
        device: Some(DeviceReport { kind: "cpu".into(), name: "CPU".into(), reason: "asked for".into() }),
        data: Some(DatasetReport {
            kind: "shapes".into(),
            title: "Shapes".into(),
            classes: augsphere_spec::ClassTable { names: vec!["disc".into()] },
            train: 64,
            validation: 32,
            test: 16,
            side: 8,
        }),
        parent: Some(Parent {
            run: "warm-1".into(),
            name: "warm".into(),
            step: 100,
            changed: vec![("method.temperature".into(), Value::Float(0.1)), ("method.kind".into(), "byol".into())],
            encoder_only: false,
        }),
        step: 300,
        seconds: 12.5,
    }
}

#[test]
fn a_header_comes_back_as_it_was() {
    for parent in [None, header().parent, header().parent.map(|parent| Parent { encoder_only: true, ..parent })] {
        let header = RunHeader { parent, ..header() };
        assert_eq!(RunHeader::read(&header.write()), Ok(header));
    }
}

/// What later versions of the same form add is no reason to refuse, and what earlier ones lack is as if nothing had been said.
#[test]
fn a_header_with_more_or_less_in_it_is_read() {
    let read = RunHeader::read(r#"{"format":1,"id":"a","mood":"good"}"#).expect("a header");
    assert_eq!((read.id.as_str(), read.step, read.parent), ("a", 0, None));
}

#[test]
fn what_is_no_header_is_refused_with_what_to_do() {
    for (text, says) in [
        ("", "could not be read"),
        ("[1]", "no `format`"),
        (r#"{"id":"a"}"#, "no `format`"),
        (r#"{"format":2,"id":"a"}"#, "newer version (format 2, this one reads up to 1): update"),
        (r#"{"format":1,"id":7}"#, "could not be read"),
    ] {
        let mistake = RunHeader::read(text).expect_err(text);
        assert_eq!(mistake.path, "run.json");
        assert!(mistake.what.contains(says), "{text}: {mistake}");
    }
}

#[test]
fn an_id_is_made_of_small_letters_digits_and_hyphens() {
    for (name, id) in [
        ("shapes-simclr-0-20261121T193503Z", "shapes-simclr-0-20261121t193503z"),
        ("Übung 3/b", "bung-3-b"),
        ("--a__b--", "a-b"),
        ("...", "run"),
        ("", "run"),
    ] {
        assert_eq!(RunHeader::id_of(name), id);
    }
}
