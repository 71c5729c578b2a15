/** The environment that agents of every class start from: nothing of the daemon's own. */
import type { Parameters } from '../core/model/operation.ts';

const path = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/** `first` comes before the system's directories in PATH. */
export function baseEnvironment(first?: string): Parameters {
  return { PATH: first === undefined ? path : `${first}:${path}`, LC_ALL: 'C' };
}

/** An environment variable holds no NUL; a name holds no `=` and is not empty (environ(7)). */
export function invalidVariable(environment: Parameters): string | undefined {
  return Object.entries(environment).find(
    ([name, value]) => name === '' || /[=\0]/.test(name) || value.includes('\0'),
  )?.[0];
}
