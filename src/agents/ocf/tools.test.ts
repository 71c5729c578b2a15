/** The programs of native/crm-tool.c in front of the real API, called as resource-agents call them. */
import { spawn } from 'node:child_process';
import { chmodSync, copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { listen } from '../../api/listen.ts';
import { createApi } from '../../api/server.ts';
import { testBackend } from '../../api/testing/backend.ts';
import type { TestBackend } from '../../api/testing/backend.ts';
import { clone, clusterOf, configured, node, primitive } from '../../core/view/testing/states.ts';

const tools = new URL('../../../native/build/libexec', import.meta.url).pathname;

let directory = '';
let backend: TestBackend;
const closers: (() => Promise<void> | void)[] = [];

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'holdfast-tools-'));
  backend = testBackend(
    clusterOf([node('n1', { attributes: { 'master-db': '10' } }), node('n2')], {
      configuration: configured([clone('db-clone', primitive('db'), true)]),
    }),
  );
  const onError = (error: unknown): never => {
    throw error;
  };
  const app = createApi({ backend, access: 'write', onError });
  const server = await listen(app, { path: join(directory, 'api.sock'), mode: 0o600 });
  closers.push(() => server.close());
});

afterEach(async () => {
  for (const close of closers.splice(0)) await close();
  rmSync(directory, { recursive: true, force: true });
});

interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly error: string;
}

/** `crm_attribute -n x -G`, words apart by blanks; '' stands for a word of nothing. */
function call(line: string, more: Record<string, string> = {}): Promise<Ended> {
  const [name = '', ...words] = line.split(' ').map((word) => (word === "''" ? '' : word));
  return callWords([join(tools, name), ...words], more);
}

function callWords(
  argv: readonly string[],
  more: Record<string, string> = {},
  who: { readonly uid?: number; readonly gid?: number } = {},
): Promise<Ended> {
  const [program = '', ...words] = argv;
  const env = {
    PATH: `${tools}:/usr/sbin:/usr/bin:/sbin:/bin`,
    HA_SBIN_DIR: tools,
    HOLDFAST_RUN: directory,
    OCF_ROOT: '/usr/lib/ocf',
    OCF_RESOURCE_INSTANCE: 'db',
    OCF_RESKEY_crm_feature_set: '3.16.2',
    OCF_RESKEY_CRM_meta_on_node: 'n1',
    ...more,
  };
  const child = spawn(program, words, { env, stdio: ['ignore', 'pipe', 'pipe'], ...who });
  let out = '';
  let error = '';
  child.stdout.on('data', (piece: Buffer) => (out += piece.toString()));
  child.stderr.on('data', (piece: Buffer) => (error += piece.toString()));
  return new Promise((resolve) => child.on('close', (code) => resolve({ code, out, error })));
}

const transient = (name: string): Readonly<Record<string, string>> | undefined =>
  Object.values(backend.cluster().nodes).find((one) => one.name === name)?.attributes;
const marks = () =>
  Object.values(backend.cluster().marks).map((mark) => ({ ...mark, setAt: undefined }));

