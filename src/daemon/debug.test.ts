import { expect, it } from 'vitest';

import type { OperationRunner } from '../agents/runner.ts';
import { nodeName } from '../core/model/ids.ts';
import type { OperationResult } from '../core/model/operation.ts';
import { clusterOf, configured, primitive } from '../core/view/testing/states.ts';
import { createDebugger } from './debug.ts';

it('an operation in the foreground ends with whoever asked for it', async () => {
  let end: ((result: OperationResult) => void) | undefined;
  const runner: Pick<OperationRunner, 'run' | 'cancel'> = {
    run: ({ operationId }) =>
      new Promise((resolve) => {
        end = resolve;
        void operationId;
      }),
    cancel: async (operationId) =>
      end?.({ operationId, outcome: { kind: 'cancelled' }, durationMs: 3, output: 'half' }),
  };
  const debug = createDebugger(runner as OperationRunner, nodeName('n1'));
  const gone = new AbortController();
  const cluster = clusterOf([], { configuration: configured([primitive('web')]) });
  const result = debug(cluster, 'web', 'start', gone.signal);
  gone.abort();
  expect(await result).toMatchObject({ ok: false, outcome: 'cancelled', output: 'half' });
});
