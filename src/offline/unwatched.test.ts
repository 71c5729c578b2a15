/** Nobody is asked behind a connection that is down, with the words of a CIB: guests have states of their own there. */
import { expect, test } from 'vitest';
import { schedule } from '../core/scheduler/schedule.ts';
import { pictureOfCib } from './inputs.ts';
import { decisionTime } from './time.ts';

const record = (node: string, exit: number): string =>
  `<lrm_rsc_op id="s-${node}" operation="start" interval="0" call-id="3" rc-code="${exit}" op-status="0"
    on_node="${node}" transition-key="3:5:0:u" op-digest="f2317cad3d54cec5d7d7aa7d0bf35cf8"/>`;

const cib = (connection: string): string => `<cib have-quorum="1" dc-uuid="1"
  validate-with="pacemaker-3.9" epoch="1" num_updates="0" admin_epoch="0"><configuration>
  <crm_config/><nodes><node id="1" uname="n1"/></nodes><resources>
  <primitive id="web" class="ocf" provider="pacemaker" type="Dummy"><operations>
    <op id="web-33" name="monitor" interval="33s"/></operations></primitive>
  <primitive id="vm" class="ocf" provider="heartbeat" type="VirtualDomain"><meta_attributes id="vm-m">
    <nvpair id="vm-r" name="remote-node" value="guest"/></meta_attributes></primitive>
  </resources><constraints/></configuration><status>
  <node_state id="1" uname="n1" in_ccm="true" crmd="online" join="member" expected="member">
   <lrm id="1"><lrm_resources><lrm_resource id="vm" class="ocf" provider="heartbeat" type="VirtualDomain">
    ${record('n1', 0)}</lrm_resource>${connection}</lrm_resources></lrm></node_state>
  <node_state id="guest" uname="guest" remote_node="true" in_ccm="true"><lrm id="guest"><lrm_resources>
   <lrm_resource id="web" class="ocf" provider="pacemaker" type="Dummy">${record('guest', 6)}
   </lrm_resource></lrm_resources></lrm></node_state></status></cib>`;

function watched(text: string): boolean {
  const result = pictureOfCib(text, 'cib.xml');
  if ('errors' in result) throw new Error(result.errors.join());
  const plan = schedule(result.picture, decisionTime(result.picture, undefined));
  return JSON.stringify(plan.actions).includes('33000');
}

test('what failed on a guest to which nobody is connected, and is left as it is, gets no monitor', () => {
  const connected = `<lrm_resource id="guest" class="ocf" provider="pacemaker" type="remote">
    ${record('n1', 0)}</lrm_resource>`;
  expect(watched(cib(connected))).toBe(true);
  expect(watched(cib(''))).toBe(false);
});
