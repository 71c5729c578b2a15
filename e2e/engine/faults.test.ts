import { afterEach, describe, expect, it } from 'vitest';

import type { EngineEvent } from '../../src/core/model/engine.ts';
import { settle } from '../../src/engine/testing/daemon.ts';
import { signal } from '../lab/host.ts';
import { createLab } from '../lab/lab.ts';
import type { Lab, LabOptions } from '../lab/lab.ts';
import { sleep } from '../lab/run.ts';
import { CorosyncNode } from './corosync-node.ts';

let lab: Lab;
let nodes: readonly CorosyncNode[];

async function start(options: LabOptions): Promise<void> {
  lab = await createLab(options);
  nodes = lab.nodes.map((node) => new CorosyncNode(node));
  await lab.startCorosync();
  await Promise.all(nodes.map((node) => node.startDaemon()));
  await until('all in one view', () => nodes.every((node) => seen(node).length === nodes.length));
}

afterEach(async () => {
  await Promise.all(nodes.map((node) => node.forget()));
  await lab.close();
}, 30_000);

const until = (what: string, reached: () => boolean) => settle(what, reached, 20_000);

const events = (node: CorosyncNode): readonly EngineEvent[] => node.histories.at(-1) ?? [];

const lastView = (node: CorosyncNode) =>
  events(node).findLast((event) => event.kind === 'engine-view');

const seen = (node: CorosyncNode): readonly string[] =>
  lastView(node)?.members.map((member) => member.node) ?? [];

/** In one view with the return, or in one of its own before. */
const othersLeft = (event: EngineEvent): boolean =>
  event.kind === 'engine-view' && event.left.length === 2;

const signalCorosync = (node: CorosyncNode, name: NodeJS.Signals): void => {
  for (const { pid, argv } of node.lab.processes()) if (argv[0] === 'corosync') signal(pid, name);
};

describe('a Corosync that does not answer', { timeout: 60_000 }, () => {
  it('is lost once a message is not delivered for thrice the time to a new membership', async () => {
    await start({});
    const [a, b, c] = nodes as [CorosyncNode, CorosyncNode, CorosyncNode];
    signalCorosync(c, 'SIGSTOP');
    await c.send(['first']);
    expect(await c.send(['the loop is not blocked'])).toBe(1);
    await until('engine-lost', () => events(c).at(-1)?.kind === 'engine-lost');
    expect(events(c).at(-1)).toMatchObject({
      reason: expect.stringMatching(/not delivered our message/),
    });
    expect(await c.send(['after'])).toBe(0);
    await until('two without it', () => [a, b].every((node) => seen(node).length === 2));
    const startMs = performance.now();
    await c.leave();
    expect(performance.now() - startMs).toBeLessThan(1500);
    signalCorosync(c, 'SIGCONT');
  });

  it('shows, when it goes on, that the others were away', async () => {
    await start({});
    const [a, , c] = nodes as [CorosyncNode, CorosyncNode, CorosyncNode];
    signalCorosync(c, 'SIGSTOP');
    await until('it is lost to the others', () => seen(a).length === 2);
    await sleep(100);
    signalCorosync(c, 'SIGCONT');
    await until('three again', () => seen(a).length === 3);
    await until('its own view', () => seen(c).length === 3 && events(c).some(othersLeft));
    expect(lastView(c)?.ring).toEqual(lastView(a)?.ring);
  });
});

describe('a Corosync that dies', { timeout: 60_000 }, () => {
  it('is told at once, and closing does not wait for it', async () => {
    await start({ nodes: 1 });
    const [a] = nodes as [CorosyncNode];
    const startMs = performance.now();
    await a.killEngine();
    await until('engine-lost', () => events(a).at(-1)?.kind === 'engine-lost');
    expect(events(a).at(-1)).toMatchObject({ reason: expect.stringMatching(/Corosync has ended/) });
    await a.leave();
    expect(performance.now() - startMs).toBeLessThan(900);
  });
});

describe('the configuration', { timeout: 60_000 }, () => {
  it('says what corosync.conf names, and that votequorum has two_node in force', async () => {
    await start({ nodes: 2, quorum: ['two_node: 1'] });
    expect(nodes[1]?.configuration).toEqual({
      kind: 'corosync',
      clusterName: 'lab',
      self: { node: 'n2', number: 2 },
      nodes: [
        { node: 'n1', number: 1, address: '10.77.0.1' },
        { node: 'n2', number: 2, address: '10.77.0.2' },
      ],
      quorumOptions: {
        twoNode: true,
        lastManStanding: false,
        autoTieBreaker: false,
        quorumDevice: false,
        waitForAll: true,
        unevenVotes: false,
      },
      messageBytesMax: 256 * 1024,
    });
  });

  it('says that Corosync does not run, and what to do', async () => {
    await start({ nodes: 1 });
    await nodes[0]?.forget();
    await lab.nodes[0]?.stopCorosync();
    const reason = await nodes[0]?.startSecondDaemon();
    expect(reason).toMatch(/Corosync does not run on this node: start it with systemctl/);
  });
});
