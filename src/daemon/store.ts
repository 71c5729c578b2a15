/** The disk under the replicated store. */
import { DiskError } from '../host/disk/files.ts';
import { openLog } from '../host/disk/log.ts';
import { EXIT, Ending } from './exit.ts';

/** Throws an Ending of code `taken` or `disk`. */
export async function openStore(directory: string): ReturnType<typeof openLog> {
  try {
    return await openLog(directory);
  } catch (error) {
    if (!(error instanceof DiskError)) throw error;
    const taken = error.message.includes('another daemon');
    throw new Ending(taken ? EXIT.taken : EXIT.disk, error.message, { cause: error });
  }
}
