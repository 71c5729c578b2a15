/** One guest from its boot to its end: what its console said. */
import { spawn } from 'node:child_process';
import { KERNEL } from './archive.ts';

/** A file of this machine that is a disk of the guest. */
export interface SharedDisk {
  readonly path: string;
  /** Called with all that the guest has said, whenever it says more. */
  readonly onSaid: (said: string) => void;
}

export interface GuestOptions {
  readonly shared?: SharedDisk;
  readonly memoryMb?: number;
  /** It is ended then. */
  readonly limitMs?: number;
}

/** Everything that the guest's console said until it was reset or switched itself off. */
export async function runGuest(
  archive: string,
  scenario: string,
  { shared, memoryMb = 192, limitMs = 150_000 }: GuestOptions = {},
): Promise<string> {
  const options = {
    machine: 'pc,accel=tcg',
    cpu: 'qemu64',
    m: String(memoryMb),
    display: 'none',
    monitor: 'none',
    serial: 'stdio',
    kernel: KERNEL,
    initrd: archive,
    ...(shared === undefined
      ? {}
      : { drive: `file=${shared.path},format=raw,if=virtio,cache=none` }),
    append: `console=ttyS0 quiet no_timer_check tsc=unstable scenario=${scenario}`,
  };
  const words = Object.entries(options).flatMap(([name, value]) => [`-${name}`, value]);
  const guest = spawn(
    'qemu-system-x86_64',
    ['-nodefaults', '-no-user-config', '-no-reboot', ...words],
    { stdio: ['ignore', 'pipe', 'pipe'] },
  );
  let said = '';
  for (const stream of [guest.stdout, guest.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      said += text;
      shared?.onSaid(said);
    });
  }
  const ended = Promise.withResolvers<string>();
  const timer = setTimeout(() => guest.kill('SIGKILL'), limitMs);
  guest.on('error', (error) => ended.reject(error));
  guest.on('exit', (_code, signal) =>
    ended.resolve(signal === null ? said : `${said}\nhost: ended by ${signal}\n`),
  );
  return ended.promise.finally(() => clearTimeout(timer));
}
