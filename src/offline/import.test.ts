import { expect, test } from 'vitest';
import { importCib } from './import.ts';

const cib = (meta: string): string =>
  `<cib><configuration><crm_config/><nodes/><resources>
    <template id="scsi" class="stonith" type="fence_scsi">${meta}</template>
    <primitive id="power" template="scsi"/>
  </resources><constraints/></configuration></cib>`;

const notesOf = (xml: string): string => {
  const result = importCib(xml, 'cib.xml');
  if ('error' in result) throw new Error(result.error);
  return result.imported.findings.map(({ about, text }) => `${about}: ${text}`).join('\n');
};

const meta = (name: string, value: string): string =>
  `<meta_attributes id="m"><nvpair id="m1" name="${name}" value="${value}"/></meta_attributes>`;

test('what a fence device was beside that is told where it is lost', () => {
  expect(notesOf(cib(meta('target-role', 'Stopped')))).toContain('power: it was stopped');
  expect(notesOf(cib(meta('priority', '5')))).not.toMatch(/unfencing|stopped/);
});

test('a device that gives access goes on to do that, on the node itself where its agent wants it', () => {
  const yamlOf = (xml: string): string => {
    const result = importCib(xml, 'cib.xml');
    return 'error' in result ? result.error : result.imported.text;
  };
  const xml = cib(meta('provides', 'unfencing'));
  expect(yamlOf(xml)).toContain('unfencing: own-node');
  expect(yamlOf(xml.replace('fence_scsi', 'fence_brocade'))).toContain('unfencing: any-node');
  expect(yamlOf(cib(''))).not.toContain('unfencing');
});

const secretCib = `<cib><configuration><crm_config/><nodes/><resources>
    <template id="ipmi" class="stonith" type="fence_ipmilan"><instance_attributes id="t">
      <nvpair id="t1" name="passwd" value="hunter2"/></instance_attributes></template>
    <primitive id="power" template="ipmi"><instance_attributes id="p">
      <nvpair id="p1" name="ip" value="192.0.2.9"/>
      <nvpair id="p2" name="community" value="hunter3"/></instance_attributes></primitive>
  </resources><constraints/></configuration></cib>`;

test('secrets of fence devices are not written down; what to do with them is', () => {
  const result = importCib(secretCib, 'cib.xml');
  if ('error' in result) throw new Error(result.error);
  const { text, findings, configuration } = result.imported;
  expect(configuration.fenceDevices[0]?.parameters).toEqual({
    ip: '192.0.2.9',
    community: 'secret:power-community',
    passwd: 'secret:power-passwd',
  });
  const all = text + JSON.stringify(findings);
  expect(all).not.toContain('hunter');
  expect(text).toContain('passwd: secret:power-passwd');
  expect(text.replaceAll(/\s+(# )?/g, ' ')).toContain(
    'run "holdfast secret set power-passwd" on each node, and type the passwd that stands in the CIB, in the template "ipmi"',
  );
  expect(notesOf(secretCib)).toContain(
    'run "holdfast secret set power-community" on each node, and type the community that stands in the CIB, in the primitive "power"',
  );
});

test('devices that stay resources keep their secrets, which is said', () => {
  const result = importCib(secretCib, 'cib.xml', { keepFenceResources: true });
  if ('error' in result) throw new Error(result.error);
  expect(result.imported.findings.map(({ text }) => text)).toContain(
    'its community, passwd stands here for all to read, as in the CIB; this file is for simulations',
  );
  expect(result.imported.text).toContain('hunter2');
});
