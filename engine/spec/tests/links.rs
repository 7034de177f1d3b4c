//! Does a link restore the whole experiment, and do messages survive the way between page and worker?

mod catalogue;

use augsphere_spec::{
    ChangeId, Command, DeviceChoice, Event, Fault, Progress, Request, RunId, Scalar, VERSION, Value, decode, encode,
    from_fragment, to_fragment,
};
use catalogue::catalogue;

#[test]
fn a_link_names_only_what_differs() {
    let catalogue = catalogue();
    assert_eq!(to_fragment(&catalogue, &catalogue.default_experiment()), format!("v={VERSION}"));
    let experiment = catalogue.read_toml("seed = 3\n[method]\ntemperature = 0.2").expect("no mistakes");
    assert_eq!(to_fragment(&catalogue, &experiment), format!("v={VERSION}&seed=3&method.temperature=0.2"));
}

/// Whatever the experiment, and whatever preset the page starts from.
#[test]
fn a_link_restores_the_experiment() {
    let catalogue = catalogue();
    let base = catalogue.read_toml("seed = 8\n[train]\nsteps = 77").expect("no mistakes");
    let texts = [
        "",
        "seed = 9223372036854775807",
        "[data]\nkind = \"archive\"",
        "[data]\nkind = \"archive\"\npath = \"my folder/ünï&=#%+.tar.gz\"",
        "[data]\nkind = \"archive\"\npath = \"2024\"",
        "[data]\nkind = \"archive\"\npath = \"true\"",
        "[data]\nkind = \"archive\"\npath = \"1e5\"",
        "[data]\nkind = \"archive\"\npath = \"nan\"",
        "[data]\ntexture = false\nshortcut = 0.30000000000000004\n[augment.crop]\nscale_min = 1e-7\n[train]\nschedule = \"constant\"\nsteps = 1",
    ];
    for text in texts {
        let experiment = catalogue.read_toml(text).expect("no mistakes");
        let link = to_fragment(&catalogue, &experiment);
        let safe = |c: char| c.is_ascii_alphanumeric() || "-_.~/=&%".contains(c);
        assert!(link.chars().all(safe), "{link}");
        for link in [link.clone(), format!("#{link}")] {
            let (restored, aside) =
                from_fragment(&catalogue, &base, &link).unwrap_or_else(|mistakes| panic!("{link}: {mistakes}"));
            assert_eq!(restored, experiment, "{link}");
            assert_eq!(aside, [("v".to_owned(), VERSION.to_string())]);
        }
    }
}

#[test]
fn without_an_experiment_the_base_stands() {
    let catalogue = catalogue();
    let base = catalogue.read_toml("seed = 8").expect("no mistakes");
    for (fragment, device) in [("", None), ("#", None), ("#device=cpu", Some("cpu")), ("device=gpu", Some("gpu"))] {
        let (experiment, aside) = from_fragment(&catalogue, &base, fragment).expect("no mistakes");
        assert_eq!(experiment, base, "{fragment}");
        assert_eq!(aside.first().map(|(_, value)| value.as_str()), device, "{fragment}");
    }
}

#[test]
fn a_link_with_mistakes_names_them_all() {
    let catalogue = catalogue();
    let base = catalogue.default_experiment();
    let found = from_fragment(&catalogue, &base, "#v=1&method.temprature=1&train.steps=many&device=cpu").expect_err("mistakes");
    let mut paths: Vec<&str> = found.0.iter().map(|mistake| mistake.path.as_str()).collect();
    paths.sort_unstable();
    assert_eq!(paths, ["method.temprature", "train.steps"]);
    for torn in ["#v=1&", "#v=1&&", "#%", "#v=1&seed", "#v=1&data.path=%f", "#=", "#.=.&...", "#v=1&seed.x.y=%ff"] {
        // Whatever a person cuts off: an answer, never a panic.
        let _ = from_fragment(&catalogue, &base, torn);
    }
}

#[test]
fn a_link_from_a_newer_build_says_so() {
    let catalogue = catalogue();
    let found = from_fragment(&catalogue, &catalogue.default_experiment(), &format!("#v={}&new.thing=1", VERSION + 1))
        .expect_err("a newer form");
    assert_eq!(found.0.len(), 1, "{found}");
    assert!(found.0[0].what.contains("newer build"), "{found}");
}

#[test]
fn messages_survive_the_way() {
    let experiment = catalogue()
        .read_toml("seed = 3\n[data]\nkind = \"archive\"\npath = \"2024\"\n[method]\ntemperature = 1")
        .expect("no mistakes");
    let commands = [
        Command::Begin { run: RunId(u64::MAX), experiment, device: DeviceChoice::Gpu, encoder: None },
        Command::Play,
        Command::Change { change: ChangeId(3), path: "method.temperature".into(), value: Value::Float(1.0) },
        Command::Change { change: ChangeId(3), path: "train.steps".into(), value: Value::Int(1) },
        Command::Change { change: ChangeId(3), path: "data.texture".into(), value: Value::Bool(true) },
        Command::Cancel,
        Command::Return,
        Command::Reset { run: RunId(2) },
    ];
    for command in commands {
        assert_eq!(decode::<Command>(&encode(&command).expect("it packs")), Ok(command));
    }
    let events = [
        Event::Refused { request: Request::Change(ChangeId(9)), fault: None },
        Event::Progress(Progress { what: "a".into(), done: 1, total: 0, seconds_left: Some(0.5) }),
        Event::Steps {
            step: 1 << 40,
            seconds: 0.1,
            images_per_second: 3.0,
            losses: vec![(1, vec![Scalar { name: "loss".into(), value: f32::MIN_POSITIVE }])],
        },
        Event::Fault(Fault {
            what: "a".into(),
            location: "b".into(),
            remedy: "c".into(),
            recoverable: true,
            settings: Vec::new(),
        }),
        Event::Weights { name: "w".into(), bytes: vec![0; 3] },
    ];
    for event in events {
        assert_eq!(decode::<Event>(&encode(&event).expect("it packs")), Ok(event));
    }
    let fault = decode::<Command>(b"\xc1nonsense").expect_err("no message");
    assert!(!fault.recoverable && !fault.remedy.is_empty());
}

/// Bytes travel as bytes: a file of weights may not become a list of numbers.
#[test]
fn large_bytes_stay_compact() {
    let packed = encode(&Event::Weights { name: "x".into(), bytes: vec![200; 100_000] }).expect("it packs");
    assert!(packed.len() < 100_100, "{} bytes", packed.len());
}
