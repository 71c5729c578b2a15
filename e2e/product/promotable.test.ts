/**
 * Promotable clones: agents set promotion scores with the programs that they know by Pacemaker's
 * names, one copy is promoted, and after the loss of its node another one.
 */
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { InstanceView, ResourceView, StatusView } from '../../src/core/view/types.ts';
import { createLab } from '../lab/lab.ts';
import type { Lab } from '../lab/lab.ts';
import type { LabNode } from '../lab/node.ts';
import { apply, startDaemon, status, untilSettled } from '../lab/product.ts';
import { repository } from '../lab/toolchain.ts';
import { anyOf, fencings, holdfast, untilStatus } from './cluster.ts';

let lab: Lab;

beforeAll(async () => {
  lab = await createLab();
  await lab.startCorosync();
  await Promise.all(lab.nodes.map((node) => startDaemon(node)));
  await untilSettled(lab.nodes);
  await apply(lab, anyOf(lab.nodes), join(import.meta.dirname, 'promotable.yaml'));
});
afterAll(() => lab.close());

/** Devices are asked now and then whether they answer: that switches nothing off. */
const shots = () => fencings(lab).filter(({ action }) => action !== 'monitor');

const find = (seen: StatusView, id: string): ResourceView | undefined => {
  const all = [...seen.resources];
  for (let at = 0; at < all.length; at++) all.push(...(all[at]?.children ?? []));
  return all.find((resource) => resource.id === id);
};

const running = (seen: StatusView, id: string): readonly InstanceView[] =>
  (find(seen, id)?.on ?? []).filter(({ state }) => state === 'running');

const promoted = (seen: StatusView): readonly string[] =>
  running(seen, 'database').flatMap(({ node, role }) => (role === 'Promoted' ? [node] : []));

/** Runs one of the agents' programs as an administrator would, without an agent around it. */
const tool = (node: LabNode, ...words: readonly string[]) => {
  const [name = '', ...rest] = words;
  return node.exec([join(repository, 'native/build/libexec', name), ...rest]);
};

test('one copy is promoted, by the scores that the agents have set', async () => {
  const node = anyOf(lab.nodes);
  const seen = await untilStatus(
    node,
    'a promoted copy, two others, and what follows it',
    (view) =>
      view.settled &&
      promoted(view).length === 1 &&
      running(view, 'database').length === 3 &&
      running(view, 'lead').length === 1,
  );
  const [leader] = promoted(seen);
  expect(running(seen, 'lead').map((instance) => instance.node)).toEqual([leader]);
  const scores = running(seen, 'database').map(({ node: at, promotionScore }) => [
    at,
    promotionScore,
  ]);
  expect(Object.fromEntries(scores)).toEqual({ n1: '5', n2: '5', n3: '5', [leader ?? '']: '10' });
  const { stdout } = await holdfast(node, 'status');
  expect(stdout).toMatch(/promotion scores: n1 \d+, n2 \d+, n3 \d+/);
});

test('the programs of agents read and set the same from outside', async () => {
  const [leader = ''] = promoted(await status(anyOf(lab.nodes)));
  const node = lab.node(leader);
  const own = ['-N', leader, '-l', 'reboot'];
  expect(
    (await tool(node, 'crm_attribute', ...own, '-n', 'master-database', '-G', '-q')).stdout,
  ).toBe('10\n');
  expect((await tool(node, 'crm_master', '-r', 'database', '-G', '-Q')).stdout).toBe('10\n');
  expect((await tool(node, 'crm_node', '-n')).stdout).toBe(`${leader}\n`);
  expect((await tool(node, 'crm_node', '-l')).stdout).toBe(
    lab.nodes.map(({ id, name }) => `${id} ${name} member\n`).join(''),
  );
  const seen = await tool(node, 'crm_mon', '-1', '--output-as=xml');
  expect(seen.stdout).toMatch(/<resource id="database" [^>]*role="Promoted" active="true"/);
  const begin = performance.now();
  for (let count = 0; count < 10; count++)
    await tool(node, 'crm_attribute', ...own, '-n', 'test', '-v', String(count));
  // Agents call several of these in every monitor; most of the time here is entering the machine.
  expect((performance.now() - begin) / 10).toBeLessThan(500);
  expect((await tool(node, 'attrd_updater', '-n', 'test', '-Q')).stdout).toBe(
    `name="test" host="${leader}" value="9"\n`,
  );
  expect((await tool(node, 'attrd_updater', '-n', 'test', '-D')).code).toBe(0);
});

test('a better score elsewhere moves the promotion', async () => {
  const [leader = ''] = promoted(await status(anyOf(lab.nodes)));
  const other = lab.nodes.find(({ name }) => name !== leader);
  if (other === undefined) throw new Error('a lab of one node');
  expect((await tool(other, 'crm_master', '-r', 'database', '-v', '1000')).code).toBe(0);
  const seen = await untilStatus(
    other,
    `the promotion on ${other.name}`,
    (view) =>
      view.settled && promoted(view)[0] === other.name && running(view, 'lead').length === 1,
  );
  expect(promoted(seen)).toEqual([other.name]);
  expect(running(seen, 'lead').map(({ node }) => node)).toEqual([other.name]);
  expect(shots()).toEqual([]);
});

test('the node of the promoted copy dies: it is fenced, then another copy is promoted', async () => {
  const [leader = ''] = promoted(await status(anyOf(lab.nodes)));
  const victim = lab.node(leader);
  await victim.kill();
  const survivor = anyOf(lab.nodes);
  const seen = await untilStatus(
    survivor,
    'another promoted copy',
    (view) =>
      view.settled &&
      promoted(view).some((name) => name !== leader) &&
      running(view, 'lead').length === 1,
  );
  const [next = ''] = promoted(seen);
  expect(promoted(seen)).toHaveLength(1);
  expect(next).not.toBe(leader);
  expect(shots()).toMatchObject([{ target: leader, action: 'off', code: 0 }]);
  const story = JSON.parse((await holdfast(survivor, 'history', '-o', 'json')).stdout) as {
    text: string;
  }[];
  const texts = story.map(({ text }) => text);
  const confirmed = texts.findLastIndex((text) => text.includes(`fencing of ${leader}`));
  const promotion = texts.findLastIndex((text) => text.includes(`promote of database`));
  expect(confirmed).toBeGreaterThan(0);
  expect(promotion).toBeGreaterThan(confirmed);
});

test('a node that comes back runs an unpromoted copy, and has the scores of its new life', async () => {
  const victim = lab.nodes.find((node) => node.pid() === undefined);
  if (victim === undefined) throw new Error('no node is off');
  const [leader] = promoted(await status(anyOf(lab.nodes)));
  await victim.boot();
  await victim.startCorosync();
  await startDaemon(victim);
  const seen = await untilStatus(
    victim,
    'three copies',
    (view) => view.settled && running(view, 'database').length === 3,
    60_000,
  );
  expect(promoted(seen)).toEqual([leader]);
  const own = running(seen, 'database').find(({ node }) => node === victim.name);
  expect(own).toMatchObject({ role: 'Unpromoted', promotionScore: '5' });
});
