/** What a probe tells that found no resource but a reason why it cannot be there. */
import { expect, test } from 'vitest';
import { wallMs } from '../../model/ids.ts';
import type { Picture } from '../../model/picture.ts';
import { schedule } from '../schedule.ts';
import { parsePicture } from '../testing/notation.ts';

const PICTURE = (exitCode: number): string => `
  node n1 dc
  node n2
  device fence-all
  primitive web
  history web n1 monitor=${exitCode}
  history web n2 monitor=7
`;

/** With `on-fail` for the probe. */
function withReaction(picture: Picture, reaction: string): Picture {
  const { configuration } = picture;
  const probe = {
    id: 'web-probe',
    name: 'monitor',
    intervalMs: 0,
    attributes: { 'on-fail': reaction },
    meta: [],
    parameters: [],
  };
  const resources = configuration.resources.map((each) =>
    each.kind === 'primitive' ? { ...each, operations: [probe] } : each,
  );
  return { ...picture, configuration: { ...configuration, resources } };
}

test.each(['block', 'fence', 'standby', 'stop'])(
  'where it is not installed, nothing has failed that on-fail=%s is about',
  (reaction) => {
    const done = (exitCode: number): readonly string[] =>
      schedule(withReaction(parsePicture(PICTURE(exitCode)), reaction), wallMs(0))
        .actions.filter(({ pseudo }) => !pseudo)
        .map(({ kind, node }) => `${kind} ${node ?? ''}`);
    expect(done(5)).toEqual(['start n2']);
    expect(done(1)).not.toEqual(['start n2']);
  },
);
