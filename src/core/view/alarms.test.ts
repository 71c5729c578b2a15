import { describe, expect, it } from 'vitest';

import { incarnation, nodeName, resourceId, wallMs } from '../model/ids.ts';
import { statusView } from './status.ts';
import {
  LOCAL,
  NOON,
  clone,
  clusterOf,
  configured,
  histories,
  history,
  node,
  primitive,
  viewOf,
} from './testing/states.ts';
import type { ResourceView } from './types.ts';
import { plainFenceDevice } from '../model/testing/fence-device.ts';

const web = configured([primitive('web')]);
const running = node('n1', { history: histories(history('web', 'monitor 7', 'start 0')) });
const idle = node('n2', { history: histories(history('web', 'monitor 7')) });

function resourceOf(
  cluster: Parameters<typeof statusView>[0],
  view = viewOf(['n1', 'n2']),
): ResourceView {
  const found = statusView(cluster, view, LOCAL).resources[0];
  if (found === undefined) throw new Error('no resource');
  return found;
}

describe('fencing', () => {
  const request = {
    id: 'f1',
    target: nodeName('n2'),
    incarnation: incarnation('n2-life'),
    method: 'off' as const,
    device: 'power',
    executor: nodeName('n1'),
    reason: 'n2 is lost',
    begunAt: wallMs(NOON - 2000),
    attempt: 1,
  };

  it('is under way, and the lost node raises no further alarm', () => {
    const status = statusView(
      clusterOf([running, node('n2', { condition: 'lost' })], {
        configuration: web,
        fencing: { active: [request], ended: [], failures: {}, retryAt: {} },
      }),
      viewOf(['n1']),
      LOCAL,
    );
    expect(status.underWay).toContainEqual(
      expect.objectContaining({ kind: 'fencing', text: 'fence n2 (off) with power' }),
    );
    expect(status.alarms).toEqual([]);
  });

  it('that is not under way for a lost node is an alarm with the way out', () => {
    const status = statusView(
      clusterOf([running, node('n2', { condition: 'lost' })], {
        configuration: web,
        fencing: { active: [], ended: [], failures: {}, retryAt: {} },
      }),
      viewOf(['n1']),
      LOCAL,
    );
    expect(status.alarms[0]).toEqual({
      severity: 'error',
      text: 'n2 is lost, and what ran there may still be running.',
      advice: 'make sure that it is off, then: holdfast fence confirm n2',
    });
  });

  it('again and again: the node that is held back is an alarm with the way out, and in standby', () => {
    const heldBack = [{ node: nodeName('n2'), at: wallMs(NOON - 2000), fencings: 3 }];
    const fencing = { active: [], ended: [], failures: {}, retryAt: {}, heldBack };
    const cluster = clusterOf([running, idle], { configuration: web, fencing });
    const status = statusView(cluster, viewOf(['n1', 'n2']), LOCAL);
    expect(status.alarms).toEqual([
      {
        severity: 'error',
        text:
          'n2 is held back, since it was fenced 3 times in a short time: ' +
          'nothing is started there, and it fences nobody.',
        advice: 'find out why (holdfast fence history), then: holdfast fence release n2',
      },
    ]);
    expect(status.nodes[1]).toMatchObject({
      state: 'standby',
      because: 'it is held back: holdfast fence release n2',
    });
  });

  it('of a node that gets no access is an alarm with the words of the device', () => {
    const disks = { ...plainFenceDevice, id: 'disks', agent: 'fence_scsi', unfencing: 'own-node' };
    const refusal = { failures: 3, retryAt: wallMs(NOON + 5000), text: 'no such disk' };
    const accessRefused = { n1: refusal, n2: refusal };
    const fencing = { active: [], ended: [], failures: {}, retryAt: {}, accessRefused } as never;
    const configuration = configured([primitive('web')], { fenceDevices: [disks as never] });
    const status = statusView(
      clusterOf([running, idle], { configuration, fencing }),
      viewOf(['n1', 'n2']),
      LOCAL,
    );
    expect(status.alarms[0]).toMatchObject({
      severity: 'error',
      text:
        'Unfencing of n1 and n2 failed: no such disk. Nothing that needs access to the shared ' +
        'devices is started there.',
    });
    expect(status.next).toContainEqual(
      expect.objectContaining({ text: 'try again to unfence n1', at: NOON + 5000 }),
    );
  });

  it('that waits for the end of a shooting is no failure', () => {
    const disks = { ...plainFenceDevice, id: 'disks', agent: 'fence_scsi', unfencing: 'own-node' };
    const text = 'n2, which was taking its access, has left, and may do so still';
    const refusal = { failures: 0, retryAt: wallMs(NOON + 5000), text, shotBy: 'n2' };
    const accessRefused = { n1: refusal };
    const fencing = { active: [], ended: [], failures: {}, retryAt: {}, accessRefused } as never;
    const configuration = configured([primitive('web')], { fenceDevices: [disks as never] });
    const { alarms } = statusView(
      clusterOf([running, idle], { configuration, fencing }),
      viewOf(['n1', 'n2']),
      LOCAL,
    );
    expect(alarms[0]).toMatchObject({
      severity: 'warning',
      text: expect.stringContaining(`Unfencing of n1 waits: ${text}.`),
    });
  });

  it('that fails says why, also while it is tried again', () => {
    const ended = {
      ...request,
      ok: false,
      text: 'Ipmitool not found',
      endedAt: wallMs(NOON - 1000),
      durationMs: 4,
    };
    const status = statusView(
      clusterOf([running, node('n2', { condition: 'lost' })], {
        configuration: web,
        fencing: { active: [request], ended: [ended], failures: { n2: 3 }, retryAt: {} } as never,
      }),
      viewOf(['n1']),
      LOCAL,
    );
    expect(status.alarms[0]).toEqual({
      severity: 'error',
      text:
        'n2 is lost, and what ran there may still be running. ' +
        'Fencing failed 3 times: Ipmitool not found.',
      advice: 'mend the fence device; or make sure that it is off, then: holdfast fence confirm n2',
    });
    expect(status.fencing.map(({ ok }) => ok)).toEqual([undefined, false]);
  });
});

