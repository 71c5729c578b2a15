/** The parameter `volumes` of the `container` class: directories of the node in the container. */
import { wrong } from '../parameters.ts';

export interface Volume {
  /** On the node; it has to be there. */
  readonly source: string;
  readonly target: string;
  readonly readOnly: boolean;
}

const volumesMax = 64;

/** `/srv/web:/data` or `/srv/web:/data:ro`. */
export function readVolumes(words: readonly string[]): readonly Volume[] {
  if (words.length > volumesMax) wrong('volumes', `names more than ${String(volumesMax)}`);
  return words.map(readVolume);
}

function readVolume(word: string): Volume {
  const [source = '', target = source, mode = 'rw', ...more] = word.split(':');
  const valid = source.startsWith('/') && target.startsWith('/') && more.length === 0;
  if (!valid || (mode !== 'rw' && mode !== 'ro')) {
    return wrong(
      'volumes',
      `has ${word}; expected /on/the/node:/in/the/container, then :ro or none`,
    );
  }
  return { source, target, readOnly: mode === 'ro' };
}
