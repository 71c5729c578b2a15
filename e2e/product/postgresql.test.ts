/**
 * The agent pgsql of resource-agents, unchanged, with a real PostgreSQL: it finds out by attributes
 * of the cluster whose data is newest, so it works only if the programs that it calls for them do.
 */
import { appendFileSync, chownSync, mkdirSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { InstanceView, ResourceView, StatusView } from '../../src/core/view/types.ts';
import { createLab } from '../lab/lab.ts';
import type { Lab } from '../lab/lab.ts';
import type { LabNode } from '../lab/node.ts';
import type { Machine } from '../lab/machine.ts';
import { holdfastAsk, startDaemon, status, untilSettled } from '../lab/product.ts';
import { run, until } from '../lab/run.ts';
import { anyOf, fencings, place, untilStatus } from './cluster.ts';

const address = '10.77.0.210';
const inside = '/var/tmp/postgresql';
const versions = '/usr/lib/postgresql';
const programs = join(versions, readdirSync(versions).toSorted().at(-1) ?? '', 'bin');

let lab: Lab;

beforeAll(async () => {
  lab = await createLab();
  await lab.startCorosync();
  await Promise.all(lab.nodes.map((node) => startDaemon(node)));
  await installDatabases(lab);
  await untilSettled(lab.nodes);
  const text = readFileSync(join(import.meta.dirname, 'postgresql.yaml'), 'utf8');
  const file = place(lab, 'postgresql.yaml', text.replaceAll('PROGRAMS', programs));
  await holdfastAsk(anyOf(lab.nodes), 'apply', '--yes', '-f', file);
});
afterAll(() => lab.close());

/** Devices are asked now and then whether they answer: that switches nothing off. */
const shots = () => fencings(lab).filter(({ action }) => action !== 'monitor');

const asPostgres = (machine: Machine, program: string, ...words: readonly string[]) =>
  machine.ask(['runuser', '-u', 'postgres', '--', join(programs, program), ...words]);

/** One database on n1, and copies of it on the others; none runs afterwards. */
async function installDatabases({ nodes }: Lab): Promise<void> {
  const [first, ...others] = nodes;
  if (first === undefined) throw new Error('a lab without nodes');
  const user = Number((await run(['id', '-u', 'postgres'])).stdout);
  const folder = (node: LabNode) => join(node.directory, 'tmp', 'postgresql');
  for (const node of nodes) {
    for (const path of [folder(node), join(folder(node), 'tmp')]) {
      mkdirSync(path);
      chownSync(path, user, 0);
    }
  }
  const data = ['-D', `${inside}/data`];
  await asPostgres(first, 'initdb', ...data, '--auth=trust', '--no-sync');
  const settings = [
    "listen_addresses = '*'",
    `unix_socket_directories = '${inside}'`,
    "wal_keep_size = '1GB'", // The copy that was made first must find all that came after it.
  ];
  appendFileSync(join(folder(first), 'data/postgresql.conf'), `${settings.join('\n')}\n`);
  const access = 'host all all 10.77.0.0/24 trust\nhost replication all 10.77.0.0/24 trust\n';
  appendFileSync(join(folder(first), 'data/pg_hba.conf'), access);
  await asPostgres(first, 'pg_ctl', ...data, '-w', '-l', `${inside}/first.log`, 'start');
  for (const node of others)
    await asPostgres(node, 'pg_basebackup', ...data, '-h', first.address, '--no-sync');
  await asPostgres(first, 'pg_ctl', ...data, '-m', 'fast', 'stop');
}

const sql = (machine: Machine, host: string, statement: string) =>
  machine.exec([join(programs, 'psql'), '-h', host, '-U', 'postgres', '-At', '-c', statement]);

const on = (seen: StatusView, id: string): readonly InstanceView[] => {
  const all: ResourceView[] = [...seen.resources];
  for (let at = 0; at < all.length; at++) all.push(...(all[at]?.children ?? []));
  const found = all.find((resource) => resource.id === id)?.on ?? [];
  return found.filter(({ state }) => state === 'running');
};

const leaders = (seen: StatusView): readonly string[] =>
  on(seen, 'database').flatMap(({ node, role }) => (role === 'Promoted' ? [node] : []));

/** What the agent keeps for good: whose data is worth what. */
const marks = ({ marks: all }: StatusView): readonly string[] => all.map(({ text }) => text);

const serves = (seen: StatusView, copies: number, not = ''): boolean =>
  seen.settled &&
  leaders(seen).length === 1 &&
  leaders(seen)[0] !== not &&
  on(seen, 'database').length === copies &&
  on(seen, 'address').length === 1 &&
  marks(seen).filter((text) => text.includes('STREAMING')).length === copies - 1;

test('the agent promotes one database, the others stream from it', async () => {
  const seen = await untilStatus(
    anyOf(lab.nodes),
    'one leading database and two that follow it',
    (view) => serves(view, 3),
    90_000,
  );
  const [leader = ''] = leaders(seen);
  const scores = on(seen, 'database').map(({ node, promotionScore }) => [node, promotionScore]);
  const others = lab.nodes.filter(({ name }) => name !== leader);
  expect(Object.fromEntries(scores)).toEqual({
    [leader]: '1000',
    ...Object.fromEntries(others.map(({ name }) => [name, '-INFINITY'])),
  });
  expect(on(seen, 'address').map(({ node }) => node)).toEqual([leader]);
  expect(marks(seen)).toContain(`database-data-status of ${leader} is "LATEST"`);
  const write = "create table word (text text); insert into word values ('kept')";
  expect(await sql(lab.observer, address, write)).toMatchObject({ code: 0 });
  for (const node of others) {
    await until(`the row on ${node.name}`, async () => {
      const { stdout } = await sql(node, inside, 'select text from word');
      return stdout === 'kept\n';
    });
  }
});

test('the node of the leading database dies: another one leads, with all that was written', async () => {
  const [leader = ''] = leaders(await status(anyOf(lab.nodes)));
  await lab.node(leader).kill();
  const seen = await untilStatus(
    anyOf(lab.nodes),
    'another leading database, and one that follows it',
    (view) => serves(view, 2, leader),
    90_000,
  );
  const [next = ''] = leaders(seen);
  expect(shots()).toMatchObject([{ target: leader, action: 'off', code: 0 }]);
  expect(marks(seen)).toContain(`database-data-status of ${next} is "LATEST"`);
  expect(marks(seen)).toContain(`database-data-status of ${leader} is "DISCONNECT"`);
  expect((await sql(lab.observer, address, 'select text from word')).stdout).toBe('kept\n');
  expect((await sql(lab.observer, address, 'delete from word')).code).toBe(0);
});
