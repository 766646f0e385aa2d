/**
 * What is said of many measurements.
 *
 * @module
 */

/** The middle one; the mean of the two in the middle of an even number. */
export function median(samples: readonly number[]): number {
  return quantile(samples, 0.5);
}

/** The value below which the part `q` of the samples lies, interpolated. */
export function quantile(samples: readonly number[], q: number): number {
  const sorted = [...samples].sort((a, b) => a - b);
  const position = (sorted.length - 1) * q;
  const low = sorted[Math.floor(position)] ?? NaN;
  const high = sorted[Math.ceil(position)] ?? NaN;
  return low + (high - low) * (position - Math.floor(position));
}
