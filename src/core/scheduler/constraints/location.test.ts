import { expect, test } from 'vitest';
import { resourceId, wallMs } from '../../model/ids.ts';
import type { Constraint } from '../../model/configuration.ts';
import type { Picture } from '../../model/picture.ts';
import { schedule } from '../schedule.ts';
import { parsePicture } from '../testing/notation.ts';
import { tell } from '../testing/story.ts';

const NOW = wallMs(1_800_000_000_000);

/** Always true; the score is the value of the node attribute `reach`. */
const rule: Constraint = {
  kind: 'location',
  id: 'reached',
  target: { kind: 'resource', resource: resourceId('web') },
  discovery: 'always',
  rules: [
    {
      id: 'reached-rule',
      join: 'and',
      scoreAttribute: 'reach',
      expressions: [
        { kind: 'attribute', attribute: '#uname', operation: 'defined', valueSource: 'literal' },
      ],
    },
  ],
};

function decided(attributes: string): string {
  const picture = parsePicture(
    `node n1 dc\nnode n2\ndevice fence-all\nprimitive web\n${attributes}`,
  );
  const { configuration } = picture;
  const ruled: Picture = { ...picture, configuration: { ...configuration, constraints: [rule] } };
  return tell(schedule(ruled, NOW));
}

test('the value of the score attribute is the score', () => {
  expect(decided('attribute n1 reach=10\nattribute n2 reach=20')).toContain('start web on n2');
});

test('a node without the score attribute is ruled out', () => {
  expect(decided('attribute n2 reach=-20\nrunning web n1')).toContain('stop web on n1');
});

test('a value that is no number counts as zero', () => {
  expect(decided('attribute n1 reach=far')).toContain('start web on n1');
});
