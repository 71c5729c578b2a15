/** A CIB that uses nearly every element, to be mutated. */
export const SAMPLE_CIB = `<cib validate-with="pacemaker-3.9" epoch="1" have-quorum="1" dc-uuid="1" execution-date="1700000000">
  <configuration>
    <crm_config><cluster_property_set id="o" score="2"><rule id="or" boolean-op="or" score="0"><expression id="oe" attribute="#uname" operation="eq" value="n1"/></rule>
      <nvpair id="o1" name="fencing-enabled" value="true"/><nvpair id="o2" name="no-quorum-policy" value="stop"/></cluster_property_set></crm_config>
    <nodes><node id="1" uname="n1"><instance_attributes id="na"><nvpair id="na1" name="standby" value="off"/></instance_attributes><utilization id="nu"><nvpair id="nu1" name="cpu" value="4"/></utilization></node>
      <node id="2" uname="n2"/><node id="r" uname="r" type="remote"/></nodes>
    <resources>
      <template id="t" class="ocf" provider="heartbeat" type="Dummy"><operations><op id="t-m" name="monitor" interval="10s"/></operations></template>
      <primitive id="f" class="stonith" type="fence_lab"/>
      <group id="g"><meta_attributes id="gm"><nvpair id="gm1" name="target-role" value="Started"/></meta_attributes>
        <primitive id="ip" class="ocf" provider="heartbeat" type="IPaddr2"><instance_attributes id="ia"><nvpair id="ia1" name="ip" value="192.0.2.1"/></instance_attributes>
          <operations id="ops"><op id="m" name="monitor" interval="10s" timeout="20s" on-fail="fence"/><op id="s" name="start" interval="0" timeout="1min"/></operations></primitive>
        <primitive id="web" template="t"><operations id-ref="ops"/></primitive></group>
      <clone id="c"><meta_attributes id="cm"><nvpair id="cm1" name="promotable" value="true"/><nvpair id="cm2" name="notify" value="true"/></meta_attributes>
        <primitive id="db" class="ocf" provider="heartbeat" type="pgsql"><utilization id="du"><nvpair id="du1" name="cpu" value="1"/></utilization>
          <operations><op id="dm" name="monitor" interval="10s" role="Promoted"/><op id="dn" name="monitor" interval="11s" role="Unpromoted"/></operations></primitive></clone>
      <bundle id="b"><podman image="x" replicas="2" promoted-max="1"/><network ip-range-start="192.0.2.10"><port-mapping id="p" port="80"/></network><storage><storage-mapping id="sm" source-dir="/a" target-dir="/b"/></storage>
        <primitive id="inner" class="ocf" provider="heartbeat" type="Dummy"/></bundle>
      <primitive id="r" class="ocf" provider="pacemaker" type="remote"/>
    </resources>
    <constraints>
      <rsc_location id="l1" rsc="g" node="n1" score="100"/>
      <rsc_location id="l2" rsc-pattern="^d" resource-discovery="exclusive"><rule id="lr" score="-INFINITY" boolean-op="or"><expression id="le" attribute="pingd" operation="lt" value="1" type="number"/>
        <date_expression id="ld" operation="date_spec"><date_spec id="ls" hours="9-17" weekdays="1-5"/></date_expression><rule id="ln"><expression id="lne" attribute="x" operation="not_defined"/></rule></rule></rsc_location>
      <rsc_colocation id="k" rsc="g" with-rsc="c" with-rsc-role="Promoted" score="INFINITY"/>
      <rsc_order id="or1" first="c" first-action="promote" then="g" then-action="start" kind="Mandatory"/>
      <rsc_order id="or2"><resource_set id="rs1" sequential="false" require-all="false"><resource_ref id="db"/><resource_ref id="g"/></resource_set><resource_set id="rs2"><resource_ref id="b"/></resource_set></rsc_order>
      <rsc_ticket id="tk" rsc="g" ticket="T" loss-policy="fence"/>
    </constraints>
    <fencing-topology><fencing-level id="fl" target="n1" index="1" devices="f"/></fencing-topology>
    <rsc_defaults><meta_attributes id="rd"><nvpair id="rd1" name="resource-stickiness" value="1"/></meta_attributes></rsc_defaults>
    <op_defaults><meta_attributes id="od"><nvpair id="od1" name="timeout" value="20s"/></meta_attributes></op_defaults>
    <tags><tag id="tag"><obj_ref id="g"/></tag></tags>
  </configuration>
  <status>
    <node_state id="1" uname="n1" in_ccm="true" crmd="online" join="member" expected="member"><transient_attributes id="1"><instance_attributes id="ta"><nvpair id="ta1" name="fail-count-web#monitor_10000" value="3"/><nvpair id="ta2" name="master-db" value="10"/></instance_attributes></transient_attributes>
      <lrm id="1"><lrm_resources>
        <lrm_resource id="ip" class="ocf" provider="heartbeat" type="IPaddr2"><lrm_rsc_op id="ip_start_0" operation="start" interval="0" call-id="5" rc-code="0" op-status="0" transition-key="1:1:0:u" op-digest="d"/>
          <lrm_rsc_op id="ip_monitor_10000" operation="monitor" interval="10000" call-id="6" rc-code="7" op-status="0" transition-key="2:1:0:u" last-rc-change="1699999000"/></lrm_resource>
        <lrm_resource id="db:0" class="ocf" provider="heartbeat" type="pgsql"><lrm_rsc_op id="db_promote_0" operation="promote" interval="0" call-id="8" rc-code="0" op-status="0" transition-key="3:1:0:u"/></lrm_resource>
      </lrm_resources></lrm></node_state>
    <node_state id="2" uname="n2" in_ccm="false" crmd="offline" join="down" expected="member"/>
    <tickets><ticket_state id="T" granted="true" last-granted="1699990000"/></tickets>
  </status>
</cib>`;
