/** `holdfast balance`: the fewest live moves that level the load, suggested or made. */
import type { AnswerOf } from '../../api/client-types.ts';
import { answer, print } from '../context.ts';
import type { Context } from '../context.ts';
import { EXIT } from '../exit.ts';
import type { ExitCode } from '../exit.ts';
import { wrap } from '../render/text.ts';
import { allIsWell, waitUntilSettled } from '../wait.ts';

export interface BalanceOptions {
  readonly apply?: boolean;
  readonly wait?: boolean;
  readonly timeout: number;
}

type Balanced = AnswerOf<'GET /v1/balance'>;

export async function balance(context: Context, options: BalanceOptions): Promise<ExitCode> {
  const { apply = false, wait = false, timeout } = options;
  const done = apply
    ? await context.client.call('POST /v1/balance', {})
    : await context.client.call('GET /v1/balance', {});
  answer(context, done, (one) => lines(one, context.look.columns));
  if (done.moves.length === 0) return EXIT.ok;
  if (!apply) {
    if (!context.json) print(context, ['Make them: holdfast balance --apply --wait']);
    return EXIT.ok;
  }
  if (!wait) return EXIT.ok;
  return waitUntilSettled(context, { timeoutMs: timeout, expectation: allIsWell });
}

function lines({ text, moves, nodes, refused }: Balanced, columns: number): readonly string[] {
  return [
    text,
    ...moves.map(({ resource, from, to }) => `  move ${resource} from ${from} to ${to}`),
    ...nodes.map(
      ({ node, now, later }) => `  ${node}: ${sharesText(now, later, moves.length > 0)}`,
    ),
    ...refused.flatMap((why) => wrap(why, columns, '  ! ', '    ')),
  ];
}

/** `memory 80 % → 50 %, cpu 25 %` */
function sharesText(
  now: Readonly<Record<string, number>>,
  later: Readonly<Record<string, number>>,
  moves: boolean,
): string {
  return Object.entries(now)
    .map(([name, share]) =>
      moves && later[name] !== share
        ? `${name} ${String(share)} % → ${String(later[name] ?? 0)} %`
        : `${name} ${String(share)} %`,
    )
    .join(', ');
}
