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
  return table([
    ['node', 'level', 'device', 'answered', 'asked by', 'fenced', 'asked by'].map(style.dim),
    ...proofs.map((proof) => {
      const { target, level, device, answeredAt, answeredBy, fencedAt, fencedBy } = proof;
      const paint = proof.state === 'proved' ? style.good : style.warn;
      const when = (at: number | undefined): string =>
        paint(at === undefined ? 'never' : clock(at, now));
      const answered = device === WATCHDOG ? '' : when(answeredAt);
      const tested = fencedAt === undefined ? '' : (fencedBy ?? 'no test');
      return [target, String(level), device, answered, answeredBy ?? '', when(fencedAt), tested];
    }),
  ]);
}

/** Where a watchdog is the only way: nobody can ask it. */
const WATCHDOG = 'watchdog';
