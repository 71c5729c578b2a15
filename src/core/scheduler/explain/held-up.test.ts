import { expect, it } from 'vitest';
import { wallMs } from '../../model/ids.ts';
import { decide } from '../schedule.ts';
import { parsePicture } from '../testing/notation.ts';
import { heldUp } from './held-up.ts';

const reasons = (text: string): readonly string[] =>
  heldUp(decide(parsePicture(`node n1 dc\nnode n2\ndevice power\n${text}`), wallMs(0))).map(
    ({ reason }) => reason,
  );

it('what runs, or is to be started now, is not held up', () => {
  expect(reasons('primitive web\nrunning web n1')).toEqual([]);
  expect(reasons('primitive web')).toEqual([]);
});

it('what has its place and waits for something that will not be says for what', () => {
  const [text = ''] = reasons('primitive a target-role=Stopped\nprimitive b\norder a then b');
  expect(text).toMatch(/^b does not start on n\d: .*a.*\.$/);
});

it('a clone without promotion scores is promoted nowhere, unless that is wanted', () => {
  const clone = 'primitive db\nclone dbs: db promotable=true';
  expect(reasons(clone)).toEqual([expect.stringContaining('dbs is promoted nowhere') as string]);
  expect(reasons(`${clone} target-role=Unpromoted`)).toEqual([]);
  expect(reasons(`${clone}\nattribute n1 master-db=5`)).toEqual([]);
});

it('what is not managed and runs is not held up', () => {
  const unmanaged = 'primitive web is-managed=false\nrunning web n2';
  expect(reasons(unmanaged)).toEqual([]);
});

it('what has no roles and cannot stop is left as it is', () => {
  const picture =
    'primitive a\nprimitive b is-managed=false\ngroup g: a b\nhistory a n1 start=0~\nrunning b n1';
  expect(reasons(picture)).toContain('a is left as it is on n1: b is not managed.');
  const promotable =
    'primitive db\nprimitive base target-role=Stopped\nclone dbs: db promotable=true\nrunning db n1\n' +
    'attribute n1 master-db=5\norder base then promoted dbs';
  expect(reasons(promotable)).toContainEqual(expect.stringMatching(/^db is not promoted on n1: /));
});
