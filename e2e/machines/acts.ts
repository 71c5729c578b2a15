/** What the cluster asks for when a machine moves between two places, in its order. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { nodeName } from '../../src/core/model/ids.ts';
import type { OperationRequest, OperationResult } from '../../src/core/model/operation.ts';
import { codeOf, type Stage } from '../agents/stage.ts';
import type { Places } from './guest.ts';

export type Parameters = Readonly<Record<string, string>>;

const timeoutMs = 120_000;
const meta = { migrate_source: 'n1', migrate_target: 'n2' };
const onTarget = { node: nodeName('n2'), meta };

export const askMachine = (
  stage: Stage,
  operation: string,
  parameters: Parameters,
  rest: Partial<OperationRequest> = {},
): Promise<OperationResult> => stage.run('vm:vm', operation, parameters, { timeoutMs, ...rest });

export const prepare = ({ n2 }: Places, parameters: Parameters): Promise<OperationResult> =>
  askMachine(n2, 'migrate_prepare', parameters, onTarget);

export const send = (
  { n1 }: Places,
  parameters: Parameters,
  rest: Partial<OperationRequest> = {},
): Promise<OperationResult> =>
  askMachine(n1, 'migrate_to', parameters, { node: nodeName('n1'), meta, ...rest });

export const arrive = ({ n2 }: Places, parameters: Parameters): Promise<OperationResult> =>
  askMachine(n2, 'migrate_from', parameters, onTarget);

/** From the first place to the second. */
export async function migrate(
  places: Places,
  parameters: Parameters,
): Promise<readonly OperationResult[]> {
  const prepared = await prepare(places, parameters);
  const sent = await send(places, parameters);
  if (codeOf(sent) !== 0) return [prepared, sent];
  return [prepared, sent, await arrive(places, parameters)];
}

/** Where QEMU of the stage's only machine listens for commands. */
export function controlOf({ directory }: Stage): string {
  const machines = join(directory, 'run/machines');
  return join(machines, readdirSync(machines)[0] ?? '', 'control');
}
