import { expect, test } from 'vitest';
import { wallMs } from '../core/model/ids.ts';
import { schedule } from '../core/scheduler/schedule.ts';
import { pictureAtRest, pictureOfYaml } from './inputs.ts';
import type { Picture } from '../core/model/picture.ts';

const at = (text: string): number => Date.parse(`${text}Z`);

function ruled(rule: string): Picture {
  const read = pictureOfYaml(
    `cluster: c
options: { fencing-enabled: "false" }
nodes: { n1: , n2: }
resources: { web: { agent: ocf:heartbeat:Dummy } }
constraints:
  - location: web
    rules: [{ score: 100, all: [${rule}, { attribute: "#uname", eq: n2 }] }]
`,
    'cluster.yaml',
  );
  if ('errors' in read) throw new Error(read.errors.join('\n'));
  return pictureAtRest(read.picture.configuration);
}

const nextChange = (picture: Picture, now: number): string | undefined => {
  const { nextChangeAt } = schedule(picture, wallMs(now));
  return nextChangeAt === undefined ? undefined : new Date(nextChangeAt).toISOString().slice(0, 19);
};

const place = (picture: Picture, now: number): string | undefined =>
  schedule(picture, wallMs(now)).placements[0]?.node;

test.each([
  ['{ date: date_spec, spec: { hours: 9-17 } }', '2026-07-01T10:20:30', '2026-07-01T18:00:00'],
  ['{ date: date_spec, spec: { hours: 9-17 } }', '2026-07-01T20:00:00', '2026-07-02T09:00:00'],
  ['{ date: date_spec, spec: { months: 7 } }', '2026-07-09T10:20:30', '2026-08-01T00:00:00'],
  ['{ date: date_spec, spec: { minutes: 30-59 } }', '2026-07-01T10:20:30', '2026-07-01T10:30:00'],
  ['{ date: date_spec, spec: { weekdays: 1-5 } }', '2026-07-01T10:20:30', '2026-07-04T00:00:00'],
  ['{ date: in_range, end: "2026-07-02" }', '2026-07-01T10:00:00', '2026-07-02T00:00:01'],
  ['{ date: gt, start: "2026-07-02" }', '2026-07-01T10:00:00', '2026-07-02T00:00:01'],
  ['{ date: lt, end: "2026-07-02" }', '2026-07-01T10:00:00', '2026-07-02T00:00:00'],
])('%s at %s is another answer at %s, and not before', (rule, now, next) => {
  const picture = ruled(rule);
  expect(nextChange(picture, at(now))).toBe(next);
  const before = place(picture, at(now));
  expect(place(picture, at(next) - 1)).toBe(before);
  expect(place(picture, at(next))).not.toBe(before);
});

test('what can never hold again is looked at again, after more than a year', () => {
  const picture = ruled('{ date: date_spec, spec: { years: 2020 } }');
  expect(Date.parse(`${nextChange(picture, at('2026-07-01T00:00:00'))}Z`)).toBeGreaterThan(
    at('2027-07-01T00:00:00'),
  );
});
