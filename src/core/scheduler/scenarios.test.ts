/** Runs scenarios/scheduler/*.txt: a picture above the line, what is decided below it. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { wallMs } from '../model/ids.ts';
import { schedule } from './schedule.ts';
import { parsePicture } from './testing/notation.ts';
import { tell } from './testing/story.ts';

const FOLDER = join(dirname(fileURLToPath(import.meta.url)), '../../../scenarios/scheduler');
const LINE = '\n----\n';
const NOW = wallMs(1_800_000_000_000);

const files = readdirSync(FOLDER).filter((name) => name.endsWith('.txt'));

describe('scenarios of the scheduler', () => {
  test('there are some', () => {
    expect(files.length).toBeGreaterThan(15);
  });

  test.each(files)('%s', (name) => {
    const path = join(FOLDER, name);
    const text = readFileSync(path, 'utf8');
    const [picture = '', expected = ''] = text.split(LINE);
    const decided = tell(schedule(parsePicture(picture), NOW));
    const update = process.env['UPDATE'] === '1';
    if (update) writeFileSync(path, `${picture}${LINE}${decided}`);
    expect(update ? expected : decided).toBe(expected);
  });
});
