/** Over all pictures beside the repository: they are read, written back, imported and exported. */
import { expect, test } from 'vitest';
import type { Picture } from '../core/model/picture.ts';
import { schedule } from '../core/scheduler/schedule.ts';
import { readCib } from '../interop/cib/read.ts';
import { writeCib } from '../interop/cib/write.ts';
import { readClusterYaml } from '../schema/read.ts';
import { writeClusterYaml } from '../schema/write.ts';
import { planAnswer } from './answer.ts';
import { exportCib } from './export.ts';
import { importCib } from './import.ts';
import { picturesAreThere, sharedPictures, whereTheyShouldBe } from './testing/pictures.ts';
import { decisionTime } from './time.ts';

const TIMEOUT_MS = 120_000;
const options = { timeout: TIMEOUT_MS, skip: !picturesAreThere };
if (!picturesAreThere) process.stderr.write(`SKIPPED: ${whereTheyShouldBe()}\n`);

function read(xml: string, name: string): Picture {
  const result = readCib(xml);
  if ('error' in result) throw new Error(`${name}: ${JSON.stringify(result.error)}`);
  return result.picture;
}

/** What several elements shared by id-ref is written several times, with numbers behind the ids. */
function withoutNumbers(value: object): unknown {
  return JSON.parse(JSON.stringify({ ...value, findings: [] }).replaceAll(/--\d+"/g, '"'));
}

const decision = (picture: Picture): string =>
  JSON.stringify(planAnswer('', schedule(picture, decisionTime(picture, undefined))));

test(
  'every picture is read, and is the same after being written (needs ../shared)',
  options,
  () => {
    const pictures = sharedPictures();
    expect(pictures.length).toBeGreaterThan(500);
    for (const { name, xml } of pictures) {
      const picture = read(xml, name);
      const again = read(writeCib(picture), name);
      expect(withoutNumbers({ ...again, name })).toEqual(withoutNumbers({ ...picture, name }));
    }
  },
);

test('every configuration is the same after cluster.yaml (needs ../shared)', options, () => {
  for (const { name, xml } of sharedPictures()) {
    const { configuration } = read(xml, name);
    const result = readClusterYaml(writeClusterYaml(configuration), name);
    if ('findings' in result) throw new Error(`${name}: ${JSON.stringify(result.findings)}`);
    expect({ name, ...result.configuration }).toEqual({ name, ...configuration });
  }
});

test('imported and exported they are decided alike (needs ../shared)', options, () => {
  const different: string[] = [];
  for (const { name, xml } of sharedPictures()) {
    const picture = read(xml, name);
    const result = importCib(xml, name, { keepFenceResources: true });
    if ('error' in result) throw new Error(`${name}: ${result.error}`);
    const yaml = readClusterYaml(result.imported.text, name);
    if ('findings' in yaml) throw new Error(`${name}: ${JSON.stringify(yaml.findings)}`);
    const exported = exportCib(yaml.configuration, picture.status);
    if (decision(read(exported.text, name)) !== decision(picture)) different.push(name);
  }
  expect(different).toEqual([]);
});
