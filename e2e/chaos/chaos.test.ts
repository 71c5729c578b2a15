/** That chaos itself works: faults are struck and got over, and what runs twice is seen. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { runChaos } from './run.ts';
import { createStage } from './stage.ts';
import type { Stage } from './stage.ts';
import { chosenTests } from './suite/catalogue.ts';
import { told } from './suite/logs.ts';
import { runSuite } from './suite/run.ts';

const directory = mkdtempSync(join(tmpdir(), 'chaos-'));
let stage: Stage;

beforeAll(async () => {
  stage = await createStage(directory, 3);
}, 90_000);
afterAll(async () => {
  await stage.close();
  rmSync(directory, { recursive: true });
});

const { signal } = new AbortController();
const run = (rounds: readonly number[]) =>
  runChaos(stage, { seed: 1, forMs: 60_000, rounds, signal, say: () => {} });

const shoot = ['fence_lab', '-o', 'reboot', '-n', 'n2'];

test('a round is struck, the cluster is whole again, nothing ran twice', async () => {
  const outcome = await run([1, 2]);
  expect(outcome).toMatchObject({ violations: [], notConverged: undefined, rounds: 2 });
  expect(outcome.faults.length).toBeGreaterThan(0);
  expect(outcome.recoveriesMs.length).toBeGreaterThan(0);
  expect(outcome.records).toBeGreaterThan(100);
}, 180_000);

test('tests by name are carried out, and pass', async () => {
  const failed = async () => {};
  const options = { seed: 1, signal, say: () => {}, failed };
  const results = await runSuite(stage, chosenTests(['Standby', 'ResourceRecover']), options);
  expect(results.map(({ name, problems }) => ({ name, problems }))).toEqual([
    { name: 'Standby', problems: [] },
    { name: 'ResourceRecover', problems: [] },
  ]);
}, 180_000);

test('a test by name fails when its cluster is not what it must be', async () => {
  const shot = async () => void (await stage.nodes[0]?.exec(shoot));
  const fencing = {
    name: 'Shot',
    run: shot,
    expects: Object.values(told).filter((it) => it instanceof RegExp),
  };
  const failed = async () => {};
  const [result] = await runSuite(stage, [fencing], { seed: 1, signal, say: () => {}, failed });
  expect(result?.ok).toBe(false);
  expect(result?.problems.join('\n')).toContain('n2 was fenced (reboot) without need');
}, 180_000);

test('a test by name fails when a node logs a failure that its faults do not explain', async () => {
  const unexplained = chosenTests(['ResourceRecover']).map((one) => ({ ...one, expects: [] }));
  const failed = async () => {};
  const [result] = await runSuite(stage, unexplained, { seed: 1, signal, say: () => {}, failed });
  expect(result?.ok).toBe(false);
  expect(result?.problems.join('\n')).toMatch(/error: monitor of books on n\d: not running/);
}, 180_000);

test('a service that somebody starts beside the cluster is a violation', async () => {
  await stage.nodes[0]?.exec(['timeout', '1', '/usr/sbin/ledger_lab', 'vault']);
  const { violations } = await run([]);
  expect(violations).toHaveLength(1);
  expect(violations[0]).toMatch(/^vault: n\d .* after n1 had started/);
}, 180_000);
