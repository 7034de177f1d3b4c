"""What does scikit-learn find on features like an encoder's?

Writes, beside itself,

    features.f32    1,200 training, 600 validation and 600 test rows of 24 features, little-endian f32
    known.f32       the same rows' class, size, tint, hue and texture, little-endian f32
    reference.json  what scikit-learn finds on them

    python -m venv venv && venv/bin/pip install numpy==2.4.6 scikit-learn==1.9.1 && venv/bin/python reference.py
"""

import json
import pathlib

import numpy as np
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.preprocessing import StandardScaler

HERE = pathlib.Path(__file__).parent
TRAIN, VALIDATION, TEST = slice(0, 1200), slice(1200, 1800), slice(1800, 2400)
LOGISTIC = [1e-1, 1e-2, 1e-3, 1e-4, 1e-5, 1e-6]
RIDGE = [1e1, 1.0, 1e-1, 1e-2, 1e-3, 1e-4, 1e-5, 1e-6]


def draw(rows=2400, width=24, classes=10, textures=4):
    """Overlapping classes and known factors behind rectified, correlated columns of very different scales."""
    rng = np.random.default_rng(20261126)
    label, texture = rng.integers(classes, size=rows), rng.integers(textures, size=rows)
    size, tint, hue = rng.uniform(0.2, 0.8, rows), rng.normal(size=rows), rng.uniform(size=rows)
    turn = 2 * np.pi * hue
    hidden = np.column_stack(
        [
            0.7 * rng.normal(size=(classes, 8))[label] + rng.normal(size=(rows, 8)),
            4 * size,
            0.4 * tint + rng.normal(size=rows),
            1.5 * np.cos(turn),
            1.5 * np.sin(turn),
            rng.normal(size=(textures, 2))[texture] + 0.5 * rng.normal(size=(rows, 2)),
        ]
    )
    mixed = hidden @ rng.normal(size=(hidden.shape[1], width)) + 0.5 * rng.normal(size=(rows, width))
    rectified = np.where(np.arange(width) % 3 == 0, np.maximum(mixed, 0), mixed)
    features = (rectified + 3 * rng.normal(size=width)) * 10 ** rng.uniform(-3, 3, width)
    return features.astype("<f4"), np.column_stack([label, size, tint, hue, texture]).astype("<f4")


def logistic(x, labels):
    """At each penalty: the objective, accuracy on validation and test rows, weights and biases."""
    found = []
    for penalty in LOGISTIC:
        model = LogisticRegression(C=1 / (len(x[TRAIN]) * penalty), tol=1e-8, max_iter=100_000).fit(x[TRAIN], labels[TRAIN])
        own = model.predict_log_proba(x[TRAIN])[np.arange(len(x[TRAIN])), labels[TRAIN]]
        found.append(
            {
                "penalty": penalty,
                "loss": -own.mean() + penalty / 2 * (model.coef_**2).sum(),
                "accuracy": [model.score(x[rows], labels[rows]) for rows in (VALIDATION, TEST)],
                "weights": [float(f"{value:.6g}") for value in model.coef_.ravel()],
                "biases": [float(f"{value:.6g}") for value in model.intercept_ - model.intercept_.mean()],
            }
        )
    return found


def explained(x, y):
    """At each penalty: R^2 on validation and test rows against the mean of the training rows."""
    found = []
    for penalty in RIDGE:
        model = Ridge(alpha=len(x[TRAIN]) * penalty).fit(x[TRAIN], y[TRAIN])
        missed = (y - model.predict(x).reshape(y.shape)) ** 2
        total = (y - y[TRAIN].mean(0)) ** 2
        found.append({"penalty": penalty, "share": [float(1 - missed[r].sum() / total[r].sum()) for r in (VALIDATION, TEST)]})
    return found


def chosen(found, name):
    """The test value at the penalty that is best on validation rows."""
    return max(found, key=lambda at: at[name][0])[name][1]


def main():
    """Draws, fits, writes, and shows what a change of the numbers above does."""
    features, known = draw()
    features.tofile(HERE / "features.f32")
    known.tofile(HERE / "known.f32")
    x = StandardScaler().fit(features[TRAIN].astype(float)).transform(features.astype(float))
    label, size, tint, hue, texture = known.astype(float).T
    numbers = {"size": size, "tint": tint, "hue": np.column_stack([np.cos(2 * np.pi * hue), np.sin(2 * np.pi * hue)])}
    ridge = {name: explained(x, y) for name, y in numbers.items()}
    classes, textures = logistic(x, label.astype(int)), logistic(x, texture.astype(int))
    factors = {name: chosen(found, "share") for name, found in ridge.items()} | {"texture": chosen(textures, "accuracy")}
    (HERE / "reference.json").write_text(json.dumps({"classes": classes, "factors": factors}) + "\n")
    for name, found in ridge.items():
        print(name, [(at["penalty"], [round(share, 5) for share in at["share"]]) for at in found])
    for at in classes + textures:
        print(at["penalty"], round(at["loss"], 6), at["accuracy"], max(map(abs, at["weights"])))


if __name__ == "__main__":
    main()
