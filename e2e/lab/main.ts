import { join } from 'node:path';
import { sweepLocal } from '../demo/local-leftovers.ts';
import { isAlive, signal } from './host.ts';
import { createLab } from './lab.ts';
import { enterArgv } from './machine.ts';
import { erase, labs, sweep } from './registry.ts';
import type { LabRecord } from './registry.ts';
import { start, until } from './run.ts';
import { tool } from './toolchain.ts';

const usage = `usage: ./dev lab VERB

  up [N]               N nodes (3) with Corosync, until Ctrl-C
  list                 the labs of this machine
  exec NODE PROGRAM…   run a program in a node of the newest lab; NODE may be LAB/NODE or observer
  down [LAB]           end what dead owners left behind, or the lab named
`;

const [verb = '', ...words] = process.argv.slice(2);

try {
  process.exitCode = await main(verb, words);
} catch (error) {
  process.stderr.write(`lab: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}

async function main(asked: string, rest: readonly string[]): Promise<number> {
  switch (asked) {
    case 'up':
      await up(Number(rest[0] ?? 3));
      return 0;
    case 'list':
      for (const lab of labs()) print(describe(lab));
      return 0;
    case 'exec':
      return exec(rest);
    case 'down':
      await down(rest[0]);
      return 0;
    default:
      process.stderr.write(usage);
      return 2;
  }
}

async function up(nodes: number): Promise<void> {
  const lab = await createLab({ nodes });
  const stop = new Promise((resolve) => {
    process.once('SIGINT', resolve).once('SIGTERM', resolve);
  });
  await lab.startCorosync();
  print(
    `lab ${lab.id} is up in ${lab.directory}; ./dev lab exec n1 corosync-quorumtool; Ctrl-C ends it`,
  );
  await stop;
  await lab.close();
}

async function exec([where = '', ...argv]: readonly string[]): Promise<number> {
  const [lab, machine] = where.includes('/') ? where.split('/') : [undefined, where];
  const found = labs().filter(({ id, owner }) => (lab ?? id) === id && isAlive(owner));
  const record = found.at(-1);
  const init = record?.inits[machine ?? ''];
  if (record === undefined || init === undefined)
    throw new Error(`there is no machine ${where}; see ./dev lab list`);
  const cgroup = record.cgroup === undefined ? undefined : join(record.cgroup, machine ?? '');
  const enter = await tool('enter');
  const line = enterArgv({ enter, pid: init.pid, cgroup, slice: 'lab.slice', argv });
  const child = start(line, { stdio: 'inherit' });
  return new Promise((resolve) => {
    child.on('exit', (code) => resolve(code ?? 1));
  });
}

/** A living owner is asked to end its own lab: it knows best how. */
async function down(id: string | undefined): Promise<void> {
  for (const ended of await sweep()) print(`lab ${ended} had lost its owner: ended`);
  for (const path of sweepLocal()) print(`${path} had lost its owner: removed`);
  const record = labs().find((lab) => lab.id === id);
  if (id === undefined) return;
  if (record === undefined) throw new Error(`there is no lab ${id}`);
  signal(record.owner.pid, 'SIGTERM');
  await until(`lab ${id} has ended`, () => !isAlive(record.owner), 20_000);
  await erase(record);
}

function describe(lab: LabRecord): string {
  const owner = isAlive(lab.owner) ? `owner ${String(lab.owner.pid)}` : 'its owner is dead';
  return `${lab.id}  ${Object.keys(lab.inits).join(' ')}  ${lab.directory}  (${owner})`;
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
