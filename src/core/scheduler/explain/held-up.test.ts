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
