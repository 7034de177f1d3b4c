// Which numbers stand for many?

/** The value below which `share` of the values lie (linear between neighbours); undefined for no values. */
export function quantile(values, share) {
  if (values.length === 0) return undefined;
  const sorted = [...values].sort((a, b) => a - b);
  const place = share * (sorted.length - 1);
  const below = Math.floor(place);
  const above = Math.min(below + 1, sorted.length - 1);
  return sorted[below] + (place - below) * (sorted[above] - sorted[below]);
}

/** The median; undefined for no values. */
export const median = (values) => quantile(values, 0.5);

/** Median, minimum and 95th percentile of milliseconds, in the form that step.py and the engine's example print. */
export function summary(milliseconds) {
  return {
    median_ms: median(milliseconds),
    min_ms: quantile(milliseconds, 0),
    p95_ms: quantile(milliseconds, 0.95),
    steps: milliseconds.length,
  };
}
