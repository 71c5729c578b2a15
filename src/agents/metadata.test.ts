import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { supports } from './description.ts';
import { parseMetadata } from './metadata.ts';

const agent = { class: 'ocf', provider: 'own', type: 'Db' } as const;
const parse = (xml: string) => {
  const parsed = parseMetadata(agent, xml);
  return parsed.kind === 'description' ? parsed.description : parsed.reason;
};

const ocf = `
<?xml version="1.0"?>
<!DOCTYPE resource-agent SYSTEM "ra-api-1.dtd">
<resource-agent name="Db" version="1.1">
<version>1.1</version>
<longdesc lang="en">
Runs a database.

It &lt;needs&gt; a disk.
</longdesc>
<longdesc lang="de">Betreibt eine Datenbank.</longdesc>
<shortdesc lang="en">A
  database</shortdesc>
<parameters>
<parameter name="port" unique-group="address" required="1" reloadable="1">
<shortdesc lang="en">Port</shortdesc><longdesc lang="en"> Where it listens. </longdesc>
<content type="integer" default="5432" />
</parameter>
<parameter name="state" unique="1"><content type="select"><option value="a"/><option value="b"/></content></parameter>
<parameter name="old"><deprecated><replaced-with name="port"/></deprecated><content/></parameter>
<parameter><content/></parameter>
</parameters>
<actions>
<action name="start" timeout="2min" />
<action name="monitor" timeout="20s" interval="10" depth="0" role="Master" start-delay="500ms"/>
<action name="monitor" timeout="nonsense" depth="10" />
<action timeout="5s" />
</actions>
</resource-agent>`;

test('what an OCF agent says of itself', () => {
  const description = parse(ocf);
  expect(description).toEqual({
    agent,
    version: '1.1',
    title: 'A database',
    description: 'Runs a database.\n\nIt <needs> a disk.',
    parametersKnown: true,
    parameters: [
      {
        name: 'port',
        required: true,
        type: 'integer',
        title: 'Port',
        description: 'Where it listens.',
        default: '5432',
        uniqueGroup: 'address',
        unique: true,
        reloadable: true,
        deprecated: false,
      },
      {
        name: 'state',
        required: false,
        type: 'select',
        title: '',
        description: '',
        options: ['a', 'b'],
        uniqueGroup: 'state',
        unique: true,
        reloadable: false,
        deprecated: false,
      },
      {
        name: 'old',
        required: false,
        type: 'string',
        title: '',
        description: '',
        unique: false,
        reloadable: false,
        deprecated: true,
        deprecatedBy: ['port'],
      },
    ],
    operations: [
      { name: 'start', timeoutMs: 120_000 },
      {
        name: 'monitor',
        timeoutMs: 20_000,
        intervalMs: 10_000,
        startDelayMs: 500,
        role: 'Promoted',
        depth: 0,
      },
      { name: 'monitor', depth: 10 },
    ],
  });
  expect(typeof description === 'object' && supports(description, 'start')).toBe(true);
  expect(typeof description === 'object' && supports(description, 'migrate_to')).toBe(false);
});

test('fence agents name what a parameter obsoletes', () => {
  const description = parse(
    `<resource-agent name="fence_x" shortdesc="Fence agent for X"><parameters>
     <parameter name="ip" required="1" obsoletes="ipaddr"><content type="string"/></parameter>
     <parameter name="ipaddr" required="1" deprecated="1"><content type="string"/></parameter>
     </parameters><actions><action name="off" automatic="0"/>
     <action name="on" automatic="1" on_target="1"/></actions></resource-agent>`,
  );
  expect(description).toMatchObject({
    title: 'Fence agent for X',
    parameters: [
      { name: 'ip', deprecated: false },
      { name: 'ipaddr', deprecated: true, deprecatedBy: ['ip'] },
    ],
    operations: [{ name: 'off' }, { name: 'on', automatic: true, onTarget: true }],
  });
});

test('what is no metadata says where', () => {
  expect(parse('')).toContain('must contain a root element');
  expect(parse('<html></html>')).toBe('there is no <resource-agent>');
  expect(parse('<resource-agent>\n<version></resource-agent>')).toMatch(/^2:\d+: /);
  expect(parse(`<resource-agent>${'<a>'.repeat(30)}`)).toBe('elements are nested too deeply');
  const many = '<action name="a"/>'.repeat(3000);
  expect(parse(`<resource-agent>${many}</resource-agent>`)).toBe('there are too many actions');
});

test('an entity bomb is refused', () => {
  const bomb = `<!DOCTYPE r [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]>
    <resource-agent name="x"><shortdesc>&b;</shortdesc></resource-agent>`;
  expect(parse(bomb)).toMatch(/undefined entity/);
});

test('whatever an agent prints, reading ends', () => {
  const piece = fc.constantFrom('<parameter name="x">', '</parameter>', '<content', '&', '<', '"');
  fc.assert(
    fc.property(fc.array(fc.oneof(piece, fc.string())), (parts) => {
      const parsed = parseMetadata(agent, `<resource-agent>${parts.join('')}`);
      expect(['description', 'wrong']).toContain(parsed.kind);
    }),
  );
});
