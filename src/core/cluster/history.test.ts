/** What a node's history keeps beside what was done since. */
import { describe, expect, it } from 'vitest';
import { nodeName, resourceId, wallMs } from '../model/ids.ts';
import { recordOperation } from './history.ts';
import { action, n1 } from './testing/cluster.ts';

const vm = resourceId('vm');

/** Names of the operations that are known after these ended one after the other on n1, each with its exit code. */
function known(...ended: readonly string[]): readonly string[] {
  const histories = ended.reduce<Parameters<typeof recordOperation>[0]>((before, text, index) => {
    const [operation = '', exitCode = '0'] = text.split(': ');
    const isSent = operation === 'migrate_to';
    return recordOperation(before, {
      name: vm,
      operation,
      intervalMs: 0,
      outcome: { kind: 'exited', exitCode: Number(exitCode), exitReason: '' },
      callId: index + 1,
      durationMs: 5,
      time: wallMs(index),
      action: {
        ...action(`${operation} vm n1`),
        ...(isSent ? { migrateSource: n1, migrateTarget: nodeName('n2') } : {}),
      },
    });
  }, {});
  return (histories['vm']?.operations ?? []).map(({ operation }) => operation);
}

describe('what a node has sent away', () => {
  it('stays known, whatever was looked at or stopped since: it may have arrived', () => {
    expect(known('start', 'migrate_to', 'stop')).toEqual(['migrate_to', 'stop']);
    expect(known('start', 'migrate_to', 'monitor')).toEqual(['migrate_to', 'monitor']);
  });

  it.each(['migrate_from', 'start'])('is over when it runs here anew, by a %s', (operation) => {
    expect(known('start', 'migrate_to', 'stop', operation)).toEqual([operation]);
  });

  it('is not over by a start that failed', () => {
    expect(known('start', 'migrate_to', 'stop', 'start: 1')).toContain('migrate_to');
  });
});
