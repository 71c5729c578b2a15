import { expect, test } from 'vitest';
import { nodeName, resourceId } from '../../core/model/ids.ts';
import type { OperationRequest } from '../../core/model/operation.ts';
import { ocfEnvironment, ocfPath } from './environment.ts';
import { exitReason, ocfOutcome } from './outcome.ts';

const request: OperationRequest = {
  operationId: '1',
  resource: resourceId('web:2'),
  agent: { class: 'ocf', provider: 'heartbeat', type: 'IPaddr2' },
  operation: 'monitor',
  intervalMs: 10_000,
  timeoutMs: 20_000,
  parameters: { ip: '192.0.2.1', OCF_CHECK_LEVEL: '10' },
  meta: { 'clone-max': '3', notify_start_uname: 'n1 n2' },
  node: nodeName('n1'),
};
const options = { ocfRoot: '/usr/lib/ocf' };

test('the environment is what OCF and the libraries of resource-agents read, and nothing else', () => {
  expect(ocfEnvironment(request, request.parameters, options)).toEqual({
    PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
    LC_ALL: 'C',
    HA_debug: '0',
    HA_LOGFACILITY: '',
    OCF_ROOT: '/usr/lib/ocf',
    OCF_RA_VERSION_MAJOR: '1',
    OCF_RA_VERSION_MINOR: '1',
    OCF_EXIT_REASON_PREFIX: 'ocf-exit-reason:',
    OCF_RESOURCE_INSTANCE: 'web:2',
    OCF_RESOURCE_TYPE: 'IPaddr2',
    OCF_RESOURCE_PROVIDER: 'heartbeat',
    OCF_CHECK_LEVEL: '10',
    OCF_RESKEY_crm_feature_set: '3.16.2',
    OCF_RESKEY_ip: '192.0.2.1',
    OCF_RESKEY_OCF_CHECK_LEVEL: '10',
    OCF_RESKEY_CRM_meta_name: 'monitor',
    OCF_RESKEY_CRM_meta_timeout: '20000',
    OCF_RESKEY_CRM_meta_interval: '10000',
    OCF_RESKEY_CRM_meta_on_node: 'n1',
    OCF_RESKEY_CRM_meta_on_node_uuid: 'n1',
    OCF_RESKEY_CRM_meta_clone_max: '3',
    OCF_RESKEY_CRM_meta_notify_start_uname: 'n1 n2',
  });
});

test("the cluster's own tools come first where there are some", () => {
  const environment = ocfEnvironment(
    request,
    {},
    {
      ...options,
      toolsDirectory: '/usr/lib/holdfast/tools',
      toolsEnvironment: { HOLDFAST_SOCKET: '/run/holdfast/tools.sock' },
    },
  );
  expect(environment).toMatchObject({
    PATH: expect.stringMatching(/^\/usr\/lib\/holdfast\/tools:/),
    HA_SBIN_DIR: '/usr/lib/holdfast/tools',
    HOLDFAST_SOCKET: '/run/holdfast/tools.sock',
  });
});

test('an agent is looked for below its provider, and its name cannot lead elsewhere', () => {
  const path = (type: string, provider?: string) =>
    ocfPath(
      { class: 'ocf', type, ...(provider === undefined ? {} : { provider }) },
      '/usr/lib/ocf',
    );
  expect(path('Dummy')).toBe('/usr/lib/ocf/resource.d/heartbeat/Dummy');
  expect(path('My.agent-2', 'acme')).toBe('/usr/lib/ocf/resource.d/acme/My.agent-2');
  for (const type of ['.ocf-shellfuncs', '../heartbeat/Dummy', 'a/b', '', '-x', 'a\nb']) {
    expect(path(type)).toBeUndefined();
  }
  expect(path('Dummy', '..')).toBeUndefined();
});

test('the last reason counts, as one printable line', () => {
  expect(exitReason('')).toBe('');
  const output = 'ocf-exit-reason:first\nnoise\nocf-exit-reason: no\u0007 route\tthere\nmore\n';
  expect(exitReason(output)).toBe('no route there');
  expect(exitReason(`ocf-exit-reason:${'x'.repeat(5000)}`).length).toBe(1000);
});

test('codes of OCF are kept, others are errors that name the code', () => {
  for (const exitCode of [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 190, 191]) {
    expect(ocfOutcome({ kind: 'exited', exitCode }, 'ocf-exit-reason:why\n')).toEqual({
      kind: 'exited',
      exitCode,
      exitReason: 'why',
    });
  }
  expect(ocfOutcome({ kind: 'exited', exitCode: 255 }, '')).toEqual({
    kind: 'exited',
    exitCode: 1,
    exitReason: 'exit code 255, which OCF does not define',
  });
  expect(ocfOutcome({ kind: 'signaled', signal: 11 }, '')).toEqual({
    kind: 'exited',
    exitCode: 1,
    exitReason: 'ended by SIGSEGV',
  });
});

test('what could not be run says by its code whether another node may do better', () => {
  const exitCode = (stage: string, error: string) => {
    const outcome = ocfOutcome({ kind: 'not-run', stage, error }, '');
    return outcome.kind === 'not-run' ? outcome.exitCode : undefined;
  };
  expect(exitCode('exec', 'ENOENT')).toBe(5);
  expect(exitCode('exec', 'EACCES')).toBe(4);
  expect(exitCode('exec', 'ENOEXEC')).toBe(5);
  expect(exitCode('user', 'ENOENT')).toBe(6);
  expect(exitCode('user', 'EPERM')).toBe(4);
  expect(exitCode('directory', 'ENOENT')).toBe(6);
  expect(exitCode('fork', 'EAGAIN')).toBe(1);
});
