/** What holds of the answers for all generated clusters, whatever the answers are. */
import { expect, it } from 'vitest';
import { wallMs } from '../../src/core/model/ids.ts';
import { schedule } from '../../src/core/scheduler/schedule.ts';
import type { Picture } from '../../src/core/model/picture.ts';
import { planAnswer } from '../../src/offline/answer.ts';
import { exportCib } from '../../src/offline/export.ts';
import { importCib } from '../../src/offline/import.ts';
import { pictureOfCib } from '../../src/offline/inputs.ts';
import { renderDecision, simulate } from '../../src/offline/simulate.ts';
import { currentSituation, situationAfter } from '../../src/offline/situation.ts';
import type { ResourceSituation } from '../../src/offline/situation.ts';
import { decisionTime } from '../../src/offline/time.ts';
import { readClusterYaml } from '../../src/schema/read.ts';
import { withDigests } from './digests.ts';
import { generateCluster } from './generate/cluster.ts';
import { xmlText } from './xml.ts';

const SEEDS = 300;
const YEAR_MS = 31_536_000_000;

it(`${SEEDS} clusters, imported and exported, are decided alike`, { timeout: 60_000 }, () => {
  const different = Array.from({ length: SEEDS }, (_, at) => at + 1).filter((seed) => {
    const xml = xmlText(withDigests(generateCluster(seed).cib));
    const before = read(xml);
    return answer(read(afterImportAndExport(xml, before))) !== answer(before);
  });
  expect(different).toEqual([]);
});

function read(xml: string): Picture {
  const result = pictureOfCib(xml, 'cib.xml');
  if ('errors' in result) throw new Error(result.errors.join('\n'));
  return result.picture;
}

function afterImportAndExport(xml: string, { status }: Picture): string {
  const result = importCib(xml, 'cib.xml', { keepFenceResources: true });
  if ('error' in result) throw new Error(result.error);
  const yaml = readClusterYaml(result.imported.text, 'cluster.yaml');
  if ('findings' in yaml) throw new Error(JSON.stringify(yaml.findings));
  return exportCib(yaml.configuration, status).text;
}

const answer = (picture: Picture): string =>
  JSON.stringify(planAnswer('', schedule(picture, decisionTime(picture, undefined))));

it('up to the moment that it names the answer stays the same', { timeout: 60_000 }, () => {
  const different = Array.from({ length: SEEDS }, (_, at) => at + 1).filter((seed) => {
    const picture = read(xmlText(withDigests(generateCluster(seed).cib)));
    const now = decisionTime(picture, undefined);
    const plan = schedule(picture, now);
    const end = plan.nextChangeAt ?? now + YEAR_MS;
    const times = [now + 1000, now + Math.floor((end - now) / 3), end - 1].filter(
      (time) => time < end,
    );
    const asNow = JSON.stringify(planAnswer('', plan));
    return times.some(
      (time) => JSON.stringify(planAnswer('', schedule(picture, wallMs(time)))) !== asNow,
    );
  });
  expect(different).toEqual([]);
});

it(
  'whatever does not run in the end says why, and the story can be told',
  { timeout: 60_000 },
  () => {
    const silent = Array.from({ length: SEEDS }, (_, at) => at + 1).flatMap((seed) => {
      const picture = read(xmlText(withDigests(generateCluster(seed).cib)));
      const result = simulate({ picture, events: [] });
      if ('error' in result) throw new Error(result.error);
      const { plan, heldUp, now } = result.decision;
      for (const format of ['text', 'json', 'dot', 'svg'] as const) {
        renderDecision(result.decision, format, 'cib.xml');
      }
      const told = new Set([...plan.unplaced, ...heldUp].map(({ resource }) => baseOf(resource)));
      const after = situationAfter(currentSituation(picture, now), plan);
      return stopped(after.resources)
        .filter((name) => !told.has(baseOf(name)))
        .map((name) => `${seed}: ${name}`);
    });
    expect(silent).toEqual([]);
  },
);

const baseOf = (name: string): string => name.replace(/:\d+$/, '');

function stopped(resources: readonly ResourceSituation[]): readonly string[] {
  return resources.flatMap(({ name, kind, running, notes, children }) => [
    ...(kind === 'primitive' && running.length === 0 && !notes.includes('removed') ? [name] : []),
    ...stopped(children),
  ]);
}
