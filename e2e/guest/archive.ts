/** What guests of the tests are made of: Debian's kernel, some of its modules, one busybox. */
import { execFileSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';

/** `./dev setup` brings what is missing. */
const FILES = join(import.meta.dirname, '../../.cache/guest');
export const KERNEL = join(FILES, 'vmlinuz');

/** A file of the guest's kernel, `softdog.ko`; it may be missing. */
export const guestFile = (name: string): string => join(FILES, name);

/** Why there can be no guest; undefined: there can. */
export function obstacle(): string | undefined {
  if (process.arch !== 'x64') return `the guest is made for x86_64, this is ${process.arch}`;
  if (!existsSync(KERNEL)) return `no kernel for the guest (${KERNEL})`;
  const missing = ['/usr/bin/qemu-system-x86_64', '/bin/busybox'].filter(
    (file) => !existsSync(file),
  );
  return missing.length === 0 ? undefined : `${missing.join(' and ')} missing`;
}

/** A root directory with busybox, the modules (`softdog.ko`) and the program that is process 1. */
export function layRoot(root: string, init: string, modules: readonly string[]): void {
  for (const part of ['bin', 'sbin', 'etc']) mkdirSync(join(root, part), { recursive: true });
  copyFileSync('/bin/busybox', join(root, 'bin/busybox'));
  for (const module of modules) copyFileSync(guestFile(module), join(root, module));
  copyFileSync(init, join(root, 'init'));
}

/** What these programs and libraries need, where the loader looks for it; the libraries themselves, too. */
export function copyLibraries(root: string, files: readonly string[]): void {
  const output = execFileSync('ldd', files, { encoding: 'utf8' });
  const needed = [...output.matchAll(/(\/\S+) \(0x/g)].map((match) => match[1] ?? '');
  const own = files.filter((file) => file.includes('.so.'));
  for (const file of new Set([...needed, ...own])) {
    const place = file.includes('ld-linux') ? 'lib64' : 'usr/lib/x86_64-linux-gnu';
    mkdirSync(join(root, place), { recursive: true });
    copyFileSync(file, join(root, place, basename(file)));
  }
}

/** The directory as an archive that the kernel takes for its file system; the directory is gone. */
export function pack(root: string, archive: string): string {
  execFileSync('chmod', ['-R', 'u+rwx', root]);
  const names = execFileSync('find', ['.'], { cwd: root });
  const input = execFileSync('busybox', ['cpio', '-o', '-H', 'newc'], {
    cwd: root,
    input: names,
    maxBuffer: 256 << 20,
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  writeFileSync(archive, input);
  rmSync(root, { recursive: true });
  return archive;
}