describe('secrets', () => {
  it('that a fence device needs and a node lacks are named with the node', () => {
    const configuration = configured([], {
      fenceDevices: [
        {
          id: 'power',
          agent: 'fence_ipmilan',
          parameters: { ip: '10.0.0.9', password: 'secret:ipmi' },
          hosts: {},
          action: 'off',
          timeoutMs: 60_000,
          retries: 2,
          monitorIntervalMs: 60_000,
          delayMs: 0,
        },
      ],
    });
    const cluster = clusterOf(
      [
        node('n1', { attributes: { '#secrets': 'ipmi' } }),
        node('n2', { attributes: { '#secrets': '' } }),
        node('n3'),
      ],
      { configuration },
    );
    expect(statusView(cluster, viewOf(['n1']), LOCAL).alarms).toContainEqual({
      severity: 'error',
      text: 'The secret "ipmi" of fence device power is missing on n2.',
      advice: 'on n2: holdfast secret set ipmi',
    });
  });

  it('that a resource needs are named as well, with every node that lacks them', () => {
    const parameters = [{ id: 'p', score: 0, values: { password: 'secret:db' } }];
    const configuration = configured([clone('dbs', primitive('db', { parameters }))]);
    const bare = ['n1', 'n2'].map((name) => node(name, { attributes: { '#secrets': '' } }));
    expect(statusView(clusterOf(bare, { configuration }), viewOf(['n1']), LOCAL).alarms).toEqual([
      {
        severity: 'error',
        text: 'The secret "db" of resource db is missing on n1 and n2.',
        advice: 'on each of n1 and n2: holdfast secret set db',
      },
    ]);
  });
});

