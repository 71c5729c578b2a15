/**
 * `node src/offline/batch.ts LIST`: what `holdfast simulate --batch LIST` does, without the command.
 * `-` reads the list from standard input. Nothing may import this file: it runs when loaded.
 */
import { readFileSync } from 'node:fs';
import { runBatch } from './answers.ts';

const path = process.argv[2] ?? '-';
runBatch(readFileSync(path === '-' ? 0 : path, 'utf8'), (text) => process.stdout.write(text));
