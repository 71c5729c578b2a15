/**
 * Why things are where they are: each file of scenarios/why holds a picture (in the notation of the
 * scheduler's scenarios) and what is asked of it. `UPDATE=1` rewrites the answers.
 */
import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { expect, it } from 'vitest';

import { wallMs } from '../core/model/ids.ts';
import { explainResource } from '../core/scheduler/explain.ts';
import { parsePicture } from '../core/scheduler/testing/notation.ts';
import { explanationLines } from './render/why.ts';
import { PLAIN } from './terminal.ts';

const directory = join(import.meta.dirname, '../../scenarios/why');
const NOW = wallMs(1_800_000_000_000);
const LINE = '\n----\n';

/** `$ web --node n2` is answered as `holdfast why` would. */
function play(text: string): string {
  const [picture = '', rest = ''] = text.split(LINE);
  const asked = rest.split('\n').filter((line) => line.startsWith('$ '));
  const answers = asked.map((line) => {
    const [resource = '', , node] = line.slice(2).split(' ');
    const question = { resource, ...(node === undefined ? {} : { node }) };
    const explanation = explainResource(parsePicture(picture), NOW, question);
    if (explanation === undefined) throw new Error(`there is no ${resource}`);
    return [line, ...explanationLines(explanation, { style: PLAIN, columns: 80 })].join('\n');
  });
  return `${picture}${LINE}${answers.join('\n\n')}\n`;
}

const files = readdirSync(directory).filter((name) => name.endsWith('.txt'));

it.each(files)('%s', (file) => {
  const path = join(directory, file);
  const text = readFileSync(path, 'utf8');
  const played = play(text);
  if (process.env['UPDATE'] === '1') writeFileSync(path, played);
  expect(played).toBe(process.env['UPDATE'] === '1' ? played : text);
});
