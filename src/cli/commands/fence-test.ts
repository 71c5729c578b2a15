/** `holdfast fence test …`, `fence proofs`: rehearsing fencing before the night in which it is needed. */
import { setTimeout as sleep } from 'node:timers/promises';

import type { FencingTestView } from '../../core/view/types.ts';
import { mustAgree } from '../ask.ts';
import { answer, print, printJson } from '../context.ts';
import type { Context } from '../context.ts';
import { EXIT } from '../exit.ts';
import type { ExitCode } from '../exit.ts';
import { Failure } from '../failure.ts';
import { proofLines, testLines } from '../render/fencing-tests.ts';
import { span } from '../render/time.ts';

export interface TestOptions {
  readonly forReal?: boolean;
  readonly yes?: boolean;
  readonly timeout: number;
}

const POLL_MS = 200;

export async function fenceTest(
  context: Context,
  nodes: readonly string[],
  options: TestOptions,
): Promise<ExitCode> {
  if (options.forReal === true) await agreeToReboot(context, nodes, options);
  const until = performance.now() + options.timeout;
  const tests: FencingTestView[] = [];
  for (const node of nodes) {
    const test = await testOne(context, node, options, until);
    if (!context.json) print(context, testLines(test, context.look));
    const isOff = test.forReal && test.ok === true;
    tests.push(isOff ? await seeReturn(context, test, until) : test);
  }
  if (context.json) printJson(context, tests);
  return tests.every(({ ok }) => ok === true) ? EXIT.ok : EXIT.failed;
}

async function agreeToReboot(
  context: Context,
  nodes: readonly string[],
  options: TestOptions,
): Promise<void> {
  const [node = '', ...more] = nodes;
  if (more.length > 0) {
    throw new Failure(EXIT.usage, 'One node at a time is rebooted: name one with --for-real.');
  }
  const { daemon } = await context.client.call('GET /v1/status', {});
  if (daemon.node === node) {
    throw new Failure(EXIT.refused, `This is ${node}: it would not live to see the answer.`, {
      advice: 'run the same command on another node',
    });
  }
  await mustAgree(
    `${node} is switched off now, without a warning. Go on?`,
    options,
    'Nothing was done.',
  );
}

async function testOne(
  context: Context,
  node: string,
  { forReal = false, timeout }: TestOptions,
  until: number,
): Promise<FencingTestView> {
  const begun = await context.client.call('POST /v1/fencing/{node}/test', {
    params: { node },
    body: { forReal },
  });
  if (!context.json) {
    context.terminal.note(forReal ? `  ${node} is fenced …\n` : `  asking for ${node} …\n`);
  }
  while (performance.now() < until) {
    const { tests } = await context.client.call('GET /v1/fencing/tests', {});
    const test = tests.find(({ id }) => id === begun.id);
    if (test === undefined) {
      throw new Failure(EXIT.unknown, `The test of ${node} was overtaken by another one.`);
    }
    if (test.endedAt !== undefined) return test;
    await sleep(POLL_MS);
  }
  throw new Failure(EXIT.timeout, `The test of ${node} has not ended within ${span(timeout)}.`, {
    advice: 'it goes on by itself: holdfast fence proofs says what came of it',
  });
}

const BACK: ReadonlySet<string> = new Set(['online', 'standby', 'maintenance']);

/** Who was not off at all is back after moments: his daemon hears that he was taken for off, and begins anew. */
const RAN_ON_MS = 5000;

/** The test is over when the node was off by the word of its device; whether it was is seen when it comes back. */
async function seeReturn(
  context: Context,
  test: FencingTestView,
  until: number,
): Promise<FencingTestView> {
  await waitForReturn(context, test, until);
  const { tests } = await context.client.call('GET /v1/fencing/tests', {});
  const now = tests.find(({ id }) => id === test.id) ?? test;
  if (now.ok !== true && !context.json) print(context, testLines(now, context.look));
  return now;
}

async function waitForReturn(
  context: Context,
  { target, method }: FencingTestView,
  until: number,
): Promise<void> {
  if (method === 'off') {
    await isBackWithin(context, target, Math.min(until, performance.now() + RAN_ON_MS));
    return;
  }
  const begun = performance.now();
  if (!context.json) context.terminal.note(`  waiting until ${target} is back …\n`);
  if (await isBackWithin(context, target, until)) {
    if (!context.json) {
      print(context, [`${target} is back after ${span(performance.now() - begun)}.`]);
    }
    return;
  }
  throw new Failure(EXIT.timeout, `${target} was fenced, but has not come back.`, {
    advice: `look at its console; is holdfastd enabled there? systemctl enable holdfastd`,
  });
}

async function isBackWithin(context: Context, target: string, until: number): Promise<boolean> {
  while (performance.now() < until) {
    const { nodes } = await context.client.call('GET /v1/status', {});
    const node = nodes.find(({ name }) => name === target);
    if (node !== undefined && BACK.has(node.state)) return true;
    await sleep(POLL_MS);
  }
  return false;
}

export async function fenceProofs(context: Context): Promise<ExitCode> {
  const known = await context.client.call('GET /v1/fencing/tests', {});
  answer(context, known, ({ proofs }) => proofLines(proofs, context.now(), context.look));
  return EXIT.ok;
}
