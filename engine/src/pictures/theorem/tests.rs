use super::*;
use crate::concentration::theorem::{Given, threshold};
use crate::pictures::testing::{ask, present, source, still};

fn knobs(case: &str) -> Knobs {
    let mut knobs = Knobs::default();
    for (name, value) in [("classes", 4), ("images", 3), ("views", 3), ("draw", 0)] {
        knobs.set(name, value);
    }
    knobs.set("case", case);
    knobs.set("delta", -1.0);
    knobs.set("epsilon", 0.5);
    knobs
}

fn words<'a>(parts: &'a [Part], name: &str) -> &'a [String] {
    match parts.iter().find(|part| part.name == name).map(|part| &part.payload) {
        Some(Payload::Words(words)) => words,
        other => panic!("{name}: {other:?}"),
    }
}

/// The quantity of this symbol.
fn value(parts: &[Part], symbol: &str) -> f64 {
    let Some(Payload::Series { y, .. }) = parts.iter().find(|part| part.name == "values").map(|part| &part.payload) else {
        panic!("no values")
    };
    let place = words(parts, "symbols").iter().position(|known| known == symbol).expect(symbol);
    f64::from(y[place])
}

/// The rows are those of the formulas of METHODS.md 3.2, and the verdict follows from them.
#[test]
fn the_rows_fit_together() {
    for case in ["features", "embedding"] {
        let parts = ask(&TheoremPicture, &present(), &knobs(case)).expect("numbers");
        let of = |symbol: &str| value(&parts, symbol);
        let given = Given {
            sigma: of("sigma"),
            delta: of("delta"),
            epsilon: of("epsilon"),
            spread: of("R_epsilon"),
            rarest: of("min p"),
            lipschitz: of("L"),
            radius: of("r"),
        };
        assert_eq!((given.epsilon, given.radius), (0.5, 1.0));
        assert!(given.sigma >= 0.5 && given.rarest <= 0.25 + 1e-6, "half of each class at this delta: {given:?}");
        let near =
            |found: f64, expected: f64| assert!((found - expected).abs() < 1e-4 * (1.0 + expected.abs()), "{found} {expected}");
        near(of("rho_max"), given.rho_max());
        near(of("bound"), given.bound());
        near(of("threshold"), threshold(given.rho_max(), of("Delta_mu")));
        assert_eq!(of("verdict") == 1.0, of("max mu.mu") < of("threshold"));
        assert!((0.0..=1.0).contains(&of("error")));
        let (symbols, whence) = (words(&parts, "symbols"), words(&parts, "whence"));
        assert_eq!((symbols.len(), symbols.last().map(String::as_str)), (whence.len(), Some("verdict")));
        assert!(whence[0].contains(if case == "features" { "before the projector" } else { "after the projector" }));
        assert_eq!(ask(&TheoremPicture, &present(), &knobs(case)), Ok(parts));
    }
}

/// Where every view is the image itself, views of an image coincide: `R_epsilon` and `L_align` are 0.
#[test]
fn without_augmentations_views_coincide() {
    let mut unmoved = present();
    still(&mut unmoved);
    let parts = ask(&TheoremPicture, &unmoved, &knobs("features")).expect("numbers");
    assert!(value(&parts, "R_epsilon") == 0.0 && value(&parts, "L_align") < 1e-9, "{parts:?}");
}

/// The constructed case needs no network, and its condition holds: sigma is 1 at 0, and nobody errs.
#[test]
fn the_constructed_case_holds_at_past_steps_too() {
    let past = source(vec![1.0, 0.0], 2);
    let parts = ask(&TheoremPicture, &past, &knobs("constructed")).expect("numbers");
    let of = |symbol: &str| value(&parts, symbol);
    assert_eq!([of("sigma"), of("delta"), of("error"), of("bound"), of("verdict")], [1.0, 0.0, 0.0, 0.0, 1.0]);
    assert!(words(&parts, "whence").last().is_some_and(|verdict| verdict.starts_with("The condition holds")));
    assert!(ask(&TheoremPicture, &past, &knobs("features")).is_err_and(|why| why.contains("present")));
    assert!(ask(&TheoremPicture, &Source::default(), &knobs("features")).is_err_and(|why| why.contains("no run")));
}
