/**
 * All reasons for which something does not run: each file of scenarios/reasons is a cluster in which
 * something does not, and what the status screen says of it. `UPDATE=1` rewrites what is said.
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, it } from 'vitest';

import { playScenario } from '../node/testing/scenario.ts';
import { statusView } from './status.ts';
import { LOCAL } from './testing/states.ts';
import type { ResourceView, StatusView } from './types.ts';

const folder = join(import.meta.dirname, '../../../scenarios/reasons');

function statusOf(story: string): StatusView {
  const node = playScenario(story).machines.find((machine) => machine.node)?.node;
  if (node === undefined) throw new Error('no daemon runs at the end');
  return statusView(node.cluster, node.view, { ...LOCAL, self: node.view.self });
}

const withParts = (views: readonly ResourceView[]): readonly ResourceView[] =>
  views.flatMap((view) => [view, ...withParts(view.children)]);

function tell({ resources, failures }: StatusView): string {
  const idle = withParts(resources).filter(({ state }) => state !== 'running');
  const lines = idle.flatMap(({ id, state, whyNot }) => [
    `${id} (${state}): ${whyNot?.reason ?? '-'}`,
    ...(whyNot?.advice === undefined ? [] : [`  → ${whyNot.advice}`]),
  ]);
  const failed = failures.map(
    ({ operation, resource, node, text, exitReason, lastLine }) =>
      `failed: ${operation} of ${resource} on ${node} ${text} ${exitReason ?? ''}${lastLine ?? ''}`,
  );
  return [...lines, ...failed].map((line) => `${line.trimEnd()}\n`).join('');
}

const files = readdirSync(folder).filter((name) => name.endsWith('.txt'));

/** What the cluster does by itself needs nobody to do anything. */
const BY_ITSELF = /^(Under way|Planned|A decision is being made|It may still be running on)/;

describe.each(files)('%s', (file) => {
  const path = join(folder, file);
  const text = readFileSync(path, 'utf8');
  const [head = ''] = text.split(/^then$/m);

  it('says so', () => {
    const now = `${head}then\n${tell(statusOf(head))}`;
    if (process.env['UPDATE'] === '1') writeFileSync(path, now);
    expect(process.env['UPDATE'] === '1' ? text : now).toBe(text);
  });

  it('a sentence for everything that does not run, and what to do next', () => {
    const idle = withParts(statusOf(head).resources).filter(({ state }) => state !== 'running');
    expect(idle).not.toEqual([]);
    for (const { whyNot } of idle) {
      expect(whyNot?.reason).toMatch(/^\S.*\.$/);
      expect(whyNot?.reason).not.toMatch(/gave no reason|1000000|undefined|(\b[\w ]{4,}): \1/);
    }
    const helpless = idle.filter(
      ({ whyNot }) => whyNot?.advice === undefined && !BY_ITSELF.test(whyNot?.reason ?? ''),
    );
    expect(helpless.map(({ id }) => id)).toEqual([]);
  });
});

it('there are many', () => {
  expect(files.length).toBeGreaterThan(18);
});
