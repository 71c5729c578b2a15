import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

import { mutants } from './mutants.ts';

test.each(mutants.map((each) => [each.name, each] as const))(
  'can be planted where it belongs: %s',
  (_name, { changes }) => {
    for (const { file, find } of changes) {
      const text = readFileSync(new URL(`../${file}`, import.meta.url), 'utf8');
      expect(text.split(find), `${file}: ${find}`).toHaveLength(2);
    }
  },
);