describe('crm_attribute', () => {
  it.each([
    // Promotion scores: ocf_promotion_score of ocf-shellfuncs, conntrackd, SAPInstance, redis.
    ['crm_attribute -p -v 5', { 'master-db': '5' }],
    ['crm_attribute -p -v -INFINITY', { 'master-db': '-INFINITY' }],
    ['crm_attribute --promotion=web -v 1', { 'master-db': '10', 'master-web': '1' }],
    ['crm_attribute -p web -v 1', { 'master-db': '10', 'master-web': '1' }],
    ['crm_attribute -p -D', {}],
    ['crm_attribute -p -D -N n1', {}],
    ['crm_master -Q -l reboot -v 7', { 'master-db': '7' }],
    ['crm_master -v INFINITY -l reboot', { 'master-db': 'INFINITY' }],
    ['crm_master -N n1 -l reboot -D', {}],
    // Others: galera, sg_persist, rabbitmq-server-ha, SAPInstance, mysql.
    ['crm_attribute -N n1 -l reboot --name a-b -v true', { 'master-db': '10', 'a-b': 'true' }],
    [
      'crm_attribute --lifetime=reboot --name=p --node=n1 --update=1',
      { 'master-db': '10', p: '1' },
    ],
    ['crm_attribute -n runs_ers_S -v 1 -l reboot', { 'master-db': '10', runs_ers_S: '1' }],
    ["crm_attribute -N n1 -n e -l reboot -v ''", { 'master-db': '10', e: '' }],
    ['crm_attribute -N n1 -l reboot --name absent -D', { 'master-db': '10' }],
  ])('%s', async (line, expected) => {
    expect(await call(line)).toEqual({ code: 0, out: '', error: '' });
    expect(transient('n1')).toEqual(expected);
    expect(transient('n2')).toEqual({});
  });

  it('answers a value alone, or with its name as crm_attribute does', async () => {
    const quiet = { code: 0, out: '10\n', error: '' };
    expect(await call('crm_attribute -l reboot -N n1 -n master-db -G -q')).toEqual(quiet);
    expect(await call('crm_attribute -p -G -q')).toEqual(quiet);
    expect(await call('crm_master -N n1 -l reboot -G --quiet')).toEqual(quiet);
    expect(await call('crm_attribute -N n1 -l reboot --name master-db --query')).toEqual({
      code: 0,
      out: 'scope=status  name=master-db value=10\n',
      error: '',
    });
  });

  it('says that there is none with the code 105, or answers the default', async () => {
    const none = await call('crm_attribute -N n1 -l reboot -n none -G -q');
    expect(none).toMatchObject({ code: 105, out: '' });
    expect(none.error).toContain('No such device or address');
    expect((await call('crm_attribute -N n9 -l reboot -n none -G -q')).code).toBe(105);
    const answer = await call('crm_attribute -N n1 -l reboot -n none -G -q --default 7');
    expect(answer).toEqual({ code: 0, out: '7\n', error: '' });
  });

  it('keeps an attribute of a node for good, seen by all and told as what the agent did', async () => {
    await call('crm_attribute -l forever -N n2 -n db-data-status -v STREAMING|SYNC');
    expect(marks()).toEqual([
      {
        kind: 'node-attribute',
        id: 'attribute:n2:db-data-status',
        node: 'n2',
        name: 'db-data-status',
        value: 'STREAMING|SYNC',
        by: 'db@n1',
        setAt: undefined,
      },
    ]);
    const read = await call('crm_attribute -l forever -N n2 -n db-data-status -G -q');
    expect(read.out).toBe('STREAMING|SYNC\n');
    expect((await call('crm_attribute -l forever -N n2 -n db-data-status -D')).code).toBe(0);
    expect(marks()).toEqual([]);
  });

  it('keeps notes for the whole cluster, as mysql, mariadb and redis do', async () => {
    const note = 'crm_attribute --type crm_config --name db_REPL_INFO -s mysql_replication';
    expect((await call(`${note} --query -q`)).code).toBe(105);
    expect((await call(`${note} -v n1|binlog.7|42`)).code).toBe(0);
    expect((await call(`${note} --query -q`)).out).toBe('n1|binlog.7|42\n');
    const refused = await call('crm_attribute -n fencing-enabled -v false');
    expect(refused).toMatchObject({ code: 1, out: '' });
    expect(refused.error).toContain('fencing-enabled is an option of the cluster');
  });

  it.each([
    'crm_attribute -t nodes --node n1 -z -n cpu -v 4',
    'crm_attribute -t rsc_defaults -n x -v 1',
    'crm_attribute -l whenever -n x -v 1',
    'crm_attribute -P x.* -G',
  ])('%s is not supported, and changes nothing', async (line) => {
    const ended = await call(line);
    expect(ended).toMatchObject({ code: 3, out: '' });
    expect(ended.error).toMatch(/^crm_attribute: .* not supported by Holdfast\n$/);
    expect(backend.commands).toEqual([]);
  });

  it.each(['crm_attribute -G', 'crm_attribute --bogus', 'crm_attribute -n x -v 1 y'])(
    '%s is a wrong command line',
    async (line) => {
      expect((await call(line)).code).toBe(64);
    },
  );

  it('needs to know the resource of a promotion score', async () => {
    const ended = await call('crm_attribute -p -G', { OCF_RESOURCE_INSTANCE: '' });
    expect(ended.code).toBe(64);
  });

  it('takes any text as a value, and no text for a path', async () => {
    const value = 'a"b\\c\u0001d/é';
    expect((await call(`crm_attribute -N n1 -l reboot -n x -v ${value}`)).code).toBe(0);
    expect(transient('n1')?.['x']).toBe(value);
    expect((await call('crm_attribute -N n1 -l reboot -n ../../y -v 1')).code).toBe(64);
    expect((await call('crm_attribute -N .. -l reboot -n y -v 1')).code).toBe(64);
    expect((await call("crm_attribute -N n1 -l reboot -n '' -v 1")).code).toBe(64);
    expect((await call(`crm_attribute -N n1 -l reboot -n ${'x'.repeat(9000)} -G`)).code).toBe(64);
  });
});

