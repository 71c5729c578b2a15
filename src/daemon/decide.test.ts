import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';

import { afterAll, expect, it, vi } from 'vitest';

import { pictureOf } from '../core/cluster/picture.ts';
import { nodeName, wallMs } from '../core/model/ids.ts';
import type { Picture } from '../core/model/picture.ts';
import type { Plan } from '../core/model/plan.ts';
import { NOON, clusterOf, configured, node, primitive } from '../core/view/testing/states.ts';
import { Decider } from './decide.ts';
import type { KeepPicture } from './decide.ts';
import { keepFailedDecision } from './failed-decisions.ts';
import { startWorker } from './worker.ts';

const directory = mkdtempSync(join(tmpdir(), 'holdfast-decide-'));
afterAll(() => rmSync(directory, { recursive: true }));
const now = wallMs(NOON);

function pictureWith(count: number): Picture {
  const resources = Array.from({ length: count }, (_, index) => primitive(`r${index}`));
  const cluster = clusterOf([node('n1'), node('n2')], { configuration: configured(resources) });
  return pictureOf(cluster, nodeName('n1'), false);
}

const listener = () => ({
  onPlan: vi.fn<(plan: Plan) => void>(),
  onFailure: vi.fn<(text: string) => void>(),
});

it('answers a small picture at once, without a worker', async () => {
  const start = vi.fn<() => Worker>();
  const decider = new Decider(start, () => '');
  const heard = listener();
  decider.decide(1, pictureWith(3), now, heard);
  expect(heard.onPlan).toHaveBeenCalledOnce();
  expect(start).not.toHaveBeenCalled();
  await decider.close();
});

it('answers a large one from the worker, the same as inline', async () => {
  const decider = new Decider(startWorker, () => '');
  const heard = listener();
  const picture = pictureWith(2000);
  decider.decide(1, picture, now, heard);
  expect(heard.onPlan).not.toHaveBeenCalled();
  await vi.waitFor(() => expect(heard.onPlan).toHaveBeenCalledOnce(), 20_000);
  const { schedule } = await import('../core/scheduler/schedule.ts');
  expect(heard.onPlan.mock.calls[0]?.[0].placements).toEqual(schedule(picture, now).placements);
  await decider.close();
}, 30_000);

it('explains a large picture from a worker of its own, which ends after the answer', async () => {
  const workers: Worker[] = [];
  const start = (): Worker => {
    const worker = startWorker();
    workers.push(worker);
    return worker;
  };
  const decider = new Decider(start, () => '');
  const explained = await decider.explain(pictureWith(500), now, { resource: 'r7' });
  expect(explained?.instances.map(({ instance }) => instance)).toEqual(['r7']);
  expect(workers.map(({ threadId }) => threadId)).toEqual([-1]);
  expect(await decider.explain(pictureWith(500), now, { resource: 'x' })).toBeUndefined();
  await decider.close();
}, 30_000);

it('an abandoned decision is not answered, and the next one is', async () => {
  const decider = new Decider(startWorker, () => '');
  const first = listener();
  const second = listener();
  decider.decide(1, pictureWith(2000), now, first);
  decider.abandon(1);
  decider.decide(2, pictureWith(2000), now, second);
  await vi.waitFor(() => expect(second.onPlan).toHaveBeenCalledOnce(), 20_000);
  expect(first.onPlan).not.toHaveBeenCalled();
  expect(first.onFailure).not.toHaveBeenCalled();
  await decider.close();
}, 30_000);

it('a scheduler that fails is told, and its input kept', async () => {
  const broken = { ...pictureWith(1), status: undefined } as unknown as Picture;
  const keep: KeepPicture = (picture, at, reason) =>
    keepFailedDecision(directory, { ...picture, findings: [] }, at, reason);
  const decider = new Decider(startWorker, keep);
  const heard = listener();
  decider.decide(1, broken, now, heard);
  expect(heard.onFailure).toHaveBeenCalledWith(expect.stringContaining(directory));
  const [file = ''] = readdirSync(directory);
  expect(JSON.parse(readFileSync(join(directory, file), 'utf8'))).toMatchObject({ now: NOON });
  await decider.close();
});

it('a worker that dies is told as a failure', async () => {
  const dies = () => new Worker('process.exit(1)', { eval: true });
  const decider = new Decider(dies, () => 'nowhere');
  const heard = listener();
  decider.decide(1, pictureWith(2000), now, heard);
  await vi.waitFor(() => expect(heard.onFailure).toHaveBeenCalledOnce(), 10_000);
  await decider.close();
});

it('keeps the newest five inputs', () => {
  const picture = pictureWith(0);
  for (let count = 1; count <= 8; count += 1) {
    keepFailedDecision(directory, picture, wallMs(NOON + count), 'x');
  }
  expect(readdirSync(directory)).toEqual([4, 5, 6, 7, 8].map((count) => `${NOON + count}.json`));
});
