/** Keeps what tells how it came to a violation: each node's history and status, ends of logs. */
import { cpSync, existsSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { LabNode } from '../lab/node.ts';
import type { Stage } from './stage.ts';
import { holdfast } from './strike.ts';

const tailLines = 40;

/** Writes into the lab's folder; answers the text for the screen. */
export async function keepStory(stage: Stage): Promise<string> {
  const { directory } = stage.lab;
  const told: string[] = [];
  for (const node of stage.nodes) {
    const history = (await holdfast(node, 'history', '--last', '2000')).stdout;
    const status = (await holdfast(node, 'status')).stdout;
    writeFileSync(join(directory, `history-${node.name}.txt`), history);
    writeFileSync(join(directory, `status-${node.name}.txt`), status);
    cpSync(stage.stateOf(node), join(directory, `state-${node.name}`), { recursive: true });
    told.push(`--- ${node.name}: history`, lastLines(history), ...logTails(node));
  }
  told.push('--- what was done', lastLines(readFileSync(join(directory, 'chaos.log'), 'utf8')));
  return told.join('\n');
}

function logTails(node: LabNode): readonly string[] {
  const folder = join(node.directory, 'log', 'holdfast');
  if (!existsSync(folder)) return [];
  return readdirSync(folder).flatMap((file) => [
    `--- ${node.name}: ${file}`,
    lastLines(readFileSync(join(folder, file), 'utf8')),
  ]);
}

const lastLines = (text: string): string => text.trimEnd().split('\n').slice(-tailLines).join('\n');