describe('attrd_updater', () => {
  it('sets, asks and removes, with options of all ages', async () => {
    // ethmonitor, SysInfo, storage-mon, mariadb, openstack-info.
    await call('attrd_updater -n eth -v 1000');
    await call('attrd_updater -d 5s -S status -n lxd -v 3');
    await call('attrd_updater -n #health-db -U green -d 5s');
    await call('attrd_updater -p -n db-gtid -U 0-1-2 -N n2');
    expect(transient('n1')).toEqual({
      'master-db': '10',
      eth: '1000',
      lxd: '3',
      '#health-db': 'green',
    });
    expect((await call('attrd_updater -p -N n2 -n db-gtid -Q')).out).toBe(
      'name="db-gtid" host="n2" value="0-1-2"\n',
    );
    expect((await call('attrd_updater -n eth -Q -A')).out).toBe(
      'name="eth" host="n1" value="1000"\n',
    );
    expect((await call('attrd_updater -D -n eth')).code).toBe(0);
    expect(transient('n1')).not.toHaveProperty('eth');
    expect(await call('attrd_updater -n eth -Q')).toMatchObject({ code: 105, out: '' });
    expect(await call('attrd_updater -n eth -Q -A')).toMatchObject({ code: 105, out: '' });
    expect((await call('attrd_updater -R')).code).toBe(0);
    expect((await call('attrd_updater')).code).toBe(64);
  });
});

describe('crm_node', () => {
  it.each([
    ['crm_node -n', 'n1\n'],
    ['crm_node -i', '1\n'],
    ['crm_node -l', '1 n1 member\n2 n2 member\n'],
    ['crm_node --list', '1 n1 member\n2 n2 member\n'],
    ['crm_node -l -p', 'n1 n2\n'],
    ['crm_node -q', '1\n'],
  ])('%s', async (line, out) => {
    expect(await call(line)).toEqual({ code: 0, out, error: '' });
  });

  it('knows this node without an agent around it', async () => {
    const alone = { OCF_RESKEY_CRM_meta_on_node: '' };
    expect((await call('crm_node -n', alone)).out).toBe('n1\n');
    await call('crm_attribute -l reboot -n x -v 1', alone);
    expect(transient('n1')).toMatchObject({ x: '1' });
  });
});

describe('the others', () => {
  it('ban a resource from a node, shown as a move by command', async () => {
    expect((await call('crm_resource -B -r db -N n1 -Q')).code).toBe(0);
    expect(marks()).toMatchObject([{ id: 'move:db-clone', away: 'n1', by: 'db@n1' }]);
  });

  it('leave utilization to cluster.yaml in the words for which agents ask no further', async () => {
    const ended = await call('crm_resource -Q -r db -z -g cpu');
    expect(ended).toMatchObject({ code: 3, out: '' });
    expect(ended.error).toContain('not connected');
    expect((await call('crm_resource --list-operations -N n1')).code).toBe(3);
  });

  it('print the status as XML alone, and the CIB', async () => {
    for (const line of ['crm_mon -1 --output-as=xml', 'crm_mon -1X', 'crm_mon -r --as-xml']) {
      expect((await call(line)).out).toContain('<node name="n1" id="1" online="true"');
    }
    expect(await call('crm_mon -1')).toMatchObject({ code: 3, out: '' });
    expect(await call('crm_mon -p f -d -i 15 -h f')).toMatchObject({ code: 3, out: '' });
    expect((await call('cibadmin -Q')).out).toBe('<cib/>\n');
    expect(await call('cibadmin -Q --xpath //x')).toMatchObject({ code: 3, out: '' });
    expect((await call('pacemakerd -$')).out).toMatch(/^Pacemaker 2\.1\.5 /);
  });
});

