/** Two nodes and a quorum device with a real corosync-qnetd: the cut off one loses, the other goes on. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { run, until } from '../lab/run.ts';
import { untilStatus } from '../product/cluster.ts';
import {
  deviceLines,
  killDevice,
  killServer,
  makeCertificates,
  startDevice,
  startServer,
} from './qnetd.ts';
import { alarmsOf, createStage, jobYaml, jobs, untilVotes, watchJobs } from './stage.ts';
import type { Stage } from './stage.ts';

/** Another distribution may have it elsewhere, or not at all. */
const isInstalled = (await run(['sh', '-c', 'command -v corosync-qnetd'])).code === 0;

let stage: Stage;

beforeAll(async () => {
  if (!isInstalled) return;
  const options = { nodes: 2, quorum: deviceLines };
  stage = await createStage(options, jobYaml(), async (lab) => {
    await makeCertificates(lab);
    await startServer(lab);
  });
});
afterAll(() => stage?.close());

test.skipIf(!isInstalled)(
  'the device counts, and is missed while it is not there',
  async () => {
    const [first, second] = [stage.node(1), stage.node(2)];
    const without = await untilVotes(first, 'no device yet', (v) => v.device?.state === 'absent');
    expect(without.quorum.votes).toMatchObject({ expected: 3, present: 2, needed: 2 });
    expect(without.quorum.votes?.outlook).toBe('one more loss and all stops');
    expect(alarmsOf(without)).toMatch(/does not run on this node.*corosync-qdevice/);

    await Promise.all([first, second].map(startDevice));
    for (const node of [first, second]) {
      const seen = await untilVotes(node, 'the device votes', (v) => v.device?.state === 'votes');
      expect(seen.quorum.votes).toMatchObject({ present: 3, outlook: 'one more may fail' });
      expect(alarmsOf(seen)).not.toMatch(/quorum device/);
    }
  },
  60_000,
);

test.skipIf(!isInstalled)(
  'its daemon is killed beside the service: its vote is missed, nothing stops, nobody is shot',
  async () => {
    const host = stage.nodes.find((node) => jobs(node).length > 0)!;
    const before = jobs(host);
    killDevice(host);
    const seen = await untilVotes(host, 'it is silent', (v) => v.device?.state === 'silent');
    expect(seen.quorum).toMatchObject({ acting: true, votes: { present: 2, needed: 2 } });
    expect(alarmsOf(seen)).toMatch(/does not answer on this node.*corosync-qdevice/);
    await startDevice(host);
    const again = await untilVotes(host, 'it votes', (v) => v.device?.state === 'votes');
    expect(again.quorum).toMatchObject({ acting: true, votes: { present: 3 } });
    expect(jobs(host)).toEqual(before);
    expect(stage.shots()).toEqual([]);
  },
  60_000,
);

test.skipIf(!isInstalled)(
  'the node of the service is cut off: the other goes on',
  async () => {
    const loser = stage.nodes.find((node) => jobs(node).length > 0)!;
    const winner = stage.nodes.find((node) => node !== loser)!;
    const most = watchJobs(stage.nodes);
    const begun = performance.now();
    await loser.cut();
    await until('the service goes on', () => jobs(winner).length === 1, 30_000);
    console.log(`cut off with a quorum device: ${Math.round(performance.now() - begun)} ms`);
    const seen = await untilStatus(
      winner,
      'at rest, the votes counted anew',
      ({ settled, quorum }) => settled && quorum.votes?.present === 2,
    );
    expect(seen.quorum).toMatchObject({ acting: true, members: [winner.name] });
    expect(seen.quorum.votes).toMatchObject({ present: 2, needed: 2 });
    expect(seen.quorum.votes?.outlook).toBe('one more loss and all stops');
    expect(stage.shots()).toEqual([`off ${loser.name}`]);
    expect(most()).toBe(1);
  },
  60_000,
);

test.skipIf(!isInstalled)(
  'then the server dies: all stops, and the status says why',
  async () => {
    const alive = stage.nodes.find((node) => node.pid() !== undefined)!;
    killServer(stage.lab);
    const seen = await untilVotes(alive, 'no vote of the device', (v) => v.present === 1);
    expect(seen.quorum.votes?.device?.state).toBe('abstains');
    expect(alarmsOf(seen)).toMatch(/gives this node no vote: its server is away/);
    await until('the service has stopped', () => jobs(alive).length === 0);
    const alone = await untilStatus(alive, 'no quorum', ({ quorum }) => !quorum.acting);
    expect(alone.quorum.votes?.outlook).toBe('one vote is missing');
  },
  60_000,
);
