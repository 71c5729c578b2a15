import { expect, it } from 'vitest';

import { checkOptions } from './options.ts';
import { Stage } from './rehearsal.ts';

it('plays the whole of it: a configuration, a failure, a recovery', () => {
  const stage = new Stage(checkOptions({ engine: 'local', name: 'stage' }, false));
  stage.play();
  const { cluster, view } = stage.node;
  expect(view.phase).toEqual({ kind: 'open', acting: true });
  expect(cluster.configuration.version).toBe(1);
  const told = cluster.story.map(({ text }) => text);
  expect(told).toContain('start of one on stage: ok');
  expect(told.some((text) => text.startsWith('monitor of one on stage: not running'))).toBe(true);
  expect(told.filter((text) => text === 'start of one on stage: ok')).toHaveLength(2);
});