describe('fence devices', () => {
  const power = {
    ...plainFenceDevice,
    id: 'power',
    agent: 'fence_ipmilan',
    action: 'off',
    retries: 2,
    monitorIntervalMs: 60_000,
  } as const;
  const said = (words: string, condition: 'online' | 'lost' = 'online') => {
    const cluster = clusterOf(
      [node('n1', { condition, attributes: { '#fence-device:power': words } }), node('n2')],
      { configuration: configured([], { fenceDevices: [power] }) },
    );
    return statusView(cluster, viewOf(['n1', 'n2']), LOCAL).alarms.map(({ text }) => text);
  };

  it('that do not answer a member are an alarm, until they answer again', () => {
    const alarm = 'Fence device power does not answer n1: no route to host';
    expect(said('no route to host')).toContain(alarm);
    expect(said('ok')).not.toContain('Fence device power does not answer n1: ok');
    expect(said('no route to host', 'lost')).not.toContain(alarm);
  });

  it('are one alarm for one cause; that a secret is missing is told by itself', () => {
    const words = { '#fence-device:power': 'no route to host' };
    const nodes = ['n1', 'n2', 'n3'].map((name) => node(name, { attributes: words }));
    const cluster = clusterOf(nodes, {
      configuration: configured([], { fenceDevices: [power] }),
    });
    expect(statusView(cluster, viewOf(['n1']), LOCAL).alarms.map(({ text }) => text)).toEqual([
      'Fence device power does not answer n1, n2 and n3: no route to host',
    ]);
    expect(said('parameter password: secret pw is not on this node')).toEqual([]);
  });
});

describe('a stop of the whole cluster', () => {
  const noteOf = (other: 'online' | 'held', first = node('n1', {})) => {
    const cluster = clusterOf([first, node('n2', { condition: other })], {
      configuration: web,
      stopping: { by: 'anna', since: wallMs(NOON) },
    });
    const { alarms } = statusView(cluster, viewOf(['n1']), LOCAL);
    return alarms.find(({ text }) => text.startsWith('anna stops the whole cluster'));
  };

  it('says how it comes back, and for whose daemon it waits', () => {
    expect(noteOf('online')?.advice).toContain('systemctl start holdfastd on each node');
    expect(noteOf('held')?.advice).toContain('wait for the daemon of n2');
    expect(noteOf('online', running)?.advice).toContain('they wait for web on n1');
  });
});

describe('a node that stood still', () => {
  it('is a warning on every node while it says so', () => {
    const stalled = node('n2', { attributes: { '#stalled': '1 1 14249' } });
    const cluster = clusterOf([running, stalled], { configuration: web });
    expect(statusView(cluster, viewOf(['n1', 'n2']), LOCAL).alarms).toMatchObject([
      { severity: 'warning', text: 'n2 stalled for 14.2 s: its timers started anew.' },
    ]);
    const garbled = { ...stalled, attributes: { '#stalled': 'for long' } };
    const other = clusterOf([running, garbled], { configuration: web });
    expect(statusView(other, viewOf(['n1', 'n2']), LOCAL).alarms).toEqual([]);
  });
});

describe('a monitor that comes near its timeout', () => {
  it('is a warning that says how long it took, may take and uses to take', () => {
    const slow = node('n2', { attributes: { '#slow-monitor:db': '8100 10000 249' } });
    const cluster = clusterOf([running, slow], { configuration: web });
    expect(statusView(cluster, viewOf(['n1', 'n2']), LOCAL).alarms).toMatchObject([
      {
        severity: 'warning',
        text: 'Monitor of db on n2 took 8.1 s of the 10.0 s that it may take (usually 0.2 s).',
      },
    ]);
  });
});

