/** `holdfast space`: where disks of machines may run out of space. */
import { answer, orNothing } from '../context.ts';
import type { Context } from '../context.ts';
import { EXIT } from '../exit.ts';
import type { ExitCode } from '../exit.ts';
import { wrap } from '../render/text.ts';

const SIGN = { critical: '!! ', short: '!  ', promised: '   ', none: '   ' } as const;

export async function space(context: Context): Promise<ExitCode> {
  const pools = await context.client.call('GET /v1/space', {});
  const { columns } = context.look;
  answer(context, pools, (list) =>
    orNothing(list, 'No machine has a disk in a file or a thin volume here.', (pool) =>
      wrap(pool.text, columns, SIGN[pool.shortage], '     '),
    ),
  );
  return EXIT.ok;
}
