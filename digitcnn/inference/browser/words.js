// What a reading is, in words and figures.

/** Why a drawing can't be read, by the trouble that readDrawing gives. */
export const TROUBLE = {
  dot: "That is only a dot. Draw the digit larger.",
  blot: "There is ink nearly everywhere. Clear it and draw one digit.",
};
export const NOT_A_DIGIT = "That does not look like a digit.";

/** A probability as a person says it: never a full 100 % or 0 % that it is not. */
export function percent(probability) {
  if (probability > 0.999) return "over 99.9%";
  if (probability < 0.001) return "under 0.1%";
  return `${(probability * 100).toFixed(1)}%`;
}

/** What stands over a bar. */
export function barLabel(probability) {
  if (probability < 0.005) return "";
  return probability > 0.99 ? ">99%" : `${Math.round(probability * 100)}%`;
}
