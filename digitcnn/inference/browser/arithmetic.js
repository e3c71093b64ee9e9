// Rounding as Python does it.

/** The nearest whole number; of two as near, the even one. */
export function roundHalfEven(value) {
  const below = Math.floor(value);
  const part = value - below;
  if (part < 0.5) return below;
  if (part > 0.5) return below + 1;
  return below % 2 === 0 ? below : below + 1;
}
