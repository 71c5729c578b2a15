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
  expect(notesOf(cib(meta('provides', 'unfencing')))).toContain('power: it provided unfencing');
  expect(notesOf(cib(meta('target-role', 'Stopped')))).toContain('power: it was stopped');
  expect(notesOf(cib(meta('priority', '5')))).not.toMatch(/unfencing|stopped/);
});
