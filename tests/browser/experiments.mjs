// Experiments that tests share.

/** Small enough for a GPU in software. */
export const small = {
  "data.kind": "shapes",
  "data.side": 8,
  "data.train": 64,
  "data.validation": 32,
  "data.test": 32,
  "encoder.kind": "conv",
  "encoder.size": "custom",
  "encoder.stages": 3,
  "encoder.width": 8,
  "projector.hidden": 16,
  "projector.dimension": 3,
  "optimiser.kind": "adam",
  "optimiser.learning_rate": 0.01,
  "train.batch": 16,
  "train.steps": 100000,
  "train.schedule": "constant",
  "measures.cadence.every": 20,
};

/** The same on the CPU. */
export const cpu = { ...small, device: "cpu" };

/** A phone of 390 px. */
export const phone = { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true };
