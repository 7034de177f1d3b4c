use super::super::runs::testing::{assert_inside, discs, lines, words};
use super::super::{Linked, defaults};
use super::*;
use augsphere_spec::{Answer, AskId, Part, Payload};

const SIZES: [(f64, f64); 3] = [(280.0, 185.0), (600.0, 396.0), (1200.0, 792.0)];

/// METHODS.md 2.3: the circle, aligned and uniform, temperature 0.5.
fn parts() -> Vec<Part> {
    let curve =
        [(1.0, 0.239_427), (4.0, -0.628_291), (16.0, -1.018_204), (64.0, -1.134_825), (256.0, -1.165_913), (1024.0, -1.173_425)];
    let (x, y) = curve.into_iter().unzip();
    vec![
        Part::series("curve", x, y),
        Part::number("limit", -1.176_006),
        Part::number("single", 0.239_427),
        Part::number("images", 256.0),
        Part::number("optimum_limit", -1.176_006),
        Part::number("optimum_single", 0.239_368),
    ]
}

fn with<T>(parts: Result<Vec<Part>, String>, look: impl FnOnce(&Inputs<'_>) -> T) -> T {
    let answer = Answer { id: AskId(0), run: None, step: 0, parts };
    let (linked, knobs) = (Linked::default(), defaults(&Limit));
    look(&Inputs { answer: Some(&answer), ..Inputs::nothing(&linked, &knobs) })
}

/// Powers of four stand evenly; the curve lies between the guides, whose upper one begins at its first point.
#[test]
fn known_values_stand_in_their_places() {
    for size in SIZES {
        let (scene, found) = with(Ok(parts()), |inputs| (Limit.scene(inputs, size), Found::of(inputs).expect("numbers")));
        assert_inside(&scene);
        let curve = lines(&scene, Ink::Accent)[0].to_vec();
        assert_eq!((curve.len(), discs(&scene).len()), (6, 6));
        let step = curve[1].0 - curve[0].0;
        assert!(curve.windows(2).all(|pair| (pair[1].0 - pair[0].0 - step).abs() < 1e-6 && pair[1].1 > pair[0].1));
        let axes = found.axes(&scene);
        let level = lines(&scene, Ink::Level)[0][0].1;
        assert!((level - axes.at(1.0, -1.176_006).1).abs() < 1e-3 && curve[5].1 < level);
        let guides = found.guides();
        assert!((guides[0][0].1 - 0.239_427).abs() < 1e-5);
        for (m, loss) in &found.curve {
            let off = found.gap().expect("a gap") / m.sqrt();
            assert!((loss - found.limit.expect("a limit")).abs() <= off + 1e-9, "{m}");
        }
        let words = words(&scene);
        assert!(
            words.iter().any(|word| word.starts_with("limit")) && words.iter().any(|word| word.starts_with("optimum")),
            "{words:?}"
        );
    }
}

#[test]
fn nothing_one_point_and_numbers_that_are_none() {
    for size in SIZES {
        let none = with(Ok(Vec::new()), |inputs| (Limit.scene(inputs, size), Limit.summary(inputs)));
        assert_inside(&none.0);
        assert!(!none.0.shapes.is_empty() && none.1.ends_with('.'));
        let one = vec![Part::series("curve", vec![1.0], vec![0.5]), Part::number("limit", 0.5)];
        let scene = with(Ok(one), |inputs| Limit.scene(inputs, size));
        assert_inside(&scene);
        assert_eq!(discs(&scene).len(), 1);
        let mut hurt = parts();
        if let Payload::Series { x, y } = &mut hurt[0].payload {
            (x[1], y[2], x[3]) = (0.0, f32::NAN, f32::INFINITY);
        }
        hurt[1] = Part::number("limit", f32::NAN);
        hurt[4] = Part::series("optimum_limit", Vec::new(), Vec::new());
        let scene = with(Ok(hurt), |inputs| Limit.scene(inputs, size));
        assert_inside(&scene);
        assert_eq!(discs(&scene).len(), 3, "three points are numbers");
    }
    assert_eq!(with(Err("It has no network.".into()), |inputs| Limit.summary(inputs)), "It has no network.");
}

#[test]
fn it_is_told_and_written_as_it_is_shown() {
    let (summary, table) = with(Ok(parts()), |inputs| (Limit.summary(inputs), Limit.table(inputs)));
    assert_eq!(
        summary,
        "At temperature 0.5 the loss of 256 images minus log M is 0.239 with 1 negative, \u{2212}1.17 with 1024, and tends to \u{2212}1.18. \
         Embeddings that are aligned and uniform would bring it to \u{2212}1.18."
    );
    let csv = table.csv();
    let rows: Vec<Vec<f32>> =
        csv.lines().skip(1).map(|row| row.split(',').map(|cell| cell.parse().expect("a number")).collect()).collect();
    assert_eq!(rows.len(), 6);
    assert_eq!(rows[2], [16.0, -1.018_204, -1.176_006, -1.176_006, 0.239_368]);
}
