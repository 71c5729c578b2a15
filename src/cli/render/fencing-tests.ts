/** Rehearsals of fencing, in words. */
import type { FencingPathView, FencingProofView, FencingTestView } from '../../core/view/types.ts';
import type { Look } from './look.ts';
import { table, wrap } from './text.ts';
import { clock, span } from './time.ts';

export function testLines(test: FencingTestView, { style, columns }: Look): readonly string[] {
  const { paths, text = 'under way', ok } = test;
  const paint = ok === true ? style.good : style.bad;
  const rows = table([
    ['device', 'level', 'asked from', 'time', 'answer'].map(style.dim),
    ...paths.map((path) => [
      path.device,
      String(path.level),
      path.from,
      path.durationMs === undefined ? '' : span(path.durationMs),
      answerText(path, style),
    ]),
  ]);
  const sentence = wrap(`${text}.`, columns, '').map(paint);
  return paths.length === 0 ? sentence : [...rows, ...sentence];
}

function answerText({ ok, text = 'no answer yet' }: FencingPathView, style: Look['style']): string {
  return ok === true ? style.good(text) : style.bad(text);
}

export function proofLines(
  proofs: readonly FencingProofView[],
  now: number,
  { style }: Look,
): readonly string[] {
  if (proofs.length === 0) return ['No fence device reaches any node.'];
  const when = (at: number | undefined): string => (at === undefined ? 'never' : clock(at, now));
  return table([
    ['node', 'level', 'device', 'answered', 'fenced'].map(style.dim),
    ...proofs.map(({ target, level, device, answeredAt, fencedAt, state }) => {
      const paint = state === 'proved' ? style.good : style.warn;
      return [target, String(level), device, paint(when(answeredAt)), paint(when(fencedAt))];
    }),
  ]);
}
