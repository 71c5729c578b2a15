import { expect, test } from 'vitest';
import { wallMs } from '../../model/ids.ts';
import { schedule } from '../schedule.ts';
import { parsePicture } from '../testing/notation.ts';
import { tell } from '../testing/story.ts';

const MONITORS = ['monitor=30', 'monitor@Promoted=29'];

function toldWith(own: string): string {
  const picture = parsePicture(`
    node n1
    device fence-all
    primitive base ${MONITORS.join(' ')}
    primitive web ${own}
  `);
  const { configuration } = picture;
  const [base, web] = configuration.resources;
  if (base?.kind !== 'primitive' || web?.kind !== 'primitive') throw new Error('no primitives');
  const resources = [{ ...web, template: 'base' }];
  const templates = [{ ...base, id: 'base' }];
  const changed = { ...configuration, resources, templates };
  return tell(schedule({ ...picture, configuration: changed }, wallMs(1)));
}

test("a template's monitor holds where the primitive has none", () => {
  expect(toldWith('')).toContain('monitor 30s web');
});

test("a primitive's own monitor takes the place of the template's for the same role", () => {
  const told = toldWith('monitor=10');
  expect(told).toContain('monitor 10s web');
  expect(told).not.toContain('30s');
});
