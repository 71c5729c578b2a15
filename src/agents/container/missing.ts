/** What a container needs of its node, looked for before anything of it is begun. */
import { existsSync, statSync } from 'node:fs';
import { OCF, type OperationOutcome } from '../../core/model/operation.ts';
import { exitedWith } from '../ocf/outcome.ts';
import type { Job } from './driver.ts';

/** Another node may have it: "not installed", so that it is tried there. */
export const notInstalled = (program: string, debianPackage: string): OperationOutcome =>
  exitedWith(
    OCF.notInstalled,
    `${program} is not installed on this node (Debian's package ${debianPackage})`,
  );

export function missingFiles({ settings }: Job): OperationOutcome | undefined {
  const { source, volumes } = settings;
  if (source.kind === 'root' && !isDirectory(source.directory)) {
    const words = `the root directory ${source.directory} is not there on this node`;
    return exitedWith(OCF.notInstalled, words);
  }
  const missing = volumes.find((volume) => !existsSync(volume.source));
  return missing === undefined
    ? undefined
    : exitedWith(OCF.notInstalled, `the volume ${missing.source} is not there on this node`);
}

function isDirectory(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
}
