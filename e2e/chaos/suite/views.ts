/** Do all nodes tell the same? Of status, configuration, attributes, history and decisions. */
import { createHash } from 'node:crypto';
import type { StatusView } from '../../../src/core/view/types.ts';
import type { LabNode } from '../../lab/node.ts';
import { sleep } from '../../lab/run.ts';
import { get } from '../ask.ts';

const paths = ['/v1/status', '/v1/configuration', '/v1/attributes', '/v1/history'] as const;

/** The nodes answer one after the other, and a monitor may have reported in between. */
const patienceMs = 5000;

/** Which of the views differ between these nodes, for as long as they are looked at. */
export async function whyNotEqual(nodes: readonly LabNode[]): Promise<readonly string[]> {
  const begin = performance.now();
  for (;;) {
    const differing = await differ(nodes);
    if (differing.length === 0 || performance.now() > begin + patienceMs) return differing;
    await sleep(200);
  }
}

async function differ(nodes: readonly LabNode[]): Promise<readonly string[]> {
  const perPath = paths.map(async (path) => {
    const texts = await Promise.all(nodes.map((node) => get(node, path, 5000)));
    const digests = texts.map((text) => (text === undefined ? 'no answer' : digest(path, text)));
    if (new Set(digests).size === 1 && !digests.includes('no answer')) return [];
    const told = nodes.map(({ name }, at) => `${name} ${digests[at] ?? ''}`);
    return [`${path} differs: ${told.join(', ')}`];
  });
  return (await Promise.all(perPath)).flat();
}

function digest(path: string, text: string): string {
  const told =
    path === '/v1/status' ? JSON.stringify(shared(JSON.parse(text) as StatusView)) : text;
  return createHash('sha256').update(told).digest('hex').slice(0, 12);
}

/** Without what each daemon says of itself: its clock, its age, its own trouble. */
function shared(status: StatusView): unknown {
  const { daemon: _daemon, now: _now, alarms: _alarms, ...rest } = status;
  return { ...rest, nodes: status.nodes.map(({ self: _self, ...node }) => node) };
}
