import { describe, expect, it } from 'vitest';
import { nodeName, resourceId } from '../../core/model/ids.ts';
import type { OperationOutcome, OperationRequest } from '../../core/model/operation.ts';
import { newAddress } from './announce.ts';

const request: OperationRequest = {
  operationId: '1',
  resource: resourceId('vip'),
  agent: { class: 'ocf', provider: 'heartbeat', type: 'IPaddr2' },
  operation: 'start',
  intervalMs: 0,
  timeoutMs: 20_000,
  parameters: {},
  meta: {},
  node: nodeName('n1'),
};
const exits = (exitCode: number): OperationOutcome => ({
  kind: 'exited',
  exitCode,
  exitReason: '',
});
const parameters = { ip: '192.0.2.1' };

describe('an address to announce', () => {
  it('is that of a start that went well', () => {
    expect(newAddress({ request, parameters }, exits(0))).toBe('192.0.2.1');
    expect(newAddress({ request, parameters }, exits(1))).toBeUndefined();
    expect(newAddress({ request, parameters }, { kind: 'timed-out' })).toBeUndefined();
  });

  it('is none for other operations and agents', () => {
    const monitor = { ...request, operation: 'monitor' };
    expect(newAddress({ request: monitor, parameters }, exits(0))).toBeUndefined();
    const other = { ...request, agent: { ...request.agent, type: 'IPsrcaddr' } };
    expect(newAddress({ request: other, parameters }, exits(0))).toBeUndefined();
  });

  it('is none that nobody should ask for, or that several nodes have', () => {
    const behind = { ...parameters, lvs_support: 'yes' };
    expect(newAddress({ request, parameters: behind }, exits(0))).toBeUndefined();
    const copies = { ...request, meta: { clone_max: '2' } };
    expect(newAddress({ request: copies, parameters }, exits(0))).toBeUndefined();
  });
});
