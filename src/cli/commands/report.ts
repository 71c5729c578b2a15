/** `holdfast report`: what a node was told and did, as a file. */
import { writeFileSync } from 'node:fs';

import { answer } from '../context.ts';
import type { Context } from '../context.ts';
import { EXIT } from '../exit.ts';
import type { ExitCode } from '../exit.ts';
import { Failure } from '../failure.ts';

export interface ReportOptions {
  readonly incident: string;
  readonly to?: string;
}

/** The file is for its owner alone: messages and what agents printed are in it. */
export async function report(context: Context, options: ReportOptions): Promise<ExitCode> {
  const params = { incident: options.incident };
  const { id, file } = await context.client.call('GET /v1/incidents/{incident}', { params });
  const path = options.to ?? `incident-${id}.json.gz`;
  const bytes = Buffer.from(file, 'base64');
  try {
    writeFileSync(path, bytes, { mode: 0o600, flag: 'wx' });
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new Failure(EXIT.usage, `${path} cannot be written: ${reason}`, {
      advice: 'name another file that does not exist yet with --to',
    });
  }
  answer(context, { id, path, bytes: bytes.length }, () => [
    `Incident ${id} is in ${path} (${bytes.length} bytes).`,
    `Again, in a checkout of Holdfast: ./dev sim --incident ${path}`,
  ]);
  return EXIT.ok;
}
