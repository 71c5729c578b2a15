/** Scores saturate at ±1 000 000, which stands for infinity (Pacemaker Explained, "Scores"). */
export type Score = number;

export const INFINITY_SCORE: Score = 1_000_000;

/** Sum with −∞ stronger than +∞, so that a ban always wins over a requirement. */
export function addScores(left: Score, right: Score): Score {
  if (left <= -INFINITY_SCORE || right <= -INFINITY_SCORE) return -INFINITY_SCORE;
  if (left >= INFINITY_SCORE || right >= INFINITY_SCORE) return INFINITY_SCORE;
  return clampScore(left + right);
}

export function clampScore(score: number): Score {
  return Math.max(-INFINITY_SCORE, Math.min(INFINITY_SCORE, score));
}

/** As people write it: `INFINITY`, `-INFINITY` or the number. */
export function scoreText(score: Score): string {
  if (score >= INFINITY_SCORE) return 'INFINITY';
  return score <= -INFINITY_SCORE ? '-INFINITY' : String(score);
}
