/** The pictures beside the repository, which must not be copied into it. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../../../', import.meta.url));
const shared = process.env['HOLDFAST_SHARED'] ?? join(root, '..', 'shared');
const folder = join(shared, 'conformance', 'xml');

export const picturesAreThere = existsSync(folder);

export interface SharedPicture {
  readonly name: string;
  readonly xml: string;
}

export function sharedPictures(): readonly SharedPicture[] {
  return readdirSync(folder)
    .filter((name) => name.endsWith('.xml'))
    .toSorted()
    .map((name) => ({ name, xml: readFileSync(join(folder, name), 'utf8') }));
}

/** Says once that the pictures are missing, so that a skipped test is seen. */
export function whereTheyShouldBe(): string {
  return `no pictures in ${folder}: set HOLDFAST_SHARED to the folder that holds conformance/xml`;
}
