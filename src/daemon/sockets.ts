/** The API's two sockets: api.sock for root alone, read.sock for members of the group holdfast. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import type { Backend } from '../api/backend.ts';
import { listen } from '../api/listen.ts';
import type { ApiServer } from '../api/listen.ts';
import { createApi } from '../api/server.ts';
import { EXIT, Ending, messageOf } from './exit.ts';

const GROUP = 'holdfast';

/** Throws an Ending of code `taken`. */
export async function openSockets(
  directory: string,
  backend: Backend,
  onError: (error: unknown, where: string) => void,
): Promise<ApiServer> {
  const servers: ApiServer[] = [];
  const groupId = findGroup(GROUP);
  const sockets = [
    { name: 'api.sock', access: 'write', mode: 0o600, group: {} },
    {
      name: 'read.sock',
      access: 'read',
      mode: groupId === undefined ? 0o600 : 0o660,
      group: groupId === undefined ? {} : { groupId },
    },
  ] as const;
  try {
    for (const { name, access, mode, group } of sockets) {
      const app = createApi({ backend, access, onError });
      servers.push(
        await listen(app, {
          path: join(directory, name),
          mode,
          refusals: backend.refusals,
          ...group,
        }),
      );
    }
  } catch (error) {
    await Promise.all(servers.map((server) => server.close()));
    throw new Ending(EXIT.taken, `cannot listen: ${messageOf(error)}`, { cause: error });
  }
  return {
    close: async () => {
      await Promise.all(servers.map((server) => server.close()));
    },
  };
}

/** Only root can give a file to a group that it is not in; others have the socket for themselves. */
function findGroup(name: string): number | undefined {
  if (process.getuid?.() !== 0) return undefined;
  try {
    const line = readFileSync('/etc/group', 'utf8')
      .split('\n')
      .find((text) => text.startsWith(`${name}:`));
    const id = Number(line?.split(':')[2]);
    return Number.isInteger(id) ? id : undefined;
  } catch {
    return undefined;
  }
}
