/**
 * The stories of scenarios/configuration: what is wrong with a file, and what is said about it.
 * `UPDATE=1` writes what is said now into the files.
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import type { AgentDescription } from '../core/config/agents.ts';
import type { AgentName } from '../core/model/operation.ts';
import { findingText } from '../schema/finding.ts';
import { checkClusterYaml } from './configuration.ts';

const folder = new URL('../../scenarios/configuration/', import.meta.url);
const INPUT = '--- cluster.yaml\n';
const OUTPUT = '--- what is said\n';

const free: AgentDescription = { parametersKnown: false, parameters: [] };
/** A few agents as they are described by their metadata, so that scenarios need none installed. */
const AGENTS: Readonly<Record<string, AgentDescription>> = {
  IPaddr2: {
    parametersKnown: true,
    parameters: [
      { name: 'ip', required: true, type: 'string' },
      { name: 'cidr_netmask', required: false, type: 'string' },
      { name: 'nic', required: false, type: 'string' },
      { name: 'arp_count', required: false, type: 'integer' },
    ],
  },
  nginx: {
    parametersKnown: true,
    parameters: [{ name: 'configfile', required: false, type: 'string' }],
  },
  Dummy: { parametersKnown: true, parameters: [] },
  fence_apc_snmp: free,
  fence_aws: free,
  fence_ibm_vpc: free,
  fence_mpath: free,
  fence_virsh: free,
  fence_scsi: {
    parametersKnown: true,
    parameters: [],
    operations: [
      { name: 'on', automatic: true, onTarget: true },
      ...['off', 'status', 'list', 'monitor'].map((name) => ({ name })),
    ],
  },
  fence_kdump: {
    parametersKnown: true,
    parameters: [],
    operations: ['off', 'monitor'].map((name) => ({ name })),
  },
  fence_rcd_serial: {
    parametersKnown: true,
    parameters: [],
    operations: ['reboot', 'monitor'].map((name) => ({ name })),
  },
  fence_ipmilan: {
    parametersKnown: true,
    operations: ['on', 'off', 'reboot', 'status', 'monitor'].map((name) => ({ name })),
    parameters: [
      { name: 'ip', required: true, type: 'string' },
      { name: 'password', required: false, type: 'string' },
    ],
  },
};

const knowledge = {
  describe: ({ type }: AgentName) => AGENTS[type],
  known: ['ocf:heartbeat:IPaddr2', 'ocf:heartbeat:nginx', 'ocf:pacemaker:Dummy'],
};

function said(text: string): string {
  const { findings } = checkClusterYaml(text, 'cluster.yaml', knowledge);
  const lines = findings.map((finding) => `${finding.severity}: ${findingText(finding)}\n`);
  return lines.length === 0 ? 'nothing: it is sound\n' : lines.join('');
}

const names = readdirSync(folder).filter((name) => name.endsWith('.txt'));

test('there are scenarios', () => {
  expect(names.length).toBeGreaterThan(10);
});

test.each(names)('%s', (name) => {
  const path = new URL(name, folder);
  const story = readFileSync(path, 'utf8');
  const [before = '', rest = ''] = story.split(INPUT);
  const [input = '', expected = ''] = rest.split(OUTPUT);
  const actual = said(input);
  const updates = process.env['UPDATE'] === '1';
  if (updates) writeFileSync(path, `${before}${INPUT}${input}${OUTPUT}${actual}`);
  expect(actual).toBe(updates ? actual : expected);
});

const examples = new URL('../../examples/', import.meta.url);
const exampleNames = readdirSync(examples).filter((name) => name.endsWith('.yaml'));

test.each(exampleNames)('the example %s is sound', (name) => {
  const checked = checkClusterYaml(readFileSync(new URL(name, examples), 'utf8'), name);
  expect(checked.findings.map(findingText)).toEqual([]);
});
