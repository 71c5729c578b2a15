import { expect, it } from 'vitest';

import { Exercise } from './exercise.ts';
import { checkOptions } from './options.ts';

it('plays the loss of nodes: each time the group goes to another one, after a fencing', () => {
  const exercise = new Exercise(checkOptions({ engine: 'local', name: 'a' }, false));
  expect([...exercise.play()].length).toBeLessThan(20_000);
  expect(exercise.losses).toHaveLength(16);
  for (const loss of exercise.losses) {
    const [victim, heir] = loss.split(' ');
    expect(['a', 'b', 'c']).toContain(heir);
    expect(heir).not.toBe(victim);
  }
});
