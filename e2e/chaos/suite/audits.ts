/** What must be so after each test, whatever it was. */
import { whyNotWhole } from '../ask.ts';
import type { Bed } from './bed.ts';
import { copies, whyNoSpace, whyNotTrue } from './truth.ts';
import { whyNotEqual } from './views.ts';

/** Switching power; the other requests only ask. */
const shots: readonly string[] = ['off', 'reboot'];

/** `shotBefore`: how many requests the power switch had got before the test. */
export async function audit(bed: Bed, shotBefore: number): Promise<readonly string[]> {
  const { stage, nodes, mayBeShot } = bed;
  const unwhole = await whyNotWhole(nodes);
  const shot = stage.lab.power
    .requests()
    .slice(shotBefore)
    .filter(({ action, node }) => shots.includes(action) && !mayBeShot.has(node));
  return [
    ...(unwhole === undefined ? [] : [unwhole]),
    ...whyNotTrue(await copies(nodes)),
    ...(await whyNotEqual(nodes)),
    ...whyNoSpace(stage),
    ...shot.map(({ action, node }) => `${node} was fenced (${action}) without need`),
  ];
}