describe('through the library of resource-agents', () => {
  it('finds promotion scores, the node, and the status', async () => {
    const run = (script: string) =>
      callWords(['/bin/bash', '-c', `. $OCF_ROOT/lib/heartbeat/ocf-shellfuncs; ${script}`]);
    expect(await run('ocf_promotion_score -v 33; ocf_promotion_score -G -q')).toMatchObject({
      code: 0,
      out: '33\n',
    });
    expect((await run('ocf_local_nodename; ocf_attribute_target')).out).toBe('n1\nn1\n');
    const seen = await run('SHELL=/bin/bash crm_mon_no_validation -1 --output-as=xml');
    expect(seen.out).toContain('<clone id="db-clone" multi_state="true"');
    expect(seen.error).toBe('');
  });
});

describe('trouble', () => {
  it('is told at once where nobody listens', async () => {
    const ended = await call('crm_attribute -p -v 5', { HOLDFAST_RUN: '/nonexistent' });
    expect(ended).toMatchObject({ code: 102, out: '' });
    expect(ended.error).toContain(
      'not connected: holdfastd does not listen on /nonexistent/api.sock',
    );
  });

  it('is told where the cluster refuses, or its answer is not known', async () => {
    backend.answerWith({ kind: 'refused', reason: 'the cluster is frozen' });
    const refused = await call('crm_attribute -p -v 5');
    expect(refused).toMatchObject({ code: 1, error: expect.stringContaining('is frozen') });
    backend.answerWith({ kind: 'unknown', reason: 'no answer within 30 s' });
    expect((await call('crm_attribute -p -v 5')).code).toBe(124);
  });

  it.runIf(process.getuid?.() === 0)('for others than root is that they may only ask', async () => {
    const app = createApi({ backend, access: 'read', onError: () => undefined });
    const readers = await listen(app, { path: join(directory, 'read.sock'), mode: 0o666 });
    closers.push(() => readers.close());
    chmodSync(directory, 0o755);
    const program = join(directory, 'crm_attribute');
    copyFileSync(join(tools, 'crm-tool'), program);
    const nobody = { uid: 65_534, gid: 65_534 };
    const read = await callWords([program, '-p', '-G', '-q'], {}, nobody);
    expect(read).toEqual({ code: 0, out: '10\n', error: '' });
    expect((await callWords([program, '-p', '-v', '5'], {}, nobody)).code).toBe(4);
    expect(backend.commands).toEqual([]);
  });

  it.each([
    ['nothing', ''],
    ['no HTTP', 'hello\n'],
    ['half an answer', 'HTTP/1.1 200 OK\r\ncontent-length: 50\r\n\r\n10\n'],
    ['an endless head', `HTTP/1.1 200 OK\r\n${'a: b\r\n'.repeat(5000)}`],
    ['chunks', 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\n10\n\r\n0\r\n\r\n'],
  ])('of a server that answers %s ends with an error, and no value', async (_what, bytes) => {
    const path = join(directory, 'strange');
    const server = createServer((socket) => {
      socket.on('error', () => undefined);
      socket.end(bytes);
    });
    const sub = mkdtempSync(`${path}-`);
    await new Promise<void>((resolve) => server.listen(join(sub, 'api.sock'), resolve));
    closers.push(() => void server.close());
    const ended = await call('crm_attribute -p -G -q', { HOLDFAST_RUN: sub });
    expect(ended).toMatchObject({ code: 1, out: '' });
  });
});