describe('clocks that differ', () => {
  const off = (ms: number) => node('n2', { attributes: { '#clock': `n1 ${ms}` } });
  const said = (ms: number): readonly string[] =>
    statusView(
      clusterOf([running, off(ms)], { configuration: web }),
      viewOf(['n1', 'n2']),
      LOCAL,
    ).alarms.map(({ severity, text }) => `${severity}: ${text}`);

  it('are a warning that names both nodes', () => {
    expect(said(1400)).toEqual(['warning: The clock of n2 is 1.4 s ahead of that of n1.']);
    expect(said(-59_000)).toEqual(['warning: The clock of n2 is 59.0 s behind that of n1.']);
  });

  it('by a minute, among two, end nothing any more', () => {
    expect(said(-61_000)[0]).toMatch(/^error: Nobody knows which clock is right/);
  });
});

describe('a disk that refuses', () => {
  const reason = 'no space is left on the disk (ENOSPC)';
  const full = node('n2', { attributes: { '#disk': reason } });
  const alarm = {
    severity: 'error',
    text: `n2 cannot write its state: ${reason}.`,
    advice: 'free space or mend the disk on n2: it goes on by itself',
  };
  const cluster = clusterOf([running, full], { configuration: web });

  it('is one alarm, on every node the same', () => {
    expect(statusView(cluster, viewOf(['n1', 'n2']), LOCAL).alarms).toEqual([alarm]);
    const own = viewOf(['n1', 'n2'], {
      self: nodeName('n2'),
      phase: { kind: 'disk-failed', reason },
    });
    const status = statusView(cluster, own, LOCAL);
    expect(status.alarms).toEqual([alarm]);
    expect(status.settled).toBe(true);
  });

  it('is said by the node itself until it could tell the others', () => {
    const own = viewOf(['n1'], { phase: { kind: 'disk-failed', reason } });
    const { alarms } = statusView(clusterOf([running], { configuration: web }), own, LOCAL);
    expect(alarms.map(({ text }) => text)).toEqual([
      `The disk under the daemon's state refuses: ${reason}.`,
    ]);
  });

  it('does not keep others from saying why they do not run', () => {
    const own = viewOf(['n1', 'n2'], { phase: { kind: 'disk-failed', reason } });
    const decision = {
      ...cluster.decision,
      unplaced: [{ resource: resourceId('web'), reason: 'n1 avoids it' }],
    };
    const nodes = [node('n1', { attributes: { '#disk': reason } }), idle];
    expect(resourceOf(clusterOf(nodes, { configuration: web, decision }), own).whyNot?.reason).toBe(
      'n1 avoids it',
    );
  });

  it('that damaged a file is told once, with what to do', () => {
    const text = 'a record of log-3 is damaged; the file is kept as log-3.damaged-1';
    const local = { ...LOCAL, notes: [{ severity: 'warning' as const, text, advice: 'look' }] };
    const view = viewOf(['n1', 'n2'], { findings: [text, 'another'] });
    const { alarms } = statusView(clusterOf([running], { configuration: web }), view, local);
    expect(alarms).toEqual([{ severity: 'warning', text: 'another' }, ...local.notes]);
  });
});

it('that no watchdog is armed is not mended by going without fencing', () => {
  const finding = { code: 'no-fence-device', about: '', text: 'There is no fence device.' };
  const decision = { ...clusterOf([]).decision, findings: [finding] };
  const options = [{ id: 'options', score: 0, values: { 'fencing-watchdog-timeout': '-1' } }];
  const cluster = clusterOf([running], { decision, configuration: configured([], { options }) });
  const { alarms } = statusView(cluster, viewOf(['n1']), LOCAL);
  const advice = alarms.find(({ text }) => text === finding.text)?.advice;
  expect(advice).toContain('arm the watchdogs');
  expect(advice).not.toContain('fencing-enabled');
});

it('that nothing can fence is an alarm with what to do', () => {
  const finding = { code: 'no-fence-device', about: '', text: 'There is no fence device.' };
  const decision = { ...clusterOf([]).decision, findings: [finding] };
  const { alarms } = statusView(clusterOf([running], { decision }), viewOf(['n1']), LOCAL);
  expect(alarms.find(({ text }) => text === finding.text)?.advice).toContain('fencing.devices');
});
