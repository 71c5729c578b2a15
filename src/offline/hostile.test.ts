/**
 * Damaged and hostile input: whatever it is, there is an answer. HOLDFAST_RUNS raises the number of
 * mutations, `HOLDFAST_RUNS=1000000 npx vitest run src/offline/hostile.test.ts`.
 */
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { compareConfigurations } from '../core/config/compare.ts';
import { schedule } from '../core/scheduler/schedule.ts';
import { readCib } from '../interop/cib/read.ts';
import { SAMPLE_CIB } from '../interop/cib/testing/sample.ts';
import { writeCib } from '../interop/cib/write.ts';
import { writeClusterYaml } from '../schema/write.ts';
import { configurationArbitrary } from '../schema/testing/arbitrary.ts';
import { mutated, withOtherValues } from '../schema/testing/mutate.ts';
import { checkClusterYaml } from './configuration.ts';
import { importCib } from './import.ts';
import { decisionTime } from './time.ts';

const RUNS = Number(process.env['HOLDFAST_RUNS'] ?? 150);
const OPTIONS = { timeout: 60_000 + RUNS * 50 };

const XML_PIECES = [
  '<',
  '>',
  '"',
  '&',
  '&#0;',
  '&x;',
  '<!--',
  ']]>',
  '<![CDATA[',
  '<?x?>',
  '/>',
  '</cib>',
];
const XML_ELEMENTS = [
  '<rule id="z">',
  '<group id="g">',
  '<clone id="g">',
  '<primitive id="ip"/>',
  '<op/>',
];
const VALUES = [
  '',
  'g',
  'c',
  'db',
  'nowhere',
  'INFINITY',
  '-INFINITY',
  '1e309',
  '-1',
  '99999999999999999999',
];
const MORE_VALUES = [
  '0',
  'true',
  'no',
  '__proto__',
  'constructor',
  '(',
  '[',
  '^(a+)+$',
  'P',
  'Promoted',
  'n2',
  '1.5',
];

function answerTo(xml: string): void {
  const result = readCib(xml);
  if ('error' in result) return;
  const { picture } = result;
  const again = readCib(writeCib(picture));
  expect('picture' in again).toBe(true);
  const imported = importCib(xml, 'x');
  expect('imported' in imported).toBe(true);
  checkClusterYaml('imported' in imported ? imported.imported.text : '', 'x');
  schedule(picture, decisionTime(picture, undefined));
}

test('damaged CIBs are answered', OPTIONS, () => {
  const damaged = mutated(SAMPLE_CIB, [...XML_PIECES, ...XML_ELEMENTS, ...VALUES]);
  fc.assert(fc.property(damaged, answerTo), { numRuns: RUNS });
});

test('CIBs with other values in any place are answered', OPTIONS, () => {
  const other = withOtherValues(SAMPLE_CIB, [...VALUES, ...MORE_VALUES], /="([^"]*)"/dg);
  fc.assert(fc.property(other, answerTo), { numRuns: RUNS });
});

const SAMPLE_YAML = `cluster: web
options: { no-quorum-policy: stop }
nodes: { n1: { id: "1", utilization: { cpu: 4 } }, n2: }
fencing:
  devices:
    power: { agent: fence_lab, parameters: { ip: 10.0.0.9 }, hosts: { n1: "1" }, timeout: 20s }
  levels: { n1: [power, [power, other]] }
defaults: { resources: { migration-threshold: 3 }, operations: { timeout: 1min } }
templates:
  base: &base { agent: ocf:heartbeat:Dummy, monitor: 10s }
resources:
  web:
    group:
      ip: { agent: ocf:heartbeat:IPaddr2, parameters: { ip: 10.0.0.1 } }
      nginx: { <<: *base, operations: { monitor: [{ interval: 11s, on-fail: fence }] } }
  db:
    clone: { pg: { template: base, meta: { target-role: Started } } }
    promotable: true
  box: { bundle: { podman: { image: x, replicas: 2 }, ports: [{ port: 80 }] } }
constraints:
  - { location: web, prefers: { n1: 100 } }
  - location: { pattern: "^d" }
    rules: [{ score: 5, any: [{ attribute: x, lt: 3 }, { date: date_spec, spec: { hours: 9-17 } }] }]
  - { colocate: web, with: db, with-role: Promoted }
  - order: [promote db, start web]
  - order: { sets: [[web, box], { resources: [db], sequential: false }] }
  - { ticket: T, resource: web, loss-policy: fence }
tags: { all: [web, db] }
`;
const YAML_PIECES = [
  ': ',
  '- ',
  '\n',
  '\n\t',
  '{',
  '}',
  '[',
  ']',
  '&a ',
  '*a',
  '*base',
  '<<: ',
  '!!x ',
  '|',
  '>',
  '#',
  '---\n',
  '"',
  "'",
  '? ',
  '%',
  '@',
];

function checkText(text: string): void {
  const checked = checkClusterYaml(text, 'cluster.yaml');
  expect(checked.findings.every(({ line, column }) => line > 0 && column > 0)).toBe(true);
  expect(checked.kind === 'sound' || checked.findings.length > 0).toBe(true);
}

test('damaged cluster.yaml is answered', OPTIONS, () => {
  const damaged = mutated(SAMPLE_YAML, [...YAML_PIECES, ...VALUES, ...MORE_VALUES]);
  fc.assert(fc.property(damaged, checkText), { numRuns: RUNS });
});

test('cluster.yaml with other values in any place is answered', OPTIONS, () => {
  const other = withOtherValues(
    SAMPLE_YAML,
    [...VALUES, ...MORE_VALUES],
    /: ([\w^".-]+)(?=[ ,\n}])/dg,
  );
  fc.assert(fc.property(other, checkText), { numRuns: RUNS });
});

test('any two configurations can be compared, and equal ones do not differ', OPTIONS, () => {
  const two = fc.property(configurationArbitrary, configurationArbitrary, (before, after) => {
    compareConfigurations(before, after);
    expect(compareConfigurations(before, before)).toEqual([]);
  });
  fc.assert(two, { numRuns: Math.min(RUNS, 1000) });
});

test('what any configuration is written as can be read and checked', OPTIONS, () => {
  const one = fc.property(configurationArbitrary, (configuration) => {
    checkText(writeClusterYaml(configuration));
  });
  fc.assert(one, { numRuns: Math.min(RUNS, 1000) });
});

test('deep nesting and long files end soon', () => {
  const deep = (open: string): string => open.repeat(100_000);
  for (const text of [deep('['), deep('{a: '), deep('- '), `a: ${deep('[')}`, deep('? ')]) {
    expect(checkClusterYaml(text, 'deep.yaml').kind).toBe('wrong');
  }
  expect(checkClusterYaml(`a: ${'x'.repeat(17_000_000)}`, 'long.yaml').kind).toBe('wrong');
  const manyKeys = Array.from({ length: 20_000 }, (_, index) => `  k${index}: 1\n`).join('');
  expect(checkClusterYaml(`options:\n${manyKeys}`, 'wide.yaml').findings.length).toBeGreaterThan(0);
});
